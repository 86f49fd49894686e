"""The service's commitments. Pure: aware datetimes in, UTC datetimes out, never reads the clock.

A due date is a function of the start, the promise, the calendar and the pauses; it is never a counter that drifts. The
conventions of counting are stated in docs/developer/law.md.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from tickets.deadlines.calendars import (
    DAY,
    HORIZON_DAYS,
    CalendarError,
    Closed,
    Interval,
    WorkingCalendar,
    holiday_names,
    local_instant,
)
from tickets.deadlines.legal import add_months
from tickets.deadlines.pauses import Pause, ended, in_utc, is_paused, without

HOURS, OPEN_HOURS, WORKING_DAYS, DAYS, MONTHS = UNITS = ("hours", "open_hours", "working_days", "days", "months")
END_OF_DAY = 18 * 60  # minute at which a promise in days or months ends on a day that is not open

MAX_LINES, LAST_LINES = 60, 15  # of an explanation, and of them those at its end


@dataclass(frozen=True)
class Promise:
    """``amount`` (positive) of a ``unit`` of `UNITS`, stopped during the pauses or not; ValueError otherwise."""

    amount: int
    unit: str
    pauses: bool = True

    def __post_init__(self) -> None:
        if self.unit not in UNITS:
            raise ValueError(f"unknown unit of delay: {self.unit}")
        if self.amount <= 0:
            raise ValueError("a delay is positive")


def due(start: datetime, promise: Promise, calendar: WorkingCalendar, pauses: Sequence[Pause] = ()) -> datetime:
    """When a promise made at ``start`` falls, in UTC.

    hours: elapsed hours, not those paused. open_hours: opening hours of the calendar, not those paused; what ends at a
    closing is due at that closing. working_days: the n-th open day after the start's local day, at its closing.
    days, months: the n-th day, or the quantième, after it, at its closing, 18:00 when it is closed. A day whose end is
    in a pause is not counted. A pause without an end is ignored. CalendarError when the calendar never opens,
    ValueError for a naive moment.
    """
    start = in_utc(start)
    paused = ended(pauses) if promise.pauses and pauses else []
    if promise.unit == HOURS:
        return _elapsed(start, timedelta(hours=promise.amount), paused)
    if promise.unit == OPEN_HOURS:
        return _open_hours(start, timedelta(hours=promise.amount), calendar, paused)
    first = calendar.local_day(start)
    if promise.unit == WORKING_DAYS:
        return _open_days(first, promise.amount, calendar, paused)
    last = add_months(first, promise.amount) if promise.unit == MONTHS else first + promise.amount * DAY
    return _days(first, last, calendar, paused)


def day_end(day: date, calendar: WorkingCalendar) -> datetime:
    """The end of a local day: its closing, 18:00 when it is closed."""
    return calendar.closing(day) or local_instant(day, END_OF_DAY, calendar.zone)


def _elapsed(start: datetime, left: timedelta, paused: Iterable[Interval]) -> datetime:
    for first, last in paused:
        if first - start >= left:
            break
        if last > start:
            left -= max(first - start, timedelta(0))
            start = last
    return start + left


def _open_hours(start: datetime, left: timedelta, calendar: WorkingCalendar, paused: list[Interval]) -> datetime:
    day, closed = calendar.local_day(start), 0
    while closed < HORIZON_DAYS:
        hours = calendar.intervals(day)
        closed = 0 if hours else closed + 1
        for opening, closing in hours:
            if closing <= start:
                continue
            begin = max(opening, start)
            for first, last in without(begin, closing, paused) if paused else ((begin, closing),):
                if last - first >= left:
                    return first + left
                left -= last - first
        day += DAY
    raise CalendarError("a calendar that never opens")


def _open_days(day: date, count: int, calendar: WorkingCalendar, paused: list[Interval]) -> datetime:
    closed = 0
    while closed < HORIZON_DAYS:
        day += DAY
        closing = calendar.closing(day)
        if closing is None:
            closed += 1
            continue
        closed = 0
        if not paused or not is_paused(closing, paused):
            count -= 1
            if not count:
                return closing
    raise CalendarError("a calendar that never opens")


def _days(first: date, last: date, calendar: WorkingCalendar, paused: list[Interval]) -> datetime:
    """The end of ``last``, later by each day after ``first`` whose end is paused."""
    for begin, end in paused:
        day = max(calendar.local_day(begin), first + DAY)
        while day <= min(calendar.local_day(end), last):
            if begin < day_end(day, calendar) <= end:
                last += DAY
            day += DAY
    return day_end(last, calendar)


class Why(StrEnum):
    """What a line of an `Explanation` says of its days. The parameters of its sentence follow."""

    COUNTED = "counted"  # counted, left, paused: timedelta — hours counted that day, left after it, lost to pauses
    DAYS_COUNTED = "days_counted"  # days, number, of: int — days counted here, up to here, in all
    WEEKDAY = "weekday"  # never open that day of the week
    HOLIDAY = "holiday"  # name: str, in French
    CLOSURE = "closure"
    PAUSED = "paused"
    AFTER_CLOSING = "after_closing"  # open that day, but it started later
    FIRST_DAY = "first_day"  # the day it starts is not counted
    QUANTIEME = "quantieme"  # months: int, on: date
    MONTH_END = "month_end"  # months: int, on: date — the month has no such day
    CLOCKS_FORWARD = "clocks_forward"  # that day the clocks skip an hour
    CLOCKS_BACK = "clocks_back"  # that day an hour comes twice
    PAUSES_IGNORED = "pauses_ignored"  # the promise runs during the pauses
    PAUSE_OPEN = "pause_open"  # the clock stands still since that day, for how long nobody knows
    MORE = "more"  # lines: int — left out
    DUE = "due"
    DUE_AT_CLOSING = "due_at_closing"
    DUE_AT_END_OF_DAY = "due_at_end_of_day"  # a closed day: 18:00


# Neighbouring days of these share one line.
MERGED = frozenset({Why.DAYS_COUNTED, Why.WEEKDAY, Why.CLOSURE, Why.PAUSED})


@dataclass(frozen=True)
class Line:
    """``day`` to ``last_day``, included, and what `Why` says of them with ``params``."""

    code: Why
    day: date
    last_day: date
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Explanation:
    """A due date, in UTC, and why: at most `MAX_LINES` lines, in order."""

    due_at: datetime
    lines: tuple[Line, ...]


def explain(start: datetime, promise: Promise, calendar: WorkingCalendar, pauses: Sequence[Pause] = ()) -> Explanation:
    """The answer of `due`, with what was counted on each day and why not. Raises what `due` raises."""
    due_at = due(start, promise, calendar, pauses)
    return Explanation(due_at, _Reasons(in_utc(start), due_at, promise, calendar, pauses).lines())


class _Reasons:
    """One run over the days from the start to the due date."""

    def __init__(
        self, start: datetime, due_at: datetime, promise: Promise, calendar: WorkingCalendar, pauses: Sequence[Pause]
    ) -> None:
        self.start, self.due_at, self.promise, self.calendar, self.pauses = start, due_at, promise, calendar, pauses
        self.paused = ended(pauses) if promise.pauses else []
        self.found: list[Line] = []

    def lines(self) -> tuple[Line, ...]:
        if self.pauses and not self.promise.pauses:
            self._line(Why.PAUSES_IGNORED, self.calendar.local_day(self.start))
        if self.promise.unit in (HOURS, OPEN_HOURS):
            self._hours()
        else:
            self._days()
        for since in (first for first, last in self.pauses if last is None and self.promise.pauses):
            self._line(Why.PAUSE_OPEN, self.calendar.local_day(since))
        if len(self.found) > MAX_LINES:
            head, tail = self.found[: MAX_LINES - LAST_LINES - 1], self.found[-LAST_LINES:]
            hidden = self.found[len(head) : -LAST_LINES]
            self.found = [*head, Line(Why.MORE, hidden[0].day, hidden[-1].last_day, {"lines": len(hidden)}), *tail]
        return tuple(self.found)

    def _line(self, code: Why, day: date, **params: Any) -> None:
        """A day for the same reason as the day before lengthens its line."""
        before = self.found[-1] if self.found else None
        if before and before.code is code and before.last_day + DAY == day and code in MERGED:
            first = before.day
            if code is Why.DAYS_COUNTED:
                params["days"] += before.params["days"]
            self.found[-1] = Line(code, first, day, params)
        else:
            self.found.append(Line(code, day, day, params))

    def _closed(self, day: date) -> bool:
        because = self.calendar.closed_because(day)
        if because is Closed.HOLIDAY:
            self._line(Why.HOLIDAY, day, name=holiday_names(day.year, self.calendar.region)[day])
        elif because:
            self._line(Why(because.value), day)
        return because is not None

    def _hours(self) -> None:
        left = timedelta(hours=self.promise.amount)
        day = self.calendar.local_day(self.start)
        midnight = local_instant(day, 0, self.calendar.zone)
        while midnight < self.due_at:
            begin, midnight = midnight, local_instant(day + DAY, 0, self.calendar.zone)
            whole = ((begin, midnight),) if self.promise.unit == HOURS else self.calendar.intervals(day)
            left = self._day_of_hours(day, whole, left)
            day += DAY
        self._line(Why.DUE, self.calendar.local_day(self.due_at))

    def _day_of_hours(self, day: date, whole: Sequence[Interval], left: timedelta) -> timedelta:
        """The line of one day; what is left after it."""
        if self.promise.unit == OPEN_HOURS and self._closed(day):
            return left
        window = [(max(first, self.start), min(last, self.due_at)) for first, last in whole]
        window = [(first, last) for first, last in window if first < last]
        if self.promise.unit == HOURS:
            before, after = (moment.astimezone(self.calendar.zone).utcoffset() for moment in window[0])
            if before != after and before is not None and after is not None:
                self._line(Why.CLOCKS_FORWARD if before < after else Why.CLOCKS_BACK, day)
        total = sum((last - first for first, last in window), timedelta(0))
        counted = sum((b - a for first, last in window for a, b in without(first, last, self.paused)), timedelta(0))
        if counted:
            self._line(Why.COUNTED, day, counted=counted, left=left - counted, paused=total - counted)
        else:
            self._line(Why.PAUSED if window else Why.AFTER_CLOSING, day)
        return left - counted

    def _days(self) -> None:
        first, unit, amount = self.calendar.local_day(self.start), self.promise.unit, self.promise.amount
        self._line(Why.FIRST_DAY, first)
        if unit == MONTHS:
            on = add_months(first, amount)
            code = Why.QUANTIEME if on.day == first.day else Why.MONTH_END
            self.found.append(Line(code, on, on, {"months": amount, "on": on}))
            amount = (on - first).days
        day, number = first, 0
        while number < amount:
            day += DAY
            if unit == WORKING_DAYS and self._closed(day):
                continue
            if self.paused and is_paused(day_end(day, self.calendar), self.paused):
                self._line(Why.PAUSED, day)
            else:
                number += 1
                self._line(Why.DAYS_COUNTED, day, days=1, number=number, of=amount)
        self._line(Why.DUE_AT_CLOSING if self.calendar.is_open_day(day) else Why.DUE_AT_END_OF_DAY, day)
