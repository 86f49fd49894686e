"""A message of a ticket that could not be delivered shows on its timeline.

The outbox stands below the tickets and knows nothing of them: it only tells the task that calls this, and a periodic
one calls it again in case the telling was lost.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from core.text import one_line
from notifications.models import OutboundKind, OutboundMessage, OutboundStatus
from tickets.actions.locking import ticket_lock
from tickets.actions.timeline import event_add
from tickets.enums import EventKind
from tickets.models import Ticket, TicketEvent

LOOK_BACK = timedelta(days=7)  # a message fails for good within two days of its creation
TO_CITIZENS = {OutboundKind.REPLY, OutboundKind.ACKNOWLEDGEMENT, OutboundKind.TRACKING_LINK, OutboundKind.LETTER}
FLAGGED = TO_CITIZENS | {OutboundKind.SERVICE}  # somebody waits for these


def send_failures_note(*, now: datetime) -> int:
    """One ``send_failed`` event for each message of a ticket that failed for good; how many were written now."""
    failed = OutboundMessage.objects.filter(status=OutboundStatus.FAILED, created_at__gte=now - LOOK_BACK).exclude(
        ticket_reference=""
    )
    written = 0
    for row in failed.order_by("-created_at", "-id")[:1000]:
        written += send_failure_note(row, now=now)
    return written


@transaction.atomic
def send_failure_note(row: OutboundMessage, *, now: datetime) -> bool:
    """The event of one message that failed, and the flag of its ticket; false when they are there already."""
    pk = Ticket.objects.filter(reference=row.ticket_reference).values_list("pk", flat=True).first()
    if pk is None:
        return False
    known = TicketEvent.objects.filter(ticket_id=pk, kind=EventKind.SEND_FAILED, data__outbound=row.pk)
    if known.exists():
        return False
    ticket = ticket_lock(pk)
    if known.exists():  # the other worker was first by a hair
        return False
    event_add(
        ticket, EventKind.SEND_FAILED, actor=None, at=now, outbound=row.pk, to=row.to_address, reason=row.last_error
    )
    if row.kind in FLAGGED and not ticket.flag:
        with translation.override("fr"):
            ticket.flag = one_line(_("The message to %(to)s could not be delivered.") % {"to": row.to_address}, 250)
        ticket.updated_at = now
        ticket.save(update_fields=["flag", "updated_at"])
    return True
