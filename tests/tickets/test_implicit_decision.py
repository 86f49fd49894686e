"""What a silence makes, at local midnight, once (CRPA L231-1, L231-4)."""

from datetime import date, datetime, timedelta

import pytest

from notifications.models import OutboundMessage
from tests.support.factories import make_agent, make_service, make_ticket, make_type
from tests.tickets.test_enforcement import NOW
from tickets.actions.clocks.enforcement import deadlines_enforce
from tickets.models import Deadline, Decision, EscalationRecord, EscalationStep
from tickets.selectors.commitments import commitments_forget

MIDNIGHT = datetime.fromisoformat("2027-01-24T00:00:00+01:00")  # received on 23/11/2026 + 2 months: last day 23/01


@pytest.fixture
def voirie(db):
    service = make_service("voirie")
    service.referent = make_agent(("referent", service))
    service.manager = make_agent(("manager", service))
    service.save()
    pilot = make_service("accueil")
    pilot.referent = make_agent(("referent", pilot))
    pilot.save()
    return service


def asked(voirie, regime, **fields):
    defaults = {"delay_months": 2} if regime != "RGPD" else {"delay_months": 1}
    return make_ticket(request_type=make_type("terrasse", voirie, regime=regime, **(defaults | fields)), now=NOW)


@pytest.mark.parametrize(
    ("regime", "outcome", "next_step", "words"),
    [
        ("SVA", "accepted", "attestation", "réputée acceptée depuis le 24 janvier 2027"),
        ("SVR", "refused", "reasons", "réputée rejetée depuis le 24 janvier 2027"),
    ],
)
def test_silence_becomes_a_decision_at_local_midnight_once(voirie, regime, outcome, next_step, words):
    ticket = asked(voirie, regime)
    deadlines_enforce(now=MIDNIGHT - timedelta(seconds=1))
    assert not Decision.objects.exists()
    for late in (0, 0, 60, 86400):
        deadlines_enforce(now=MIDNIGHT + timedelta(seconds=late))
    decision = Decision.objects.get(ticket=ticket)
    assert (decision.kind, decision.outcome, decision.decided_on) == ("implicit", outcome, date(2027, 1, 24))
    event = ticket.events.get(kind="implicit_decision")
    assert (event.data["regime"], event.data["outcome"], event.data["next"]) == (regime, outcome, next_step)
    clock = Deadline.objects.get(ticket=ticket, kind="legal")
    assert (clock.state, clock.stopped_at, clock.next_step_at) == ("missed", MIDNIGHT, None)
    ticket.refresh_from_db()
    assert ticket.legal_running is False
    pilot = make_service("accueil")
    told = [mail for mail in OutboundMessage.objects.filter(kind="escalation") if words in mail.body]
    assert {mail.to_address for mail in told} == {voirie.referent.email, pilot.referent.email}
    assert len(told) == 2
    assert EscalationRecord.objects.filter(deadline=clock, level=0).count() == 1


def test_after_an_outage_the_decision_keeps_its_day_and_stale_reminders_are_dropped(voirie):
    ticket = asked(voirie, "SVA")
    Deadline.objects.filter(ticket=ticket).exclude(kind="legal").update(state="met", next_step_at=None)
    deadlines_enforce(now=MIDNIGHT + timedelta(days=12))
    assert Decision.objects.get(ticket=ticket).decided_on == date(2027, 1, 24)
    assert list(EscalationRecord.objects.values_list("step", flat=True)) == ["implicit_decision"]


def test_a_right_of_data_protection_left_without_an_answer_decides_nothing(voirie):
    ticket = asked(voirie, "RGPD")
    for _ in range(2):
        deadlines_enforce(now=datetime.fromisoformat("2026-12-24T00:00:00+01:00"))
    assert not Decision.objects.exists()
    assert not ticket.events.filter(kind="implicit_decision").exists()
    event = ticket.events.get(kind="escalated", data__step="implicit_decision", data__recipient=str(voirie.referent))
    assert event.data["regime"] == "RGPD"
    ticket.refresh_from_db()
    assert ticket.legal_running is True
    assert Deadline.objects.get(ticket=ticket, kind="legal").state == "running"


def test_no_matrix_takes_the_decision_away(voirie):
    EscalationStep.objects.create(kind="legal", number=20, offset=-5, offset_unit="days", audience="pilot")
    commitments_forget()
    ticket = asked(voirie, "SVR")
    deadlines_enforce(now=MIDNIGHT)
    assert Decision.objects.filter(ticket=ticket).count() == 1


def test_the_service_without_anybody_leaves_it_to_the_pilot_once(db):
    empty = make_service("archives")
    pilot = make_service("accueil")
    pilot.referent = make_agent(("referent", pilot))
    pilot.save()
    asked(empty, "SVA")
    deadlines_enforce(now=MIDNIGHT)
    told = [mail.to_address for mail in OutboundMessage.objects.filter(kind="escalation", body__contains="acceptée")]
    assert told == [pilot.referent.email]
