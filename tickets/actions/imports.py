"""Mail from before the town used Guichet: kept, routed, and told to nobody."""

from datetime import datetime

from django.db import transaction

from tickets.actions.clocks.deadlines import clocks_change
from tickets.actions.routing.route import ticket_route
from tickets.enums import DeadlineKind
from tickets.models import Ticket


@transaction.atomic
def ticket_route_mute(*, ticket_id: int, now: datetime) -> Ticket | None:
    """`ticket_route` without an acknowledgement nor any clock, hence no alert; None when it is already routed.

    The clocks start, from the reception, when an agent gives the ticket its type.
    """
    ticket = ticket_route(ticket_id=ticket_id, now=now, acknowledge=False)
    if ticket is not None:
        clocks_change(ticket, now=now, cancel=DeadlineKind.values)
        ticket.save(update_fields=["next_due_at", "answer_due_at"])
    return ticket
