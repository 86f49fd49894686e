from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any

from directory.models import Agent
from tickets.models import Ticket, TicketEvent

_waiting: ContextVar[list[TicketEvent] | None] = ContextVar("events_waiting", default=None)


def event_add(ticket: Ticket, kind: str, *, actor: Agent | None, at: datetime, **data: Any) -> TicketEvent:
    """Write one line of the timeline. ``data``: JSON values, names rather than ids, to stay readable.

    Within `events_together` it is written at the end, in the same order, and has no id before.
    """
    event = TicketEvent(ticket=ticket, kind=kind, actor=actor, at=at, data=data)
    waiting = _waiting.get()
    if waiting is None:
        event.save(force_insert=True)
    else:
        waiting.append(event)
    return event


@contextmanager
def events_together() -> Iterator[None]:
    """Write the events of an action in one statement, when it ends. Nothing is written when it fails. Inside another
    one, the outermost writes."""
    if _waiting.get() is not None:
        yield
        return
    waiting: list[TicketEvent] = []
    token = _waiting.set(waiting)
    try:
        yield
    finally:
        _waiting.reset(token)
    if waiting:
        TicketEvent.objects.bulk_create(waiting)
