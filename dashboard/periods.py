"""The period a dashboard looks at. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

PRESETS = (7, 30, 90, 365)
DEFAULT_DAYS = 30
LONGEST = timedelta(days=366 * 5)


class BadPeriod(ValueError):
    """``field`` is the one to correct: ``from`` or ``to``."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


@dataclass(frozen=True)
class Period:
    """Whole local days, ``first`` and ``last`` included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    def bounds(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """The first instant of the period, and the first one after it."""
        start = datetime.combine(self.first, time.min, tzinfo=zone)
        return start, datetime.combine(self.last + timedelta(days=1), time.min, tzinfo=zone)

    @property
    def width(self) -> int:
        """Days in one point of the trend; 0 for calendar months."""
        return 1 if self.days <= 14 else 3 if self.days <= 45 else 7 if self.days <= 190 else 0

    def bucket(self, day: date) -> date:
        """The first day of the point of the trend where ``day`` falls.

        Points are whole, counted back from the last day: only the first one may be shorter.
        """
        if not self.width:
            return max(day.replace(day=1), self.first)
        points_back = (self.last - day).days // self.width
        return max(self.last - timedelta(days=(points_back + 1) * self.width - 1), self.first)

    def buckets(self) -> list[date]:
        """The first day of every point of the trend, in order."""
        return sorted({self.bucket(self.first + timedelta(days=n)) for n in range(self.days)})


def last_days(count: int, today: date) -> Period:
    """The ``count`` days that end today."""
    return Period(today - timedelta(days=count - 1), today)


def period_from(parameters: dict[str, str], today: date) -> Period:
    """The period asked for by ``period=30`` or ``from=…&to=…`` (ISO dates); the last 30 days by default.

    Raises `BadPeriod` for a date that cannot be read, an end before the start, or more than five years.
    """
    if parameters.get("from") or parameters.get("to"):
        first = _date(parameters.get("from", ""), "from")
        last = _date(parameters.get("to", ""), "to") if parameters.get("to") else today
        if last < first:
            raise BadPeriod("to")
        if last - first > LONGEST:
            raise BadPeriod("from")
        return Period(first, last)
    asked = parameters.get("period", "")
    return last_days(int(asked) if asked.isdigit() and int(asked) in PRESETS else DEFAULT_DAYS, today)


def _date(value: str, field: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise BadPeriod(field) from None
