"""The law's clock of a ticket, counted from what happened to the request: one way in, `legal_clock_refresh`.

The sweep alone gives birth to an implicit decision, when the clock's ``due_at`` comes
(`tickets.actions.clocks.enforcement`).
"""

from collections.abc import Sequence
from datetime import datetime

from directory.models import Agent
from tickets.actions.clocks.deadlines import LIVE, deadline_build
from tickets.actions.timeline import event_add
from tickets.deadlines.legal import LegalDeadline
from tickets.enums import DeadlineKind, DeadlineState, DecisionKind, EventKind
from tickets.models import Deadline, Ticket
from tickets.selectors.legal import LegalFile, Standing, standing_of
from tickets.timezones import town_zone


def legal_clock_refresh(
    ticket: Ticket, *, now: datetime, actor: Agent | None = None, file: LegalFile | None = None
) -> Standing:
    """Count the law's clock of a locked ticket again from its facts (L231-1, L231-4, L114-3, L114-5; RGPD art. 12).

    Sets ``legal_*`` on the ticket in memory (the caller saves it) and writes its LEGAL `Deadline`: another date is
    another row, so that its alerts are given again; an SVA clock that waits for a piece is paused, without any step.
    An implicit decision that the facts no longer lead to is annulled, with an event: never deleted. ``file`` saves a
    query to callers who know the facts, `LegalFile()` for a request nothing has happened to.
    """
    standing = standing_of(ticket, file)
    _annul(ticket, standing, actor=actor, now=now)
    if ticket.held is not None:
        rows = sorted((row for row in ticket.held.clocks if row.kind == DeadlineKind.LEGAL), key=lambda row: row.cycle)
    else:
        rows = list(Deadline.objects.filter(ticket=ticket, kind=DeadlineKind.LEGAL).order_by("cycle"))
    for row in legal_clock_follow(ticket, standing, rows, now=now):
        if ticket.held is not None and row.pk is None:
            ticket.held.clocks.append(row)
        row.save()
    return standing


def legal_clock_follow(
    ticket: Ticket, standing: Standing, rows: Sequence[Deadline], *, now: datetime
) -> list[Deadline]:
    """`legal_clock_refresh` in memory: ``legal_*`` on the ticket, and the LEGAL deadlines changed or to be added."""
    here = standing.forwarded is None
    ticket.legal_regime = standing.regime
    ticket.legal_running = standing.is_running
    if ticket.legal_running or standing.decision:
        ticket.legal_due_on, ticket.legal_effective_on = standing.last_day, standing.effective_from
    else:
        ticket.legal_due_on = ticket.legal_effective_on = None
        if here and ticket.legal_regime:  # closed or cancelled before any text applied
            ticket.legal_regime = ""
    return _clock(ticket, standing, rows, now=now)


def _annul(ticket: Ticket, standing: Standing, *, actor: Agent | None, now: datetime) -> None:
    fallen = [
        decision
        for decision in standing.file.decisions
        if decision.kind == DecisionKind.IMPLICIT and decision.annulled_at is None and not standing.stands(decision)
    ]
    for decision in fallen:
        decision.annulled_at = now
        decision.save(update_fields=["annulled_at"])
        event_add(
            ticket,
            EventKind.IMPLICIT_DECISION,
            actor=actor,
            at=now,
            annulled=True,
            outcome=decision.outcome,
            decided_on=decision.decided_on.isoformat(),
        )


def _clock(ticket: Ticket, standing: Standing, rows: Sequence[Deadline], *, now: datetime) -> list[Deadline]:
    """Make the LEGAL deadline say what the standing says. One live row at most; rows that ended are never touched."""
    live = next((row for row in rows if row.state in LIVE), None)
    if not standing.is_running:
        return [_end(live, standing, now=now)] if live is not None else []
    if standing.last_day is None or standing.effective_from is None:
        if live is None:
            return []
        live.state, live.next_step_at = DeadlineState.PAUSED, None
        return [live]
    due_at = LegalDeadline(standing.last_day, standing.effective_from).starts_at(town_zone())
    changed = []
    if live is not None:
        if live.state == DeadlineState.RUNNING and live.due_at == due_at:
            return []
        live.state, live.next_step_at = DeadlineState.CANCELLED, None
        changed.append(live)
    cycle = 1 + max((row.cycle for row in rows), default=0)
    changed.append(
        deadline_build(ticket, DeadlineKind.LEGAL, started_at=ticket.received_at, due_at=due_at, now=now, cycle=cycle)
    )
    return changed


def _end(live: Deadline, standing: Standing, *, now: datetime) -> Deadline:
    """Met when a decision came on or before the last day, missed when it came after it, cancelled without any."""
    live.next_step_at = None
    if standing.decision is None:
        live.state = DeadlineState.CANCELLED
    else:
        in_time = standing.last_day is None or standing.decision.decided_on <= standing.last_day
        live.state, live.stopped_at = (DeadlineState.MET if in_time else DeadlineState.MISSED), now
    return live
