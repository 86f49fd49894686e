"""Reminders and escalations: each exactly once, however often or concurrently the sweep runs."""

from datetime import datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from notifications.models import Notice, OutboundMessage
from tests.support.factories import make_agent, make_service, make_ticket, make_type
from tests.support.threads import together
from tickets.actions.clocks.enforcement import deadlines_enforce
from tickets.actions.messages import Incoming, message_receive, reply_send
from tickets.actions.processing import ticket_assign
from tickets.enums import Delivery
from tickets.models import Deadline, EscalationRecord, EscalationStep
from tickets.selectors.commitments import commitments_forget
from tickets.tasks import enforce_deadlines

NOW = datetime.fromisoformat("2026-11-23T09:00:00+01:00")  # a Monday, at the opening


def hours(count: float) -> datetime:
    return NOW + timedelta(hours=count)


@pytest.fixture
def people(db):
    """A service with its référent, its manager above it, and an agent."""
    direction = make_service("direction-technique", kind="direction")
    voirie = make_service("voirie", parent=direction)
    agent = make_agent(("back_office", voirie))
    voirie.referent = make_agent(("referent", voirie))
    direction.manager = make_agent(("manager", direction))
    voirie.save()
    direction.save()
    make_type("eclairage", voirie, keywords=["lampadaire"], target=30)
    return voirie, agent, voirie.referent, direction.manager


def alerts() -> list[tuple[str, str]]:
    """(address, title) of the mails queued, in order."""
    found = OutboundMessage.objects.filter(kind="escalation").order_by("id")
    return [(mail.to_address, mail.subject.split(" — ")[0]) for mail in found]


def test_a_forgotten_ticket_climbs_from_its_assignee_to_the_manager(people):
    _, agent, referent, manager = people
    ticket = make_ticket(now=NOW)
    ticket_assign(ticket=ticket, assignee=agent, actor=agent, now=NOW)
    levels = []
    for count in (47, 48, 71, 72, 73, 96, 100, 167, 168, 500):
        deadlines_enforce(now=hours(count))
        ticket.refresh_from_db()
        levels.append(ticket.escalation_level)
    # 120 hours is a Saturday: the manager hears of it on Monday at the opening
    assert levels == [0, 0, 0, 1, 1, 2, 2, 2, 3, 3]
    assert alerts() == [
        (agent.email, "Réponse attendue bientôt"),
        (agent.email, "Réponse en retard"),
        (referent.email, "Réponse en retard, niveau 2"),
        (manager.email, "Réponse en retard, niveau 3"),
    ]
    kinds = list(ticket.events.filter(kind__in=["reminded", "escalated"]).values_list("kind", flat=True))
    assert kinds == ["reminded", "escalated", "escalated", "escalated"]
    told = Notice.objects.order_by("id").values_list("agent__email", "title", "ticket_reference", "is_urgent")
    assert [(email, title) for email, title, _, _ in told] == alerts()
    assert [urgent for *_, urgent in told] == [False, True, True, True]


def test_after_an_outage_each_person_gets_one_alert_of_each_ticket(people):
    _, _, referent, manager = people
    ticket = make_ticket(now=NOW)
    deadlines_enforce(now=hours(24 * 90))  # the answer's four steps and the target's four, nobody assigned
    assert EscalationRecord.objects.filter(deadline__ticket=ticket).count() == 6  # no stale reminder
    assert sorted(alerts()) == sorted(
        [(referent.email, "Réponse en retard, niveau 2"), (manager.email, "Réponse en retard, niveau 3")]
    )
    assert Notice.objects.count() == 2
    body = OutboundMessage.objects.get(to_address=manager.email).body
    assert "Une réponse était due le 26 novembre 2026 à 09h00." in body
    assert "Elle devait être traitée le 6 janvier 2027 à 18h00." in body
    ticket.refresh_from_db()
    assert ticket.escalation_level == 3


def test_an_answered_ticket_is_left_alone_and_reopening_starts_anew(people):
    _, agent, _, _ = people
    ticket = make_ticket(now=NOW)
    deadlines_enforce(now=NOW + timedelta(days=7))
    before = len(alerts())
    assert before == 2
    reply_send(ticket=ticket, actor=agent, body="Voilà.", now=NOW + timedelta(days=8))
    deadlines_enforce(now=NOW + timedelta(days=30))
    assert len(alerts()) == before
    back = NOW + timedelta(days=35)  # a Monday
    message_receive(ticket=ticket, incoming=Incoming(channel="email", body="Encore éteint"), now=back)
    deadlines_enforce(now=back + timedelta(minutes=5))
    ticket.refresh_from_db()
    assert ticket.escalation_level == 0
    assert len(alerts()) == before  # no storm
    deadlines_enforce(now=back + timedelta(hours=72))
    assert len(alerts()) == before + 1


def test_an_edited_matrix_never_repeats_a_step(people):
    _, _, referent, _ = people
    make_ticket(now=NOW)
    line = EscalationStep.objects.create(
        kind="answer", number=20, offset=-48, audience="referent", delivery=Delivery.MAIL
    )
    commitments_forget()
    Deadline.objects.filter(kind="answer").update(taken=[], next_step_at=hours(24))
    deadlines_enforce(now=hours(24))
    assert alerts() == [(referent.email, "Réponse attendue bientôt")]
    line.offset, line.escalation = 10, 1  # the same step, said to be later and graver
    line.save()
    commitments_forget()
    Deadline.objects.filter(kind="answer").update(next_step_at=hours(80))
    deadlines_enforce(now=hours(100))
    assert len(alerts()) == 1
    # even if its number were lost from the deadline, the record remains
    Deadline.objects.filter(kind="answer").update(taken=[], next_step_at=hours(100))
    deadlines_enforce(now=hours(100))
    assert len(alerts()) == 1
    assert EscalationRecord.objects.filter(level=20).count() == 1
    assert not Deadline.objects.filter(next_step_at__lte=hours(100)).exists()


def test_a_clock_that_jumps_forwards_then_back_repeats_nothing(people):
    ticket = make_ticket(now=NOW)
    for count in (72, 500, 10, 73, 96, 72, 5000, 96, 120, 5001):
        deadlines_enforce(now=hours(count))
    records = EscalationRecord.objects.filter(deadline__ticket=ticket)
    assert records.count() == records.values("deadline", "level").distinct().count()
    assert sorted(records.filter(deadline__kind="answer").values_list("step", flat=True)) == [
        "late",
        "late_manager",
        "late_referent",
    ]


def test_a_dry_run_says_and_writes_nothing(people):
    ticket = make_ticket(now=NOW)
    out = StringIO()
    call_command("enforce_deadlines", now="2026-11-30T09:00:00+01:00", dry_run=True, stdout=out)
    assert ticket.reference in out.getvalue()
    assert "late_manager" in out.getvalue()
    assert not EscalationRecord.objects.exists()
    assert not Notice.objects.exists()
    assert not alerts()
    out = StringIO()
    call_command("enforce_deadlines", now="2026-11-30T09:00", stdout=out)
    assert "3 steps taken" in out.getvalue()
    assert EscalationRecord.objects.count() == 3


def test_a_moment_that_cannot_be_read_is_one_clear_line(db):
    with pytest.raises(CommandError, match="ISO 8601"):
        call_command("enforce_deadlines", now="demain")


def test_a_sweep_with_nothing_due_costs_one_query(people, django_assert_num_queries):
    make_ticket(now=NOW)
    with django_assert_num_queries(3):  # the transaction's two and the index
        deadlines_enforce(now=hours(1))


def test_a_batch_costs_the_same_queries_whatever_its_size(people, django_assert_max_num_queries):
    for _ in range(30):
        make_ticket(now=NOW)
    with django_assert_max_num_queries(34):
        deadlines_enforce(now=hours(80))
    assert EscalationRecord.objects.count() == 30


@pytest.mark.django_db(transaction=True)
def test_concurrent_sweeps_take_each_step_once():
    voirie = make_service("voirie")
    voirie.referent = make_agent(("referent", voirie))
    voirie.save()
    make_type("eclairage", voirie, keywords=["lampadaire"])
    for _ in range(30):
        make_ticket(now=NOW)
    together(lambda _number: deadlines_enforce(now=hours(80)), 4)
    deadlines_enforce(now=hours(80))
    assert EscalationRecord.objects.filter(step="late").count() == 30
    assert len(alerts()) == Notice.objects.count() == 30


@pytest.mark.django_db
def test_a_crowd_calls_a_second_sweep_that_begins_at_the_other_end(
    monkeypatch, told, django_capture_on_commit_callbacks
):
    monkeypatch.setattr("tickets.actions.clocks.enforcement.BATCH", 2)
    monkeypatch.setattr("tickets.tasks.timezone.now", lambda: hours(72) + timedelta(minutes=10))
    voirie = make_service("voirie")
    voirie.referent = make_agent(("referent", voirie))
    voirie.save()
    make_type("eclairage", voirie, keywords=["lampadaire"])
    for number in range(5):
        make_ticket(now=NOW + timedelta(minutes=number))
    told.clear()
    with django_capture_on_commit_callbacks(execute=True):
        enforce_deadlines()
    assert told.count(("tickets.enforce_deadlines", (True,))) == 1
    assert EscalationRecord.objects.filter(step="late").count() == 5
    told.clear()
    with django_capture_on_commit_callbacks(execute=True):
        enforce_deadlines(True)
    assert told == []


@pytest.mark.django_db
def test_a_sweep_backwards_takes_the_same_steps(people):
    tickets = [make_ticket(now=NOW + timedelta(minutes=number)) for number in range(3)]
    report = deadlines_enforce(now=hours(73), backwards=True)
    late = [taken.reference for taken in report.taken if taken.step == "late"]
    assert sorted(late) == sorted(ticket.reference for ticket in tickets)
