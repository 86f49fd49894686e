"""Two sweepers killed with SIGKILL at random moments and started again, on clocks that jump: each step once."""

import random
from datetime import datetime, timedelta

import pytest
from django.db.models import Count

from notifications.models import Notice, OutboundMessage
from tests.conftest import worker_environment
from tests.faults.killing import killed_in_turn
from tests.support import warm
from tests.support.factories import make_agent, make_service, make_town, make_type
from tickets.actions.clocks.enforcement import deadlines_enforce
from tickets.deadlines.escalation import DEFAULT_STEPS
from tickets.models import Deadline, Decision, EscalationRecord, EscalationStep, Ticket, TicketEvent

START = datetime.fromisoformat("2026-11-23T09:00:00+01:00")
DUE = START + timedelta(hours=72)
TICKETS, LEGAL = 1500, 300
SECONDS = 20
# the real sweep, in small batches so that it is killed between two of them as well as inside one; the wall clock of
# the sweeper jumps from one start to the next
SWEEPER = """
import sys, django
django.setup()
from datetime import datetime
from tickets.actions.clocks import enforcement
enforcement.BATCH = 40
print("ready", flush=True)
for moment in sys.argv[1:]:
    enforcement.deadlines_enforce(now=datetime.fromisoformat(moment))
"""


@pytest.fixture
def crowd(transactional_db: None) -> None:
    """1,500 late tickets, 300 of them with a silence that decides; each step alerts another person."""
    make_town()
    voirie = make_service("voirie")
    voirie.referent, voirie.manager = make_agent(("referent", voirie)), make_agent(("manager", voirie))
    voirie.save()
    pilot = make_service("accueil")
    pilot.referent = make_agent(("referent", pilot))
    pilot.save()
    agent = make_agent(("back_office", voirie))
    kind = make_type("terrasse", voirie, regime="SVA", delay_months=2)
    for line in DEFAULT_STEPS["answer"]:  # day and night, so that every jump of the clock meets a step
        EscalationStep.objects.create(
            kind="answer",
            number=20 + line.number,
            offset=line.offset,
            audience=line.audience,
            escalation=line.escalation,
            in_open_hours=False,
        )
    tickets = Ticket.objects.bulk_create(
        Ticket(
            reference=f"G-{number:05}-00000",
            channel="web",
            subject=f"Demande {number}",
            service=voirie,
            request_type=kind if number < LEGAL else None,
            assignee=agent,
            received_at=START,
            routed_at=START,
            answer_due_at=DUE,
            next_due_at=DUE,
            legal_regime="SVA" if number < LEGAL else "",
            legal_running=number < LEGAL,
        )
        for number in range(TICKETS)
    )
    clocks = [
        Deadline(ticket=ticket, kind="answer", started_at=START, due_at=DUE, next_step_at=DUE - timedelta(hours=24))
        for ticket in tickets
    ]
    clocks += [
        Deadline(ticket=ticket, kind="legal", started_at=START, due_at=DUE, taken=[1, 2, 3, 5, 6], next_step_at=DUE)
        for ticket in tickets[:LEGAL]
    ]
    Deadline.objects.bulk_create(clocks)


def start(moments: list[datetime]) -> warm.Warm:
    arguments = [moment.isoformat() for moment in moments]
    return warm.start(["-c", SWEEPER, *arguments], worker_environment(), piped=True)


def test_each_step_exactly_once_whoever_is_killed_and_when(crowd: None) -> None:
    seed = random.SystemRandom().randrange(10**6)
    dice = random.Random(seed)
    jumps = [timedelta(hours=hours) for hours in (-30, -24, -1, 0, 3, 24, 30, 48, 60, 24 * 40)]
    killed_in_turn(
        lambda: start([DUE + dice.choice(jumps) for _ in range(3)]),
        lambda: dice.uniform(0.005, 0.3),
        times=8,
        at_work=3,
        seconds=SECONDS,
    )
    for moment in (DUE + timedelta(days=60), DUE, DUE + timedelta(days=60)):
        deadlines_enforce(now=moment)

    told = f"seed {seed}"
    taken = EscalationRecord.objects
    late = ["late", "late_referent", "late_manager"]
    for step in late:
        assert taken.filter(deadline__kind="answer", step=step).count() == TICKETS, (step, told)
    assert taken.filter(step="implicit_decision").count() == LEGAL, told
    # everything a step causes was committed with it, once
    assert Decision.objects.count() == LEGAL, told
    assert not Decision.objects.values("ticket").annotate(n=Count("pk")).filter(n__gt=1).exists(), told
    assert TicketEvent.objects.filter(kind="implicit_decision").count() == LEGAL, told
    # who hears of a step twice, or of none, shows in the events: one for each person told of each clock
    events = TicketEvent.objects.filter(kind="escalated", data__deadline="answer")
    twice = events.values("ticket", "data__step").annotate(n=Count("pk")).filter(n__gt=1)
    assert not twice.exists(), told
    assert events.count() == 3 * TICKETS, told
    assert Notice.objects.count() == OutboundMessage.objects.filter(kind="escalation").count(), told
    alerts = Notice.objects.values("agent", "ticket_reference").annotate(n=Count("pk"))
    reminded = taken.filter(step="reminder").count()
    assert TicketEvent.objects.filter(kind="reminded").count() == reminded, told
    # the assignee may hear of the reminder and of the lateness, the référent of the lateness and of the decision
    assert max(row["n"] for row in alerts) <= 2, told
    assert sum(row["n"] for row in alerts) <= 3 * TICKETS + 2 * LEGAL + reminded, told
    assert not Deadline.objects.filter(next_step_at__isnull=False, state="running").exists(), told
    assert set(Deadline.objects.filter(kind="legal").values_list("state", flat=True)) == {"missed"}, told
