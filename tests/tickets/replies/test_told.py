"""What an agent is told of their own tickets: given to them, the citizen wrote, sent by another service."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse

from directory.models import Agent, Service
from notifications.actions.notices import digests_send, notices_read
from notifications.models import Notice, OutboundMessage
from tests.support.asserts import assert_status
from tests.support.factories import make_agent, make_service, make_ticket, make_type
from tickets.actions.messages import Incoming, message_receive
from tickets.actions.processing import ticket_assign, ticket_transfer
from tickets.actions.teamwork.watching import ticket_watch
from tickets.models import Ticket

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture
def doer(voirie: Service) -> Agent:
    return make_agent(("back_office", voirie), first_name="Yanis", last_name="Morel")


@pytest.fixture
def ticket(voirie: Service) -> Ticket:
    return make_ticket(service=voirie, now=NOW)


def write(ticket: Ticket, actor: Agent | None = None) -> None:
    message_receive(ticket=ticket, incoming=Incoming(channel="email", body="Alors ?"), now=NOW, actor=actor)


def titles(agent: Agent) -> list[str]:
    return list(Notice.objects.filter(agent=agent).order_by("id").values_list("title", flat=True))


def test_the_assignee_is_told_of_what_others_do(agent: Agent, doer: Agent, ticket: Ticket) -> None:
    ticket_assign(ticket=ticket, assignee=doer, actor=agent, now=NOW)
    assert titles(doer) == [f"{ticket.reference} : Camille DURAND vous a confié cette demande"]
    notice = Notice.objects.get()
    assert notice.in_digest
    assert notice.path == reverse("tickets:detail", args=[ticket.reference])
    write(ticket, actor=doer)  # heard at the desk, by the assignee
    assert len(titles(doer)) == 1
    ticket_watch(ticket=ticket, agent=doer, now=NOW)
    write(ticket)
    write(ticket)
    assert titles(doer)[1:] == [f"{ticket.reference} : l’usager a écrit"], "once while it is unread, follower or not"
    ticket.refresh_from_db()
    ticket_assign(ticket=ticket, assignee=agent, actor=agent, now=NOW)
    assert titles(agent) == [], "not of what one does oneself"


def test_what_is_read_is_told_again(agent: Agent, doer: Agent, ticket: Ticket, client_of: Any) -> None:
    ticket_assign(ticket=ticket, assignee=doer, actor=agent, now=NOW)
    write(ticket)
    assert Notice.objects.filter(agent=doer, read_at__isnull=True).count() == 2
    presence = reverse("tickets:presence", args=[ticket.reference])
    assert_status(client_of(doer).post(presence, {"state": "view", "page": "page-1"}), 200)
    assert not Notice.objects.filter(agent=doer, read_at__isnull=True).exists(), "its page is open"
    write(ticket)
    assert len(titles(doer)) == 3
    assert notices_read(agent=doer, now=NOW) == 1


def test_a_sensitive_ticket_tells_its_reference_alone(agent: Agent, voirie: Service) -> None:
    kind = make_type("plainte", voirie, is_sensitive=True)
    ticket = make_ticket(request_type=kind, now=NOW)
    Ticket.objects.filter(pk=ticket.pk).update(assignee=agent)
    write(ticket)
    notice = Notice.objects.get(agent=agent)
    assert ticket.subject not in notice.title + notice.body


def test_the_referent_hears_of_a_transfer_that_nobody_has(agent: Agent, doer: Agent, ticket: Ticket) -> None:
    parks = make_service("parcs", "Espaces verts")
    chief = make_agent(("referent", parks))
    parks.referent = chief
    parks.save(update_fields=["referent"])
    ticket_transfer(ticket=ticket, service=parks, reason="Un arbre", actor=agent, now=NOW)
    assert titles(chief) == [f"{ticket.reference} : transmise par le service « Voirie »"]
    mechanics = make_service("garage", "Garage", assignment="round_robin")
    only = make_agent(("back_office", mechanics))
    mechanics.referent = chief
    mechanics.save(update_fields=["referent"])
    ticket_transfer(ticket=ticket, service=mechanics, reason="Un camion", actor=chief, now=NOW)
    assert titles(only) == [f"{ticket.reference} : cette demande vous est confiée"]
    assert len(titles(chief)) == 1


def test_the_morning_mail_as_the_agent_wants_it(agent: Agent, doer: Agent, ticket: Ticket, client_of: Any) -> None:
    client, address = client_of(doer), reverse("notices:digest")
    page = client.get(reverse("notices:list")).content.decode()
    assert "Ne me prévenir qu’ici" in page
    assert_status(client.post(address, {"wanted": "0"}), 302)
    assert "M’écrire aussi chaque matin" in client.get(reverse("notices:list")).content.decode()
    doer.refresh_from_db()
    ticket_assign(ticket=ticket, assignee=doer, actor=agent, now=NOW)
    assert not Notice.objects.get().in_digest
    client.post(address, {"wanted": "1"})
    doer.refresh_from_db()
    ticket.assignee = doer
    write(ticket)
    assert digests_send(NOW + timedelta(days=1)) == 1
    mail = OutboundMessage.objects.get(kind="digest", to_address=doer.email)
    assert "l’usager a écrit" in mail.body
    assert "vous a confié" not in mail.body
