"""A message with two subjects becomes two requests, each with its own clocks."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from core.errors import Invalid, NotAllowed
from directory.actions.citizens import Requester
from directory.models import Agent, Service
from notifications.models import OutboundMessage
from tests.support.asserts import assert_status
from tests.support.factories import make_agent, make_service, make_ticket, make_type
from tickets.actions.attachments import Upload
from tickets.actions.messages import Incoming, message_receive, note_add
from tickets.actions.teamwork.splitting import ticket_split
from tickets.models import Message, Ticket, TicketLink

pytestmark = pytest.mark.django_db
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40


@pytest.fixture
def urbanisme() -> Service:
    return make_service("urbanisme", "Urbanisme")


@pytest.fixture
def ticket(voirie: Service) -> Ticket:
    return make_ticket(
        service=voirie,
        channel="email",
        requester=Requester(name="Claire Vasseur", email="claire@example.org"),
        body="Le lampadaire est éteint. Et puis je veux poser une clôture.",
        uploads=[Upload("plan.png", "image/png", PNG), Upload("photo.png", "image/png", PNG)],
        received_at=timezone.now() - timedelta(days=20),
        now=timezone.now() - timedelta(days=20),
    )


def split(ticket: Ticket, agent: Agent, **more: Any) -> Ticket:
    message = ticket.messages.earliest("created_at", "id")
    wanted: dict[str, Any] = {
        "subject": "Clôture",
        "body": "Je veux poser une clôture.",
        "actor": agent,
        "now": timezone.now(),
    }
    return ticket_split(message=message, **(wanted | more))


def test_it_is_received_the_day_of_the_message(ticket: Ticket, agent: Agent, urbanisme: Service) -> None:
    kind = make_type("cloture", urbanisme, regime="SVR", delay_months=2)
    part = split(ticket, agent, request_type=kind)
    assert part.received_at == ticket.received_at
    assert (part.service, part.requester, part.channel) == (urbanisme, ticket.requester, "email")
    assert part.deadlines.get(kind="answer").due_at == ticket.deadlines.get(kind="answer").due_at
    assert part.legal_running
    assert part.legal_due_on is not None
    assert part.legal_due_on < (timezone.now() + timedelta(days=45)).date()  # two months from twenty days ago
    link = TicketLink.objects.get()
    assert (link.ticket, link.target, link.kind) == (part, ticket, "part")
    assert ticket.events.filter(kind="split", data__other=part.reference).exists()
    assert part.events.filter(kind="split", data__other=ticket.reference).exists()


def test_the_citizen_is_told_by_the_acknowledgement(ticket: Ticket, agent: Agent) -> None:
    OutboundMessage.objects.all().delete()
    part = split(ticket, agent)
    told = OutboundMessage.objects.get()
    assert (told.to_address, told.ticket_reference) == ("claire@example.org", part.reference)


def test_the_chosen_service_is_kept_and_named_in_the_acknowledgement(
    ticket: Ticket, agent: Agent, urbanisme: Service, voirie: Service
) -> None:
    OutboundMessage.objects.all().delete()
    make_type("lampadaire", voirie, keywords=["clôture"])  # the words lead elsewhere than the agent says
    part = split(ticket, agent, service=urbanisme)
    assert part.service == urbanisme
    assert "Urbanisme" in OutboundMessage.objects.get(ticket_reference=part.reference).body


def test_the_second_message_s_own_day_counts(ticket: Ticket, agent: Agent) -> None:
    incoming = Incoming(channel="email", body="Aussi : une benne", received_at=timezone.now() - timedelta(days=3))
    message = message_receive(ticket=ticket, incoming=incoming, now=timezone.now())
    part = ticket_split(message=message, subject="Benne", body="Une benne", actor=agent, now=timezone.now())
    assert part.received_at == message.created_at


def test_only_the_chosen_files_are_copied(ticket: Ticket, agent: Agent) -> None:
    plan = ticket.messages.get().attachments.get(name="plan.png")
    part = split(ticket, agent, files=[plan.pk, 999_999])
    copy = part.messages.get().attachments.get()
    assert (copy.name, copy.sha256) == ("plan.png", plan.sha256)
    assert copy.file.name != plan.file.name
    assert ticket.messages.get().attachments.count() == 2


def test_a_file_of_another_ticket_is_never_copied(ticket: Ticket, agent: Agent, voirie: Service) -> None:
    other = make_ticket(service=voirie, uploads=[Upload("secret.png", "image/png", PNG)])
    part = split(ticket, agent, files=[other.messages.get().attachments.get().pk])
    assert not part.messages.get().attachments.exists()


def test_a_note_is_not_split_nor_an_empty_text(ticket: Ticket, agent: Agent) -> None:
    note = note_add(ticket=ticket, actor=agent, body="Deux objets", now=timezone.now())
    with pytest.raises(Invalid):
        ticket_split(message=note, subject="x", body="x", actor=agent, now=timezone.now())
    with pytest.raises(Invalid):
        split(ticket, agent, body="  ")


def test_splitting_needs_the_right_to_work(ticket: Ticket, urbanisme: Service) -> None:
    with pytest.raises(NotAllowed):
        split(ticket, make_agent(("referent", urbanisme)))


def test_the_panel_takes_the_message_asked_for_and_no_other_ticket_s(
    ticket: Ticket, agent: Agent, voirie: Service, client_of: Any
) -> None:
    client, address = client_of(agent), reverse("tickets:split", args=[ticket.reference])
    message = ticket.messages.get()
    page = assert_status(client.get(address, {"message": message.pk}), 200).content.decode()
    assert "plan.png" in page
    elsewhere = make_ticket(service=voirie).messages.get()
    form = {"message": elsewhere.pk, "subject": "Clôture", "body": "Une clôture"}
    assert_status(client.post(address, form), 422)
    assert Ticket.objects.count() == 2
    assert_status(client.post(address, form | {"message": message.pk}), 302)
    assert Message.objects.filter(body="Une clôture").count() == 1
    assert_status(client.get(address, {"message": "9" * 30}), 200)
