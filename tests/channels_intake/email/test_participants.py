"""Who may join a ticket by naming it, who adds a note to it, and who opens another one."""

from typing import Any

import pytest
from django.utils import timezone

from directory.actions.citizens import Requester
from directory.models import Agent, Citizen, CitizenKind, ContactKind, ContactPoint, Service
from notifications.models import Notice, OutboundMessage
from tests.channels_intake.email.test_processing import TOWN, arrive, letter
from tests.support.factories import make_agent, make_service, make_ticket, make_town
from tickets.enums import MessageKind
from tickets.models import Message, Ticket

pytestmark = pytest.mark.django_db


def person(email: str, **fields: Any) -> Citizen:
    citizen = Citizen.objects.create(last_name=email.partition("@")[0], **fields)
    ContactPoint.objects.create(citizen=citizen, kind=ContactKind.EMAIL, value=email)
    return citizen


@pytest.fixture
def ticket() -> Ticket:
    """Asked by Claire for her association; a neighbour wrote on it, and so did a machine."""
    make_town()
    voirie = make_service("voirie")
    ticket = make_ticket(service=voirie, requester=Requester(name="Claire Vasseur", email="claire@example.org"))
    club = person("club@example.org", kind=CitizenKind.ASSOCIATION, organisation="Club")
    Citizen.objects.filter(pk=ticket.requester_id).update(member_of=club)
    person("president@example.org", member_of=club)
    person("ailleurs@example.org")
    for address, is_automatic in (("voisin@example.net", False), ("robot@example.net", True)):
        Message.objects.create(
            ticket=ticket,
            kind=MessageKind.INBOUND,
            channel="email",
            author_email=address,
            is_automatic=is_automatic,
            body="x",
        )
    make_agent(("back_office", voirie), email="agent@rives-sur-orme.example", first_name="Luc", last_name="Agent")
    make_agent(("back_office", make_service("culture")), email="autre@rives-sur-orme.example")
    return ticket


@pytest.mark.parametrize(
    ("sender", "by_subject", "by_answer", "by_notice"),
    [
        ("claire@example.org", "reply", "reply", "reply"),
        ("Voisin@Example.net", "reply", "reply", "reply"),
        ("club@example.org", "reply", "reply", "reply"),
        ("president@example.org", "reply", "reply", "reply"),
        ("robot@example.net", "ticket", "reply", "ticket"),
        ("ailleurs@example.org", "ticket", "reply", "ticket"),
        ("agent@rives-sur-orme.example", "note", "note", "note"),
        ("autre@rives-sur-orme.example", "ticket", "reply", "ticket"),
        (TOWN, "ticket", "note", "note"),
    ],
)
def test_what_a_mail_becomes_by_who_sends_it(
    ticket: Ticket, sender: str, by_subject: str, by_answer: str, by_notice: str
) -> None:
    """Named in the subject; in answer to what left to citizens; in answer to an alert that agents receive."""
    ours = OutboundMessage.objects.get(ticket_reference=ticket.reference)
    [named] = arrive(letter("Un.", From=sender, Subject=f"Re: {ticket.reference}"), sender=sender)
    OutboundMessage.objects.filter(pk=ours.pk).update(kind="escalation")
    [notice] = arrive(letter("Deux.", From=sender, In_Reply_To=ours.message_id), sender=sender)
    OutboundMessage.objects.filter(pk=ours.pk).update(kind="acknowledgement")
    [answer] = arrive(letter("Trois.", From=sender, In_Reply_To=ours.message_id), sender=sender)
    assert (named.outcome, answer.outcome, notice.outcome) == (by_subject, by_answer, by_notice)
    for row in (named, answer, notice):
        assert (row.ticket == ticket) == (row.outcome != "ticket")


def test_a_note_of_an_agent_is_theirs_only_with_a_proof_and_its_assignee_hears_of_it(ticket: Ticket) -> None:
    agent = Agent.objects.get(email="agent@rives-sur-orme.example")
    camille = make_agent(("referent", Service.objects.get(code="voirie")))
    Ticket.objects.filter(pk=ticket.pk).update(assignee=camille)
    ours = OutboundMessage.objects.get(ticket_reference=ticket.reference)
    [proved] = arrive(letter("Vu.", From=agent.email, In_Reply_To=ours.message_id), sender=agent.email)
    [named] = arrive(letter("Vu.", From=f"Le maire <{agent.email}>", Subject=ticket.reference), sender=agent.email)
    assert proved.message is not None
    assert named.message is not None
    assert (proved.message.kind, proved.message.author, proved.message.author_name) == ("note", agent, agent.full_name)
    assert (named.message.author, named.message.author_name) == (None, "Le maire")
    assert named.message.author_email == agent.email
    assert Notice.objects.filter(agent=camille, title__contains="une note est arrivée").count() == 1
    [away] = arrive(letter("Absent.", From=agent.email, In_Reply_To=ours.message_id, Auto_Submitted="auto-replied"))
    assert (away.outcome, away.ticket) == ("ignored", ticket)
    assert OutboundMessage.objects.filter(to_address=agent.email).count() == 0
    assert timezone.now() >= proved.message.created_at
