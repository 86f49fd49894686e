from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickets.deadlines.escalation import STEPS, first_step_at, next_step, recipient_chain, steps_to_take

DUE = datetime(2026, 11, 25, 10, tzinfo=UTC)


def names(kind: str, now: datetime, done: int = 0) -> list[str]:
    return [step.name for _, step in steps_to_take(kind, DUE, done=done, now=now)]


def test_each_step_comes_at_its_time() -> None:
    assert names("answer", DUE - timedelta(hours=25)) == []
    assert names("answer", DUE - timedelta(hours=24)) == ["reminder"]
    assert names("answer", DUE, done=1) == ["late"]
    assert names("answer", DUE + timedelta(hours=24), done=2) == ["late_referent"]
    assert names("answer", DUE + timedelta(hours=48), done=3) == ["late_manager"]


def test_after_a_long_stop_every_escalation_is_taken_and_no_stale_reminder() -> None:
    assert names("answer", DUE + timedelta(days=9)) == ["late", "late_referent", "late_manager"]
    assert names("legal", DUE - timedelta(days=1)) == ["legal_2"]


def test_a_short_deadline_has_no_reminder_before_it_starts() -> None:
    started = DUE - timedelta(hours=2)
    assert first_step_at("target", started, DUE) == (1, DUE)


@pytest.mark.parametrize(
    ("audience", "chain"),
    [
        ("assignee", ["assignee", "referent", "manager"]),
        ("referent", ["referent", "manager"]),
        ("manager", ["manager"]),
    ],
)
def test_a_missing_recipient_is_replaced_by_the_next_one(audience: str, chain: list[str]) -> None:
    assert list(recipient_chain(audience)) == chain


@given(st.sampled_from(sorted(STEPS)), st.lists(st.integers(-60 * 24, 60 * 24), min_size=1, max_size=30))
def test_whenever_the_sweeps_run_no_step_is_taken_twice_and_no_escalation_is_missed(
    kind: str, hours: list[int]
) -> None:
    started = DUE - timedelta(days=61)
    done, planned = first_step_at(kind, started, DUE)
    taken: list[str] = []
    sweeps = sorted(hours)
    for offset in sweeps:
        now = DUE + timedelta(hours=offset)
        if planned is None or planned > now:
            continue
        for level, step in steps_to_take(kind, DUE, done=done, now=now):
            taken.append(step.name)
            done = level
        done, planned = next_step(kind, DUE, done=done, now=now)
    last = DUE + timedelta(hours=sweeps[-1])
    owed = [step.name for step in STEPS[kind] if step.offset >= timedelta(0) and DUE + step.offset <= last]
    assert len(taken) == len(set(taken))
    assert [name for name in taken if name in owed] == owed
