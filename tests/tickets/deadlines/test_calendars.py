"""Public holidays and working days, and weekly hours as they are typed."""

from datetime import date, timedelta
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from directory.models import HolidayRegion
from tickets.deadlines.calendars import (
    REGIONS,
    WeekError,
    dump_week,
    holiday_names,
    is_working_day,
    nth_day,
    parse_week,
    public_holidays,
)

day = date.fromisoformat


# Public holidays


@pytest.mark.parametrize(
    ("region", "own"),
    [
        ("metropole", []),
        ("alsace-moselle", ["04-03", "12-26"]),  # Good Friday, Saint Stephen (L3134-13)
        ("guadeloupe", ["05-27"]),  # L3422-2: neither Mi-Carême nor 21 July, which are usages
        ("martinique", ["05-22"]),
        ("guyane", ["06-10"]),
        ("reunion", ["12-20"]),
        ("mayotte", ["04-27"]),
        ("saint-barthelemy", ["10-09"]),
        ("saint-martin", ["05-28"]),
        ("saint-pierre-et-miquelon", []),
        ("nouvelle-caledonie", ["09-24"]),
        ("polynesie", ["03-05", "04-03", "11-20"]),
        ("wallis-et-futuna", ["04-28", "06-29", "07-29"]),
    ],
)
def test_each_region_adds_its_own_holidays_to_those_of_the_country(region: str, own: list[str]) -> None:
    common = public_holidays(2026)
    assert len(common) == 11
    assert public_holidays(2026, region) - common == {day(f"2026-{one}") for one in own}
    assert common <= public_holidays(2026, region)


def test_every_region_that_can_be_chosen_has_its_holidays() -> None:
    assert set(REGIONS) == set(HolidayRegion.values)


def test_the_holidays_have_french_names() -> None:
    assert holiday_names(2026, "alsace-moselle")[day("2026-12-26")] == "Saint-Étienne"


def test_an_unknown_region_is_refused() -> None:
    with pytest.raises(ValueError, match="region"):
        is_working_day(day("2026-01-05"), "atlantide")


@pytest.mark.parametrize(
    ("start", "count", "region", "found"),
    [
        ("2026-04-02", 1, "metropole", "2026-04-03"),
        ("2026-04-02", 1, "alsace-moselle", "2026-04-07"),  # Good Friday, then Easter Monday
        ("2025-12-24", 1, "metropole", "2025-12-26"),
        ("2025-12-24", 1, "alsace-moselle", "2025-12-29"),
        ("2026-05-26", 1, "guadeloupe", "2026-05-28"),
        ("2026-05-26", 2, "metropole", "2026-05-28"),
    ],
)
def test_working_days_follow_the_region(start: str, count: int, region: str, found: str) -> None:
    assert nth_day(day(start), count, partial(is_working_day, region=region)) == day(found)


@given(st.dates(date(2020, 1, 1), date(2035, 1, 1)), st.integers(1, 60), st.sampled_from(sorted(REGIONS)))
def test_working_days_agree_with_counting_them_one_by_one(start: date, count: int, region: str) -> None:
    found = nth_day(start, count, partial(is_working_day, region=region))
    between = [start + timedelta(days=n) for n in range(1, (found - start).days + 1)]
    assert is_working_day(found, region)
    assert sum(is_working_day(one, region) for one in between) == count


def test_no_working_day_is_not_a_number_of_working_days() -> None:
    with pytest.raises(ValueError, match="positive"):
        nth_day(day("2026-01-05"), 0, is_working_day)


# Weekly hours as they are typed


def test_hours_are_read_in_any_order_and_those_that_touch_are_one() -> None:
    raw = [
        [["13:30", "17:30"], ["8:30", "12:00"]],
        [["09:00", "12:00"], ["12:00", "18:00"]],
        [],
        [],
        [],
        [],
        [["20:00", "24:00"]],
    ]
    week = parse_week(raw)
    assert week[0] == ((510, 720), (810, 1050))
    assert dump_week(week)[1] == [["09:00", "18:00"]]
    assert week[6] == ((1200, 1440),)


@pytest.mark.parametrize(
    ("monday", "code"),
    [
        ([["09:00", "12:00"], ["11:59", "18:00"]], "overlap"),
        ([["08:00", "18:00"], ["09:00", "10:00"]], "overlap"),
        ([["12:00", "09:00"]], "reversed"),
        ([["09:00", "09:00"]], "reversed"),
        ([["22:00", "00:00"]], "reversed"),  # midnight at the end of a day is 24:00
        ([["09:00", "24:01"]], "bad_time"),
        ([["09:60", "12:00"]], "bad_time"),
        ([["9h", "12:00"]], "bad_time"),
        ([["-9:00", "12:00"]], "bad_time"),
        ([["٠٩:٠٠", "12:00"]], "bad_time"),
        ([[540, 720]], "bad_time"),
        ([["09:00", None]], "bad_time"),
        ([["09:00"]], "not_pairs"),
        (["09:00-12:00"], "not_pairs"),
        ("09:00", "not_pairs"),
        (None, "not_pairs"),
    ],
)
def test_hours_that_make_no_sense_are_refused_with_their_day(monday: object, code: str) -> None:
    with pytest.raises(WeekError) as refusal:
        parse_week([[], [], monday, [], [], [], []])
    assert (refusal.value.code, refusal.value.day) == (code, 2)


@pytest.mark.parametrize("raw", [None, {}, "week", [], [[]] * 6, [[]] * 8])
def test_a_week_has_seven_days(raw: object) -> None:
    with pytest.raises(WeekError) as refusal:
        parse_week(raw)
    assert (refusal.value.code, refusal.value.day) == ("not_seven_days", None)


def test_an_overlap_names_the_hours_that_collide() -> None:
    with pytest.raises(WeekError) as refusal:
        parse_week([[["13:00", "18:00"], ["09:00", "14:00"]], [], [], [], [], [], []])
    assert refusal.value.params == {"first": "13:00", "last": "14:00"}


cuts = st.lists(st.integers(0, 1440), max_size=8, unique=True).map(sorted)


@settings(max_examples=40)
@given(st.tuples(*[cuts.map(lambda one: tuple(zip(one[::2], one[1::2], strict=False)))] * 7))
def test_hours_survive_being_written_and_read_again(week: tuple[tuple[tuple[int, int], ...], ...]) -> None:
    assert parse_week(dump_week(week)) == week
