"""A change of policy, calendar or matrix reaches the open requests in the background, and disturbs nobody."""

import threading
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from django.db import connection, transaction

from directory.models import Closure
from grc.beat_schedule import BEAT_SCHEDULE
from tests.conftest import eventually
from tests.support.factories import (
    make_calendar,
    make_many,
    make_policy,
    make_ticket,
    make_type,
)
from tickets.actions.clocks.commitments_change import commitments_changed
from tickets.actions.clocks.recomputation import recomputation_run
from tickets.actions.messages import reply_send
from tickets.actions.processing import ticket_close, ticket_wait
from tickets.models import Deadline, EscalationStep, Recomputation, SlaTarget, Ticket
from tickets.tasks import recompute, sweep_recomputations

pytestmark = pytest.mark.django_db
NOW = datetime.fromisoformat("2026-11-23T09:00:00+01:00")  # a Monday


def hours(number: float) -> datetime:
    return NOW + timedelta(hours=number)


def apply(now: datetime = NOW) -> Recomputation:
    row = commitments_changed(reason="Un essai", actor=None, now=now)
    recomputation_run(recomputation_id=row.pk, now=now)
    row.refresh_from_db()
    return row


def due(ticket: Ticket, kind: str = "answer") -> datetime:
    return ticket.deadlines.get(kind=kind, state__in=["running", "paused"]).due_at


def test_open_requests_follow_a_new_policy_and_history_stays(voirie, agent):
    waiting, running, answered, closed = (make_ticket(now=NOW, service=voirie) for _ in range(4))
    ticket_wait(ticket=waiting, actor=agent, now=hours(1), waiting=True)
    reply_send(ticket=answered, actor=agent, body="Voilà.", now=hours(50))
    ticket_close(ticket=closed, actor=agent, now=hours(50), reason="Vu")
    policy = make_policy("Vite", {"answer": "24 hours"})
    row = apply(hours(51))
    for ticket in (waiting, running, answered, closed):
        ticket.refresh_from_db()
    assert (running.next_due_at, running.answer_due_at, due(running)) == (hours(24),) * 3
    assert (waiting.next_due_at, waiting.answer_due_at) == (None, hours(24))
    assert running.deadlines.get().policy == policy
    for ticket in (answered, closed):
        assert (ticket.answer_kept, ticket.deadlines.get().state) == (True, "met")
        assert ticket.deadlines.get().due_at == hours(72) == ticket.answer_due_at
    assert (row.total, row.done, row.changed) == (2, 2, 2)
    assert row.finished_at is not None
    assert row.skipped == []


def test_pauses_count_in_what_is_counted_again(voirie, agent):
    ticket = make_ticket(now=NOW, service=voirie)
    ticket_wait(ticket=ticket, actor=agent, now=hours(1), waiting=True)
    ticket_wait(ticket=ticket, actor=agent, now=hours(11), waiting=False)
    make_policy("Vite", {"answer": "24 hours"})
    apply()
    assert due(ticket) == hours(34)


def test_a_closure_a_target_a_matrix_and_a_policy_that_ends(voirie):
    voirie.calendar = make_calendar("Voirie", *["09:00-17:00"] * 5)
    voirie.save()
    policy = make_policy("Ouvrés", {"answer": "2 working_days", "target": "5 days"})
    ticket = make_ticket(now=NOW, service=voirie)
    assert due(ticket) == datetime.fromisoformat("2026-11-25T17:00:00+01:00")
    Closure.objects.create(calendar=voirie.calendar, starts_on=date(2026, 11, 24), ends_on=date(2026, 11, 24))
    apply()
    assert due(ticket) == datetime.fromisoformat("2026-11-26T17:00:00+01:00")
    SlaTarget.objects.filter(policy=policy, kind="answer").update(amount=1)
    apply()
    assert due(ticket) == datetime.fromisoformat("2026-11-25T17:00:00+01:00")
    EscalationStep.objects.create(
        policy=policy, kind="answer", number=30, offset=-2, offset_unit="hours", audience="assignee"
    )
    row = apply()
    clock = ticket.deadlines.get(kind="answer")
    assert clock.next_step_at == datetime.fromisoformat("2026-11-25T15:00:00+01:00")
    assert row.changed == 1
    policy.is_active = False
    policy.save()
    apply()
    assert due(ticket) == hours(72)
    assert ticket.deadlines.get(kind="target").state == "cancelled"
    assert apply().changed == 0


def test_a_new_target_starts_for_those_already_open(voirie, agent):
    ticket, done = make_ticket(now=NOW, service=voirie), make_ticket(now=NOW, service=voirie)
    reply_send(ticket=done, actor=agent, body="Voilà.", now=NOW)
    make_policy("Résolution", {"target": "10 hours"})
    apply(hours(1))
    ticket.refresh_from_db()
    assert due(ticket, "target") == hours(10) == ticket.next_due_at
    assert not done.deadlines.filter(kind="target").exists()


def test_no_storm_of_alerts_follows_a_shorter_promise(voirie):
    ticket = make_ticket(now=NOW, service=voirie)
    make_policy("Vite", {"answer": "1 hours"})
    apply(hours(71))
    clock = ticket.deadlines.get()
    assert clock.taken == [1, 2, 3]  # of the four usual steps, all past, only the most severe is left to take
    assert clock.next_step_at is not None


def test_the_law_s_clock_keeps_its_day(voirie):
    ticket = make_ticket(
        now=NOW, service=voirie, request_type=make_type("permission", voirie, regime="SVR", delay_months=2)
    )
    before = Deadline.objects.get(kind="legal").due_at
    make_policy("Vite", {"answer": "1 hours", "target": "1 hours"})
    apply()
    assert due(ticket, "legal") == before
    assert due(ticket, "target") == hours(1)


def test_a_later_change_replaces_one_that_is_not_finished(voirie):
    make_ticket(now=NOW, service=voirie)
    older = commitments_changed(reason="Premier", actor=None, now=NOW)
    newer = commitments_changed(reason="Second", actor=None, now=NOW)
    older.refresh_from_db()
    assert older.finished_at is not None
    assert older.last_error
    recomputation_run(recomputation_id=older.pk, now=NOW)  # its task comes late: it does the other's work
    newer.refresh_from_db()
    assert (newer.done, newer.finished_at is not None) == (1, True)
    older.refresh_from_db()
    assert older.done == 0


def test_it_works_a_turn_at_a_time_and_goes_on_where_it_was(voirie):
    make_many(450, voirie, now=NOW)
    make_policy("Vite", {"answer": "24 hours"})
    row = commitments_changed(reason="Un essai", actor=None, now=NOW)
    assert recomputation_run(recomputation_id=row.pk, now=NOW, seconds=0)
    row.refresh_from_db()
    assert (row.done, row.finished_at) == (0, None)
    assert not recomputation_run(recomputation_id=row.pk, now=NOW)
    row.refresh_from_db()
    assert (row.total, row.done, row.changed) == (450, 450, 450)
    assert set(Ticket.objects.values_list("next_due_at", flat=True)) == {hours(24)}


def in_thread(work: Callable[[], object]) -> threading.Thread:
    """``work`` on a connection of its own, as another process would have."""

    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


@pytest.mark.django_db(transaction=True)
def test_what_an_agent_holds_is_taken_again_at_the_end(voirie):
    held, free = make_ticket(now=NOW, service=voirie), make_ticket(now=NOW, service=voirie)
    make_policy("Vite", {"answer": "24 hours"})
    row = commitments_changed(reason="Un essai", actor=None, now=NOW)
    locked, leave = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            Ticket.objects.select_for_update().get(pk=held.pk)
            locked.set()
            leave.wait(20)

    holder = in_thread(hold)
    assert locked.wait(10)
    worker = in_thread(lambda: recomputation_run(recomputation_id=row.pk, now=NOW))
    eventually(lambda: Recomputation.objects.get(pk=row.pk).skipped == [held.pk])
    assert due(free) == hours(24)
    assert due(held) == hours(72)
    leave.set()
    worker.join(20)
    holder.join(20)
    assert due(held) == hours(24)
    row.refresh_from_db()
    assert (row.done, row.skipped, row.finished_at is not None) == (2, [], True)


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_do_the_same_one(voirie):
    make_many(1000, voirie, now=NOW)
    make_policy("Vite", {"answer": "24 hours"})
    row = commitments_changed(reason="Un essai", actor=None, now=NOW)
    worker = in_thread(lambda: recomputation_run(recomputation_id=row.pk, now=NOW))
    eventually(lambda: Recomputation.objects.get(pk=row.pk).done, every=0.01)
    assert not recomputation_run(recomputation_id=row.pk, now=NOW)
    row.refresh_from_db()
    assert row.finished_at is None, "the second one did the work"
    worker.join(60)
    row.refresh_from_db()
    assert (row.done, row.changed) == (1000, 1000)


@pytest.mark.django_db(transaction=True)
def test_agents_reply_meanwhile_without_waiting(voirie, agent):
    tickets = [make_ticket(now=NOW, service=voirie) for _ in range(5)]
    make_many(3000, voirie, now=NOW)
    tickets += [make_ticket(now=NOW, service=voirie) for _ in range(5)]
    make_policy("Vite", {"answer": "24 hours"})
    row = commitments_changed(reason="Un essai", actor=None, now=NOW)
    worker = in_thread(lambda: recomputation_run(recomputation_id=row.pk, now=NOW))
    longest = 0.0
    for ticket in tickets:
        began = time.monotonic()
        reply_send(ticket=ticket, actor=agent, body="Voilà.", now=hours(30))
        longest = max(longest, time.monotonic() - began)
    assert Recomputation.objects.get(pk=row.pk).finished_at is None, "too quick to prove anything"
    assert longest < 10, f"an agent waited {longest:.2f} s"
    worker.join(60)
    assert not Ticket.objects.filter(status="new").exclude(next_due_at=hours(24)).exists()
    for ticket in tickets:
        ticket.refresh_from_db()
        assert (ticket.status, ticket.next_due_at) == ("answered", None)


@pytest.mark.django_db(transaction=True)
def test_the_worker_is_told_and_a_sweep_tells_it_again(voirie, told):
    row = commitments_changed(reason="Un essai", actor=None, now=NOW)
    assert told == [("tickets.recompute", (row.pk,))]
    told.clear()
    sweep_recomputations()
    assert told == [("tickets.recompute", (row.pk,))]
    recompute(row.pk)
    told.clear()
    sweep_recomputations()
    assert told == []
    entry = next(entry for entry in BEAT_SCHEDULE.values() if entry["task"] == "tickets.sweep_recomputations")
    assert entry["schedule"] <= 60
