"""The same person writes again about the same subject: the two tickets are linked, and an agent is told.

Nothing is told to whoever writes: an anonymous visitor who types somebody's address must not learn what they asked.
"""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from directory.models import CitizenKind
from tickets.actions.teamwork.links import ticket_link_found
from tickets.actions.timeline import event_add
from tickets.enums import EventKind
from tickets.models import LinkKind, Ticket, TicketLink
from tickets.selectors.repeats import days_between, earlier_same_subject, written_from


def repeat_mark(ticket: Ticket, body: str, *, now: datetime) -> None:
    """Link a locked ticket that its requester just sent to the one it repeats, and flag it (saved by the caller).

    Not for what an agent entered, who was shown the former request and said that this is another; nor for
    organisations, whose letters all look alike; nor for a person who was not known before this ticket.
    """
    person = ticket.requester
    if person is None or ticket.created_by_id is not None or person.kind != CitizenKind.PERSON:
        return
    if person.created_at >= ticket.created_at:
        return
    earlier = earlier_same_subject(ticket, body)
    if earlier is None:
        return
    ticket_link_found(ticket, earlier, LinkKind.DUPLICATE, now=now)
    if not ticket.flag:
        ticket.flag = _told(earlier, ticket)
        event_add(ticket, EventKind.FLAGGED, actor=None, at=now, reason=ticket.flag)


def _told(earlier: Ticket, ticket: Ticket) -> str:
    days = days_between(earlier, ticket.received_at)
    if not days:
        return _("Same subject as %(reference)s, the same day.") % {"reference": earlier.reference}
    told = ngettext(
        "Same subject as %(reference)s, %(n)d day before.", "Same subject as %(reference)s, %(n)d days before.", days
    )
    return told % {"reference": earlier.reference, "n": days}


def repeat_to_tell(ticket: Ticket, address: str) -> Ticket | None:
    """The ticket that the acknowledgement of ``ticket``, sent to ``address``, may say it repeats.

    Only one that was written from that very address: a person found by a telephone number, which anybody may type,
    is told nothing. No query for a ticket without a flag.
    """
    if not ticket.flag:
        return None
    links = TicketLink.objects.filter(ticket=ticket, kind=LinkKind.DUPLICATE, created_by=None)
    link = links.select_related("target").order_by("id").first()
    return link.target if link is not None and written_from(link.target, address) else None
