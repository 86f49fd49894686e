"""Correcting when the citizen had to act: the pauses are the history that due dates are counted from."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core.errors import Invalid
from directory.models import Agent
from directory.roles import ASSIGN
from tickets.actions.clocks.deadlines import clocks_recompute, counted_again, spans, verdict
from tickets.actions.locking import ticket_lock
from tickets.actions.timeline import event_add
from tickets.enums import COMMITMENTS, DeadlineKind, DeadlineState, EventKind
from tickets.models import ClockPause, Ticket
from tickets.permissions import require


@transaction.atomic
def pause_correct(
    *, pause: ClockPause, started_at: datetime, ended_at: datetime | None, actor: Agent, now: datetime, reason: str = ""
) -> Ticket:
    """Give a pause the start and the end it really had; who may assign the tickets of the service may do it.

    Every commitment is counted again, also those that are over: whether they were kept is a fact about the same
    history. ``ended_at`` is None for the pause that has not ended, and only for it. Raises `Invalid` for a pause in the
    future, before the reception, reversed, or across another one.
    """
    ticket = ticket_lock(pause.ticket_id)
    require(actor, ASSIGN, ticket)
    rows = list(ClockPause.objects.select_for_update(no_key=True).filter(ticket=ticket))
    row = next((each for each in rows if each.pk == pause.pk), None)
    if row is None:
        raise Invalid(_("This pause does not exist any more."))
    _check(ticket, row, rows, started_at, ended_at, now)
    before = row.started_at, row.ended_at
    if (started_at, ended_at) == before:
        return ticket
    row.started_at, row.ended_at = started_at, ended_at
    row.save(update_fields=["started_at", "ended_at"])
    _history(ticket, rows)
    clocks_recompute(ticket, now=now)
    ticket.updated_at = now
    ticket.save(update_fields=["updated_at", "next_due_at", "answer_due_at", "answer_kept"])
    event_add(
        ticket,
        EventKind.PAUSE,
        actor=actor,
        at=now,
        former=[moment and moment.isoformat() for moment in before],
        current=[moment and moment.isoformat() for moment in (started_at, ended_at)],
        reason=reason,
    )
    return ticket


def _check(
    ticket: Ticket,
    row: ClockPause,
    rows: list[ClockPause],
    started_at: datetime,
    ended_at: datetime | None,
    now: datetime,
) -> None:
    if started_at < ticket.received_at:
        raise Invalid(_("A pause cannot begin before the request was received."), field="started_at")
    if (row.ended_at is None) != (ended_at is None):
        raise Invalid(
            _("The pause that lasts ends when the ticket resumes.")
            if row.ended_at is None
            else _("Say when the pause ended."),
            field="ended_at",
        )
    if started_at > now or (ended_at is not None and ended_at > now):
        raise Invalid(_("A pause cannot be in the future."), field="ended_at" if started_at <= now else "started_at")
    if ended_at is not None and ended_at < started_at:
        raise Invalid(_("The end is before the start."), field="ended_at")
    for other in rows:
        if other.pk != row.pk and started_at < (other.ended_at or now) and other.started_at < (ended_at or now):
            raise Invalid(_("Another pause covers part of this time."), field="started_at")


def _history(ticket: Ticket, rows: list[ClockPause]) -> None:
    """The commitments that are over: was each kept, with the pauses as they really were?"""
    pauses = spans(rows)
    over = ticket.deadlines.filter(kind__in=COMMITMENTS, state__in=(DeadlineState.MET, DeadlineState.MISSED))
    for clock in over.order_by("cycle"):
        if clock.stopped_at is None or not clock.amount:
            continue
        before = clock.due_at, clock.state
        until = [(start, min(end or clock.stopped_at, clock.stopped_at)) for start, end in pauses]
        counted_again(ticket, clock, [(start, end) for start, end in until if start < end])
        verdict(clock, clock.stopped_at)
        if (clock.due_at, clock.state) != before:
            clock.save(update_fields=["due_at", "state"])
        if clock.kind == DeadlineKind.ANSWER and clock.stopped_at == ticket.first_answered_at:
            ticket.answer_kept = clock.state == DeadlineState.MET
