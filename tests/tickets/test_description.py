"""The subject and the place of a request, corrected by whoever works on it."""

from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from directory.models import Agent, Service
from tests.support.asserts import assert_status
from tests.support.factories import make_ticket
from tests.support.search import tickets_matching
from tickets.actions.description import ticket_describe
from tickets.models import Ticket

pytestmark = pytest.mark.django_db


def test_from_the_page_to_the_history(voirie: Service, agent: Agent, client_of: Any) -> None:
    ticket = make_ticket(
        service=voirie, subject="URGENT !!!", body="Il fait noir.", latitude=Decimal("48.1"), longitude=Decimal("2.1")
    )
    client = client_of(agent)
    url = reverse("tickets:describe", args=[ticket.reference])
    form = assert_status(client.get(url), 200).context["panel"].form
    assert (form.initial["subject"], form.initial["location"]) == ("URGENT !!!", "")
    page = assert_status(client.post(url, {"subject": " "}), 422).content.decode()
    assert "Donnez un objet à la demande." in page
    typed = {"subject": "Lampadaire éteint", "location": "4 rue Haute", "drop_point": "on"}
    page = client.post(url, typed, follow=True).content.decode()
    assert "Les messages restent tels qu’ils ont été écrits" in page
    assert "4 rue Haute" in page
    changed = Ticket.objects.get(pk=ticket.pk)
    assert (changed.subject, changed.location, changed.latitude) == ("Lampadaire éteint", "4 rue Haute", None)
    assert changed.messages.get().subject == "URGENT !!!"
    history = client.get(reverse("tickets:aside", args=[ticket.reference])).content.decode()
    assert "Objet avant\u00a0: URGENT !!! — Lieu avant\u00a0: aucun lieu — Point retiré de la carte" in history
    for words in ("lampadaires", "rue haute", "urgent noir"):
        assert tickets_matching(Ticket.objects.all(), words).get() == ticket, words
    assert "drop_point" not in client.get(url).context["panel"].form.fields


def test_nothing_is_written_when_nothing_changes(voirie: Service, agent: Agent) -> None:
    ticket = make_ticket(service=voirie, subject="Lampadaire", location="rue Haute")
    told = ticket.events.count()
    ticket_describe(
        ticket=ticket,
        subject=" Lampadaire ",
        location="rue Haute",
        actor=agent,
        now=timezone.now(),
        drop_point=True,
    )
    assert ticket.events.count() == told
