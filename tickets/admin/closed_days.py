"""What a calendar comes to: its next closed days, and a year of them, so that one sees whether it is right."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from directory.models import Calendar, Closure, Town
from tickets.deadlines.calendars import Closed, WorkingCalendar, holiday_names, parse_week
from tickets.timezones import town_zone

DAY = timedelta(days=1)
AHEAD_DAYS = 400
SHOWN = 15


@dataclass(frozen=True)
class ClosedDays:
    """Days closed for one reason, first and last included."""

    first: date
    last: date
    reason: str

    @property
    def text(self) -> str:
        if self.first == self.last:
            return date_format(self.first, "l j F Y")
        dates = {"first": date_format(self.first, "l j F"), "last": date_format(self.last, "l j F Y")}
        return _("from %(first)s to %(last)s") % dates


class Almanac:
    """A calendar with the reasons it is closed."""

    def __init__(self, calendar: Calendar) -> None:
        town_region = Town.objects.values_list("holiday_region", flat=True).first()
        self.region = calendar.region or town_region or "metropole"
        self.closures = list(Closure.objects.filter(Q(calendar=calendar) | Q(calendar=None)))
        self.working = WorkingCalendar(
            zone=town_zone(),
            region=self.region,
            weeks=tuple((hours.effective_from, parse_week(hours.week)) for hours in calendar.hours.all()),
            closures=tuple((closure.starts_on, closure.ends_on) for closure in self.closures),
        )

    def reason(self, day: date) -> str:
        """Why a day that would be open is closed; empty when it is open, or never open on that day of the week."""
        match self.working.closed_because(day):
            case Closed.HOLIDAY:
                return holiday_names(day.year, self.region)[day]
            case Closed.CLOSURE:
                return next((one.label for one in self.closures if self._covers(one, day) and one.label), "") or _(
                    "Exceptional closure"
                )
        return ""

    @staticmethod
    def _covers(closure: Closure, day: date) -> bool:
        return bool(closure.starts_on <= day <= closure.ends_on)

    def next_closed(self, today: date) -> list[ClosedDays]:
        """The closures to come within `AHEAD_DAYS`, SHOWN at the most; open days of the week only, days in a row as
        one."""
        found: list[ClosedDays] = []
        for number in range(AHEAD_DAYS):
            day = today + number * DAY
            reason = self.reason(day)
            if not reason:
                continue
            if found and found[-1].reason == reason and self._follows(found[-1].last, day):
                found[-1] = ClosedDays(found[-1].first, day, reason)
            elif len(found) == SHOWN:
                break
            else:
                found.append(ClosedDays(day, day, reason))
        return found

    def _follows(self, last: date, day: date) -> bool:
        """No day between them is open: a week-end does not cut a closure in two."""
        between = (last + number * DAY for number in range(1, (day - last).days))
        return not any(self.working.is_open_day(one) for one in between)

    def year(self, year: int) -> list[dict[str, Any]]:
        """Twelve months: {"first": date, "weeks": [[{"day", "state", "reason"} or None]]}; states open, weekday,
        holiday, closure."""
        return [self._month(date(year, month, 1)) for month in range(1, 13)]

    def _month(self, first: date) -> dict[str, Any]:
        cells: list[dict[str, Any] | None] = [None] * first.weekday()
        cells += [self._cell(day) for day in _days_of_month(first)]
        cells += [None] * (-len(cells) % 7)
        bounds = pairwise(range(0, len(cells) + 1, 7))
        return {"first": first, "weeks": [cells[start:end] for start, end in bounds]}

    def _cell(self, day: date) -> dict[str, Any]:
        state = self.working.closed_because(day)
        return {"day": day, "state": state.value if state else "open", "reason": self.reason(day)}


def _days_of_month(first: date) -> Iterator[date]:
    day = first
    while day.month == first.month:
        yield day
        day += DAY
