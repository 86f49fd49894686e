"""Working days and opening hours of a French town hall. Pure: no Django, never reads the clock.

A *jour ouvré* (`is_working_day`) is what the law counts for the receipts and the appeals: Monday to Friday, public
holidays excepted. An *open day* (`WorkingCalendar`) is what the commitments count: the hours of one service or site.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import holidays

Point = TypeVar("Point", int, datetime)

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
HORIZON_DAYS = 731  # a calendar without any opening for two years never opens
CACHED_DAYS = 10_000  # in each calendar, some 300 bytes a day
DAY_MINUTES = 24 * 60

# Region of public holidays → subdivision of the holidays library. Metropolitan days: Code du travail L3133-1.
# Alsace-Moselle: 26 December and Good Friday (L3134-13). Overseas departments, Saint-Barthélemy, Saint-Martin: the
# abolition of slavery (L3422-2). By local law: New Caledonia 24 September; Polynesia 5 March, Good Friday,
# 20 November; Wallis and Futuna 28 April, 29 June, 29 July. Saint-Pierre-et-Miquelon has none of its own.
REGIONS: dict[str, str | None] = {
    "metropole": None,
    "alsace-moselle": "57",
    "guadeloupe": "971",
    "martinique": "972",
    "guyane": "973",
    "reunion": "974",
    "mayotte": "976",
    "saint-barthelemy": "BL",
    "saint-martin": "MF",
    "saint-pierre-et-miquelon": "PM",
    "nouvelle-caledonie": "NC",
    "polynesie": "PF",
    "wallis-et-futuna": "WF",
}

# What the library adds in the Antilles and no text does: a town that closes on those days says so with a closure.
BY_USAGE = {
    "guadeloupe": frozenset({"Mi-Carême", "Vendredi saint", "Fête de Victor Schoelcher"}),
    "martinique": frozenset({"Fête de Victor Schoelcher"}),
    "saint-martin": frozenset({"Fête de Victor Schoelcher"}),
}

Week = tuple[tuple[tuple[int, int], ...], ...]  # seven days, Monday first, of (first, last) minutes of the local day
WorkingDay = Callable[[date], bool]  # whether a day is worked: `is_working_day` for a region
Interval = tuple[datetime, datetime]  # UTC; the last instant is not in it
DEFAULT_WEEK: Week = (((9 * 60, 18 * 60),),) * 5 + ((),) * 2


class CalendarError(ValueError):
    """A calendar that does not open within two years: nothing can be due in it."""


class WeekFault(StrEnum):
    """Why weekly hours are refused."""

    NOT_SEVEN_DAYS = "not_seven_days"
    NOT_PAIRS = "not_pairs"
    BAD_TIME = "bad_time"
    REVERSED = "reversed"
    OVERLAP = "overlap"


class WeekError(ValueError):
    """Weekly hours that make no sense. ``day``: 0 (Monday) to 6, None for the week as a whole; ``params``: what was
    read there (``value``, or the ``first`` and ``last`` hours as text)."""

    def __init__(self, code: WeekFault, day: int | None = None, **params: Any) -> None:
        super().__init__(f"{code}, day {day}: {params}")
        self.code, self.day, self.params = code, day, params


class Closed(StrEnum):
    """Why a day is not open."""

    WEEKDAY = "weekday"
    HOLIDAY = "holiday"
    CLOSURE = "closure"


@lru_cache(maxsize=512)
def holiday_names(year: int, region: str = "metropole") -> dict[date, str]:
    """The public holidays of a region and their French names. Do not change the answer: it is shared.

    ValueError for an unknown region. The library knows none after 2100.
    """
    if region not in REGIONS:
        raise ValueError(f"unknown region of public holidays: {region}")
    found = holidays.country_holidays("FR", subdiv=REGIONS[region], years=year, language="fr")
    by_usage = BY_USAGE.get(region, frozenset())
    return {day: name for day, name in found.items() if name not in by_usage}


@lru_cache(maxsize=512)
def public_holidays(year: int, region: str = "metropole") -> frozenset[date]:
    """The public holidays of a region (`REGIONS`); ValueError for an unknown one."""
    return frozenset(holiday_names(year, region))


def is_working_day(day: date, region: str = "metropole") -> bool:
    """Monday to Friday, public holidays excepted (jour ouvré)."""
    return day.weekday() < 5 and day not in public_holidays(day.year, region)


def nth_day(day: date, count: int, counted: WorkingDay) -> date:
    """The ``count``-th day after ``day`` that is ``counted``; ``count`` is positive, ValueError otherwise."""
    if count <= 0:
        raise ValueError("a number of days is positive")
    while count:
        day += DAY
        if counted(day):
            count -= 1
    return day


def parse_week(raw: object) -> Week:
    """Weekly hours from what JSON gives: seven lists, Monday first, of ``["HH:MM", "HH:MM"]``; "24:00" ends a day.

    In any order within a day; intervals that touch become one. Raises WeekError.
    """
    if not isinstance(raw, list | tuple) or len(raw) != 7:
        raise WeekError(WeekFault.NOT_SEVEN_DAYS)
    return tuple(_parse_day(day, pairs) for day, pairs in enumerate(raw))


def _parse_day(day: int, raw: object) -> tuple[tuple[int, int], ...]:
    if not isinstance(raw, list | tuple):
        raise WeekError(WeekFault.NOT_PAIRS, day, value=raw)
    found: list[tuple[int, int]] = []
    for pair in raw:
        if not isinstance(pair, list | tuple) or len(pair) != 2:
            raise WeekError(WeekFault.NOT_PAIRS, day, value=pair)
        first, last = _minute(day, pair[0]), _minute(day, pair[1])
        if first >= last:
            raise WeekError(WeekFault.REVERSED, day, first=pair[0], last=pair[1])
        found.append((first, last))
    found.sort()
    for one, other in pairwise(found):
        if other[0] < one[1]:
            raise WeekError(WeekFault.OVERLAP, day, first=_hour(other[0]), last=_hour(one[1]))
    return tuple(merged(found))


def _minute(day: int, raw: object) -> int:
    match = re.fullmatch(r"([0-9]{1,2}):([0-9]{2})", raw) if isinstance(raw, str) else None
    if match is None:
        raise WeekError(WeekFault.BAD_TIME, day, value=raw)
    hour, minute = int(match[1]), int(match[2])
    if minute > 59 or hour * 60 + minute > DAY_MINUTES:
        raise WeekError(WeekFault.BAD_TIME, day, value=raw)
    return hour * 60 + minute


def _hour(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def dump_week(week: Week) -> list[list[list[str]]]:
    """The inverse of `parse_week`."""
    return [[[_hour(first), _hour(last)] for first, last in day] for day in week]


def merged(found: Iterable[tuple[Point, Point]]) -> list[tuple[Point, Point]]:
    """Intervals in order, those that touch or overlap as one."""
    kept: list[tuple[Point, Point]] = []
    for first, last in sorted(found):
        if kept and first <= kept[-1][1]:
            kept[-1] = (kept[-1][0], max(kept[-1][1], last))
        else:
            kept.append((first, last))
    return kept


def local_instant(day: date, minute: int, zone: ZoneInfo, *, last: bool = False) -> datetime:
    """In UTC, when the clocks of ``zone`` show that minute of the day (1440: the next midnight).

    An hour that does not exist is the instant of the change. Of an hour that comes twice, the first; or, when ``last``,
    the one after which the clocks show no earlier hour again.
    """
    local = datetime.combine(day, time.min) + timedelta(minutes=minute)
    first, second = (local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first <= second:
        return second if last and (second - MINUTE).astimezone(zone).replace(tzinfo=None) < local else first
    before, after = int(second.timestamp()), int(first.timestamp())  # the clocks jump in between, at or before after
    offset = second.astimezone(zone).utcoffset()
    while after - before > 1:
        middle = (before + after) // 2
        if datetime.fromtimestamp(middle, zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return datetime.fromtimestamp(after, UTC)


@dataclass(frozen=True)
class WorkingCalendar:
    """When a service or a site is open.

    ``weeks``: weekly hours and the day they take effect (None: since always); on a day, those with the greatest
    ``effective_from`` not after it are in force, `DEFAULT_WEEK` where there are none. ``closures``: first and last day
    included. Public holidays of ``region`` are closed. Every instant comes and goes aware, and goes out in UTC.
    """

    zone: ZoneInfo
    region: str = "metropole"
    weeks: tuple[tuple[date | None, Week], ...] = ((None, DEFAULT_WEEK),)
    closures: tuple[tuple[date, date], ...] = ()
    _days: dict[date, tuple[Interval, ...]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def week(self, day: date) -> Week:
        """The weekly hours in force on a local day."""
        dated = sorted(((start or date.min, week) for start, week in self.weeks), key=lambda one: one[0])
        index = bisect_right([start for start, _ in dated], day)
        return dated[index - 1][1] if index else DEFAULT_WEEK

    def intervals(self, day: date) -> tuple[Interval, ...]:
        """The opening hours of a local day, in order and apart; none on a closed day.

        It opens the first time the clocks show the hour or a later one, and closes after the last time they show an
        earlier hour than that of the closing: what the days of 23 and 25 hours need.
        """
        found = self._days.get(day)
        if found is None:
            if len(self._days) >= CACHED_DAYS:
                self._days.clear()
            found = self._days[day] = () if self._no_work(day) else self._weekly(day)
        return found

    def _no_work(self, day: date) -> Closed | None:
        if day in public_holidays(day.year, self.region):
            return Closed.HOLIDAY
        return Closed.CLOSURE if any(first <= day <= last for first, last in self.closures) else None

    def _weekly(self, day: date) -> tuple[Interval, ...]:
        hours = [
            (local_instant(day, first, self.zone), local_instant(day, last, self.zone, last=True))
            for first, last in self.week(day)[day.weekday()]
        ]
        return tuple(merged(one for one in hours if one[0] < one[1]))

    def closed_because(self, day: date) -> Closed | None:
        """Why a local day is not open, first of all that it never is on that day of the week; None when it is open."""
        if self.intervals(day):
            return None
        return self._no_work(day) if self._weekly(day) else Closed.WEEKDAY

    def is_open_day(self, day: date) -> bool:
        """Whether it opens at all on a local day."""
        return bool(self.intervals(day))

    def closing(self, day: date) -> datetime | None:
        """When it closes for good on a local day; None on a closed day."""
        hours = self.intervals(day)
        return hours[-1][1] if hours else None

    def local_day(self, moment: datetime) -> date:
        """The day it is there at an aware ``moment``; ValueError for a naive one."""
        if moment.tzinfo is None:
            raise ValueError("an aware datetime is needed")
        return moment.astimezone(self.zone).date()

    def is_open(self, moment: datetime) -> bool:
        """Open at its first instant, closed at its last."""
        return any(first <= moment < last for first, last in self.intervals(self.local_day(moment)))

    def next_opening(self, moment: datetime) -> datetime:
        """The first open instant from ``moment`` on: itself when open. CalendarError when none comes."""
        day = self.local_day(moment)
        for _ in range(HORIZON_DAYS):
            for first, last in self.intervals(day):
                if moment < last:
                    return max(first, moment.astimezone(UTC))
            day += DAY
        raise CalendarError("a calendar that never opens")

    def previous_closing(self, moment: datetime) -> datetime:
        """The last instant of work up to ``moment``: itself when open, else the closing before it. CalendarError when
        there is none."""
        day = self.local_day(moment)
        for _ in range(HORIZON_DAYS):
            for first, last in reversed(self.intervals(day)):
                if first <= moment:
                    return min(last, moment.astimezone(UTC))
            day -= DAY
        raise CalendarError("a calendar that never opens")
