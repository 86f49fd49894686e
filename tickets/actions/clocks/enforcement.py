"""The sweep: reminders, escalations and implicit decisions whose moment has come, each exactly once.

Cost follows what is due: the sweep reads the index of ``next_step_at``, works by batches, and writes in bulk. A step is
taken by the one row of `EscalationRecord` that may exist for its number, in the transaction that writes everything
else: killed at any point, run by many, on a clock that jumps, it is neither lost nor repeated.
"""

import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from core.copying import copy_in
from core.jobs import enqueue
from directory.models import Agent, Regime
from directory.selectors import town_get
from notifications.actions.notices import notices_publish
from notifications.models import Notice, OutboundMessage
from tickets.actions.clocks.alerts import Told, Writer, french
from tickets.actions.legal.implicit import OUTCOMES, decisions_write
from tickets.actions.replies.recipients import Recipients
from tickets.deadlines import escalation
from tickets.deadlines.calendars import CalendarError, WorkingCalendar
from tickets.deadlines.escalation import Step
from tickets.enums import DeadlineKind, DeadlineState, EventKind
from tickets.models import Deadline, Ticket, TicketEvent
from tickets.selectors.commitments import Commitments

logger = logging.getLogger(__name__)

BATCH = 1000
RGPD_LEVEL = 1  # a right of data protection left without an answer shows as late: silence decides nothing there


@dataclass(frozen=True)
class Taken:
    """One step taken (or that would be, in a dry run) on one ticket."""

    reference: str
    kind: str
    step: str
    level: int
    due_at: datetime
    recipient: str


@dataclass
class Report:
    taken: list[Taken] = field(default_factory=list)

    def counts(self) -> Counter[str]:
        return Counter(f"{taken.kind}/{taken.step}" for taken in self.taken)


def deadlines_enforce(
    *, now: datetime, dry_run: bool = False, backwards: bool = False, on_crowd: Callable[[], None] | None = None
) -> Report:
    """Take every step due at ``now`` (aware). Safe to run twice, concurrently, or killed at any point.

    Tickets locked by somebody else are left to the next sweep. A dry run reports and writes nothing. ``on_crowd`` is
    called once when there is more than one batch to take: a second sweep may then come from the other end
    (``backwards``), and they meet.
    """
    report = Report()
    if dry_run:
        due = Deadline.objects.filter(state=DeadlineState.RUNNING, next_step_at__lte=now)
        clocks = list(due.order_by("next_step_at", "id").select_related("ticket"))
        report.taken = [entry.told() for entry in _Sweep(now).come(clocks)] if clocks else []
        return report
    sweep: _Sweep | None = None
    while True:
        with transaction.atomic():
            batch = _due(now, backwards=backwards)
            if batch is None:
                return report
            if not batch:
                continue
            if on_crowd is not None and len(batch) >= BATCH:
                on_crowd()
                on_crowd = None
            sweep = sweep or _Sweep(now)
            report.taken += [entry.told() for entry in sweep.take(batch)]


def _due(now: datetime, *, backwards: bool) -> list[Deadline] | None:
    """The next batch, its tickets locked first (every writer of a deadline locks the ticket before it).

    None when nothing is due that nobody holds; empty when another sweep took them all just before the lock.
    """
    due = Deadline.objects.filter(state=DeadlineState.RUNNING, next_step_at__lte=now)
    order = ("-next_step_at", "-id") if backwards else ("next_step_at", "id")
    wanted = due.order_by(*order).values("ticket_id")[:BATCH]
    tickets = Ticket.objects.select_for_update(of=("self",), no_key=True, skip_locked=True).only(*_TICKET)
    locked = {ticket.pk: ticket for ticket in tickets.filter(pk__in=wanted).order_by()}
    if not locked:
        return None
    # read after the lock: another sweep may have taken the steps of some of them meanwhile
    clocks = list(Deadline.objects.raw(_CLOCKS, [list(locked), now]))
    for clock in clocks:
        clock.ticket = locked[clock.ticket_id]
    return clocks


_TICKET = (
    "reference", "subject", "service", "assignee", "is_sensitive", "legal_regime", "legal_effective_on",
    "escalation_level",
)  # fmt: skip
_CLOCKS = """
SELECT id, ticket_id, kind, cycle, state, started_at, due_at, policy_id, taken, next_step_at FROM tickets_deadline
WHERE ticket_id = ANY(%s) AND state = 'running' AND next_step_at <= %s ORDER BY next_step_at, id
"""


@dataclass(frozen=True)
class _Entry:
    """A step whose moment has come, and those it alerts."""

    clock: Deadline
    step: Step
    recipients: tuple[Agent, ...]

    @property
    def names(self) -> str:
        return ", ".join(agent.full_name for agent in self.recipients)

    @property
    def decides(self) -> bool:
        return self.step.is_decision and self.clock.ticket.legal_regime in OUTCOMES

    def told(self) -> Taken:
        clock = self.clock
        return Taken(clock.ticket.reference, clock.kind, self.step.name, self.step.number, clock.due_at, self.names)


class _Sweep:
    """What every batch of a sweep needs, read once."""

    def __init__(self, now: datetime) -> None:
        town = town_get()
        self.now = now
        self.commitments = Commitments.current(town.commitments_version)
        self.recipients = Recipients.load(now)
        self.writer = Writer(town, now)

    def come(self, batch: Iterable[Deadline]) -> list[_Entry]:
        """The steps of these clocks whose moment has come; ``taken`` and ``next_step_at`` are set in memory."""
        found = []
        for clock in batch:
            for step in self._advance(clock):
                if step.is_decision and clock.ticket.legal_regime == Regime.RGPD:
                    step = replace(step, escalation=RGPD_LEVEL)
                found.append(_Entry(clock, step, tuple(self.recipients.of_step(clock.ticket, step))))
        return found

    def _advance(self, clock: Deadline) -> list[Step]:
        steps = self.commitments.steps(clock.kind, clock.policy_id)
        calendar = self.commitments.calendar(clock.ticket.service_id, clock.policy_id)
        try:
            return self._plan(clock, steps, calendar)
        except CalendarError:  # one calendar that stays closed must not keep the others' alerts
            logger.warning("Deadline %s: its calendar never opens, its alerts come day and night.", clock.pk)
            return self._plan(clock, [replace(step, in_open_hours=False) for step in steps], calendar)

    def _plan(self, clock: Deadline, steps: Sequence[Step], calendar: WorkingCalendar) -> list[Step]:
        """The steps to take now; the clock is planned for after them."""
        start, due = clock.started_at, clock.due_at
        found, taken = escalation.steps_to_take(
            steps, started_at=start, due_at=due, taken=clock.taken, now=self.now, calendar=calendar
        )
        clock.taken, clock.next_step_at = escalation.plan(
            steps, started_at=start, due_at=due, taken=taken, now=self.now, calendar=calendar
        )
        return found

    def take(self, batch: list[Deadline]) -> list[_Entry]:
        """Take the steps of a batch whose tickets are locked; returns those that nobody had taken before."""
        entries = self.come(batch)
        written = _records_write(entries, self.now)
        entries = [entry for entry in entries if (entry.clock.pk, entry.step.number) in written]
        decided = [entry.clock for entry in entries if entry.decides]
        _clocks_write(batch)
        if decided:
            decisions_write(decided, now=self.now)
        _levels_write(entries, self.now)
        with french():
            self._tell(entries)
        return entries

    def _tell(self, entries: Iterable[_Entry]) -> None:
        """One alert for each person and ticket, one event for each person and clock: its heaviest step's."""
        heard: dict[tuple[int, int], dict[int, _Entry]] = defaultdict(dict)
        people: dict[int, Agent] = {}
        alone: list[_Entry] = []  # nobody is left in the whole town hall: the event says so
        for entry in entries:
            for agent in entry.recipients:
                people[agent.pk] = agent
                clocks = heard[entry.clock.ticket_id, agent.pk]
                known = clocks.get(entry.clock.pk)
                if known is None or (not known.decides and entry.step.escalation >= known.step.escalation):
                    clocks[entry.clock.pk] = entry
            if not entry.recipients and not entry.decides:
                alone.append(entry)
        events, notices, mails = [], [], []
        for entry in [*(entry for entry in entries if entry.decides), *alone]:
            events.append(_event(entry, entry.names, self.now))
        for (_ticket_id, agent_id), clocks in heard.items():
            found = list(clocks.values())
            agent = people[agent_id]
            told = [Told(entry.clock, entry.step) for entry in found]
            notice, mail = self.writer.write(found[0].clock.ticket, agent, told)
            notices.append(notice)
            if mail is not None:
                mails.append(mail)
            events += [_event(entry, agent.full_name, self.now) for entry in found if not entry.decides]
        copy_in(TicketEvent, events)
        copy_in(Notice, notices)
        notices_publish(notice["agent_id"] for notice in notices)
        copy_in(OutboundMessage, mails)
        if mails:
            enqueue("notifications.sweep_outbox")


def _event(entry: _Entry, recipient: str, now: datetime) -> dict[str, Any]:
    clock, step, regime = entry.clock, entry.step, entry.clock.ticket.legal_regime
    data = {
        "deadline": clock.kind,
        "step": step.name,
        "level": step.escalation,
        "due_at": clock.due_at.isoformat(),
        "regime": regime if clock.kind == DeadlineKind.LEGAL else "",
        "recipient": recipient,
    }
    kind = EventKind.ESCALATED if step.escalation else EventKind.REMINDED
    if entry.decides:
        kind = EventKind.IMPLICIT_DECISION
        data |= {"outcome": OUTCOMES[regime].outcome, "next": OUTCOMES[regime].next_step}
    return {"ticket_id": clock.ticket_id, "kind": kind, "at": now, "data": data}


def _records_write(entries: list[_Entry], now: datetime) -> set[tuple[int, int]]:
    """Write that these steps are taken; returns the (deadline, number) that were not written before."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO tickets_escalationrecord (deadline_id, level, step, recipient_id, at) "
            "SELECT v.deadline, v.number, v.step, v.recipient, %s "
            "FROM unnest(%s::bigint[], %s::smallint[], %s::text[], %s::bigint[]) "
            "AS v(deadline, number, step, recipient) "
            "ON CONFLICT (deadline_id, level) DO NOTHING RETURNING deadline_id, level",
            [
                now,
                [entry.clock.pk for entry in entries],
                [entry.step.number for entry in entries],
                [entry.step.name for entry in entries],
                [entry.recipients[0].pk if entry.recipients else None for entry in entries],
            ],
        )
        return set(cursor.fetchall())


def _clocks_write(clocks: list[Deadline]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE tickets_deadline d SET taken = v.taken::smallint[], next_step_at = v.at "
            "FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[]) AS v(id, taken, at) WHERE d.id = v.id",
            [
                [clock.pk for clock in clocks],
                ["{" + ",".join(map(str, clock.taken)) + "}" for clock in clocks],
                [clock.next_step_at for clock in clocks],
            ],
        )


def _levels_write(entries: Iterable[_Entry], now: datetime) -> None:
    levels: dict[int, int] = {}
    for entry in entries:
        ticket, level = entry.clock.ticket, entry.step.escalation
        if level > max(ticket.escalation_level, levels.get(ticket.pk, 0)):
            levels[ticket.pk] = level
    if levels:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE tickets_ticket t SET escalation_level = v.level, updated_at = %s "
                "FROM unnest(%s::bigint[], %s::smallint[]) AS v(id, level) WHERE t.id = v.id",
                [now, list(levels), list(levels.values())],
            )
