"""« Derniers contacts » on the card of the desks: every channel, both ways, under the open requests."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from channels_intake.models import Call, Visit
from directory.actions.citizens import Requester
from directory.models import Agent, Citizen, Service
from tests.support.asserts import assert_status
from tests.support.counter import make_reason, make_site
from tests.support.factories import make_agent, make_citizen, make_service, make_ticket, make_town
from tickets.actions.messages import Incoming, message_receive, note_add, reply_send
from tickets.models import Ticket
from tickets.selectors.people import last_contacts

pytestmark = pytest.mark.django_db
NUMBER = "06 39 98 12 34"
NOW = timezone.now()


def ago(**time: float) -> Any:
    return NOW - timedelta(**time)


@pytest.fixture
def desk() -> Agent:
    return make_agent(("phone", make_town()))


@pytest.fixture
def claire() -> Citizen:
    return make_citizen("Claire Vasseur", "claire@example.org", NUMBER)


def ask(citizen: Citizen, **fields: Any) -> Ticket:
    return make_ticket(citizen=citizen, requester=Requester(), **fields)


def visit(number: int, **fields: Any) -> None:
    Visit.objects.create(site=make_site(), day=NOW.date(), number=number, state="done", **fields)


def test_every_channel_once_the_last_first(claire: Citizen, desk: Agent, voirie: Service, agent: Agent) -> None:
    lamp = ask(claire, now=ago(days=2), service=voirie, body="Bonjour,\nMon lampadaire est éteint.")
    note_add(ticket=lamp, actor=agent, body="Une note.", now=ago(days=1))
    reply_send(ticket=lamp, actor=agent, body="Nous passons demain.", now=ago(days=1))
    gone = Incoming(channel="email", body="Absente du bureau.", is_automatic=True, received_at=ago(hours=23))
    friend = Incoming(channel="email", body="Je l’ai vu aussi.", author_name="Paul Martin", received_at=ago(hours=22))
    spoken = Incoming(channel="phone", body="Toujours éteint.", received_at=ago(hours=5, minutes=-4))
    for incoming in (gone, friend, spoken):
        message_receive(ticket=lamp, incoming=incoming, now=NOW)
    Call.objects.create(
        external_id="1", citizen=claire, agent=desk, state="ended", ringing_at=ago(hours=5), ticket=lamp
    )
    Call.objects.create(external_id="2", citizen=claire, state="missed", ringing_at=ago(hours=4))
    Call.objects.create(external_id="3", state="answered", ringing_at=NOW, citizen=claire, agent=desk)
    visit(1, citizen=claire, arrived_at=ago(hours=1), reason=make_reason("Passeport"))
    found = [(each.channel, each.text, each.reference) for each in last_contacts(desk, claire, limit=9)]
    assert found == [
        ("counter", "Hôtel de ville — Passeport", ""),
        ("phone", "Appel manqué", ""),
        ("phone", f"Appel pris par {desk.full_name}\u00a0: «\u202fToujours éteint.\u202f»", lamp.reference),
        ("email", "Paul Martin\u00a0: «\u202fJe l’ai vu aussi.\u202f»", lamp.reference),
        ("email", "Notre réponse\u00a0: «\u202fNous passons demain.\u202f»", lamp.reference),
        ("web", "«\u202fMon lampadaire est éteint.\u202f»", lamp.reference),
    ], "no note, no automatic message, not the call on the line; what was written down of a call is that call"


def test_what_is_sensitive_or_unseen_is_absent(claire: Citizen, voirie: Service) -> None:
    """Sensitive tickets also for those who may open them: a desk is a public place."""
    aid = ask(claire, service=voirie, body="Mon aide.")
    Ticket.objects.filter(pk=aid.pk).update(is_sensitive=True)
    elsewhere = ask(claire, service=make_service("ccas", "CCAS"), body="Ma fille.")
    for number, ticket in enumerate((aid, elsewhere)):
        Call.objects.create(external_id=str(number), citizen=claire, state="ended", ticket=ticket)
        visit(number, citizen=claire, ticket=ticket)
    lamp = ask(claire, service=voirie)
    here = make_agent(("back_office", voirie))
    assert [each.reference for each in last_contacts(here, claire)] == [lamp.reference]


def test_the_card_shows_them_under_what_is_open(
    claire: Citizen, desk: Agent, client_of: Any, django_assert_num_queries: Any, django_assert_max_num_queries: Any
) -> None:
    client = client_of(desk)

    def card(text: str) -> str:
        headers = {"HX-Request": "true", "HX-Target": "caller"}
        page: str = client.get(reverse("phone:desk"), {"q": text}, headers=headers).content.decode()
        return page

    lamp = ask(claire)
    assert [each.reference for each in last_contacts(desk, claire)] == [lamp.reference]
    page = card(NUMBER)
    assert page.index("2e contact pour ce sujet") < page.index("Derniers contacts")
    assert page.count(reverse("tickets:detail", args=[lamp.reference])) == 2
    for number in range(12):
        ask(claire, now=ago(days=number))
        Call.objects.create(external_id=str(number), citizen=claire, state="missed")
    with django_assert_num_queries(3):  # whatever there is; the agent's rights are read already
        assert len(last_contacts(desk, claire)) == 5
    with django_assert_max_num_queries(10):
        card(NUMBER)
    # several namesakes: none is read before the agent chooses one
    make_citizen("Paul Vasseur")
    lazy = reverse("tickets:person_last", args=[claire.pk])
    with django_assert_max_num_queries(7):
        page = card("vasseur")
    assert "Derniers contacts" not in page
    assert f'hx-get="{lazy}"' in page
    assert "Appel manqué" in assert_status(client.get(lazy), 200).content.decode()
