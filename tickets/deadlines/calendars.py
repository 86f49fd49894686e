"""Working days of a French town hall. Pure."""

from datetime import date, timedelta
from functools import lru_cache

import holidays


@lru_cache(maxsize=64)
def public_holidays(year: int) -> frozenset[date]:
    """The public holidays of metropolitan France (Code du travail L3133-1)."""
    return frozenset(holidays.country_holidays("FR", years=year))


def is_working_day(day: date) -> bool:
    """Monday to Friday, public holidays excepted (jour ouvré)."""
    return day.weekday() < 5 and day not in public_holidays(day.year)


def add_working_days(day: date, count: int) -> date:
    """The ``count``-th working day after ``day``; ``count`` is positive."""
    if count <= 0:
        raise ValueError("a number of working days is positive")
    while count:
        day += timedelta(days=1)
        if is_working_day(day):
            count -= 1
    return day
