"""The escalation matrix, without a database: when each step falls, and that each is taken once."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tickets.deadlines import escalation
from tickets.deadlines.calendars import WorkingCalendar
from tickets.deadlines.escalation import DEFAULT_STEPS, Step, moment, plan, recipient_chain, steps_of, steps_to_take

PARIS = ZoneInfo("Europe/Paris")
OFFICE = WorkingCalendar(zone=PARIS)  # Monday to Friday, 9:00–18:00
ALWAYS = WorkingCalendar(zone=PARIS, weeks=((None, (((0, 1440),),) * 7),))
WEDNESDAY = datetime(2026, 11, 25, 11, tzinfo=PARIS)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS)


def names(kind: str, now: datetime, *, due: datetime = WEDNESDAY, taken: tuple[int, ...] = ()) -> list[str]:
    steps, _ = steps_to_take(
        DEFAULT_STEPS[kind], started_at=due - timedelta(days=60), due_at=due, taken=taken, now=now, calendar=OFFICE
    )
    return [step.name for step in steps]


def when(step: Step, *, start: datetime, due: datetime, calendar: WorkingCalendar = OFFICE) -> datetime:
    return moment(step, start, due, calendar).astimezone(PARIS)


def test_each_step_comes_at_its_time() -> None:
    assert names("answer", WEDNESDAY - timedelta(hours=25)) == []
    assert names("answer", WEDNESDAY - timedelta(hours=24)) == ["reminder"]
    assert names("answer", WEDNESDAY, taken=(1,)) == ["late"]
    assert names("answer", WEDNESDAY + timedelta(hours=24), taken=(1, 2)) == ["late_referent"]
    assert names("answer", WEDNESDAY + timedelta(hours=48), taken=(1, 2, 3)) == ["late_manager"]


def test_after_a_long_stop_every_escalation_is_taken_and_no_stale_reminder() -> None:
    assert names("answer", WEDNESDAY + timedelta(days=9)) == ["late", "late_referent", "late_manager"]


def test_of_several_past_reminders_only_the_last_is_taken_and_the_others_are_spent() -> None:
    due = at("2027-01-23T00:00")
    steps, taken = steps_to_take(
        DEFAULT_STEPS["legal"],
        started_at=at("2026-11-22T10:00"),
        due_at=due,
        taken=(),
        now=at("2027-01-20T12:00"),
        calendar=OFFICE,
    )
    assert [step.name for step in steps] == ["legal_2"]
    assert taken == [1, 2, 3, 6]


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        # received on 22/11/2026 + 2 months: last day Friday 22/01/2027 (domain §1)
        (6, "2026-12-23T09:00"),
        (1, "2027-01-07T09:00"),
        (2, "2027-01-15T09:00"),
        (3, "2027-01-20T09:00"),
        (5, "2027-01-22T09:00"),
        (0, "2027-01-23T00:00"),
    ],
)
def test_the_laws_alerts_are_counted_from_the_last_day(number: int, expected: str) -> None:
    step = next(step for step in DEFAULT_STEPS["legal"] if step.number == number)
    assert when(step, start=at("2026-11-22T10:00"), due=at("2027-01-23T00:00")) == at(expected)


def test_the_morning_of_a_last_day_that_is_closed_is_told_at_the_closing_before() -> None:
    # received on 31/12/2026 + 2 months: last day Sunday 28/02/2027
    last_morning = next(step for step in DEFAULT_STEPS["legal"] if step.name == "legal_0")
    assert when(last_morning, start=at("2026-12-31T10:00"), due=at("2027-03-01T00:00")) == at("2027-02-26T18:00")


def test_the_laws_alerts_day_and_night_come_at_midnight() -> None:
    step = Step(30, "legal_2", -2, "days", "pilot", in_open_hours=False, from_last_day=True)
    assert when(step, start=at("2026-11-22T10:00"), due=at("2027-01-23T00:00")) == at("2027-01-20T00:00")


@pytest.mark.parametrize(
    ("offset", "unit", "expected"),
    [
        (50, "percent", "2026-11-24T10:00"),
        (60, "percent", "2026-11-24T14:48"),
        (80, "percent", "2026-11-24T18:00"),  # 0:24, closed
        (100, "percent", "2026-11-25T10:00"),
        (150, "percent", "2026-11-26T10:00"),
        (-3, "hours", "2026-11-24T18:00"),  # 7:00, closed: the closing before
        (10, "hours", "2026-11-26T09:00"),  # 20:00, closed: the next opening
        (-4, "days", "2026-11-20T18:00"),  # Saturday: Friday's closing
        (3, "days", "2026-11-30T09:00"),  # Saturday: Monday's opening
    ],
)
def test_a_step_falls_when_the_service_is_open(offset: int, unit: str, expected: str) -> None:
    step = Step(30, "x", offset, unit, "manager")
    assert when(step, start=at("2026-11-23T10:00"), due=at("2026-11-25T10:00")) == at(expected)


def test_public_holidays_move_alerts() -> None:
    due = at("2026-12-24T18:00")  # Christmas is a Friday
    step = Step(30, "late", 1, "days", "manager")
    assert when(step, start=at("2026-12-01T10:00"), due=due) == at("2026-12-28T09:00")


def test_days_keep_the_hour_when_the_clocks_change() -> None:
    step = Step(30, "late", 2, "days", "manager", in_open_hours=False)
    assert when(step, start=at("2026-10-01T10:00"), due=at("2026-10-24T10:00")) == at("2026-10-26T10:00")
    step = Step(30, "late", 48, "hours", "manager", in_open_hours=False)
    assert when(step, start=at("2026-10-01T10:00"), due=at("2026-10-24T10:00")) == at("2026-10-26T09:00")


def test_a_short_deadline_has_no_reminder_before_it_starts() -> None:
    started = WEDNESDAY - timedelta(hours=2)
    assert plan(
        DEFAULT_STEPS["target"], started_at=started, due_at=WEDNESDAY, taken=(), now=started, calendar=OFFICE
    ) == ([1], WEDNESDAY)


def quiet_plan(now: datetime, taken: tuple[int, ...] = (), kind: str = "answer") -> tuple[list[int], datetime | None]:
    started = WEDNESDAY - timedelta(days=3)
    return plan(
        DEFAULT_STEPS[kind], started_at=started, due_at=WEDNESDAY, taken=taken, now=now, calendar=OFFICE, quiet=True
    )


def test_a_recomputation_leaves_only_the_most_severe_step_to_take() -> None:
    now = WEDNESDAY + timedelta(days=9)
    assert quiet_plan(now) == ([1, 2, 3], WEDNESDAY + timedelta(hours=48))
    assert quiet_plan(now, taken=(4,)) == ([1, 2, 3, 4], None)
    assert quiet_plan(WEDNESDAY + timedelta(hours=1)) == ([1], WEDNESDAY)


def test_a_recomputation_never_skips_the_implicit_decision() -> None:
    taken, at_ = quiet_plan(WEDNESDAY + timedelta(days=1), taken=(1, 2, 3), kind="legal")
    assert 0 not in taken
    assert at_ == WEDNESDAY


@dataclass
class Line:
    number: int
    offset: int
    offset_unit: str = "hours"
    audience: str = "assignee"
    agent_id: int | None = None
    escalation: int = 0
    delivery: str = "mail"
    in_open_hours: bool = True


def test_the_implicit_decision_is_in_every_legal_matrix() -> None:
    steps = steps_of("legal", [Line(20, -10, "days", "pilot"), Line(21, 50, "percent", "agent", agent_id=7)])
    assert [(step.number, step.name) for step in steps] == [
        (20, "legal_10"),
        (21, "reminder"),
        (0, "implicit_decision"),
    ]
    assert [step.from_last_day for step in steps] == [True, False, False]
    assert steps_of("legal", []) == DEFAULT_STEPS["legal"]
    assert 0 not in {step.number for step in steps_of("answer", [Line(20, 0)])}


def test_a_line_is_named_by_what_it_says() -> None:
    lines = [Line(20, -1), Line(21, 0), Line(22, 5, audience="direction"), Line(23, 120, "percent", "pilot")]
    assert [step.name for step in steps_of("target", lines)] == ["reminder", "late", "late_direction", "late_pilot"]


def test_default_numbers_are_unique_and_below_those_of_rows() -> None:
    for kind, steps in DEFAULT_STEPS.items():
        numbers = [step.number for step in steps]
        assert len(numbers) == len(set(numbers)), kind
        assert max(numbers) < escalation.FIRST_FREE_NUMBER


@pytest.mark.parametrize("audience", ["assignee", "referent", "direction", "manager", "pilot", "agent"])
def test_a_missing_recipient_is_replaced_by_the_next_one(audience: str) -> None:
    chain = recipient_chain(audience)
    assert chain[0] == audience
    assert {"manager", "pilot", "referent"} <= set(chain)
    assert len(chain) == len(set(chain))


unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # machines have other things to do

matrices = st.lists(
    st.builds(
        Line,
        number=st.integers(20, 40),
        offset=st.integers(-150, 200),
        offset_unit=st.sampled_from(["hours", "percent"]),
        escalation=st.integers(0, 4),
        in_open_hours=st.booleans(),
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda line: line.number,
)


@unhurried
@given(
    st.sampled_from(sorted(DEFAULT_STEPS)),
    st.none() | matrices,
    st.none() | matrices,
    st.lists(st.integers(-60 * 24, 60 * 24), min_size=1, max_size=25),
)
def test_whatever_the_clock_and_the_matrix_do_no_step_is_taken_twice_and_no_escalation_is_missed(
    kind: str, before: list[Line] | None, after: list[Line] | None, hours: list[int]
) -> None:
    """The sweeper's clock jumps both ways, and the matrix is edited between two sweeps."""
    due, start = WEDNESDAY.astimezone(UTC), WEDNESDAY.astimezone(UTC) - timedelta(days=61)
    steps = steps_of(kind, before or [])
    edit_at = len(hours) // 2
    done, planned = plan(steps, started_at=start, due_at=due, taken=(), now=start, calendar=OFFICE)
    skipped, taken = set(done), []
    for turn, offset in enumerate(hours):
        now = due + timedelta(hours=offset)
        if turn == edit_at and after is not None:
            steps = steps_of(kind, after)
            done, planned = plan(steps, started_at=start, due_at=due, taken=done, now=now, calendar=OFFICE)
        if planned is None or planned > now:
            continue
        come, done = steps_to_take(steps, started_at=start, due_at=due, taken=done, now=now, calendar=OFFICE)
        taken += [step.number for step in come]
        done, planned = plan(steps, started_at=start, due_at=due, taken=done, now=now, calendar=OFFICE)
    assert len(taken) == len(set(taken))
    assert not skipped & set(taken)
    last = due + timedelta(hours=max(hours[edit_at:] if after is not None else hours))
    owed = {step.number for step in steps if due <= moment(step, start, due, OFFICE) <= last}
    if after is None:
        assert owed <= set(taken)
    else:
        assert owed <= set(done)


@unhurried
@given(
    st.integers(-400, 400), st.sampled_from(["hours", "days"]), st.integers(0, 60 * 24 * 30), st.integers(0, 60 * 24)
)
def test_a_moved_alert_is_the_nearest_open_minute_on_the_right_side(
    offset: int, unit: str, due_minutes: int, length: int
) -> None:
    """Against a slow oracle that walks minute by minute."""
    offset = offset % 120 - 60 if unit == "hours" else offset % 9 - 4
    due = datetime(2026, 12, 10, tzinfo=UTC) + timedelta(minutes=due_minutes)
    step = Step(30, "x", offset, unit, "manager")
    found = moment(step, due - timedelta(minutes=length), due, OFFICE)
    free = moment(Step(30, "x", offset, unit, "manager", in_open_hours=False), due, due, OFFICE)
    assert found == _walk(free, early=free < due)


def _walk(free: datetime, *, early: bool) -> datetime:
    def is_open(minute: datetime) -> bool:
        local = minute.astimezone(PARIS)
        closed = {date(2026, 12, 25), date(2027, 1, 1)}
        return local.weekday() < 5 and local.date() not in closed and time(9) <= local.time() < time(18)

    step, minute = timedelta(minutes=-1 if early else 1), free
    while not is_open(minute + step if early and not is_open(free) else minute):
        minute += step
    return minute
