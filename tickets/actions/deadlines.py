"""The clocks of one ticket: started, paused, resumed, stopped. The sweep that escalates is in `enforce`."""

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils import timezone

from directory.models import Regime, RequestType
from tickets.deadlines import escalation, legal, sla
from tickets.enums import DeadlineKind, DeadlineState
from tickets.models import Deadline, Ticket

LIVE = (DeadlineState.RUNNING, DeadlineState.PAUSED)


def town_zone() -> ZoneInfo:
    return ZoneInfo(timezone.get_default_timezone_name())


def deadline_build(ticket: Ticket, kind: str, *, started_at: datetime, due_at: datetime, cycle: int = 1) -> Deadline:
    """An unsaved, running clock whose first step is planned; reminders that would fall before the start are skipped."""
    level, next_step_at = escalation.first_step_at(kind, started_at, due_at)
    return Deadline(
        ticket=ticket,
        kind=kind,
        cycle=cycle,
        started_at=started_at,
        due_at=due_at,
        level=level,
        next_step_at=next_step_at,
    )


def type_deadlines(ticket: Ticket, request_type: RequestType, *, cycle: int = 1) -> list[Deadline]:
    """The unsaved clocks a request type adds: its target, and the law's when it has a regime.

    Sets ``legal_*`` on the ticket in memory. The law counts from the local day of reception (CRPA L231-1).
    """
    zone = town_zone()
    start = ticket.received_at
    due = sla.target_due(start, request_type.target, request_type.target_unit, zone)
    clocks = [deadline_build(ticket, DeadlineKind.TARGET, started_at=start, due_at=due, cycle=cycle)]
    ticket.legal_regime, ticket.legal_due_on, ticket.legal_effective_on = "", None, None
    if request_type.regime in {Regime.SVA, Regime.SVR, Regime.RGPD}:
        decision = legal.implicit_decision(
            start.astimezone(zone).date(), months=request_type.delay_months, days=request_type.delay_days
        )
        ticket.legal_regime = request_type.regime
        ticket.legal_due_on = decision.last_day
        ticket.legal_effective_on = decision.effective_from
        due = decision.starts_at(zone)
        clocks.append(deadline_build(ticket, DeadlineKind.LEGAL, started_at=start, due_at=due, cycle=cycle))
    return clocks


def next_due(deadlines: Iterable[Deadline]) -> datetime | None:
    """The earliest running commitment; the law's clock is kept apart (``legal_due_on``)."""
    due = [
        clock.due_at for clock in deadlines if clock.state == DeadlineState.RUNNING and clock.kind != DeadlineKind.LEGAL
    ]
    return min(due, default=None)


def clocks_change(
    ticket: Ticket,
    *,
    now: datetime,
    stop: Iterable[str] = (),
    pause: bool = False,
    resume: bool = False,
    add: Iterable[Deadline] = (),
) -> None:
    """Apply one change to the clocks of a locked ticket and set ``next_due_at`` (not saved here).

    ``stop`` names the kinds that end now, met or missed. ``pause`` and ``resume`` act on the commitments only: waiting
    for the citizen does not suspend the law's delay (L114-5 has its own conditions).
    """
    clocks = list(Deadline.objects.filter(ticket=ticket, state__in=LIVE))
    stopped = set(stop)
    for clock in clocks:
        if clock.kind in stopped:
            _resume(clock, now)
            clock.state = DeadlineState.MET if now <= clock.due_at else DeadlineState.MISSED
            clock.stopped_at, clock.next_step_at = now, None
        elif pause and clock.state == DeadlineState.RUNNING and clock.kind != DeadlineKind.LEGAL:
            clock.state, clock.paused_at = DeadlineState.PAUSED, now
        elif resume:
            _resume(clock, now)
        else:
            continue
        clock.save()
    added = list(add)
    Deadline.objects.bulk_create(added)
    ticket.next_due_at = next_due([*clocks, *added])
    answer = next((c for c in [*clocks, *added] if c.kind == DeadlineKind.ANSWER), None)
    if answer is not None:
        ticket.answer_due_at = answer.due_at


def _resume(clock: Deadline, now: datetime) -> None:
    """End a pause: the due date moves by the time waited, and steps already taken are not taken again."""
    if clock.state != DeadlineState.PAUSED or clock.paused_at is None:
        return
    waited = now - clock.paused_at
    clock.state, clock.paused_at = DeadlineState.RUNNING, None
    clock.paused_seconds += max(0, int(waited.total_seconds()))
    clock.due_at += max(waited, waited * 0)
    clock.level, clock.next_step_at = escalation.next_step(clock.kind, clock.due_at, done=clock.level, now=now)


def clocks_cancel(ticket: Ticket, kinds: Iterable[str]) -> None:
    """Cancel live clocks of these kinds: their reason to run is gone (the type changed, the ticket was cancelled)."""
    Deadline.objects.filter(ticket=ticket, kind__in=list(kinds), state__in=LIVE).update(
        state=DeadlineState.CANCELLED, next_step_at=None
    )
