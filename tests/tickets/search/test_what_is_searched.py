"""The words a ticket is found by: all that its citizen wrote, answers to the form included, merged or not."""

import pytest
from django.utils import timezone

from directory.models import Agent, Service
from tests.support.factories import make_ticket
from tests.support.search import tickets_matching
from tests.tickets.collaboration.conftest import WHO
from tickets.actions.description import ticket_describe
from tickets.actions.messages import Incoming, message_receive
from tickets.actions.teamwork.merging import ticket_merge, ticket_unmerge
from tickets.models import Message, Ticket, TicketText

pytestmark = pytest.mark.django_db


def found(words: str) -> set[str]:
    return set(tickets_matching(Ticket.objects.exclude(status="merged"), words).values_list("subject", flat=True))


def test_answers_are_searched_through_a_merge_and_its_undoing(voirie: Service, agent: Agent) -> None:
    now = timezone.now()
    said = [["detail", "Que voyez-vous ?", "Une flaque d'huile"], ["danger", "Est-ce dangereux ?", "Oui"]]
    kept = make_ticket(service=voirie, requester=WHO, subject="chaussée", answers=said)
    other = make_ticket(
        service=voirie, requester=WHO, subject="trottoir", answers=[["detail", "Que voyez-vous ?", "Gravats"]]
    )
    letter = Incoming(channel="post", body="Une lettre.")
    for ticket, read in ((kept, "verglas lu"), (other, "congère lue")):
        Message.objects.filter(pk=message_receive(ticket=ticket, incoming=letter, now=now).pk).update(quoted=read)
    assert (found("flaques huile"), found("gravats")) == ({"chaussée"}, {"trottoir"})
    assert "Oui" not in TicketText.objects.get(ticket=kept).body
    for ticket, subject in ((kept, "voie"), (other, "dalle")):
        ticket_describe(ticket=ticket, subject=subject, location="", actor=agent, now=now)
    merge = ticket_merge(source=other, target=kept, actor=agent, now=now)
    assert found("gravats trottoir congère") == {"voie"}
    ticket_unmerge(merge=merge, actor=agent, now=now)
    assert found("gravats trottoir") == {"dalle"}
    assert found("huile verglas chaussée") == {"voie"}, "also by what the subject was"
