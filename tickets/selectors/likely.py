"""The services a ticket would most likely be transferred to, and the tags it would most likely get."""

from directory.models import Service
from tickets.enums import EventKind
from tickets.models import Ticket, TicketSuggestion

MOST = 5


def likely_services(ticket: Ticket) -> list[Service]:
    """Up to `MOST` active services, the likeliest first: that of its type, of the learned suggestion, those it was
    with before (the last one first), the pilot. Three queries."""
    wanted: list[int] = []
    if ticket.request_type is not None:
        wanted.append(ticket.request_type.service_id)
    suggested = TicketSuggestion.objects.filter(ticket=ticket).values_list("request_type__service_id", flat=True)
    wanted += suggested
    moves = ticket.events.filter(kind=EventKind.TRANSFERRED).order_by("-at", "-id").values_list("data", flat=True)
    former = [str(data.get("former", "")) for data in moves]
    services = Service.objects.filter(is_active=True).exclude(pk=ticket.service_id)
    by_id, by_name = {each.pk: each for each in services}, {each.name: each for each in services}
    found = [by_id.get(pk) for pk in wanted] + [by_name.get(name) for name in former]
    found += [each for each in services if each.is_pilot]
    return [each for each in dict.fromkeys(found) if each is not None][:MOST]
