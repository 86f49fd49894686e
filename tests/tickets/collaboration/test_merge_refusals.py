"""What may not be merged, and the sentence that says why."""

from typing import Any

import pytest
from django.utils import timezone

from core.errors import Invalid
from directory.actions.citizens import Requester, citizen_identify
from directory.actions.memberships import membership_set
from directory.models import Agent
from tests.support.factories import make_service, make_type
from tickets.actions.clocks.callbacks import callback_request
from tickets.actions.legal.decisions import Verdict, decision_record
from tickets.actions.processing import ticket_classify, ticket_close, ticket_wait
from tickets.actions.teamwork.merging import merge_refusal, ticket_merge
from tickets.models import Ticket, TicketMerge

pytestmark = pytest.mark.django_db
OTHER = Requester(name="Paul Roche", email="paul@example.org")


def both_lawful(source: Ticket, target: Ticket, agent: Agent) -> None:
    kind = make_type("benne", source.service, regime="SVR", delay_months=2)
    for ticket in (source, target):
        ticket_classify(ticket=ticket, request_type=kind, actor=agent, now=timezone.now())


def refused(source: Ticket, target: Ticket) -> str:
    rows = Ticket.objects.select_related("request_type", "service", "requester")
    return merge_refusal(rows.get(pk=source.pk), rows.get(pk=target.pk))


def other_person(source: Ticket, target: Ticket, agent: Agent) -> None:
    Ticket.objects.filter(pk=source.pk).update(requester=citizen_identify(OTHER))


def nobody(source: Ticket, target: Ticket, agent: Agent) -> None:
    Ticket.objects.filter(pk__in=[source.pk, target.pk]).update(requester=None)


def sensitive(source: Ticket, target: Ticket, agent: Agent) -> None:
    """Nobody of the schools may open what the source says; its own référent may."""
    Ticket.objects.filter(pk=source.pk).update(is_sensitive=True)
    Ticket.objects.filter(pk=target.pk).update(service=make_service("ecoles"))
    membership_set(agent=agent, service=make_service("ecoles"), roles=["counter"])


def over(source: Ticket, target: Ticket, agent: Agent) -> None:
    ticket_close(ticket=source, actor=agent, now=timezone.now(), reason="Vu")


def target_over(source: Ticket, target: Ticket, agent: Agent) -> None:
    ticket_close(ticket=target, actor=agent, now=timezone.now(), reason="Vu")


def target_waits(source: Ticket, target: Ticket, agent: Agent) -> None:
    ticket_wait(ticket=target, actor=agent, now=timezone.now(), waiting=True)


def called_back(source: Ticket, target: Ticket, agent: Agent) -> None:
    callback_request(ticket=source, phone="0639981234", actor=agent, now=timezone.now())


def only_source_lawful(source: Ticket, target: Ticket, agent: Agent) -> None:
    kind = make_type("benne", source.service, regime="SVR", delay_months=2)
    ticket_classify(ticket=source, request_type=kind, actor=agent, now=timezone.now())


def other_law(source: Ticket, target: Ticket, agent: Agent) -> None:
    both_lawful(source, target, agent)
    kind = make_type("terrasse", source.service, regime="SVA", delay_months=2)
    ticket_classify(ticket=source, request_type=kind, actor=agent, now=timezone.now())


def decided(source: Ticket, target: Ticket, agent: Agent) -> None:
    both_lawful(source, target, agent)
    today = timezone.localdate()
    decision_record(ticket=source, actor=agent, verdict=Verdict("accepted", today, today), now=timezone.now())


@pytest.mark.parametrize(
    ("story", "words"),
    [
        (other_person, "même personne connue"),
        (nobody, "même personne connue"),
        (sensitive, "personne dans le service"),
        (over, "est terminée"),
        (target_over, "n’est plus en cours"),
        (target_waits, "attend l’usager"),
        (called_back, "rappel est attendu"),
        (only_source_lawful, "y mettrait fin"),
        (other_law, "ne sont pas les mêmes"),
        (decided, "garde son dossier"),
    ],
)
def test_what_cannot_be_merged_says_why(story: Any, words: str, pair: Any, agent: Agent) -> None:
    source, target = pair
    story(source, target, agent)
    assert words in refused(source, target)
    with pytest.raises(Invalid):
        ticket_merge(source=source, target=target, actor=agent, now=timezone.now())
    assert not TicketMerge.objects.exists()
