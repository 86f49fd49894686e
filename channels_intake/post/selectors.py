"""What the post desk shows. Letters not entered yet are for everybody who logs contacts."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from channels_intake.models import Scan, ScanState
from channels_intake.post.holding import is_held, is_mine
from directory.models import Agent
from directory.roles import WORK
from tickets.models import Letter, Ticket
from tickets.permissions import may, may_see
from tickets.references import parse_reference
from tickets.selectors.letters import owes_receipt

STATES = (ScanState.NEW, ScanState.DISCARDED)
CAP = 999


@dataclass(frozen=True)
class Row:
    scan: Scan
    is_held: bool
    is_mine: bool


@dataclass(frozen=True)
class Entered:
    """The ticket a letter just made or joined; ``owes``: the law wants an acknowledgement of it, on paper."""

    ticket: Ticket
    visible: bool
    owes: bool
    may_write: bool


def scans_in(state: str) -> QuerySet[Scan]:
    return (
        Scan.objects.filter(state=state)
        .select_related("held_by", "dropped_by", "discarded_by", "duplicate_of")
        .defer("text", "duplicate_of__text")
    )


def scan_counts() -> dict[str, int]:
    """How many letters are in each list, at most CAP + 1. Two queries."""
    return {str(state): len(Scan.objects.filter(state=state).values_list("pk")[: CAP + 1]) for state in STATES}


def scan_get(scan_id: int) -> Scan | None:
    return (
        Scan.objects.select_related("held_by", "discarded_by", "duplicate_of__ticket", "ticket", "joined_to")
        .filter(pk=scan_id)
        .first()
    )


def row_of(scan: Scan, agent: Agent, now: datetime) -> Row:
    held = is_held(scan, agent, now)
    return Row(scan, is_held=held, is_mine=is_mine(scan, agent))


def entered_of(agent: Agent, reference: str) -> Entered | None:
    """What to say of the letter just entered; nothing of a ticket the agent neither made nor may see."""
    known = parse_reference(reference)
    tickets = Ticket.objects.select_related("requester", "service", "request_type")
    ticket = tickets.filter(reference=known).first() if known else None
    if ticket is None:
        return None
    visible = may_see(agent, ticket)
    if not visible and ticket.created_by_id != agent.pk:
        return None
    return Entered(ticket, visible, owes=owes_receipt(ticket) and ticket.is_open, may_write=may(agent, WORK, ticket))


def registered_known(number: str, agent: Agent, scan_id: int | None) -> str:
    """Where a registered letter's number is known from already, but ``scan_id`` itself, in the active language; empty
    when it is not. A ticket that ``agent`` may not see is not named."""
    entered = Scan.objects.filter(registered_number=number, state=ScanState.ENTERED).select_related("ticket")
    scan = entered.exclude(pk=scan_id or 0).order_by("-entered_at").first()
    if scan is not None:
        if scan.ticket is not None and may_see(agent, scan.ticket):
            return _("A letter with this number was entered already: %(reference)s.") % {
                "reference": scan.ticket.reference
            }
        return _("A letter with this number was entered already.")
    ours = Letter.objects.filter(registered_number=number).select_related("ticket").first()
    if ours is not None:
        if may_see(agent, ours.ticket):
            return _("This is the number of a letter that we posted: %(reference)s.") % {
                "reference": ours.ticket.reference
            }
        return _("This is the number of a letter that we posted.")
    return ""
