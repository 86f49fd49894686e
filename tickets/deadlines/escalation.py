"""Who hears of a deadline, and when. Pure.

A matrix is a tuple of `Step` for one kind of clock; `steps_of` makes it from the rows of `EscalationStep`, and
`DEFAULT_STEPS` is what a town without rows has. A step is known by its number for ever: the numbers in ``taken`` were
taken, or skipped because their moment had passed, and are never taken again, whatever the matrix has become.

Steps before the due date are reminders; the others are escalations. The implicit decision (CRPA L231-1, L231-4) is
step 0 of every matrix of kind ``legal``, at the first instant after the last day.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from tickets.deadlines.calendars import WorkingCalendar

ASSIGNEE, REFERENT, DIRECTION, MANAGER, PILOT, AGENT = "assignee", "referent", "direction", "manager", "pilot", "agent"
HOURS, DAYS, PERCENT = "hours", "days", "percent"
IN_APP, MAIL, DIGEST = "in_app", "mail", "digest"
LEGAL = "legal"
FIRST_FREE_NUMBER = 20  # numbers below are those of DEFAULT_STEPS, which old deadlines may hold in ``taken``

_CHAINS = {
    ASSIGNEE: (ASSIGNEE, REFERENT, MANAGER, PILOT),
    REFERENT: (REFERENT, MANAGER, PILOT),
    DIRECTION: (DIRECTION, MANAGER, PILOT, REFERENT),
    MANAGER: (MANAGER, PILOT, REFERENT),
    PILOT: (PILOT, MANAGER, REFERENT),
    AGENT: (AGENT, ASSIGNEE, REFERENT, MANAGER, PILOT),
}


@dataclass(frozen=True)
class Step:
    """``offset`` in hours or days from the due date (negative: before it), or in % of the time allowed.

    ``escalation`` is the ticket's escalation level after it (0: a reminder). ``in_open_hours``: a moment when the
    service is closed becomes the previous closing (before the due date) or the next opening (after it).
    ``from_last_day``: days are counted from the morning of the last day, as the law's are (D-0 is that morning).
    """

    number: int
    name: str
    offset: int
    unit: str
    audience: str
    agent_id: int | None = None
    escalation: int = 0
    delivery: str = MAIL
    in_open_hours: bool = True
    from_last_day: bool = False

    @property
    def is_decision(self) -> bool:
        """Whether this is the implicit decision itself, not an alert about a date."""
        return self.number == 0


IMPLICIT_DECISION = Step(0, "implicit_decision", 0, HOURS, REFERENT, in_open_hours=False)


def _legal(number: int, days: int, audience: str, delivery: str = MAIL) -> Step:
    return Step(number, f"legal_{days}", -days, DAYS, audience, delivery=delivery, from_last_day=True)


def _late(number: int, offset: int, unit: str, audience: str, level: int) -> Step:
    return Step(number, _late_name(audience), offset, unit, audience, escalation=level)


def _late_name(audience: str) -> str:
    return "late" if audience == ASSIGNEE else f"late_{audience}"


DEFAULT_STEPS: Mapping[str, tuple[Step, ...]] = {
    "acknowledge": (
        Step(1, "reminder", 80, PERCENT, ASSIGNEE),
        _late(2, 0, HOURS, ASSIGNEE, 1),
        _late(3, 24, HOURS, REFERENT, 2),
    ),
    "answer": (
        Step(1, "reminder", -24, HOURS, ASSIGNEE),
        _late(2, 0, HOURS, ASSIGNEE, 1),
        _late(3, 24, HOURS, REFERENT, 2),
        _late(4, 48, HOURS, MANAGER, 3),
    ),
    "callback": (
        Step(1, "reminder", 75, PERCENT, ASSIGNEE),
        _late(2, 0, HOURS, ASSIGNEE, 1),
        _late(3, 24, HOURS, REFERENT, 2),
        _late(4, 48, HOURS, MANAGER, 3),
    ),
    "target": (
        Step(1, "reminder", -1, DAYS, ASSIGNEE),
        _late(2, 0, DAYS, ASSIGNEE, 1),
        _late(3, 2, DAYS, REFERENT, 2),
        _late(4, 5, DAYS, MANAGER, 3),
    ),
    "receipt": (
        Step(1, "reminder", -2, DAYS, ASSIGNEE),
        _late(2, 0, DAYS, REFERENT, 1),
        _late(3, 2, DAYS, MANAGER, 2),
    ),
    "reasons": (
        Step(1, "reminder", -7, DAYS, ASSIGNEE),
        Step(2, "reminder", -2, DAYS, REFERENT),
        _late(3, 0, DAYS, MANAGER, 1),
    ),
    LEGAL: (
        _legal(6, 30, ASSIGNEE, DIGEST),
        _legal(1, 15, ASSIGNEE),
        _legal(2, 7, REFERENT),
        _legal(3, 2, MANAGER),
        _legal(5, 0, MANAGER),
        IMPLICIT_DECISION,
    ),
}


class Row(Protocol):
    """The fields of an `EscalationStep` row."""

    number: int
    offset: int
    offset_unit: str
    audience: str
    agent_id: int | None
    escalation: int
    delivery: str
    in_open_hours: bool


def steps_of(kind: str, rows: Iterable[Row]) -> tuple[Step, ...]:
    """The matrix that ``rows`` make for clocks of this kind; the default one when there are none.

    The implicit decision is added to that of kind ``legal``: no setting can take it away.
    """
    steps = tuple(_step_of(kind, row) for row in rows)
    if not steps:
        return DEFAULT_STEPS[kind]
    return (*steps, IMPLICIT_DECISION) if kind == LEGAL else steps


def _step_of(kind: str, row: Row) -> Step:
    from_last_day = kind == LEGAL and row.offset_unit == DAYS
    if from_last_day and row.offset <= 0:
        name = f"legal_{-row.offset}"
    elif row.offset < (100 if row.offset_unit == PERCENT else 0):
        name = "reminder"
    else:
        name = _late_name(row.audience)
    return Step(
        number=row.number,
        name=name,
        offset=row.offset,
        unit=row.offset_unit,
        audience=row.audience,
        agent_id=row.agent_id,
        escalation=row.escalation,
        delivery=row.delivery,
        in_open_hours=row.in_open_hours,
        from_last_day=from_last_day,
    )


def moment(step: Step, started_at: datetime, due_at: datetime, calendar: "WorkingCalendar") -> datetime:
    """When ``step`` falls, in UTC. Days are local: the hour stays the same when the clocks change."""
    return _place(step, started_at, due_at, calendar)[0]


def _place(step: Step, started_at: datetime, due_at: datetime, calendar: "WorkingCalendar") -> tuple[datetime, bool]:
    """(when it falls, whether it comes before the due date: a reminder)."""
    started_at, due_at = started_at.astimezone(UTC), due_at.astimezone(UTC)  # elapsed hours, across clock changes too
    if step.unit == PERCENT:
        at = started_at + (due_at - started_at) * step.offset / 100
    elif step.unit == HOURS:
        at = due_at + timedelta(hours=step.offset)
    elif step.from_last_day:
        last_day = (due_at - timedelta(microseconds=1)).astimezone(calendar.zone).date()
        day = last_day + timedelta(days=step.offset)
        at = datetime.combine(day, time(), calendar.zone)
        if step.in_open_hours and at < due_at:
            open_hours = calendar.intervals(day)
            return (open_hours[0][0] if open_hours else calendar.previous_closing(at)).astimezone(UTC), True
    else:
        at = due_at.astimezone(calendar.zone) + timedelta(days=step.offset)
    at = at.astimezone(UTC)
    early = at < due_at
    if step.in_open_hours and not calendar.is_open(at):
        at = calendar.previous_closing(at) if early else calendar.next_opening(at)
    return at.astimezone(UTC), early


def plan(
    steps: Sequence[Step],
    *,
    started_at: datetime,
    due_at: datetime,
    taken: Iterable[int],
    now: datetime,
    calendar: "WorkingCalendar",
    quiet: bool = False,
) -> tuple[list[int], datetime | None]:
    """(``taken`` with what is skipped, when the next step falls or None).

    A reminder whose moment is past is skipped; escalations never are. ``quiet``, for due dates that a change of
    configuration moved: of the escalations that are past only the most severe is left to take, and none when one as
    severe was taken already. The implicit decision always remains.
    """
    done = set(taken)
    past: list[tuple[datetime, Step]] = []
    coming: list[datetime] = []
    for step in steps:
        if step.number in done:
            continue
        at, early = _place(step, started_at, due_at, calendar)
        if at > now:
            coming.append(at)
        elif early:
            done.add(step.number)
        else:
            past.append((at, step))
    if quiet and past:
        reached = max((step.escalation for step in steps if step.number in set(taken)), default=-1)
        worst = max(past, key=lambda entry: severity(entry[1], entry[0]))[1]
        for _, step in past:
            if not step.is_decision and (step != worst or step.escalation <= reached):
                done.add(step.number)
        past = [(at, step) for at, step in past if step.number not in done]
    return sorted(done), min([*coming, *(at for at, _ in past)], default=None)


def steps_to_take(
    steps: Sequence[Step],
    *,
    started_at: datetime,
    due_at: datetime,
    taken: Iterable[int],
    now: datetime,
    calendar: "WorkingCalendar",
) -> tuple[list[Step], list[int]]:
    """(the steps whose moment has come, in the order they fell; ``taken`` with them and with what is skipped).

    Of several reminders that are past only the last one is kept, and none once an escalation has come: reminding of
    what is already late is noise.
    """
    done = set(taken)
    come: list[tuple[datetime, int, int, Step]] = []
    late = False
    for step in steps:
        if step.number in done:
            continue
        at, early = _place(step, started_at, due_at, calendar)
        if at <= now:
            late = late or not early
            come.append((at, not early, step.number, step))
    come.sort(key=lambda entry: entry[:3])
    kept = [step for _, is_late, _, step in come if is_late] if late else [step for *_, step in come[-1:]]
    return kept, sorted(done.union(step.number for *_, step in come))


def severity(step: Step, at: datetime) -> tuple[bool, int, datetime]:
    """How much one of several steps says: the greatest is the one to tell."""
    return step.is_decision, step.escalation, at


def recipient_chain(audience: str) -> Sequence[str]:
    """The audience, then those who replace it when nobody holds that place. Whoever calls adds a last resort."""
    return _CHAINS[audience]
