"""Commitments against a count minute by minute, or day by day, over calendars and pauses drawn at random."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tickets.deadlines import minutes
from tests.tickets.deadlines.minutes import AUXERRE
from tickets.deadlines import sla
from tickets.deadlines.calendars import DEFAULT_WEEK, REGIONS, Week, WorkingCalendar, parse_week
from tickets.deadlines.pauses import Pause

# Summer time begins, ends; Good Friday, Easter Monday; the end of a year; May with its holidays; a plain week.
ANCHORS = [
    date(2026, 3, 27),
    date(2026, 10, 23),
    date(2026, 4, 2),
    date(2026, 12, 23),
    date(2027, 5, 5),
    date(2026, 9, 7),
]
ZONES = [
    ZoneInfo(name)
    for name in (
        "Europe/Paris",
        "Europe/Paris",
        "America/Miquelon",
        "Indian/Reunion",
        "America/Cayenne",
        "Pacific/Noumea",
    )
]
# The regions where the library and the law agree: test_calendars covers the others.
SAME_REGIONS = [name for name in REGIONS if name not in ("guadeloupe", "martinique", "saint-martin")]
NIGHT = parse_week(
    [[["00:00", "02:30"], ["22:00", "24:00"]]] * 5 + [[["02:15", "04:00"]], [["00:00", "02:40"], ["02:50", "06:00"]]]
)

slots = st.lists(st.integers(0, 288), max_size=6, unique=True).map(
    lambda cuts: tuple(zip(sorted(n * 5 for n in cuts)[::2], sorted(n * 5 for n in cuts)[1::2], strict=False))
)
weeks = st.one_of(st.sampled_from([DEFAULT_WEEK, AUXERRE, NIGHT]), st.tuples(*[slots] * 7)).filter(
    lambda week: sum(last - first for day in week for first, last in day) >= 1500
)


@st.composite
def cases(draw: st.DrawFn) -> tuple[datetime, WorkingCalendar, tuple[Pause, ...]]:
    zone, anchor = draw(st.sampled_from(ZONES)), draw(st.sampled_from(ANCHORS))
    start = datetime(anchor.year, anchor.month, anchor.day, tzinfo=UTC) + timedelta(minutes=draw(st.integers(0, 4000)))
    days = st.integers(-2, 12).map(lambda n: anchor + timedelta(days=n))
    laid: list[tuple[date | None, Week]] = [(None, draw(weeks)), *draw(st.lists(st.tuples(days, weeks), max_size=2))]
    if draw(st.booleans()):
        laid = laid[1:]
    closures = draw(st.lists(st.tuples(days, st.integers(0, 3)), max_size=2))
    calendar = WorkingCalendar(
        zone,
        draw(st.sampled_from(SAME_REGIONS)),
        tuple({since: (since, week) for since, week in laid}.values()),
        tuple((first, first + timedelta(days=more)) for first, more in closures),
    )
    moment = st.integers(-600, 12_000).map(lambda n: start + timedelta(minutes=n))
    lengths = st.one_of(st.none(), st.integers(0, 5000))
    pauses = draw(st.lists(st.tuples(moment, lengths), max_size=3))
    # some pauses begin or end exactly at a closing
    closing = next((at for n in range(9) if (at := calendar.closing(anchor + timedelta(days=n)))), start)
    pauses += draw(st.sampled_from([[], [(closing, 300)], [(closing - timedelta(minutes=300), 300)]]))
    return start, calendar, tuple((at, None if n is None else at + timedelta(minutes=n)) for at, n in pauses)


few = settings(max_examples=40, deadline=None)


@few
@given(cases(), st.integers(1, 96))
def test_hours_agree_with_counting_minutes(
    case: tuple[datetime, WorkingCalendar, tuple[Pause, ...]], amount: int
) -> None:
    start, calendar, pauses = case
    assert sla.due(start, sla.Promise(amount, "hours"), calendar, pauses) == minutes.due_in_hours(start, amount, pauses)


@few
@given(cases(), st.integers(1, 24))
def test_open_hours_agree_with_counting_minutes(
    case: tuple[datetime, WorkingCalendar, tuple[Pause, ...]], amount: int
) -> None:
    start, calendar, pauses = case
    found = sla.due(start, sla.Promise(amount, "open_hours"), calendar, pauses)
    assert found == minutes.due_in_open_hours(start, amount, calendar, pauses)


@few
@given(cases(), st.integers(1, 6))
def test_days_agree_with_counting_days(case: tuple[datetime, WorkingCalendar, tuple[Pause, ...]], amount: int) -> None:
    start, calendar, pauses = case
    working = sla.due(start, sla.Promise(amount, "working_days"), calendar, pauses)
    assert working == minutes.due_in_working_days(start, amount, calendar, pauses)
    plain = sla.due(start, sla.Promise(amount, "days"), calendar, pauses)
    assert plain == minutes.due_in_days(start, amount, calendar, pauses)


@settings(max_examples=8, deadline=None)
@given(cases())
def test_a_month_agrees_with_counting_days(case: tuple[datetime, WorkingCalendar, tuple[Pause, ...]]) -> None:
    start, calendar, pauses = case
    days = minutes.days_of_month(start.astimezone(calendar.zone).date())
    found = sla.due(start, sla.Promise(1, "months"), calendar, pauses)
    assert found == minutes.due_in_days(start, days, calendar, pauses)


@few
@given(cases())
def test_openings_agree_with_the_open_minutes(case: tuple[datetime, WorkingCalendar, tuple[Pause, ...]]) -> None:
    start, calendar, _ = case
    today = start.astimezone(calendar.zone).date()
    after = next(at for at in minutes.forward(start, calendar) if at >= start)
    before = next(at for at in minutes.backward(start, calendar) if at <= start)
    assert calendar.next_opening(start) == after
    assert calendar.previous_closing(start) == (start if before == start else before + minutes.MINUTE)
    assert calendar.is_open(start) == (start in (before, after))
    of_today = minutes.open_minutes(today, calendar)
    assert calendar.closing(today) == (of_today[-1] + minutes.MINUTE if of_today else None)


@few
@given(cases(), st.sampled_from(["hours", "open_hours"]), st.integers(1, 30))
def test_an_explanation_accounts_for_every_minute_promised(
    case: tuple[datetime, WorkingCalendar, tuple[Pause, ...]], unit: str, amount: int
) -> None:
    start, calendar, pauses = case
    promise = sla.Promise(amount, unit)
    found = sla.explain(start, promise, calendar, pauses)
    counted = [line for line in found.lines if line.code is sla.Why.COUNTED]
    assert found.due_at == sla.due(start, promise, calendar, pauses)
    assert sum((line.params["counted"] for line in counted), timedelta(0)) == timedelta(hours=amount)
    assert counted[-1].params["left"] == timedelta(0)


@few
@given(cases(), st.sampled_from(["working_days", "days", "months"]), st.integers(1, 3))
def test_an_explanation_says_something_of_every_day(
    case: tuple[datetime, WorkingCalendar, tuple[Pause, ...]], unit: str, amount: int
) -> None:
    start, calendar, pauses = case
    found = sla.explain(start, sla.Promise(amount, unit), calendar, pauses)
    asides = (
        sla.Why.QUANTIEME,
        sla.Why.MONTH_END,
        sla.Why.PAUSE_OPEN,
        sla.Why.DUE_AT_CLOSING,
        sla.Why.DUE_AT_END_OF_DAY,
    )
    told = [line for line in found.lines if line.code not in asides]
    assert told[0].day == start.astimezone(calendar.zone).date()
    assert all(one.last_day + timedelta(days=1) == other.day for one, other in pairwise(told))
    assert told[-1].params["number"] == told[-1].params["of"]
    end = calendar.closing(told[-1].last_day) or datetime.combine(told[-1].last_day, time(18), tzinfo=calendar.zone)
    assert found.due_at == end
