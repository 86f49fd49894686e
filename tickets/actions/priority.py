from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core.errors import Conflict, Invalid
from directory.models import Agent
from directory.roles import WORK
from tickets.actions.clocks.deadlines import clocks_recompute
from tickets.actions.locking import ticket_lock
from tickets.actions.timeline import event_add
from tickets.enums import DeadlineKind, EventKind, Priority
from tickets.models import Ticket
from tickets.permissions import require


@transaction.atomic
def ticket_prioritise(*, ticket: Ticket, priority: int, actor: Agent, now: datetime) -> Ticket:
    """Say how urgent an open ticket is. Its commitments are counted again, from the same start, as the policies for
    that priority say. Raises `Invalid` for an unknown priority, `Conflict` for a ticket that is done."""
    ticket = ticket_lock(ticket.pk)
    require(actor, WORK, ticket)
    if priority not in Priority.values:
        raise Invalid(_("This priority does not exist."), field="priority")
    if priority == ticket.priority:
        return ticket
    if not ticket.is_open:
        raise Conflict(_("This ticket is done: reopen it first."))
    former, ticket.priority = ticket.priority, priority
    clocks_recompute(ticket, now=now, create=[DeadlineKind.TARGET])
    ticket.updated_at = now
    ticket.save(update_fields=["priority", "updated_at", "next_due_at", "answer_due_at"])
    event_add(ticket, EventKind.PRIORITY, actor=actor, at=now, former=former, current=priority)
    return ticket
