from datetime import timedelta

import pytest
from django.utils import timezone

from notifications.models import OutboundMessage
from tests.support.factories import make_agent, make_service, make_ticket, make_type
from tickets.actions.enforcement import deadlines_enforce
from tickets.actions.messages import reply_send
from tickets.selectors.queues import queue_counts


@pytest.mark.django_db
def test_a_ticket_lives(settings):
    voirie = make_service("voirie")
    agent = make_agent(("back_office", voirie))
    make_type("eclairage", voirie, keywords=["lampadaire"])
    ticket = make_ticket()
    assert ticket.service == voirie
    assert queue_counts(agent, timezone.now())["unassigned"] == 1
    report = deadlines_enforce(now=timezone.now() + timedelta(hours=73))
    print(report)
    reply_send(ticket=ticket, actor=agent, body="Réparé.", now=timezone.now())
    ticket.refresh_from_db()
    assert ticket.status == "answered" and ticket.next_due_at is None
    print(OutboundMessage.objects.last().body, OutboundMessage.objects.first().body)
