"""What the card of facts shows besides the plain fields: the point on a map, the answers to the form."""

from typing import Any

from django.conf import settings

from tickets.models import Ticket


def map_point(ticket: Ticket) -> dict[str, Any] | None:
    """Where the request is, in degrees with five decimals (about a metre); ``tiles`` is empty when no map is set up."""
    if ticket.latitude is None or ticket.longitude is None:
        return None
    latitude, longitude = f"{ticket.latitude:.5f}", f"{ticket.longitude:.5f}"
    return {
        "latitude": latitude,
        "longitude": longitude,
        "url": settings.MAP_URL.format(latitude=latitude, longitude=longitude),
        "tiles": settings.TILE_URL,
        "attribution": settings.TILE_ATTRIBUTION,
    }


def answers_of(ticket: Ticket) -> list[tuple[str, str]]:
    """(question, answer) of the form, in its order; an answer left empty is not told."""
    return [(str(row[1]), str(row[2])) for row in ticket.answers if len(row) == 3 and row[2] not in ("", None)]
