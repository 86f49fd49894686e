from datetime import datetime, timedelta

from django.db import transaction

from tickets.actions.locking import ticket_lock
from tickets.actions.processing import ticket_close
from tickets.enums import Status
from tickets.models import Ticket

QUIET = timedelta(days=15)


def tickets_close_quiet(*, now: datetime) -> int:
    """Close the tickets answered for 15 days without a word from the citizen; returns how many.

    Not those whose legal clock runs: an answer is not a decision. Each in its own transaction: writing back in the
    meantime wins.
    """
    closed = 0
    quiet = Ticket.objects.filter(status=Status.ANSWERED, updated_at__lt=now - QUIET, legal_running=False)
    for ticket in quiet.order_by("updated_at")[:5000]:
        with transaction.atomic():
            locked = ticket_lock(ticket.pk)
            if locked.status == Status.ANSWERED and not locked.legal_running:
                ticket_close(ticket=ticket, actor=None, now=now)
                closed += 1
    return closed
