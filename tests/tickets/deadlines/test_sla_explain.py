"""What the « Try it » page is told of a due date: the days, what was counted on each, and why not."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.tickets.deadlines.minutes import AUXERRE
from tickets.deadlines.calendars import CalendarError, Closed, WorkingCalendar
from tickets.deadlines.sla import MAX_LINES, Line, Promise, Why, explain

PARIS = ZoneInfo("Europe/Paris")
TOWN_HALL = WorkingCalendar(PARIS, weeks=((None, AUXERRE),), closures=((date(2026, 12, 28), date(2026, 12, 30)),))
day = date.fromisoformat
SATURDAY_NIGHT = datetime(2026, 11, 21, 22, 40, tzinfo=PARIS)


def told(lines: tuple[Line, ...]) -> list[str]:
    """Each line as "code first–last" with the days of the month."""
    return [f"{one.code} {one.day.day}" + (f"–{one.last_day.day}" if one.last_day > one.day else "") for one in lines]


def test_opening_hours_say_what_each_day_gave() -> None:
    found = explain(SATURDAY_NIGHT, Promise(10, "open_hours"), TOWN_HALL)
    assert told(found.lines) == ["after_closing 21", "weekday 22", "counted 23", "counted 24", "due 24"]
    assert [one.params["counted"] for one in found.lines[2:4]] == [timedelta(hours=7.5), timedelta(hours=2.5)]
    assert [one.params["left"] for one in found.lines[2:4]] == [timedelta(hours=2.5), timedelta(0)]
    assert found.due_at == datetime(2026, 11, 24, 11, tzinfo=PARIS)


def test_holidays_and_closures_are_named() -> None:
    start = datetime(2026, 12, 24, 17, tzinfo=PARIS)
    found = explain(start, Promise(2, "working_days"), TOWN_HALL)
    assert told(found.lines) == [
        "first_day 24", "holiday 25", "days_counted 26", "weekday 27", "closure 28–30", "days_counted 31",
        "due_at_closing 31",
    ]  # fmt: skip
    assert found.lines[1].params == {"name": "Noël"}
    assert found.lines[5].params == {"days": 1, "number": 2, "of": 2}


def test_neighbouring_days_share_a_line() -> None:
    found = explain(SATURDAY_NIGHT, Promise(15, "days"), TOWN_HALL)
    assert told(found.lines) == ["first_day 21", "days_counted 22–6", "due_at_end_of_day 6"]  # a Sunday: 18:00
    assert found.lines[1].params == {"days": 15, "number": 15, "of": 15}
    assert found.due_at == datetime(2026, 12, 6, 18, tzinfo=PARIS)


def test_pauses_show_where_time_was_lost() -> None:
    pauses = [(datetime(2026, 11, 23, 15, 30, tzinfo=PARIS), datetime(2026, 11, 25, 11, tzinfo=PARIS))]
    found = explain(SATURDAY_NIGHT, Promise(10, "open_hours"), TOWN_HALL, pauses)
    assert told(found.lines) == ["after_closing 21", "weekday 22", "counted 23", "paused 24", "counted 25", "due 25"]
    assert found.lines[2].params == {
        "counted": timedelta(hours=5.5), "left": timedelta(hours=4.5), "paused": timedelta(hours=2),
    }  # fmt: skip
    assert found.lines[4].params["paused"] == timedelta(minutes=30)
    in_days = explain(SATURDAY_NIGHT, Promise(2, "working_days"), TOWN_HALL, pauses)
    assert told(in_days.lines) == [
        "first_day 21",
        "weekday 22",
        "paused 23–24",
        "days_counted 25–26",
        "due_at_closing 26",
    ]


def test_a_pause_that_lasts_is_told_and_moves_nothing() -> None:
    pauses = [(datetime(2026, 11, 23, 9, tzinfo=PARIS), None)]
    found = explain(SATURDAY_NIGHT, Promise(72, "hours"), TOWN_HALL, pauses)
    assert told(found.lines)[-2:] == ["due 24", "pause_open 23"]
    assert found.due_at == SATURDAY_NIGHT + timedelta(hours=72)


def test_a_promise_that_does_not_pause_says_so() -> None:
    pauses = [(datetime(2026, 11, 22, 9, tzinfo=PARIS), datetime(2026, 11, 23, 9, tzinfo=PARIS))]
    found = explain(SATURDAY_NIGHT, Promise(24, "hours", pauses=False), TOWN_HALL, pauses)
    assert told(found.lines) == ["pauses_ignored 21", "counted 21", "counted 22", "due 22"]


@pytest.mark.parametrize(
    ("start", "change", "hours"), [("2026-03-28", Why.CLOCKS_FORWARD, 23), ("2026-10-24", Why.CLOCKS_BACK, 25)]
)
def test_the_days_the_clocks_change_are_pointed_out(start: str, change: Why, hours: int) -> None:
    begun = datetime.combine(day(start), datetime.min.time(), tzinfo=PARIS)
    found = explain(begun, Promise(60, "hours"), TOWN_HALL)
    assert [one.code for one in found.lines[:3]] == [Why.COUNTED, change, Why.COUNTED]
    assert found.lines[2].params["counted"] == timedelta(hours=hours)
    after = explain(begun + timedelta(hours=30), Promise(10, "hours"), TOWN_HALL)  # the morning after the change
    assert [one.code for one in after.lines] == [Why.COUNTED, Why.DUE]


@pytest.mark.parametrize(
    ("start", "code", "on"), [("2026-01-31", Why.MONTH_END, "2026-02-28"), ("2026-01-15", Why.QUANTIEME, "2026-02-15")]
)
def test_months_say_which_day_they_reach(start: str, code: Why, on: str) -> None:
    begun = datetime.combine(day(start), datetime.min.time(), tzinfo=PARIS)
    found = explain(begun, Promise(1, "months"), TOWN_HALL)
    assert (found.lines[1].code, found.lines[1].params) == (code, {"months": 1, "on": day(on)})


def test_a_long_explanation_keeps_its_beginning_and_its_end() -> None:
    found = explain(SATURDAY_NIGHT, Promise(1000, "open_hours"), TOWN_HALL)
    assert len(found.lines) == MAX_LINES
    more = next(n for n, one in enumerate(found.lines) if one.code is Why.MORE)
    assert found.lines[0].code is Why.AFTER_CLOSING
    assert found.lines[-1].code is Why.DUE
    assert found.lines[-2].params["left"] == timedelta(0)
    assert found.lines[more].day > found.lines[more - 1].last_day
    assert found.lines[more].last_day < found.lines[more + 1].day
    assert found.lines[more].params["lines"] > 100


def test_what_can_never_be_due_is_not_explained() -> None:
    with pytest.raises(CalendarError):
        explain(SATURDAY_NIGHT, Promise(1, "open_hours"), WorkingCalendar(PARIS, weeks=((None, ((),) * 7),)))


def test_every_reason_a_day_is_closed_has_its_line() -> None:
    assert {one.value for one in Closed} <= {one.value for one in Why}
