"""The law's clock. Pure: no Django, never reads the clock of the machine.

Implicit decisions are counted *de quantième à quantième* (CRPA L231-1; CE 17 Sept. 2010 n° 316259): the administration
may act through ``last_day``; the decision is born on ``effective_from``, the next day. The delay is not franc and no
weekend or holiday extends it.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class LegalDeadline:
    """``last_day``: the last day to decide. ``effective_from``: the day the silence becomes a decision."""

    last_day: date
    effective_from: date

    def starts_at(self, zone: ZoneInfo) -> datetime:
        """The first instant of the implicit decision, aware, in the town's time zone."""
        return datetime.combine(self.effective_from, time.min, tzinfo=zone)


def add_months(day: date, months: int) -> date:
    """The same quantième ``months`` later, or the last day of a month that has no such day."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def implicit_decision(received_on: date, *, months: int | None = None, days: int | None = None) -> LegalDeadline:
    """When silence becomes a decision (CRPA L231-1, L231-4, L231-6), counted from the reception.

    Exactly one of ``months`` and ``days`` is given, and positive; ValueError otherwise. A delay in days is reception +
    n days.
    """
    if (months is None) == (days is None) or (months or days or 0) <= 0:
        raise ValueError("a legal delay is a positive number of months or of days")
    last = add_months(received_on, months) if months is not None else received_on + timedelta(days=days or 0)
    return LegalDeadline(last_day=last, effective_from=last + timedelta(days=1))
