"""The slow, obvious way to count commitments: one minute, or one day, after another. Nothing of the engine is used.

And the hours of a town hall, to count in.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

from tickets.deadlines.calendars import REGIONS, WorkingCalendar, parse_week
from tickets.deadlines.pauses import Pause

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
AUXERRE = parse_week(
    [
        [["08:30", "12:00"], ["13:30", "17:30"]],
        [["08:30", "12:00"], ["13:30", "17:30"]],
        [["10:30", "19:00"]],
        [["08:30", "12:00"], ["13:30", "17:30"]],
        [["08:30", "12:00"], ["13:30", "17:30"]],
        [["09:00", "12:00"]],
        [],
    ]
)


@lru_cache(maxsize=2000)
def clock(day: date, zone: ZoneInfo) -> tuple[tuple[datetime, int], ...]:
    """Every minute of a local day: its instant in UTC, and the minute of the day that the clocks show."""
    first = datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
    found = []
    for n in range(26 * 60):
        at = first + n * MINUTE
        local = at.astimezone(zone)
        if local.date() == day:
            found.append((at, local.hour * 60 + local.minute))
    return tuple(found)


@lru_cache(maxsize=100)
def _holidays(year: int, region: str) -> set[date]:
    return set(holidays.country_holidays("FR", subdiv=REGIONS[region], years=year))


def hours_of(day: date, calendar: WorkingCalendar) -> tuple[tuple[int, int], ...]:
    """The hours of a day, without the closures and the holidays: the last week that has come into force."""
    in_force, since = None, None
    for start, week in calendar.weeks:
        if (start is None or start <= day) and (since is None or (start or date.min) >= since):
            in_force, since = week, start or date.min
    if in_force is None:
        return ((540, 1080),) if day.weekday() < 5 else ()
    return in_force[day.weekday()]


def open_minutes(day: date, calendar: WorkingCalendar) -> list[datetime]:
    """The open minutes of a local day: it has opened, and the clocks will still show an hour before the closing."""
    if day in _holidays(day.year, calendar.region):
        return []
    if any(first <= day <= last for first, last in calendar.closures):
        return []
    minutes = clock(day, calendar.zone)
    found = set()
    for first, last in hours_of(day, calendar):
        opened = [at for at, shown in minutes if shown >= first]
        not_closed = [at for at, shown in minutes if shown < last]
        if opened and not_closed:
            found |= {at for at, _ in minutes if opened[0] <= at <= not_closed[-1]}
    return sorted(found)


def is_paused(minute: datetime, pauses: Sequence[Pause]) -> bool:
    return any(last is not None and first <= minute < last for first, last in pauses)


def forward(start: datetime, calendar: WorkingCalendar) -> Iterator[datetime]:
    """The open minutes from the local day of ``start`` on."""
    day = start.astimezone(calendar.zone).date()
    while True:
        yield from open_minutes(day, calendar)
        day += DAY


def backward(start: datetime, calendar: WorkingCalendar) -> Iterator[datetime]:
    """The open minutes of the local day of ``start`` and of the days before it, the last one first."""
    day = start.astimezone(calendar.zone).date()
    while True:
        yield from reversed(open_minutes(day, calendar))
        day -= DAY


def due_in_hours(start: datetime, hours: int, pauses: Sequence[Pause]) -> datetime:
    minute, left = start.astimezone(UTC), hours * 60
    while left:
        left -= not is_paused(minute, pauses)
        minute += MINUTE
    return minute


def due_in_open_hours(start: datetime, hours: int, calendar: WorkingCalendar, pauses: Sequence[Pause]) -> datetime:
    left = hours * 60
    for minute in forward(start, calendar):
        left -= minute >= start and not is_paused(minute, pauses)
        if not left:
            return minute + MINUTE
    raise AssertionError("no minute is the last")


def _last_minute(day: date, calendar: WorkingCalendar) -> datetime:
    """Just before the closing, or before 18:00 on a day that is closed."""
    found = open_minutes(day, calendar)
    return found[-1] if found else next(at for at, shown in clock(day, calendar.zone) if shown == 17 * 60 + 59)


def due_in_working_days(start: datetime, days: int, calendar: WorkingCalendar, pauses: Sequence[Pause]) -> datetime:
    day = start.astimezone(calendar.zone).date()
    while days:
        day += DAY
        if open_minutes(day, calendar) and not is_paused(_last_minute(day, calendar), pauses):
            days -= 1
    return _last_minute(day, calendar) + MINUTE


def due_in_days(start: datetime, days: int, calendar: WorkingCalendar, pauses: Sequence[Pause]) -> datetime:
    day = start.astimezone(calendar.zone).date()
    while days:
        day += DAY
        days -= not is_paused(_last_minute(day, calendar), pauses)
    return _last_minute(day, calendar) + MINUTE


def days_of_month(start: date) -> int:
    """How many days until the same day of the next month, or until the last day of one that has no such day."""
    day = start + DAY
    while day.day != start.day and not ((day + DAY).day == 1 and day.month != start.month):
        day += DAY
    return (day - start).days
