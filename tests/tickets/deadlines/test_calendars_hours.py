"""When a calendar is open: the hours in force, closures, summer time, and what is near a moment."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.tickets.deadlines.minutes import AUXERRE
from tickets.deadlines.calendars import DEFAULT_WEEK, CalendarError, Closed, WorkingCalendar, parse_week

PARIS = ZoneInfo("Europe/Paris")
day = date.fromisoformat


def at(local: str, zone: ZoneInfo = PARIS) -> datetime:
    return datetime.fromisoformat(local).replace(tzinfo=zone)


def local_hours(calendar: WorkingCalendar, on: str) -> list[str]:
    """The opening hours of a day as its clocks show them, with the offset from UTC."""
    return [f"{moment.astimezone(calendar.zone):%H:%M%z}" for hours in calendar.intervals(day(on)) for moment in hours]


# Which hours are in force


def test_new_hours_take_effect_on_their_day() -> None:
    summer = parse_week([[["08:00", "15:00"]]] * 5 + [[], []])
    calendar = WorkingCalendar(
        PARIS, weeks=((day("2026-07-06"), summer), (None, DEFAULT_WEEK), (day("2026-09-01"), DEFAULT_WEEK))
    )
    assert local_hours(calendar, "2026-07-03") == ["09:00+0200", "18:00+0200"]
    assert local_hours(calendar, "2026-07-06") == ["08:00+0200", "15:00+0200"]
    assert local_hours(calendar, "2026-08-31") == ["08:00+0200", "15:00+0200"]
    assert local_hours(calendar, "2026-09-01") == ["09:00+0200", "18:00+0200"]


@pytest.mark.parametrize("weeks", [(), ((day("2026-07-06"), ((),) * 7),)])
def test_before_any_hours_it_is_open_from_nine_to_six(weeks: tuple[tuple[date, tuple[tuple[()], ...]], ...]) -> None:
    calendar = WorkingCalendar(PARIS, weeks=weeks)
    assert local_hours(calendar, "2026-07-03") == ["09:00+0200", "18:00+0200"]
    assert local_hours(calendar, "2026-07-04") == []


def test_a_closure_closes_its_first_and_its_last_day() -> None:
    calendar = WorkingCalendar(PARIS, closures=((day("2026-12-24"), day("2026-12-29")),))
    opened = [n for n in range(21, 32) if calendar.is_open_day(date(2026, 12, n))]
    assert opened == [21, 22, 23, 30, 31]


@pytest.mark.parametrize(
    ("on", "because"),
    [
        ("2026-12-22", None),
        ("2026-12-20", Closed.WEEKDAY),
        ("2026-12-25", Closed.HOLIDAY),
        ("2026-12-24", Closed.CLOSURE),
        ("2026-12-26", Closed.WEEKDAY),  # a Saturday, and a holiday in Alsace-Moselle
    ],
)
def test_a_closed_day_says_why(on: str, because: Closed | None) -> None:
    calendar = WorkingCalendar(PARIS, "alsace-moselle", closures=((day("2026-12-24"), day("2026-12-26")),))
    assert calendar.closed_because(day(on)) is because


# Summer time


@pytest.mark.parametrize(
    ("hours", "spring", "autumn", "lengths"),
    [
        # 29 March 2026: 2:00 becomes 3:00. 25 October 2026: 3:00 becomes 2:00. Hours open on each.
        (["00:00", "24:00"], ["00:00+0100", "00:00+0200"], ["00:00+0200", "00:00+0100"], (23, 25)),
        (["01:00", "04:00"], ["01:00+0100", "04:00+0200"], ["01:00+0200", "04:00+0100"], (2, 4)),
        (["02:30", "04:00"], ["03:00+0200", "04:00+0200"], ["02:30+0200", "04:00+0100"], (1, 2.5)),
        (["01:00", "02:30"], ["01:00+0100", "03:00+0200"], ["01:00+0200", "02:30+0100"], (1, 2.5)),
        (["02:15", "02:45"], [], ["02:15+0200", "02:45+0100"], (0, 1.5)),
        (["00:00", "02:00"], ["00:00+0100", "03:00+0200"], ["00:00+0200", "02:00+0200"], (2, 2)),
        (["02:00", "03:00"], [], ["02:00+0200", "03:00+0100"], (0, 2)),
        (["03:00", "05:00"], ["03:00+0200", "05:00+0200"], ["03:00+0100", "05:00+0100"], (2, 2)),
    ],
)
def test_hours_on_the_days_the_clocks_change(
    hours: list[str], spring: list[str], autumn: list[str], lengths: tuple[float, float]
) -> None:
    calendar = WorkingCalendar(PARIS, weeks=((None, parse_week([[]] * 6 + [[hours]])),))
    assert local_hours(calendar, "2026-03-29") == spring
    assert local_hours(calendar, "2026-10-25") == autumn
    for on, length in zip(("2026-03-29", "2026-10-25"), lengths, strict=True):
        total = sum((last - first for first, last in calendar.intervals(day(on))), timedelta(0))
        assert total == timedelta(hours=length)


def test_hours_that_overlap_when_an_hour_comes_twice_are_one() -> None:
    week = parse_week([[]] * 6 + [[["01:00", "02:20"], ["02:40", "04:00"]]])
    calendar = WorkingCalendar(PARIS, weeks=((None, week),))
    assert local_hours(calendar, "2026-10-25") == ["01:00+0200", "04:00+0100"]
    assert local_hours(calendar, "2026-03-29") == ["01:00+0100", "04:00+0200"]


@pytest.mark.parametrize(
    ("zone", "opening"),
    [
        ("Indian/Reunion", "2026-07-01T05:00Z"),
        ("America/Cayenne", "2026-07-01T12:00Z"),
        ("Pacific/Noumea", "2026-06-30T22:00Z"),  # still the day before in UTC
    ],
)
def test_overseas_hours_are_those_of_the_place(zone: str, opening: str) -> None:
    calendar = WorkingCalendar(ZoneInfo(zone))
    first, last = calendar.intervals(day("2026-07-01"))[0]
    assert first == datetime.fromisoformat(opening)
    assert first.tzinfo is UTC
    assert last - first == timedelta(hours=9)


# Openings and closings around a moment


@pytest.mark.parametrize(
    ("now", "is_open", "opens", "closed"),
    [
        ("2026-11-18T10:29", False, "2026-11-18T10:30", "2026-11-17T17:30"),  # a Wednesday
        ("2026-11-18T10:30", True, "2026-11-18T10:30", "2026-11-18T10:30"),
        ("2026-11-18T18:59", True, "2026-11-18T18:59", "2026-11-18T18:59"),
        ("2026-11-18T19:00", False, "2026-11-19T08:30", "2026-11-18T19:00"),
        ("2026-11-19T12:00", False, "2026-11-19T13:30", "2026-11-19T12:00"),
        ("2026-11-21T22:40", False, "2026-11-23T08:30", "2026-11-21T12:00"),  # a Saturday
        ("2026-12-25T10:00", False, "2026-12-26T09:00", "2026-12-24T17:30"),
    ],
)
def test_openings_around_a_moment(now: str, is_open: bool, opens: str, closed: str) -> None:
    calendar = WorkingCalendar(PARIS, weeks=((None, AUXERRE),))
    assert calendar.is_open(at(now)) is is_open
    assert calendar.next_opening(at(now)) == at(opens)
    assert calendar.previous_closing(at(now)) == at(closed)


def test_a_night_that_crosses_midnight_is_one_opening() -> None:
    week = parse_week([[["22:00", "24:00"]], [["00:00", "02:00"]], [], [], [], [], []])
    calendar = WorkingCalendar(PARIS, weeks=((None, week),))
    midnight = at("2026-11-17T00:00")
    assert calendar.is_open(midnight)
    assert calendar.closing(day("2026-11-16")) == midnight
    assert not calendar.is_open(at("2026-11-17T02:00"))


def test_a_closed_day_has_no_closing() -> None:
    assert WorkingCalendar(PARIS).closing(day("2026-11-22")) is None


def test_a_calendar_that_never_opens_says_so() -> None:
    calendar = WorkingCalendar(PARIS, weeks=((None, ((),) * 7),))
    with pytest.raises(CalendarError):
        calendar.next_opening(at("2026-11-18T10:00"))
    with pytest.raises(CalendarError):
        calendar.previous_closing(at("2026-11-18T10:00"))


def test_a_year_of_works_is_not_never() -> None:
    calendar = WorkingCalendar(PARIS, closures=((day("2026-01-01"), day("2027-06-30")),))
    assert calendar.next_opening(at("2026-01-05T10:00")) == at("2027-07-01T09:00")


def test_a_naive_moment_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        WorkingCalendar(PARIS).is_open(datetime(2026, 1, 5, 10))  # noqa: DTZ001


def test_the_same_calendar_read_twice_is_equal() -> None:
    one, other = WorkingCalendar(PARIS), WorkingCalendar(PARIS)
    one.intervals(day("2026-11-18"))
    assert one == other
    assert hash(one) == hash(other)
