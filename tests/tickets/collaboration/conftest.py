"""The service, its référent, and two tickets of one person."""

from datetime import timedelta

import pytest
from django.utils import timezone

from directory.actions.citizens import Requester
from directory.models import Service
from tests.support.factories import make_ticket
from tickets.models import Ticket

WHO = Requester(name="Claire Vasseur", email="claire@example.org")


@pytest.fixture
def pair(voirie: Service) -> tuple[Ticket, Ticket]:
    """(source, target): the second one was received two days before."""
    now = timezone.now()
    target = make_ticket(service=voirie, requester=WHO, now=now - timedelta(days=2), subject="Lampadaire éteint")
    source = make_ticket(service=voirie, requester=WHO, now=now - timedelta(hours=1), subject="Encore ce lampadaire")
    return source, target
