from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickets.deadlines.calendars import add_working_days, is_working_day
from tickets.deadlines.sla import answer_due, target_due

PARIS = ZoneInfo("Europe/Paris")
moments = st.datetimes(
    datetime(2020, 1, 1),  # noqa: DTZ001 — hypothesis adds the zone
    datetime(2035, 1, 1),  # noqa: DTZ001
    timezones=st.just(PARIS),
)


def test_seventy_two_hours_are_elapsed_hours_across_a_clock_change() -> None:
    friday = datetime(2026, 3, 27, 12, tzinfo=PARIS)  # summer time begins on the 29th
    due = answer_due(friday, 72)
    assert due - friday.astimezone(UTC) == timedelta(hours=72)
    assert due.astimezone(PARIS).hour == 13


@given(moments, st.integers(1, 200), st.timedeltas(timedelta(0), timedelta(days=40)))
def test_a_pause_moves_the_answer_by_its_own_length(start: datetime, hours: int, paused: timedelta) -> None:
    assert answer_due(start, hours, paused=paused) - start.astimezone(UTC) == timedelta(hours=hours) + paused


@pytest.mark.parametrize(
    ("start", "amount", "unit", "due"),
    [
        ("2026-11-20T10:00", 24, "hours", "2026-11-21T10:00"),
        ("2026-11-20T10:00", 1, "working_days", "2026-11-23T18:00"),  # Friday → Monday
        ("2026-05-13T10:00", 1, "working_days", "2026-05-15T18:00"),  # Ascension is the 14th
        ("2026-12-24T19:00", 2, "working_days", "2026-12-29T18:00"),
        ("2026-11-20T10:00", 5, "days", "2026-11-25T18:00"),
        ("2026-01-31T10:00", 1, "months", "2026-02-28T18:00"),
    ],
)
def test_targets(start: str, amount: int, unit: str, due: str) -> None:
    begun = datetime.fromisoformat(start).replace(tzinfo=PARIS)
    assert target_due(begun, amount, unit, PARIS) == datetime.fromisoformat(due).replace(tzinfo=PARIS)


def test_an_unknown_unit_is_refused() -> None:
    with pytest.raises(ValueError, match="unit"):
        target_due(datetime(2026, 1, 1, tzinfo=PARIS), 1, "moons", PARIS)


def test_a_naive_moment_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        answer_due(datetime(2026, 1, 1), 72)  # noqa: DTZ001


@given(st.dates(date(2020, 1, 1), date(2035, 1, 1)), st.integers(1, 60))
def test_working_days_agree_with_counting_them_one_by_one(day: date, count: int) -> None:
    found = add_working_days(day, count)
    between = [day + timedelta(days=n) for n in range(1, (found - day).days + 1)]
    assert is_working_day(found)
    assert sum(is_working_day(one) for one in between) == count
