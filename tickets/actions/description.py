"""What a request is about and where, as agents correct it: citizens write « URGENT » as a subject, or no place."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core.errors import Invalid
from core.text import one_line
from directory.models import Agent
from directory.roles import WORK
from tickets.actions.locking import ticket_lock
from tickets.actions.search_text import search_text_append
from tickets.actions.timeline import event_add
from tickets.enums import EventKind
from tickets.models import Ticket
from tickets.permissions import require

LONGEST = 250


@transaction.atomic
def ticket_describe(
    *, ticket: Ticket, subject: str, location: str, actor: Agent, now: datetime, drop_point: bool = False
) -> Ticket:
    """Correct the subject and the place; ``drop_point``: the point on the map was wrong too. Nothing is routed again,
    the messages stay as they were written, and what was there before stays searched. Raises `NotAllowed`, `Invalid`
    without a subject."""
    ticket = ticket_lock(ticket.pk)
    require(actor, WORK, ticket)
    subject, location = one_line(subject, LONGEST), one_line(location, LONGEST)
    if not subject:
        raise Invalid(_("Give the request a subject."), field="subject")
    told: dict[str, Any] = {}
    for name, value in (("subject", subject), ("location", location)):
        if value != getattr(ticket, name):
            told[name] = [getattr(ticket, name), value]
            setattr(ticket, name, value)
    if drop_point and ticket.latitude is not None:
        ticket.latitude = ticket.longitude = None
        told["point"] = True
    if not told:
        return ticket
    ticket.updated_at = now
    ticket.save(update_fields=["subject", "location", "latitude", "longitude", "updated_at"])
    search_text_append(ticket, "\n".join(told[name][1] for name in ("subject", "location") if name in told))
    event_add(ticket, EventKind.DESCRIBED, actor=actor, at=now, **told)
    return ticket
