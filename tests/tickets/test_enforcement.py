"""Reminders and escalations: each exactly once, however often or concurrently the sweep runs."""

import subprocess
import sys
import threading
from datetime import datetime, timedelta
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from notifications.models import OutboundMessage
from tests.conftest import worker_environment
from tests.support.factories import make_agent, make_service, make_ticket, make_type
from tickets.actions.enforcement import deadlines_enforce
from tickets.actions.messages import Incoming, message_receive, reply_send
from tickets.actions.processing import ticket_assign
from tickets.models import Deadline, EscalationRecord, Ticket
from tickets.tasks import enforce_deadlines

NOW = datetime.fromisoformat("2026-11-23T09:00:00+01:00")


@pytest.fixture
def people(db):
    """A service with its référent, its manager above it, and an agent."""
    direction = make_service("direction-technique")
    voirie = make_service("voirie", parent=direction)
    agent = make_agent(("back_office", voirie))
    voirie.referent = make_agent(("referent", voirie))
    direction.manager = make_agent(("manager", direction))
    voirie.save()
    direction.save()
    make_type("eclairage", voirie, keywords=["lampadaire"], target=30)
    return voirie, agent, voirie.referent, direction.manager


def alerts() -> list[tuple[str, str]]:
    """(address, subject) of the alerts queued, in order."""
    found = OutboundMessage.objects.filter(kind="escalation").order_by("id")
    return [(mail.to_address, mail.subject.split(" — ")[0]) for mail in found]


def test_a_forgotten_ticket_climbs_from_its_assignee_to_the_manager(people):
    _, agent, referent, manager = people
    ticket = make_ticket(now=NOW)
    ticket_assign(ticket=ticket, assignee=agent, actor=agent, now=NOW)
    levels = []
    for hours in (47, 48, 71, 72, 73, 96, 100, 120, 500):
        deadlines_enforce(now=NOW + timedelta(hours=hours))
        ticket.refresh_from_db()
        levels.append(ticket.escalation_level)
    assert levels == [0, 0, 0, 1, 1, 2, 2, 3, 3]
    assert alerts() == [
        (agent.email, "Échéance proche"),
        (agent.email, "Demande en retard"),
        (referent.email, "Demande en retard, niveau référent"),
        (manager.email, "Demande en retard, niveau responsable"),
    ]
    kinds = list(ticket.events.filter(kind__in=["reminded", "escalated"]).values_list("kind", flat=True))
    assert kinds == ["reminded", "escalated", "escalated", "escalated"]


def test_a_late_ticket_with_nobody_assigned_reaches_somebody(people):
    _, _, referent, _ = people
    make_ticket(now=NOW)
    deadlines_enforce(now=NOW + timedelta(hours=72))
    assert alerts() == [(referent.email, "Demande en retard")]


def test_a_service_with_nobody_falls_back_on_the_pilot(db):
    ticket = make_ticket(now=NOW)
    pilot = ticket.service
    pilot.referent = make_agent(("referent", pilot))
    pilot.save()
    empty = make_service("archives")
    Ticket.objects.filter(pk=ticket.pk).update(service=empty)
    deadlines_enforce(now=NOW + timedelta(hours=72))
    assert alerts() == [(pilot.referent.email, "Demande en retard")]


def test_an_answered_ticket_is_left_alone_and_reopening_starts_anew(people):
    _, agent, _, _ = people
    ticket = make_ticket(now=NOW)
    deadlines_enforce(now=NOW + timedelta(days=6))
    before = len(alerts())
    reply_send(ticket=ticket, actor=agent, body="Voilà.", now=NOW + timedelta(days=7))
    deadlines_enforce(now=NOW + timedelta(days=30))
    assert len(alerts()) == before
    back = NOW + timedelta(days=31)
    message_receive(ticket=ticket, incoming=Incoming(channel="email", body="Encore éteint"), now=back)
    deadlines_enforce(now=back + timedelta(minutes=5))
    ticket.refresh_from_db()
    assert ticket.escalation_level == 0
    assert len(alerts()) == before  # no storm
    deadlines_enforce(now=back + timedelta(hours=72))
    assert len(alerts()) == before + 1


def test_silence_becomes_a_decision_at_local_midnight_once(people):
    voirie, _, _, manager = people
    kind = make_type("terrasse", voirie, regime="SVA", delay_months=2)
    ticket = make_ticket(request_type=kind, now=NOW)
    midnight = datetime.fromisoformat("2027-01-24T00:00:00+01:00")
    deadlines_enforce(now=midnight - timedelta(seconds=1))
    assert not ticket.events.filter(kind="implicit_decision").exists()
    for _ in range(3):
        deadlines_enforce(now=midnight)
    event = ticket.events.get(kind="implicit_decision")
    assert event.data["regime"] == "SVA"
    mail = OutboundMessage.objects.get(subject__startswith="Échéance légale atteinte")
    assert mail.to_address == manager.email
    assert "réputée acceptée depuis le 24 janvier 2027" in mail.body


def test_the_alert_of_a_sensitive_ticket_does_not_tell_its_subject(people):
    voirie = people[0]
    kind = make_type("aide", voirie, is_sensitive=True)
    make_ticket(request_type=kind, subject="Aide financière urgente", now=NOW)
    deadlines_enforce(now=NOW + timedelta(hours=72))
    mail = OutboundMessage.objects.get(kind="escalation")
    assert "financière" not in mail.body + mail.subject


def test_a_dry_run_says_and_writes_nothing(people):
    ticket = make_ticket(now=NOW)
    out = StringIO()
    call_command("enforce_deadlines", now="2026-11-30T09:00:00+01:00", dry_run=True, stdout=out)
    assert ticket.reference in out.getvalue()
    assert "late_manager" in out.getvalue()
    assert not EscalationRecord.objects.exists()
    assert not alerts()
    out = StringIO()
    call_command("enforce_deadlines", now="2026-11-30T09:00", stdout=out)
    assert "3 steps taken" in out.getvalue()
    assert EscalationRecord.objects.count() == 3


def test_a_moment_that_cannot_be_read_is_one_clear_line(db):
    with pytest.raises(CommandError, match="ISO 8601"):
        call_command("enforce_deadlines", now="demain")


@pytest.mark.django_db(transaction=True)
def test_concurrent_sweeps_take_each_step_once():
    voirie = make_service("voirie")
    voirie.referent = make_agent(("referent", voirie))
    voirie.save()
    make_type("eclairage", voirie, keywords=["lampadaire"])
    for _ in range(30):
        make_ticket(now=NOW)
    start = threading.Barrier(4)

    def sweep() -> None:
        start.wait()
        try:
            deadlines_enforce(now=NOW + timedelta(hours=80))
        finally:
            connection.close()

    threads = [threading.Thread(target=sweep) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    deadlines_enforce(now=NOW + timedelta(hours=80))
    assert EscalationRecord.objects.filter(step="late").count() == 30
    assert len(alerts()) == 30


@pytest.mark.django_db(transaction=True)
def test_a_sweep_killed_at_any_moment_is_finished_by_the_next_one():
    voirie = make_service("voirie")
    voirie.referent = make_agent(("referent", voirie))
    voirie.save()
    make_type("eclairage", voirie, keywords=["lampadaire"])
    first = make_ticket(now=NOW)
    rows = [
        Deadline(ticket=first, kind="answer", cycle=10 + n, started_at=NOW, due_at=NOW, level=1, next_step_at=NOW)
        for n in range(3000)
    ]
    Deadline.objects.bulk_create(rows)
    command = [sys.executable, "manage.py", "enforce_deadlines", "--now", (NOW + timedelta(hours=1)).isoformat()]
    for delay in (0.8, 1.2, 1.6):
        process = subprocess.Popen(command, cwd=settings.BASE_DIR, env=worker_environment(), stdout=subprocess.DEVNULL)
        try:
            process.wait(delay)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    deadlines_enforce(now=NOW + timedelta(hours=1))
    assert EscalationRecord.objects.filter(step="late").count() == 3000
    assert OutboundMessage.objects.filter(kind="escalation").count() == 3000
    assert first.events.filter(kind="escalated").count() == 3000


@pytest.mark.django_db
def test_a_crowd_calls_a_second_sweep_that_begins_at_the_other_end(
    monkeypatch, told, django_capture_on_commit_callbacks
):
    monkeypatch.setattr("tickets.actions.enforcement.BATCH", 2)
    monkeypatch.setattr("tickets.tasks.timezone.now", lambda: NOW + timedelta(hours=72, minutes=10))
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
    report = deadlines_enforce(now=NOW + timedelta(hours=73), backwards=True)
    late = [taken.reference for taken in report.taken if taken.step == "late"]
    assert sorted(late) == sorted(ticket.reference for ticket in tickets)
