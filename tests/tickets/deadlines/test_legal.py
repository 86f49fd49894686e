"""Domain §1: implicit decisions are counted from quantième to quantième."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickets.deadlines.legal import add_months, implicit_decision

PARIS = ZoneInfo("Europe/Paris")


@pytest.mark.parametrize(
    ("received", "months", "last", "effective"),
    [
        ("2026-11-22", 2, "2027-01-22", "2027-01-23"),
        ("2023-12-31", 2, "2024-02-29", "2024-03-01"),
        ("2024-12-31", 2, "2025-02-28", "2025-03-01"),
        ("2026-12-31", 2, "2027-02-28", "2027-03-01"),  # a Sunday: no extension
        ("2026-06-30", 2, "2026-08-30", "2026-08-31"),
        ("2026-08-31", 1, "2026-09-30", "2026-10-01"),
        ("2010-01-21", 1, "2010-02-21", "2010-02-22"),  # CE 17 Sept. 2010 n° 316259
        ("2025-09-28", 2, "2025-11-28", "2025-11-29"),  # CE 14 Nov. 2025 n° 496754
    ],
)
def test_worked_examples(received: str, months: int, last: str, effective: str) -> None:
    decision = implicit_decision(date.fromisoformat(received), months=months)
    assert decision.last_day == date.fromisoformat(last)
    assert decision.effective_from == date.fromisoformat(effective)


def test_a_delay_in_days_is_reception_plus_days() -> None:
    assert implicit_decision(date(2026, 3, 2), days=30).last_day == date(2026, 4, 1)


@pytest.mark.parametrize("delay", [{}, {"months": 2, "days": 3}, {"months": 0}, {"days": -1}])
def test_a_delay_that_makes_no_sense_is_refused(delay: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="legal delay"):
        implicit_decision(date(2026, 1, 1), **delay)


def test_the_decision_is_born_at_local_midnight_even_when_the_clocks_change() -> None:
    winter = implicit_decision(date(2026, 1, 28), months=2)  # effective on 29 March 2026, the night of the change
    assert winter.starts_at(PARIS).isoformat() == "2026-03-29T00:00:00+01:00"
    summer = implicit_decision(date(2026, 1, 29), months=2)
    assert summer.starts_at(PARIS).isoformat() == "2026-03-30T00:00:00+02:00"


def slow_last_day(received: date, months: int) -> date:
    """The obvious way: walk day by day to the month wanted, then to the quantième or the month's end."""
    day, passed = received, 0
    while passed < months:
        following = day + timedelta(days=1)
        passed += following.month != day.month
        day = following
    while day.day < received.day and (day + timedelta(days=1)).month == day.month:
        day += timedelta(days=1)
    return day


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(1, 24))
def test_months_agree_with_a_walk_through_the_calendar(received: date, months: int) -> None:
    assert add_months(received, months) == slow_last_day(received, months)
