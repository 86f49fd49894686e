"""Grouped actions: a transaction a ticket, refusals told, stopped, resumed, undone where nothing happened since."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from core.errors import Conflict, Invalid, NotAllowed
from directory.actions.citizens import Requester
from directory.actions.memberships import membership_set
from directory.models import Agent, Service
from notifications.models import OutboundMessage
from tests.support.factories import make_agent, make_policy, make_service, make_ticket, make_type
from tests.support.states import state_of
from tickets.actions.clocks.callbacks import callback_request
from tickets.actions.lists import bulk as bulk_module
from tickets.actions.lists.bulk import SECOND_THOUGHTS, bulk_run, bulk_start, bulk_stop, bulk_undo, bulk_unfinished
from tickets.actions.messages import note_add
from tickets.actions.processing import ticket_assign, ticket_close, ticket_reopen, ticket_wait
from tickets.enums import EventKind, Status
from tickets.models import BulkItem, BulkJob, Ticket, TicketEvent
from tickets.selectors.jobs import diverted_count, progress_of
from tickets.views.wording import line_of

pytestmark = pytest.mark.django_db


def start(agent: Agent, kind: str, tickets: list[Ticket], **params: Any) -> BulkJob:
    return bulk_start(
        actor=agent, kind=kind, params=params, ticket_ids=[ticket.pk for ticket in tickets], now=timezone.now()
    )


def run(job: BulkJob, later: timedelta = timedelta()) -> BulkJob:
    while (wait := bulk_run(job_id=job.pk, now=timezone.now() + later)) is not None:
        assert wait == 0
    job.refresh_from_db()
    return job


def undo(job: BulkJob, agent: Agent) -> BulkJob:
    return run(bulk_undo(job=job, actor=agent, now=timezone.now()))


def errors(job: BulkJob) -> list[str]:
    return list(BulkItem.objects.filter(job=job).exclude(error="").order_by("id").values_list("error", flat=True))


def fresh(ticket: Ticket, agent: Agent) -> None:
    pass


def taken(ticket: Ticket, agent: Agent) -> None:
    ticket_assign(ticket=ticket, assignee=make_agent(("back_office", ticket.service)), actor=agent, now=timezone.now())


def waiting(ticket: Ticket, agent: Agent) -> None:
    ticket_wait(ticket=ticket, actor=agent, now=timezone.now(), waiting=True)


def called(ticket: Ticket, agent: Agent) -> None:
    callback_request(ticket=ticket, phone="0639981234", actor=agent, now=timezone.now())


def replied(ticket: Ticket, agent: Agent) -> None:
    """Its first answer was given, then it was reopened: a second answer is owed."""
    ticket_close(ticket=ticket, actor=agent, now=timezone.now(), reason="Au guichet")
    ticket_reopen(ticket=ticket, actor=agent, now=timezone.now())


BULKS: list[tuple[str, dict[str, Any]]] = [
    ("assign", {}),
    ("transfer", {"reason": "Facture"}),
    ("close", {"reason": "Fait au marché"}),
    ("tag", {"tags": ["pluie", "orage"]}),
]


@pytest.mark.parametrize(("kind", "params"), BULKS, ids=[kind for kind, _params in BULKS])
def test_undoing_gives_each_ticket_back_as_it_was(
    kind: str, params: dict[str, Any], voirie: Service, agent: Agent
) -> None:
    """Its status, who had it, its deadlines, its pauses and what the figures read, two hours later."""
    elsewhere = make_service("finances", "Finances")
    make_policy("Finances", {"answer": "3 hours", "target": "30 hours"}, service=elsewhere)
    tickets = []
    stories = (fresh, taken, waiting, called, replied)
    if kind == "close":
        stories = (fresh, taken, waiting, replied)  # who is promised a call is not closed in bulk
    for story in stories:
        ticket = make_ticket(service=voirie)
        Ticket.objects.filter(pk=ticket.pk).update(tags=["pluie"])
        story(ticket, agent)
        tickets.append(ticket)
    named = {"assign": {"assignee": agent.pk}, "transfer": {"service": elsewhere.pk}}.get(kind, {})
    before = [state_of(ticket) for ticket in tickets]
    job = run(start(agent, kind, tickets, **params, **named))
    assert (job.status, progress_of(job).done) == ("done", len(tickets))
    assert not any(state_of(ticket) == was for ticket, was in zip(tickets, before, strict=True))
    job = run(bulk_undo(job=job, actor=agent, now=timezone.now()), timedelta(hours=2))
    assert (job.status, progress_of(job).undone, errors(job)) == ("undone", len(tickets), [])
    assert [state_of(ticket) for ticket in tickets] == before
    with pytest.raises(Conflict):
        bulk_undo(job=job, actor=agent, now=timezone.now())


def test_who_took_from_a_colleague_gives_back(voirie: Service, agent: Agent) -> None:
    """Giving to another needs the right to assign, undoing does not; the colleague must still work there."""
    hand, former, gone = (make_agent(("back_office", voirie)) for _ in range(3))
    tickets = [make_ticket(service=voirie) for _ in range(2)]
    for ticket, had in zip(tickets, (former, gone), strict=True):
        ticket_assign(ticket=ticket, assignee=had, actor=agent, now=timezone.now())
    job = run(start(hand, "assign", tickets, assignee=hand.pk))
    membership_set(agent=gone, service=voirie, roles=[])
    assert len(errors(undo(job, hand))) == 1
    assert list(Ticket.objects.order_by("pk").values_list("assignee", flat=True)) == [former.pk, hand.pk]


def test_a_ticket_transferred_too_often_is_told_to_be_with_the_pilot(voirie: Service, agent: Agent) -> None:
    elsewhere, ticket = make_service("finances"), make_ticket(service=voirie)
    Ticket.objects.filter(pk=ticket.pk).update(transfer_count=2)
    job = run(start(agent, "transfer", [ticket], service=elsewhere.pk, reason="Facture"))
    ticket.refresh_from_db()
    assert ticket.service.is_pilot
    assert diverted_count(job) == 1
    undo(job, agent)
    ticket.refresh_from_db()
    assert (ticket.service, ticket.transfer_count) == (voirie, 2)


def test_closing_refuses_a_running_legal_clock(voirie: Service, agent: Agent) -> None:
    plain = make_ticket(service=voirie)
    legal = make_ticket(request_type=make_type("benne", voirie, regime="SVR", delay_months=2))
    job = run(start(agent, "close", [plain, legal], reason="Fait au marché"))
    assert progress_of(job).refused == 1
    assert list(Ticket.objects.order_by("pk").values_list("status", flat=True)) == ["closed", "new"]
    undo(job, agent)
    told = TicketEvent.objects.filter(ticket=plain, kind=EventKind.STATUS).last()
    assert told is not None
    assert line_of(told).label == "Clôture annulée"


def test_undoing_leaves_alone_what_changed_since(voirie: Service, agent: Agent) -> None:
    touched, quiet = (make_ticket(service=voirie) for _ in range(2))
    job = run(start(agent, "assign", [touched, quiet], assignee=agent.pk))
    note_add(ticket=touched, actor=agent, body="J’y vais.", now=timezone.now())
    job = undo(job, agent)
    assert list(Ticket.objects.order_by("pk").values_list("assignee", flat=True)) == [agent.pk, None]
    assert len(errors(job)) == 1


def test_rights_are_those_of_each_ticket_at_its_turn(voirie: Service, agent: Agent) -> None:
    finances = make_service("finances")
    mine, theirs = make_ticket(service=voirie), make_ticket(service=finances)
    job = run(start(agent, "assign", [mine, theirs], assignee=agent.pk))
    assert progress_of(job).done == 1
    assert len(errors(job)) == 1
    theirs.refresh_from_db()
    assert theirs.assignee is None
    later = start(agent, "tag", [mine], tags=["x"])
    membership_set(agent=agent, service=voirie, roles=[])
    assert progress_of(run(later)).refused == 1


def test_a_back_office_agent_may_take_many_and_not_give_them(voirie: Service) -> None:
    agent, colleague = (make_agent(("back_office", voirie)) for _ in range(2))
    tickets = [make_ticket(service=voirie) for _ in range(2)]
    assert progress_of(run(start(agent, "assign", tickets, assignee=colleague.pk))).refused == 2
    assert progress_of(run(start(agent, "assign", tickets, assignee=agent.pk))).done == 2


def test_replies_wait_are_filled_for_each_and_leave_once(voirie: Service, agent: Agent) -> None:
    people = [
        Requester(name=name, email=f"{name.split()[0].lower()}@example.org") for name in ("Claire Un", "Denis Deux")
    ]
    tickets = [make_ticket(service=voirie, requester=person) for person in people]
    tickets.append(make_ticket(service=voirie, requester=Requester(name="Sans Courriel", phone="0639981234")))
    before = OutboundMessage.objects.count()
    job = start(agent, "reply", tickets, body="Bonjour {{ nom du demandeur }}, c’est réparé.", then="answered")
    wait = bulk_run(job_id=job.pk, now=timezone.now())
    assert wait is not None
    assert 25 < wait <= 30
    assert OutboundMessage.objects.count() == before
    job = run(job, SECOND_THOUGHTS)
    sent = OutboundMessage.objects.order_by("id")[before:]
    assert [("Claire" in mail.body, "Denis" in mail.body) for mail in sent] == [(True, False), (False, True)]
    assert progress_of(job).refused == 1
    assert bulk_run(job_id=job.pk, now=timezone.now()) is None
    with pytest.raises(Conflict):
        bulk_undo(job=job, actor=agent, now=timezone.now())


def test_a_reply_left_to_complete_does_not_leave(voirie: Service, agent: Agent) -> None:
    ticket = make_ticket(service=voirie, requester=Requester(name="Claire Un", email="claire@example.org"))
    before = OutboundMessage.objects.count()
    job = run(start(agent, "reply", [ticket], body="Votre {{ lieu }} est réparé.", then="answered"), SECOND_THOUGHTS)
    assert progress_of(job).refused == 1
    assert OutboundMessage.objects.count() == before


def test_replies_can_be_given_up_before_they_leave(voirie: Service, agent: Agent) -> None:
    ticket = make_ticket(service=voirie, requester=Requester(name="Claire Un", email="claire@example.org"))
    before = OutboundMessage.objects.count()
    job = start(agent, "reply", [ticket], body="C’est réparé.", then="answered")
    bulk_stop(job=job, actor=agent, now=timezone.now())
    assert run(job, SECOND_THOUGHTS).status == "undone"
    assert OutboundMessage.objects.count() == before
    ticket.refresh_from_db()
    assert ticket.status == Status.NEW


def test_a_turn_ends_and_the_next_goes_on(voirie: Service, agent: Agent) -> None:
    tickets = [make_ticket(service=voirie) for _ in range(3)]
    job = start(agent, "tag", tickets, tags=["x"])
    assert bulk_run(job_id=job.pk, now=timezone.now(), seconds=0) == 0
    assert bulk_unfinished() == [job.pk]
    assert run(job).status == "done"
    assert bulk_unfinished() == []
    assert TicketEvent.objects.filter(kind=EventKind.TAGGED).count() == 3


def test_stopping_keeps_what_is_done(voirie: Service, agent: Agent, monkeypatch: pytest.MonkeyPatch) -> None:
    tickets = [make_ticket(service=voirie) for _ in range(3)]
    job = start(agent, "tag", tickets, tags=["x"])
    real, calls = bulk_module._one, []

    def one(*args: Any) -> bool:
        calls.append(1)
        if len(calls) == 2:
            bulk_stop(job=job, actor=agent, now=timezone.now())
        return real(*args)

    monkeypatch.setattr(bulk_module, "_one", one)
    assert bulk_run(job_id=job.pk, now=timezone.now()) is None
    assert Ticket.objects.filter(tags=["x"]).count() == 1
    assert undo(job, agent).status == "undone"
    assert not Ticket.objects.filter(tags=["x"]).exists()


def test_an_unexpected_error_stays_with_its_ticket(
    voirie: Service, agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    tickets = [make_ticket(service=voirie) for _ in range(2)]
    job = start(agent, "tag", tickets, tags=["x"])
    real = bulk_module.Steps.do

    def do(self: Any, ticket_id: int, now: datetime) -> dict[str, Any]:
        if ticket_id == tickets[0].pk:
            raise ZeroDivisionError
        return real(self, ticket_id, now)

    monkeypatch.setattr(bulk_module.Steps, "do", do)
    assert run(job).status == "done"
    assert [len(errors(job)), progress_of(job).done] == [1, 1]


def test_what_cannot_be_asked(voirie: Service, agent: Agent, monkeypatch: pytest.MonkeyPatch) -> None:
    ticket = make_ticket(service=voirie)
    with pytest.raises(Invalid):
        start(agent, "tag", [], tags=["x"])
    with pytest.raises(NotAllowed):
        start(make_agent(("elected", voirie)), "tag", [ticket], tags=["x"])
    monkeypatch.setattr(bulk_module, "MOST", 0)
    with pytest.raises(Invalid):
        start(agent, "tag", [ticket], tags=["x"])
    monkeypatch.undo()
    for _ in range(3):
        start(agent, "tag", [ticket], tags=["x"])
    with pytest.raises(Conflict):
        start(agent, "tag", [ticket], tags=["x"])


def test_undoing_is_possible_for_a_day(voirie: Service, agent: Agent) -> None:
    job = run(start(agent, "tag", [make_ticket(service=voirie)], tags=["x"]))
    with pytest.raises(Conflict):
        bulk_undo(job=job, actor=agent, now=timezone.now() + timedelta(hours=25))
