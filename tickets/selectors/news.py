"""What came into a list since it was opened: the page says so and does not move."""

from django.db.models import QuerySet

from directory.models import Agent
from tickets.enums import EventKind
from tickets.models import Ticket, TicketEvent

ARRIVALS = (
    EventKind.OPENED,
    EventKind.ROUTED,
    EventKind.ASSIGNED,
    EventKind.TRANSFERRED,
    EventKind.RELEASED,
    EventKind.STATUS,
    EventKind.SPLIT,
)
MOST = 100


def last_event_id() -> int:
    """The newest line of all timelines. Zero when there is none."""
    return TicketEvent.objects.order_by("-id").values_list("id", flat=True).first() or 0


def arrivals(tickets: QuerySet[Ticket], agent: Agent, since: int) -> list[int]:
    """The ids, at most MOST, of those of ``tickets`` to which something happened after the event ``since`` that can
    have brought them into the list, unless the agent did it. One query, on the latest events only."""
    happened = TicketEvent.objects.filter(pk__gt=since, kind__in=ARRIVALS).exclude(actor=agent)
    recent = happened.order_by("-id").values_list("ticket_id", flat=True)[: MOST * 5]
    return list(tickets.filter(pk__in=list(recent)).order_by().values_list("pk", flat=True)[:MOST])
