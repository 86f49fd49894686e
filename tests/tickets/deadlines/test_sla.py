"""Commitments on the days where counting them surprises. The counts themselves: test_working_hours_oracle."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from tests.tickets.deadlines.minutes import AUXERRE
from tickets.deadlines.calendars import CalendarError, WorkingCalendar, parse_week
from tickets.deadlines.sla import UNITS, Promise, due
from tickets.enums import CountIn

PARIS = ZoneInfo("Europe/Paris")
TOWN_HALL = WorkingCalendar(PARIS, weeks=((None, AUXERRE),))
NEVER = WorkingCalendar(PARIS, weeks=((None, ((),) * 7),))
ALWAYS = WorkingCalendar(PARIS, weeks=((None, parse_week([[["00:00", "24:00"]]] * 7)),))


def at(local: str, zone: ZoneInfo = PARIS) -> datetime:
    return datetime.fromisoformat(local).replace(tzinfo=zone)


def test_the_units_are_those_an_administrator_can_choose() -> None:
    assert set(UNITS) == set(CountIn.values)


@pytest.mark.parametrize(
    ("start", "amount", "unit", "found"),
    [
        # 21 November 2026 is a Saturday. Wednesday: 10:30–19:00. Saturday: 9:00–12:00.
        ("2026-11-21T22:40", 72, "hours", "2026-11-24T22:40"),
        ("2026-11-21T22:40", 1, "open_hours", "2026-11-23T09:30"),
        ("2026-11-17T17:00", 1, "open_hours", "2026-11-18T11:00"),
        ("2026-11-18T17:00", 2, "open_hours", "2026-11-18T19:00"),  # to the minute: that day, at the closing
        ("2026-11-18T19:00", 1, "open_hours", "2026-11-19T09:30"),  # received exactly at the closing
        ("2026-11-18T10:30", 1, "open_hours", "2026-11-18T11:30"),  # exactly at the opening
        ("2026-11-19T11:30", 1, "open_hours", "2026-11-19T14:00"),  # around lunch
        ("2026-12-24T17:00", 1, "open_hours", "2026-12-26T09:30"),  # Christmas
        ("2026-11-21T22:40", 1, "working_days", "2026-11-23T17:30"),
        ("2026-11-20T10:00", 1, "working_days", "2026-11-21T12:00"),  # this town hall opens on Saturdays
        ("2026-11-17T10:00", 1, "working_days", "2026-11-18T19:00"),
        ("2026-05-13T10:00", 1, "working_days", "2026-05-15T17:30"),  # the 14th is Ascension Day
        ("2026-11-20T10:00", 5, "days", "2026-11-25T19:00"),  # a Wednesday
        ("2026-11-20T10:00", 1, "days", "2026-11-21T12:00"),
        ("2026-11-20T10:00", 2, "days", "2026-11-22T18:00"),  # a Sunday
        ("2026-01-31T10:00", 1, "months", "2026-02-28T12:00"),  # no 31 February; a Saturday
        ("2026-12-22T10:00", 2, "months", "2027-02-22T17:30"),
        ("2026-10-25T10:00", 2, "months", "2026-12-25T18:00"),  # closed that day
        # the hours of the town's own clocks on the days they change
        ("2026-03-27T12:00", 72, "hours", "2026-03-30T13:00"),
        ("2026-10-23T12:00", 72, "hours", "2026-10-26T11:00"),
        ("2026-03-28T11:00", 2, "open_hours", "2026-03-30T09:30"),
        ("2026-03-27T12:00", 3, "days", "2026-03-30T17:30"),
    ],
)
def test_when_a_promise_falls(start: str, amount: int, unit: str, found: str) -> None:
    answer = due(at(start), Promise(amount, unit), TOWN_HALL)
    assert answer == at(found)
    assert answer.tzinfo is UTC


@pytest.mark.parametrize(
    ("start", "found"),
    [("2026-03-28T12:00", "2026-03-29T13:00"), ("2026-10-24T12:00", "2026-10-25T11:00")],
)
def test_a_service_that_never_closes_counts_23_and_25_hour_days(start: str, found: str) -> None:
    assert due(at(start), Promise(24, "open_hours"), ALWAYS) == at(found)
    assert due(at(start), Promise(24, "hours"), ALWAYS) == at(found)


def test_a_closing_at_midnight_is_due_at_midnight() -> None:
    assert due(at("2026-11-18T10:00"), Promise(1, "working_days"), ALWAYS) == at("2026-11-20T00:00")


@pytest.mark.parametrize(
    ("pauses", "unit", "amount", "found"),
    [
        # Tuesday 17 November 10:00; open 8:30–12:00, 13:30–17:30, Wednesday 10:30–19:00, Thursday as Tuesday
        ([("17T12:00", "18T12:00")], "hours", 24, "19T10:00"),
        ([("17T12:00", "18T12:00")], "open_hours", 4, "18T14:00"),
        ([("17T12:30", "17T13:00")], "open_hours", 4, "17T15:30"),  # while it is closed: nothing is lost
        ([("17T16:00", "18T09:00")], "open_hours", 5, "18T11:00"),  # over a closing and the night
        ([("17T11:00", "17T15:00"), ("17T14:00", "17T16:00")], "open_hours", 2, "17T17:00"),  # overlap: once
        ([("17T11:00", "17T16:00"), ("17T12:00", "17T13:00")], "hours", 24, "18T15:00"),  # one within the other
        ([("17T14:00", "17T16:00"), ("17T11:00", "17T15:00")], "hours", 24, "18T15:00"),  # in any order
        ([("16T10:00", "17T11:00")], "hours", 24, "18T11:00"),  # began before the start
        ([("16T10:00", "17T09:00")], "hours", 24, "18T10:00"),  # ended before it
        ([("18T10:00", "20T10:00")], "hours", 24, "18T10:00"),  # begins when the time is up
        ([("17T15:00", None)], "hours", 24, "18T10:00"),  # still open: the date does not move until it ends
        ([("17T15:00", "17T15:00")], "hours", 24, "18T10:00"),
        ([("18T15:00", "19T12:00")], "working_days", 1, "19T17:30"),  # Wednesday's closing is in the pause
        ([("18T11:00", "18T18:00")], "working_days", 1, "18T19:00"),  # work went on before the closing
        ([("18T19:00", "19T12:00")], "working_days", 1, "18T19:00"),  # begins at the closing: the day is whole
        ([("18T11:00", "18T19:00")], "working_days", 1, "19T17:30"),  # ends at the closing: nothing was left of it
        ([("17T15:00", "18T09:00")], "days", 1, "18T19:00"),  # the first day is not counted anyway
        ([("18T15:00", "20T12:00")], "days", 2, "21T12:00"),
        ([("22T17:00", "22T19:00")], "days", 5, "23T17:30"),  # Sunday ends at 18:00
        ([("18T15:00", "20T12:00")], "months", 1, "2026-12-19T12:00"),  # 17 December, two days later
    ],
)
def test_a_clock_does_not_run_while_the_citizen_must_act(
    pauses: list[tuple[str, str | None]], unit: str, amount: int, found: str
) -> None:
    given = [(at(f"2026-11-{first}"), at(f"2026-11-{last}") if last else None) for first, last in pauses]
    expected = at(found if found.startswith("2026") else f"2026-11-{found}")
    start = at("2026-11-17T10:00")
    assert due(start, Promise(amount, unit), TOWN_HALL, given) == expected
    assert due(start, Promise(amount, unit, pauses=False), TOWN_HALL, given) == due(
        start, Promise(amount, unit), TOWN_HALL
    )


def test_holidays_of_the_region_and_closures_are_not_worked() -> None:
    friday = at("2026-04-02T10:00")  # a Thursday: Good Friday follows, then Easter Monday
    alsace = WorkingCalendar(PARIS, "alsace-moselle")
    assert due(friday, Promise(1, "working_days"), WorkingCalendar(PARIS)) == at("2026-04-03T18:00")
    assert due(friday, Promise(1, "working_days"), alsace) == at("2026-04-07T18:00")
    bridge = WorkingCalendar(PARIS, "alsace-moselle", closures=((date(2026, 4, 7), date(2026, 4, 10)),))
    assert due(friday, Promise(9, "open_hours"), bridge) == at("2026-04-13T10:00")


def test_overseas_the_day_is_that_of_the_place() -> None:
    noumea = ZoneInfo("Pacific/Noumea")
    calendar = WorkingCalendar(noumea, "nouvelle-caledonie")
    wednesday_evening = datetime(2026, 9, 22, 22, tzinfo=UTC)  # already Wednesday the 23rd there, 9:00
    assert due(wednesday_evening, Promise(1, "working_days"), calendar) == at("2026-09-25T18:00", noumea)
    basse_terre = ZoneInfo("America/Guadeloupe")
    start = at("2026-05-26T17:00", basse_terre)
    assert due(start, Promise(2, "open_hours"), WorkingCalendar(basse_terre, "guadeloupe")) == at(
        "2026-05-28T10:00", basse_terre
    )


def test_new_hours_move_what_is_due_after_them() -> None:
    short = parse_week([[["09:00", "12:00"]]] * 5 + [[], []])
    calendar = WorkingCalendar(PARIS, weeks=((None, AUXERRE), (date(2026, 11, 23), short)))
    assert due(at("2026-11-20T15:30"), Promise(10, "open_hours"), calendar) == at("2026-11-24T11:00")


def test_a_desk_open_once_a_week_keeps_its_promises_for_years() -> None:
    mondays = WorkingCalendar(PARIS, weeks=((None, parse_week([[["09:00", "12:00"]]] + [[]] * 6)),))
    start = at("2026-11-17T10:00")
    day_due, hour_due = (
        due(start, Promise(130, "working_days"), mondays),
        due(start, Promise(390, "open_hours"), mondays),
    )
    assert day_due == hour_due == at("2029-07-30T12:00")  # 141 Mondays, 11 of them holidays


@pytest.mark.parametrize("unit", ["open_hours", "working_days"])
def test_a_calendar_that_never_opens_promises_nothing(unit: str) -> None:
    with pytest.raises(CalendarError):
        due(at("2026-11-17T10:00"), Promise(1, unit), NEVER)


def test_hours_and_days_go_by_even_when_nothing_opens() -> None:
    assert due(at("2026-11-17T10:00"), Promise(72, "hours"), NEVER) == at("2026-11-20T10:00")
    assert due(at("2026-11-17T10:00"), Promise(3, "days"), NEVER) == at("2026-11-20T18:00")


@pytest.mark.parametrize(("amount", "unit"), [(0, "hours"), (-1, "days"), (1, "moons"), (1, "")])
def test_a_promise_that_makes_no_sense_is_refused(amount: int, unit: str) -> None:
    with pytest.raises(ValueError, match="delay"):
        Promise(amount, unit)


def test_a_naive_moment_is_refused() -> None:
    naive = datetime(2026, 1, 5)  # noqa: DTZ001
    with pytest.raises(ValueError, match="aware"):
        due(naive, Promise(72, "hours"), TOWN_HALL)
    with pytest.raises(ValueError, match="aware"):
        due(at("2026-01-05"), Promise(72, "hours"), TOWN_HALL, [(naive, naive)])
