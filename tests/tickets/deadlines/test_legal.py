"""Domain §1, worked examples and edge cases of implicit decisions. The property tests are in test_legal_oracle."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tickets.deadlines.appeals import next_working_day
from tickets.deadlines.legal import Answer, Case, CaseError, Delay, Letter, Regime, answer, explain, implicit_decision

PARIS = ZoneInfo("Europe/Paris")
day = date.fromisoformat


def silence(
    regime: str, received: str, months: int = 2, *, letters: list[Letter] | None = None, **dates: str
) -> Answer:
    """The answer to a case written with ISO dates; ``competent`` and ``express`` are optional."""
    case = Case(
        regime=Regime(regime),
        delay=Delay(months=months),
        received_on=day(received),
        competent_received_on=day(dates["competent"]) if "competent" in dates else None,
        letters=tuple(letters or ()),
        express_decision_on=day(dates["express"]) if "express" in dates else None,
    )
    return answer(case)


def letter(asked: str, due: str | None = None, received: str | None = None, **flags: bool) -> Letter:
    return Letter(day(asked), day(due) if due else None, day(received) if received else None, **flags)


def codes(found: Answer) -> list[str]:
    return [step.code for step in found.steps]


@pytest.mark.parametrize("regime", ["SVA", "SVR"])
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
        ("2026-05-11", 1, "2026-06-11", "2026-06-12"),  # administrative documents: SVR, one month (R311-13)
    ],
)
def test_worked_examples(regime: str, received: str, months: int, last: str, effective: str) -> None:
    found = silence(regime, received, months)
    assert (found.last_day, found.effective_from, found.suspended_days) == (day(last), day(effective), 0)
    simple = implicit_decision(day(received), months=months)
    assert (simple.last_day, simple.effective_from) == (found.last_day, found.effective_from)


@pytest.mark.parametrize(
    ("regime", "produced", "last", "suspended"),
    [
        ("SVR", "2026-03-24", "2026-05-14", 12),
        ("SVR", None, "2026-05-21", 19),
        ("SVR", "2026-04-10", "2026-05-21", 19),  # a piece that arrives late ends nothing: the deadline already did
        ("SVR", "2026-03-12", "2026-05-02", 0),  # produced the day it is asked
        ("SVA", "2026-03-24", "2026-05-24", 0),
        ("SVA", "2026-04-10", "2026-06-10", 0),  # late or not, the clock starts with the last piece
        ("SVA", None, None, 0),
    ],
)
def test_incomplete_requests(regime: str, produced: str | None, last: str | None, suspended: int) -> None:
    found = silence(regime, "2026-03-02", letters=[letter("2026-03-12", "2026-03-31", produced)])
    assert found.last_day == (day(last) if last else None)
    assert (found.effective_from is None) == (last is None)
    assert found.suspended_days == suspended


@pytest.mark.parametrize(("regime", "last"), [("SVR", "2026-05-02"), ("SVA", "2026-05-09")])
def test_a_transmission_moves_the_start_of_an_acceptance_only(regime: str, last: str) -> None:
    assert silence(regime, "2026-03-02", competent="2026-03-09").last_day == day(last)


def test_what_elapsed_before_a_transfer_changes_nothing() -> None:
    """L114-3: even when the whole delay had gone by at the first administration."""
    assert silence("SVA", "2026-01-05", competent="2026-04-01").last_day == day("2026-06-01")
    assert silence("SVR", "2026-01-05", competent="2026-04-01").last_day == day("2026-03-05")


def test_after_two_transfers_the_last_reception_counts() -> None:
    first, second = (
        silence("SVA", "2026-03-02", competent="2026-03-09"),
        silence("SVA", "2026-03-02", competent="2026-03-20"),
    )
    assert (first.last_day, second.last_day) == (day("2026-05-09"), day("2026-05-20"))


@pytest.mark.parametrize("regime", ["SVA", "SVR"])
@pytest.mark.parametrize(
    ("flawed", "code"),
    [
        (letter("2026-03-12", "2026-03-31", required_by_text=False), "letter_not_required"),
        (letter("2026-03-12", "2026-03-31", list_sent=False), "letter_no_list"),
        (letter("2026-03-12"), "letter_no_due_date"),
        (letter("2026-05-03", "2026-05-31"), "letter_too_late"),
    ],
)
def test_letters_without_effect(regime: str, flawed: Letter, code: str) -> None:
    """L114-5, and L114-5-1 for a piece that is not indispensable."""
    found = silence(regime, "2026-03-02", letters=[flawed])
    assert (found.last_day, found.suspended_days) == (day("2026-05-02"), 0)
    assert code in codes(found)


def test_a_letter_on_the_last_day_still_counts() -> None:
    assert silence("SVR", "2026-03-02", letters=[letter("2026-05-02", "2026-05-12")]).last_day == day("2026-05-12")
    found = silence("SVA", "2026-03-02", letters=[letter("2026-05-02", "2026-05-12", "2026-05-20")])
    assert found.last_day == day("2026-07-20")


def test_a_second_letter_is_judged_against_the_last_day_the_first_one_moved() -> None:
    first = letter("2026-03-12", "2026-03-31", "2026-03-24")  # the last day moves from 2 to 14 May
    in_time, too_late = letter("2026-05-14", "2026-05-20"), letter("2026-05-15", "2026-05-20")
    assert silence("SVR", "2026-03-02", letters=[in_time, first]).last_day == day("2026-05-20")
    assert silence("SVR", "2026-03-02", letters=[in_time, first]).suspended_days == 18
    assert silence("SVR", "2026-03-02", letters=[first, too_late]).last_day == day("2026-05-14")
    sva = [letter("2026-03-12", "2026-03-31", "2026-03-24"), letter("2026-05-20", "2026-06-01", "2026-06-08")]
    assert silence("SVA", "2026-03-02", letters=sva).last_day == day("2026-08-08")


def test_overlapping_suspensions_count_once() -> None:
    letters = [
        letter("2026-03-10", "2026-03-31"),
        letter("2026-03-20", "2026-04-05"),
        letter("2026-03-12", "2026-03-15"),
    ]
    found = silence("SVR", "2026-03-02", letters=letters)
    assert found.suspended_days == 26  # 10 March to 5 April
    assert found.last_day == day("2026-05-28")
    assert codes(found).count("overlap") == 2


def test_an_acceptance_waits_for_the_last_of_all_pieces() -> None:
    letters = [letter("2026-03-12", "2026-03-31", "2026-04-20"), letter("2026-03-15", "2026-03-31", "2026-03-16")]
    assert silence("SVA", "2026-03-02", letters=letters).last_day == day("2026-06-20")
    letters.append(letter("2026-04-21", "2026-05-01"))
    assert silence("SVA", "2026-03-02", letters=letters).last_day is None


def test_pieces_received_before_the_transmission_do_not_move_it() -> None:
    letters = [letter("2026-03-05", "2026-03-31", "2026-03-09")]
    assert silence("SVA", "2026-03-02", competent="2026-03-20", letters=letters).last_day == day("2026-05-20")


@pytest.mark.parametrize("regime", ["SVA", "SVR"])
def test_an_express_decision(regime: str) -> None:
    in_time = silence(regime, "2026-03-02", express="2026-05-02")
    assert (in_time.last_day, in_time.effective_from) == (None, None)
    assert codes(in_time)[-1] == "express_in_time"
    after = silence(regime, "2026-03-02", express="2026-05-03")
    assert after.effective_from == day("2026-05-03")
    step = after.steps[-1]
    expected = ("express_after_acceptance", "L242-1") if regime == "SVA" else ("express_after_refusal", "L231-4")
    assert (step.code, step.article) == expected


def test_no_regime_no_clock() -> None:
    found = answer(Case(Regime.NONE, None, day("2026-03-02")))
    assert (found.last_day, found.effective_from, found.suspended_days) == (None, None, 0)
    assert codes(found) == ["no_clock"]


def test_reclassification_counts_again_from_the_same_facts() -> None:
    facts: dict[str, Any] = {"competent": "2026-03-09", "letters": [letter("2026-03-12", "2026-03-31", "2026-03-24")]}
    assert silence("SVR", "2026-03-02", **facts).last_day == day("2026-05-14")
    assert silence("SVA", "2026-03-02", **facts).last_day == day("2026-05-24")


def test_a_delay_in_days_is_reception_plus_days() -> None:
    assert implicit_decision(day("2026-03-02"), days=30).last_day == day("2026-04-01")
    case = Case(Regime.SVR, Delay(days=30), day("2026-03-02"), letters=(letter("2026-03-12", "2026-03-22"),))
    assert answer(case).last_day == day("2026-04-11")


def test_an_extension_is_only_on_request() -> None:
    case = Case(Regime.SVR, Delay(months=2), day("2026-12-31"))
    assert answer(case).last_day == day("2027-02-28")  # a Sunday
    moved = answer(case, extend=next_working_day)
    assert (moved.last_day, moved.effective_from) == (day("2027-03-01"), day("2027-03-02"))
    assert "extended" in codes(moved)


def test_the_steps_tell_the_whole_reasoning_in_order() -> None:
    case = Case(
        Regime.SVR,
        Delay(months=2),
        day("2026-03-02"),
        day("2026-03-09"),
        (letter("2026-03-12", "2026-03-31", "2026-03-24"),),
    )
    assert [(step.code, step.on and step.on.isoformat(), step.article) for step in explain(case)] == [
        ("received", "2026-03-02", "L110-1"),
        ("clock_from_first", "2026-03-09", "L114-3"),
        ("suspended_until_production", "2026-03-12", "L114-5"),
        ("counted", "2026-05-02", "L231-4"),
        ("suspension_added", "2026-05-14", "L114-5"),
        ("refusal", "2026-05-15", "L231-4"),
    ]
    assert explain(Case(Regime.SVA, Delay(months=3), day("2026-11-30")))[1].code == "counted_to_month_end"
    assert explain(Case(Regime.SVA, Delay(months=3), day("2026-11-30")))[1].article == "L231-6"


@pytest.mark.parametrize("delay", [{}, {"months": 2, "days": 3}, {"months": 0}, {"days": -1}])
def test_a_delay_that_makes_no_sense_is_refused(delay: dict[str, int]) -> None:
    with pytest.raises(CaseError, match="delay_not_positive"):
        implicit_decision(date(2026, 1, 1), **delay)


def test_a_delay_out_of_the_calendar_is_refused() -> None:
    for delay in (Delay(months=10**12), Delay(days=10**12), Delay(days=10**30)):
        with pytest.raises(CaseError, match="out_of_calendar"):
            answer(Case(Regime.SVA, delay, day("2026-01-01")))
    with pytest.raises(CaseError, match="out_of_calendar"):
        answer(Case(Regime.SVA, Delay(days=1), day("9999-12-30")))


def test_the_decision_is_born_at_local_midnight_even_when_the_clocks_change() -> None:
    winter = implicit_decision(date(2026, 1, 28), months=2)  # effective on 29 March 2026, the night of the change
    assert winter.starts_at(PARIS).isoformat() == "2026-03-29T00:00:00+01:00"
    summer = implicit_decision(date(2026, 1, 29), months=2)
    assert summer.starts_at(PARIS).isoformat() == "2026-03-30T00:00:00+02:00"
    autumn = implicit_decision(date(2026, 8, 25), months=2)  # effective the day after the change back
    assert autumn.starts_at(PARIS).isoformat() == "2026-10-26T00:00:00+01:00"
