"""Incomplete requests (CRPA L114-5): the letter that lists the missing pieces, and the day the last of them came."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core.errors import Conflict, Invalid
from core.text import one_line
from directory.models import Agent
from directory.roles import WORK
from tickets.actions.clocks.deadlines import clocks_change
from tickets.actions.legal.clock import legal_clock_refresh
from tickets.actions.letters.letters import letter_write
from tickets.actions.locking import status_set, ticket_lock
from tickets.actions.timeline import event_add
from tickets.enums import DecisionKind, EventKind, LetterKind, Status
from tickets.models import PieceRequest, Ticket
from tickets.permissions import require
from tickets.selectors.legal import Standing, local_day, standing_of


@dataclass(frozen=True)
class Piece:
    """A missing piece and the text in force that requires it; without a text the letter has no effect."""

    name: str
    text: str = ""


@dataclass(frozen=True)
class SentBefore:
    """A letter that left another way, before it is recorded here."""

    asked_on: date


@transaction.atomic
def pieces_ask(
    *,
    ticket: Ticket,
    actor: Agent,
    pieces: Sequence[Piece],
    due_on: date | None,
    now: datetime,
    by_email: bool = True,
    sent_before: SentBefore | None = None,
) -> PieceRequest:
    """Ask for the missing pieces: the letter leaves by e-mail or is written on paper, the ticket waits for the citizen.

    SVA then starts when the last piece is received, SVR is suspended for the time set (L114-5). With ``sent_before``
    nothing is written: the letter is recorded as it was, also when it lacked the list, the texts or the deadline.
    Raises `Invalid` with the field, `Conflict` when the request is decided or has left.
    """
    ticket = ticket_lock(ticket.pk)
    require(actor, WORK, ticket)
    standing, today = standing_of(ticket), local_day(now)
    asked_on = sent_before.asked_on if sent_before else today
    kept = [Piece(one_line(each.name, 200), one_line(each.text, 300)) for each in pieces if each.name.strip()]
    _check_ask(standing, asked_on, due_on, today=today)
    if sent_before is None:
        _check_letter(standing, kept, due_on, today=today)
    request = PieceRequest.objects.create(
        ticket=ticket,
        asked_on=asked_on,
        due_on=due_on,
        pieces=[{"name": each.name, "text": each.text} for each in kept],
        required_by_text=bool(kept) and all(each.text for each in kept),
        list_sent=bool(kept),
        actor=actor,
        created_at=now,
    )
    event_add(
        ticket,
        EventKind.PIECES_ASKED,
        actor=actor,
        at=now,
        pieces=[each.name for each in kept],
        asked_on=asked_on.isoformat(),
        due_on=due_on.isoformat() if due_on else "",
    )
    legal_clock_refresh(ticket, now=now, actor=actor)
    if sent_before is None:
        request.letter = letter_write(
            ticket=ticket,
            kind=LetterKind.INCOMPLETE,
            actor=actor,
            now=now,
            by_email=by_email,
            extra={"pieces": request.pieces, "due_on": due_on},
        )
        request.save(update_fields=["letter"])
        _wait(ticket, actor=actor, now=now)
    ticket.updated_at = now
    ticket.save()
    return request


def _check_ask(standing: Standing, asked_on: date, due_on: date | None, *, today: date) -> None:
    if standing.case is None:
        raise Conflict(_("Silence means nothing on this request: simply write to the citizen."), code="no_regime")
    if standing.forwarded is not None:
        raise Conflict(_("This request was forwarded to another administration."), code="forwarded")
    if standing.decision is not None and standing.decision.kind != DecisionKind.IMPLICIT:
        raise Conflict(_("A decision was taken: there is nothing left to ask for."), code="decided")
    if asked_on > today:
        raise Invalid(_("The letter’s day is in the future."), field="asked_on")
    if asked_on < standing.case.received_on:
        raise Invalid(_("The letter’s day is before the reception of the request."), field="asked_on")
    if due_on is not None and due_on <= asked_on:
        raise Invalid(_("Leave the citizen at least one day: the deadline is after the letter."), field="due_on")


def _check_letter(standing: Standing, pieces: list[Piece], due_on: date | None, *, today: date) -> None:
    """A letter that leaves from here has its full effect, or does not leave."""
    if not standing.is_running or standing.born_by(today):
        raise Conflict(
            _("Silence has already become a decision: asking for pieces would change nothing."), code="decided"
        )
    if not pieces:
        raise Invalid(_("Name at least one missing piece."), field="name_1")
    bare = next((number for number, each in enumerate(pieces, 1) if not each.text), None)
    if bare:
        raise Invalid(
            _("Name the text that requires « %(piece)s »: without it the delay would keep running (CRPA L114-5).")
            % {"piece": pieces[bare - 1].name},
            field=f"text_{bare}",
        )
    if due_on is None:
        raise Invalid(_("Set the deadline to send the pieces."), field="due_on")


def _wait(ticket: Ticket, *, actor: Agent, now: datetime) -> None:
    """The ball is in the citizen's court: the commitments pause."""
    former = status_set(ticket, Status.WAITING)
    clocks_change(ticket, now=now)
    if former != Status.WAITING:
        event_add(ticket, EventKind.STATUS, actor=actor, at=now, former=former, current=Status.WAITING)


@transaction.atomic
def pieces_receive(
    *, ticket: Ticket, actor: Agent, request: PieceRequest, received_on: date, now: datetime
) -> PieceRequest:
    """Record the day the last piece of a letter came, also to correct it, also late: the clock is counted again and the
    commitments resume. The day may be past (a paper that was found), never before the letter."""
    ticket = ticket_lock(ticket.pk)
    require(actor, WORK, ticket)
    request = PieceRequest.objects.select_for_update(of=("self",)).get(pk=request.pk, ticket=ticket)
    if received_on > local_day(now):
        raise Invalid(_("The day of reception is in the future."), field="received_on")
    if received_on < request.asked_on:
        raise Invalid(_("The pieces cannot have come before they were asked for."), field="received_on")
    former, request.received_on = request.received_on, received_on
    request.save(update_fields=["received_on"])
    event_add(
        ticket,
        EventKind.PIECES_RECEIVED,
        actor=actor,
        at=now,
        received_on=received_on.isoformat(),
        former=former.isoformat() if former else "",
    )
    standing = legal_clock_refresh(ticket, now=now, actor=actor)
    if ticket.status == Status.WAITING and not standing.pending_pieces:
        status_set(ticket, Status.OPEN)
        clocks_change(ticket, now=now)
        event_add(ticket, EventKind.STATUS, actor=actor, at=now, former=Status.WAITING, current=Status.OPEN)
    ticket.updated_at = now
    ticket.save()
    return request
