from datetime import datetime, timedelta

from django.db import transaction

from tickets.actions.locking import ticket_lock
from tickets.actions.processing import ticket_close
from tickets.enums import Status
from tickets.models import Ticket

QUIET = timedelta(days=15)


def tickets_close_quiet(*, now: datetime) -> int:
    """Close the tickets answered for 15 days without a word from the citizen; returns how many.

    Each in its own transaction: writing back in the meantime wins.
    """
    closed = 0
    quiet = Ticket.objects.filter(status=Status.ANSWERED, updated_at__lt=now - QUIET).order_by("updated_at")
    for ticket in quiet[:5000]:
        with transaction.atomic():
            if ticket_lock(ticket.pk).status == Status.ANSWERED:
                ticket_close(ticket=ticket, actor=None, now=now)
                closed += 1
    return closed
