"""« To be checked »: an agent looked at what a ticket was flagged for."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from core.errors import Conflict
from directory.models import Agent
from directory.roles import WORK
from tickets.actions.locking import ticket_lock
from tickets.actions.timeline import event_add
from tickets.enums import EventKind
from tickets.models import Ticket
from tickets.permissions import require


@transaction.atomic
def flag_clear(*, ticket: Ticket, actor: Agent, now: datetime) -> Ticket:
    """Take the flag off: the timeline keeps what it said and who looked. A later reason can flag the ticket again.

    Raises `NotAllowed`, and `Conflict` when there is nothing to check (any more).
    """
    ticket = ticket_lock(ticket.pk)
    require(actor, WORK, ticket)
    if not ticket.flag:
        raise Conflict(_("There is nothing to check on this ticket any more."), code="no_flag")
    reason, ticket.flag, ticket.updated_at = ticket.flag, "", now
    ticket.save(update_fields=["flag", "updated_at"])
    event_add(ticket, EventKind.FLAGGED, actor=actor, at=now, reason=reason, cleared=True)
    return ticket
