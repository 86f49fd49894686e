"""« Call me back »: the clock of a callback, from the moment it is asked for until somebody was reached."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core.errors import Conflict, Invalid
from core.text import one_line
from directory.contacts import normalise_phone
from directory.models import Agent
from directory.roles import WORK
from tickets.actions.clocks.deadlines import LIVE, clocks_change, commitment_clocks, next_cycle
from tickets.actions.locking import ticket_lock
from tickets.actions.timeline import event_add
from tickets.enums import DeadlineKind, EventKind
from tickets.models import Deadline, Ticket
from tickets.permissions import require


@transaction.atomic
def callback_request(*, ticket: Ticket, phone: str, actor: Agent | None, now: datetime, note: str = "") -> Deadline:
    """Note that the citizen wants to be called back at ``phone``: the callback's clock starts now.

    Raises `Invalid` for a number that is none, `Conflict` when a callback is expected already or the ticket is done.
    """
    ticket = ticket_lock(ticket.pk)
    require(actor, WORK, ticket)
    number = normalise_phone(phone)
    if number is None:
        raise Invalid(_("This is not a telephone number."), field="phone")
    if not ticket.is_open:
        raise Conflict(_("This ticket is done: reopen it first."))
    clocks = list(ticket.deadlines.filter(kind=DeadlineKind.CALLBACK))
    if any(clock.state in LIVE for clock in clocks):
        raise Conflict(_("A callback is expected already."))
    added = commitment_clocks(ticket, now=now, started_at=now, kinds=[DeadlineKind.CALLBACK], cycle=next_cycle(clocks))
    clocks_change(ticket, now=now, add=added)
    _noted(ticket, actor, now, "asked", note, phone=number, due_at=added[0].due_at.isoformat())
    return added[0]


@transaction.atomic
def callback_done(*, ticket: Ticket, reached: bool, actor: Agent, now: datetime, note: str = "") -> Ticket:
    """Note a call back. Reached: the clock stops, met or missed. Not reached: it runs on, and the attempt is kept.

    Raises `Conflict` when no callback is expected.
    """
    ticket = ticket_lock(ticket.pk)
    require(actor, WORK, ticket)
    if not ticket.deadlines.filter(kind=DeadlineKind.CALLBACK, state__in=LIVE).exists():
        raise Conflict(_("No callback is expected on this ticket."))
    if reached:
        clocks_change(ticket, now=now, stop=[DeadlineKind.CALLBACK])
    _noted(ticket, actor, now, "reached" if reached else "missed", note)
    return ticket


def _noted(ticket: Ticket, actor: Agent | None, now: datetime, step: str, note: str, **told: str) -> None:
    """Save the ticket whose clocks changed, and write the step in its timeline."""
    ticket.updated_at = now
    ticket.save(update_fields=["updated_at", "next_due_at", "answer_due_at"])
    event_add(ticket, EventKind.CALLBACK, actor=actor, at=now, step=step, note=one_line(note, 300), **told)
