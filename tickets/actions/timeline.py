from datetime import datetime
from typing import Any

from directory.models import Agent
from tickets.models import Ticket, TicketEvent


def event_add(ticket: Ticket, kind: str, *, actor: Agent | None, at: datetime, **data: Any) -> TicketEvent:
    """Write one line of the timeline. ``data``: JSON values, names rather than ids, to stay readable."""
    return TicketEvent.objects.create(ticket=ticket, kind=kind, actor=actor, at=at, data=data)
