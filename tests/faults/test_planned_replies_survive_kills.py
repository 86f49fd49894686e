"""Two sweepers of planned replies killed with SIGKILL at random moments and started again: each leaves exactly once."""

import random
from datetime import timedelta

import pytest
from django.db.models import Count
from django.utils import timezone

from notifications.models import OutboundMessage
from tests.conftest import worker_environment
from tests.faults.killing import killed_in_turn
from tests.support import warm
from tests.support.factories import make_agent, make_service, make_ticket
from tickets.actions.replies.scheduled import reply_schedule, scheduled_sweep
from tickets.models import Message, ScheduledReply, TicketEvent

REPLIES = 48
SECONDS = 25
SWEEPER = """
import django
django.setup()
from django.utils import timezone
from tickets.actions.replies.scheduled import scheduled_sweep
print("ready", flush=True)
scheduled_sweep(now=timezone.now())
"""


@pytest.fixture
def crowd(transactional_db: None) -> None:
    service = make_service("voirie")
    agent = make_agent(("referent", service))
    now = timezone.now() - timedelta(hours=2)
    for number in range(REPLIES):
        ticket = make_ticket(service=service, now=now, received_at=now)
        send_at = now + timedelta(minutes=1)
        reply_schedule(ticket=ticket, actor=agent, body=f"Réponse {number}.", send_at=send_at, now=now)


def start() -> warm.Warm:
    return warm.start(["-c", SWEEPER], worker_environment(), piped=True)


def test_each_planned_reply_leaves_once_whoever_is_killed(crowd: None) -> None:
    dice = random.Random(20261122)
    killed_in_turn(start, lambda: dice.uniform(0.01, 0.4), times=6, at_work=1, seconds=SECONDS)
    scheduled_sweep(now=timezone.now())
    assert ScheduledReply.objects.filter(sent_at__isnull=False, refusal="").count() == REPLIES
    for told in (
        Message.objects.filter(kind="reply").values("ticket"),
        TicketEvent.objects.filter(kind="replied").values("ticket"),
        OutboundMessage.objects.filter(kind="reply").values("ticket_reference"),
    ):
        counts = list(told.annotate(count=Count("pk")).values_list("count", flat=True))
        assert counts == [1] * REPLIES
