"""The engine against an oracle that lives the case day by day, and knows nothing of how the engine counts."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from hypothesis import given, settings
from hypothesis import strategies as st

from tickets.deadlines.legal import Case, Delay, Letter, Regime, add_months, answer

DAY = timedelta(days=1)


@lru_cache
def walk(start: date, delay: Delay) -> date:
    """The last day of a delay, by turning the pages of the calendar."""
    day = start
    if delay.days:
        for _page in range(delay.days):
            day += DAY
        return day
    months = 0
    while months < (delay.months or 0):
        day += DAY
        months += day.day == 1
    while day.day < start.day and (day + DAY).day != 1:
        day += DAY
    return day


@dataclass
class Lived:
    last_day: date | None
    suspended_days: int


def live_refusal(case: Case) -> Lived:
    """SVR: each evening the clock is either suspended or closer to its end; a letter is read the morning it leaves."""
    left = (walk(case.received_on, case.delay) - case.received_on).days
    today, suspended = case.received_on, 0
    heard: list[Letter] = []
    while True:
        heard += [one for one in case.letters if one.asked_on == today and counts(one)]
        waiting = [
            one
            for one in heard
            if one.due_on and today < one.due_on and not (one.received_on and one.received_on <= today)
        ]
        if waiting:
            suspended += 1
        elif left == 0:
            return Lived(today, suspended)
        else:
            left -= 1
        today += DAY


def live_acceptance(case: Case) -> Lived:
    """SVA: every morning, is the request complete as the administration knows it? Then wait for the end."""
    today = started = case.competent_received_on or case.received_on
    heard = [one for one in case.letters if one.asked_on < today and counts(one)]
    while True:
        heard += [one for one in case.letters if one.asked_on == today and counts(one)]
        if any(one.received_on is None for one in heard):
            return Lived(None, 0)
        if any(one.received_on and one.received_on > today for one in heard):
            started = None
        elif started is None or any(one.received_on == today for one in heard):
            started = today
        if started and today == walk(started, case.delay):
            return Lived(today, 0)
        today += DAY


def counts(letter: Letter) -> bool:
    return letter.required_by_text and letter.list_sent and letter.due_on is not None


def live(case: Case) -> Lived:
    """The answer of the oracle; an express decision in time leaves no implicit one."""
    lived = live_acceptance(case) if case.regime is Regime.SVA else live_refusal(case)
    if case.express_decision_on and lived.last_day and case.express_decision_on <= lived.last_day:
        lived.last_day = None
    return lived


@st.composite
def cases(draw: st.DrawFn) -> Case:
    received = draw(st.dates(date(2023, 11, 1), date(2028, 4, 1)))
    later = st.integers(0, 150).map(lambda days: received + timedelta(days=days))
    letters = []
    for asked in draw(st.lists(later, max_size=4)):
        after = st.none() | st.integers(0, 60).map(lambda days, asked=asked: asked + timedelta(days=days))
        flags = st.sampled_from([True, True, True, True, False])
        letters.append(Letter(asked, draw(after), draw(after), draw(flags), draw(flags)))
    return Case(
        regime=draw(st.sampled_from([Regime.SVA, Regime.SVR])),
        delay=draw(
            st.builds(Delay, months=st.integers(1, 6)) | st.builds(Delay, days=st.integers(1, 120)),
        ),
        received_on=received,
        competent_received_on=draw(st.none() | later),
        letters=tuple(letters),
        express_decision_on=draw(st.none() | later),
    )


@settings(max_examples=300, deadline=None)
@given(cases())
def test_the_engine_agrees_with_a_life_lived_day_by_day(case: Case) -> None:
    found, lived = answer(case), live(case)
    assert found.last_day == lived.last_day
    assert found.suspended_days == lived.suspended_days
    assert found.effective_from == (lived.last_day + DAY if lived.last_day else None)


@given(cases(), st.randoms())
def test_the_order_of_the_letters_does_not_matter(case: Case, random: object) -> None:
    shuffled = list(case.letters)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    other = answer(Case(**(vars(case) | {"letters": tuple(shuffled)})))
    assert (other.last_day, other.suspended_days) == (answer(case).last_day, answer(case).suspended_days)


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(1, 24))
def test_months_agree_with_a_walk_through_the_calendar(received: date, months: int) -> None:
    assert add_months(received, months) == walk(received, Delay(months=months))
