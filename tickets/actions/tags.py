"""The words agents put on tickets to find them again. Citizens never see them."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core.errors import Invalid
from core.text import one_line
from directory.models import Agent
from directory.roles import WORK
from tickets.actions.locking import ticket_lock
from tickets.actions.timeline import event_add
from tickets.enums import EventKind
from tickets.models import Ticket
from tickets.permissions import require

LONGEST, MOST = 40, 20


def tags_clean(tags: Iterable[str]) -> list[str]:
    """In lower case and on one line, without the leading « # », commas (filters use them) and repeats."""
    cleaned = (one_line(tag.replace(",", " "), 200).lower().lstrip("# ")[:LONGEST].strip() for tag in tags)
    return list(dict.fromkeys(tag for tag in cleaned if tag))


@transaction.atomic
def ticket_tag(
    *, ticket: Ticket, add: Iterable[str] = (), remove: Iterable[str] = (), actor: Agent | None, now: datetime
) -> Ticket:
    """Put tags on a ticket and take others away; nothing is written when nothing changes. `Invalid` past MOST tags."""
    ticket = ticket_lock(ticket.pk)
    require(actor, WORK, ticket)
    gone = set(tags_clean(remove))
    added = [tag for tag in tags_clean(add) if tag not in ticket.tags]
    removed = [tag for tag in ticket.tags if tag in gone]
    if not added and not removed:
        return ticket
    tags = [tag for tag in ticket.tags if tag not in gone] + added
    if len(tags) > MOST:
        raise Invalid(_("A ticket has %(most)d tags at most.") % {"most": MOST}, field="tags")
    ticket.tags, ticket.updated_at = tags, now
    ticket.save(update_fields=["tags", "updated_at"])
    event_add(ticket, EventKind.TAGGED, actor=actor, at=now, added=added, removed=removed)
    return ticket
