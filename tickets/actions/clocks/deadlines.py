"""The clocks of one ticket: started, paused, resumed, stopped, counted again. The sweep is in `enforcement`.

A due date is a function of the history: when the clock started, what is promised, in which calendar, and the pauses of
the ticket (`ClockPause`). `recount` is that function; nothing else moves a due date.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime

from tickets.deadlines import escalation, sla
from tickets.deadlines.sla import Pause, Promise
from tickets.enums import COMMITMENTS, Channel, DeadlineKind, DeadlineState, Status
from tickets.models import ClockPause, Deadline, Ticket
from tickets.selectors.commitments import Commitments, commitments_now
from tickets.timezones import town_zone

LIVE = (DeadlineState.RUNNING, DeadlineState.PAUSED)
AT_ONCE = (Channel.PHONE, Channel.COUNTER)  # heard by an agent: there is nothing to acknowledge afterwards


def received_on(ticket: Ticket) -> date:
    """The local day of reception: the one policies' dates of effect are compared with."""
    return ticket.received_at.astimezone(town_zone()).date()


def deadline_build(
    ticket: Ticket,
    kind: str,
    *,
    started_at: datetime,
    now: datetime,
    due_at: datetime | None = None,
    promise: Promise | None = None,
    policy_id: int | None = None,
    cycle: int = 1,
    commitments: Commitments | None = None,
) -> Deadline:
    """An unsaved, running clock whose first step is planned; reminders whose moment is past are skipped.

    Exactly one of ``promise`` (a commitment) and ``due_at`` (a clock of the law) is given; ValueError otherwise.
    """
    commitments = commitments or commitments_now()
    if (promise is None) == (due_at is None):
        raise ValueError("a clock has a promise or a due date")
    clock = Deadline(ticket=ticket, kind=kind, cycle=cycle, started_at=started_at, policy_id=policy_id)
    if promise is not None:
        clock.amount, clock.unit, clock.pauses = promise.amount, promise.unit, promise.pauses
        due_at = sla.due(started_at, promise, commitments.calendar(ticket.service_id, policy_id))
    assert due_at is not None
    clock.due_at = due_at
    _plan(clock, ticket, commitments, now=now)
    return clock


def commitment_clocks(
    ticket: Ticket,
    *,
    now: datetime,
    started_at: datetime,
    kinds: Iterable[str],
    cycle: int = 1,
    commitments: Commitments | None = None,
) -> list[Deadline]:
    """The unsaved clocks of what is promised among ``kinds``. A call or a visit is acknowledged at once."""
    commitments = commitments or commitments_now()
    found = []
    for kind in kinds:
        policy_id, promise = commitments.promise(ticket, kind, received_on(ticket))
        if promise is None:
            continue
        clock = deadline_build(
            ticket,
            kind,
            started_at=started_at,
            now=now,
            promise=promise,
            policy_id=policy_id,
            cycle=cycle,
            commitments=commitments,
        )
        if kind == DeadlineKind.ACKNOWLEDGE and ticket.channel in AT_ONCE:
            clock.state, clock.stopped_at, clock.next_step_at = DeadlineState.MET, started_at, None
        found.append(clock)
    return found


def next_due(deadlines: Iterable[Deadline]) -> datetime | None:
    """The earliest running commitment; the law's clocks are kept apart (``legal_due_on``)."""
    due = [clock.due_at for clock in deadlines if clock.state == DeadlineState.RUNNING and clock.kind in COMMITMENTS]
    return min(due, default=None)


def clocks_change(
    ticket: Ticket,
    *,
    now: datetime,
    stop: Iterable[str] = (),
    cancel: Iterable[str] = (),
    add: Iterable[Deadline] = (),
) -> None:
    """Apply one change to the clocks of a locked ticket; sets ``next_due_at`` and ``answer_due_at``, not saved here.

    ``stop`` names the kinds that end now, met or missed; ``cancel`` those whose reason to run is gone. Pauses follow
    the status already set on the ticket: while it waits for the citizen its commitments are paused, and no longer. The
    law's clocks are not (CRPA L114-5 has its own conditions).
    """
    clocks = [clock for clock in clocks_of(ticket, live=True) if clock.state in LIVE]
    rows = pauses_of(ticket)
    changed, pause = clocks_follow(ticket, clocks, rows, now=now, stop=stop, cancel=cancel)
    if pause is not None:
        pause.save()
    for clock in changed:
        clock.save()
    added = list(add)
    clocks_add(ticket, added)
    dates_set(ticket, [*clocks, *added])


def clocks_of(ticket: Ticket, *, live: bool = False) -> list[Deadline]:
    """The clocks of a locked ticket: those it holds, else its rows; ``live``: those that ended may be left out."""
    if ticket.held is not None:
        return ticket.held.clocks
    rows = Deadline.objects.filter(ticket=ticket)
    return list(rows.filter(state__in=LIVE) if live else rows)


def clocks_add(ticket: Ticket, added: list[Deadline]) -> None:
    """Write new clocks of a locked ticket."""
    Deadline.objects.bulk_create(added)
    if ticket.held is not None:
        ticket.held.clocks += added


def pauses_of(ticket: Ticket) -> list[ClockPause]:
    """The pauses of a locked ticket."""
    return [] if ticket.held is not None and ticket.held.is_fresh else list(ClockPause.objects.filter(ticket=ticket))


def clocks_follow(
    ticket: Ticket,
    clocks: Iterable[Deadline],
    rows: list[ClockPause],
    *,
    now: datetime,
    stop: Iterable[str] = (),
    cancel: Iterable[str] = (),
) -> tuple[list[Deadline], ClockPause | None]:
    """`clocks_change` in memory: the clocks that changed, and the pause that was opened or closed."""
    live = [clock for clock in clocks if clock.state in LIVE]
    stopped, cancelled = set(stop), set(cancel)
    pause = _pause_follow(ticket, rows, now)
    commitments = commitments_now() if pause and live else None
    pauses = spans(rows)
    changed = []
    for clock in live:
        if clock.kind in stopped:
            _stop(ticket, clock, pauses, commitments, now)
        elif clock.kind in cancelled:
            clock.state, clock.next_step_at = DeadlineState.CANCELLED, None
        else:
            continue
        changed.append(clock)
    if commitments is not None:
        changed += recount(ticket, live, pauses, commitments, now=now)
    return changed, pause


def _pause_follow(ticket: Ticket, rows: list[ClockPause], now: datetime) -> ClockPause | None:
    """Open or close the pause as the ticket's status says, in memory; the one that changed."""
    current = next((row for row in rows if row.ended_at is None), None)
    waiting = ticket.status == Status.WAITING
    if waiting and current is None:
        rows.append(ClockPause(ticket=ticket, started_at=now))
        return rows[-1]
    if not waiting and current is not None:
        current.ended_at = max(now, current.started_at)
        return current
    return None


def spans(rows: Iterable[ClockPause]) -> list[Pause]:
    """Pauses as the pure modules read them."""
    return [(row.started_at, row.ended_at) for row in rows]


def _stop(
    ticket: Ticket, clock: Deadline, pauses: Sequence[Pause], commitments: Commitments | None, now: datetime
) -> None:
    """Met or missed at ``now``. A clock stopped in a pause has all of it deducted, as if it ended there."""
    if clock.state == DeadlineState.PAUSED and clock.amount:
        counted_again(ticket, clock, [(start, end or now) for start, end in pauses], commitments)
    verdict(clock, now)


def counted_again(
    ticket: Ticket, clock: Deadline, pauses: Sequence[Pause], commitments: Commitments | None = None
) -> None:
    """Set the due date of a commitment, in memory, from what was promised then and the pauses."""
    clock.due_at = _due(ticket, clock, pauses, commitments or commitments_now())


def verdict(clock: Deadline, stopped_at: datetime) -> None:
    """Stop a clock, in memory: met up to its due date, missed after it."""
    clock.state = DeadlineState.MET if stopped_at <= clock.due_at else DeadlineState.MISSED
    clock.stopped_at, clock.next_step_at = stopped_at, None


def _due(ticket: Ticket, clock: Deadline, pauses: Sequence[Pause], commitments: Commitments) -> datetime:
    promise = Promise(clock.amount or 1, clock.unit, clock.pauses)
    return sla.due(clock.started_at, promise, commitments.calendar(ticket.service_id, clock.policy_id), pauses)


def dates_set(ticket: Ticket, clocks: Iterable[Deadline]) -> None:
    """``next_due_at`` and ``answer_due_at`` of the ticket, in memory, from its clocks."""
    known = list(clocks)
    ticket.next_due_at = next_due(known)
    answers = [clock for clock in known if clock.kind == DeadlineKind.ANSWER and clock.state != DeadlineState.CANCELLED]
    if answers:
        ticket.answer_due_at = max(answers, key=lambda clock: clock.cycle).due_at


def recount(
    ticket: Ticket,
    clocks: Iterable[Deadline],
    pauses: Sequence[Pause],
    commitments: Commitments,
    *,
    now: datetime,
    quiet: bool = False,
) -> list[Deadline]:
    """Count the live clocks again from their history, in memory; returns those that changed.

    What is promised is asked for again: another policy, calendar, type, service or priority gives another due date from
    the same start. A commitment no longer promised is cancelled. ``quiet``: see `escalation.plan`.
    """
    on, waiting = received_on(ticket), any(end is None for _, end in pauses)
    changed = []
    for clock in clocks:
        if clock.state not in LIVE:
            continue
        before = _written(clock)
        if clock.kind in COMMITMENTS:
            clock.policy_id, promise = commitments.promise(ticket, clock.kind, on)
            if promise is None:
                clock.state, clock.next_step_at = DeadlineState.CANCELLED, None
                changed.append(clock)
                continue
            clock.amount, clock.unit, clock.pauses = promise.amount, promise.unit, promise.pauses
            clock.due_at = _due(ticket, clock, pauses, commitments)
            clock.state = DeadlineState.PAUSED if waiting and promise.pauses else DeadlineState.RUNNING
        _plan(clock, ticket, commitments, now=now, quiet=quiet)
        if _written(clock) != before:
            changed.append(clock)
    return changed


def _written(clock: Deadline) -> tuple[object, ...]:
    return (
        clock.state,
        clock.due_at,
        clock.policy_id,
        clock.amount,
        clock.unit,
        clock.pauses,
        list(clock.taken),
        clock.next_step_at,
    )


def _plan(clock: Deadline, ticket: Ticket, commitments: Commitments, *, now: datetime, quiet: bool = False) -> None:
    """Set ``taken`` and ``next_step_at``: a paused clock has no next step."""
    if clock.state != DeadlineState.RUNNING:
        clock.next_step_at = None
        return
    clock.taken, clock.next_step_at = escalation.plan(
        commitments.steps(clock.kind, clock.policy_id),
        started_at=clock.started_at,
        due_at=clock.due_at,
        taken=clock.taken,
        now=now,
        calendar=commitments.calendar(ticket.service_id, clock.policy_id),
        quiet=quiet,
    )


def clocks_recompute(
    ticket: Ticket, *, now: datetime, create: Collection[str] = (), commitments: Commitments | None = None
) -> None:
    """Count the clocks of a locked ticket again: its type, service, priority or pauses changed. Its ``next_due_at``
    and ``answer_due_at`` are set and not saved.

    ``create``: the kinds that start, from the reception, where they are promised now and never ran.
    """
    commitments = commitments or commitments_now()
    clocks = list(clocks_of(ticket))
    pauses = spans(pauses_of(ticket))
    for clock in recount(ticket, clocks, pauses, commitments, now=now, quiet=True):
        clock.save()
    added = missing_clocks(ticket, clocks, pauses, commitments, now=now, kinds=create)
    clocks_add(ticket, added)
    dates_set(ticket, [*clocks, *added])


def missing_clocks(
    ticket: Ticket,
    clocks: Collection[Deadline],
    pauses: Sequence[Pause],
    commitments: Commitments,
    *,
    now: datetime,
    kinds: Collection[str],
) -> list[Deadline]:
    """The unsaved clocks, from the reception of an open ticket, of ``kinds`` promised to it that never ran.

    ``clocks`` are all those of the ticket: one that was cancelled leaves its cycle taken.
    """
    ran = {clock.kind for clock in clocks if clock.state != DeadlineState.CANCELLED}
    wanted = [kind for kind in kinds if kind not in ran]
    if not wanted or not ticket.is_open:
        return []
    cycle = next_cycle(clocks) if any(clock.kind in wanted for clock in clocks) else 1
    added = commitment_clocks(
        ticket, now=now, started_at=ticket.received_at, kinds=wanted, cycle=cycle, commitments=commitments
    )
    recount(ticket, added, pauses, commitments, now=now, quiet=True)
    return added


def next_cycle(clocks: Iterable[Deadline]) -> int:
    """A cycle that none of a ticket's clocks has."""
    return 1 + max((clock.cycle for clock in clocks), default=0)


def clock_acknowledged(ticket: Ticket, *, now: datetime) -> None:
    """Stop the acknowledgement clock of a locked ticket, if it has one: its acknowledgement leaves. Saves its dates."""
    if ticket.held is not None:
        runs = any(clock.kind == DeadlineKind.ACKNOWLEDGE and clock.state in LIVE for clock in ticket.held.clocks)
    else:
        runs = Deadline.objects.filter(ticket=ticket, kind=DeadlineKind.ACKNOWLEDGE, state__in=LIVE).exists()
    if runs:
        clocks_change(ticket, now=now, stop=[DeadlineKind.ACKNOWLEDGE])
        ticket.save(update_fields=["next_due_at", "answer_due_at"])
