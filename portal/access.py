"""Which tickets this browser session may open: those whose mailed link it used, for a while."""

from datetime import datetime, timedelta

from django.contrib.sessions.backends.base import SessionBase
from django.http import Http404

from channels_intake.web_form.state import TRACKED
from tickets.models import Ticket
from tickets.references import parse_reference
from tickets.selectors.tracking import joined, tracked_ticket

KEY, OWNERS = TRACKED, "tracked_owners"
VALIDITY = timedelta(hours=2)


def access_grant(session: SessionBase, ticket: Ticket, *, now: datetime) -> None:
    """Let this session read the ticket. The session gets a new key, so that one fixed beforehand is worth nothing."""
    session.cycle_key()
    session[KEY] = {**session.get(KEY, {}), ticket.reference: (now + VALIDITY).isoformat()}
    session[OWNERS] = {**session.get(OWNERS, {}), ticket.reference: ticket.requester_id}


def access_end(session: SessionBase, reference: str) -> None:
    session[KEY] = {known: until for known, until in session.get(KEY, {}).items() if known != reference}


def ticket_or_404(session: SessionBase, reference: str, *, now: datetime) -> Ticket:
    """The ticket when this session may read it. Http404 otherwise, whether it exists or not.

    Who may read a ticket may read the one it was merged into, as long as it is: they are the same person's. A ticket
    that was given to another requester since is no longer theirs.
    """
    canonical = parse_reference(reference) or ""
    opened = {known for known, until in session.get(KEY, {}).items() if datetime.fromisoformat(until) > now}
    if not opened:
        raise Http404
    ticket = tracked_ticket(canonical)
    if ticket is None or (canonical not in opened and not joined(ticket, opened)):
        raise Http404
    if canonical in opened and session.get(OWNERS, {}).get(canonical, ticket.requester_id) != ticket.requester_id:
        raise Http404
    return ticket
