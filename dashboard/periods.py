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
    def step(self) -> str:
        """The width of one point of the trend: day, week or month."""
        return "day" if self.days <= 14 else "week" if self.days <= 190 else "month"

    def buckets(self) -> list[date]:
        """The first day of each point of the trend, as PostgreSQL's date_trunc names it."""
        starts = []
        day = bucket_of(self.first, self.step)
        while day <= self.last:
            starts.append(day)
            day = _after(day, self.step)
        return starts


def bucket_of(day: date, step: str) -> date:
    if step == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if step == "month" else day


def _after(day: date, step: str) -> date:
    if step == "month":
        return (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    return day + timedelta(days=7 if step == "week" else 1)


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
