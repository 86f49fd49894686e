"""Rules without a database: conditions one by one, order, the first word wins, and JSON of any shape."""

import string
from dataclasses import replace
from datetime import UTC, datetime, time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickets.routing.decision import DEFAULT, KEYWORDS, RULE, TYPE, Recognised, decide
from tickets.routing.rule_json import REASONS, Problem, RuleError, Vocabulary, rule_dump, rule_read
from tickets.routing.rules import Conditions, Effects, Facts, Rule, Said, evaluate, judge
from tickets.routing.text import Text

KNOWN = Vocabulary(channels=frozenset({"email", "web"}), requesters=frozenset({"person", "notary"}))
MONDAY = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
FACTS = Facts(
    text=Text("Lampadaires éteints", "Depuis trois semaines les lampadaires sont cassés rue de la Gare."),
    local=MONDAY,
    channel="email",
    place="12 rue de la Gare, Rives-sur-Orme",
    requester="notary",
    answers=(("lampes", "Plusieurs"), ("detail", "Il y a une grande flaque d'huile")),
    mailbox="technique@example.org",
    language="en",
    type_id=3,
    districts={5: "rue de la Gare"},
)


@pytest.mark.parametrize(
    ("field", "holds", "fails", "failed"),
    [
        ("types", {3, 4}, {4}, "types"),
        ("channels", {"email"}, {"web"}, "channels"),
        ("requesters", {"notary"}, {"person"}, "requesters"),
        ("languages", {"en"}, {"fr"}, "languages"),
        ("mailboxes", {"technique@example.org"}, {"autre@example.org"}, "mailboxes"),
        ("days", {0, 1}, {5, 6}, "days"),
        ("any_text", ("inconnu", "lampadaire cassé"), ("gaz",), "any_text"),
        ("all_text", ("lampadaire", "trois semaines"), ("lampadaire", "gaz"), "all_text"),
        ("places", ("rue de la gare",), ("rue des Tilleuls",), "places"),
        ("districts", {5, 6}, {6}, "districts"),
        ("answers", (("lampes", "plusieurs"),), (("lampes", "Une seule"),), "answers"),
        ("said", Said("detail", ("flaque d'huile",)), Said("detail", ("verglas",)), "said"),
        ("said", Said("detail", ("flaque",)), Said("lampes", ("flaque",)), "said"),
        ("since", time(8), time(10), "hours"),
        ("until", time(10), time(9, 30), "hours"),
    ],
)
def test_each_condition(field: str, holds: Any, fails: Any, failed: str) -> None:
    def conditions(value: Any) -> Conditions:
        return Conditions(**{field: frozenset(value) if isinstance(value, set) else value})

    assert judge(conditions(holds), FACTS).applies
    assert judge(conditions(fails), FACTS).failed == failed


def test_a_word_that_must_not_be_there() -> None:
    asked = Conditions(any_text=("lampadaire",), no_text=("privé",))
    assert judge(asked, FACTS).applies
    private = replace(FACTS, text=Text("Lampadaire d'une allée privée"))
    assert judge(asked, private).failed == "no_text"


def test_a_rule_that_asks_nothing_catches_nothing() -> None:
    assert not judge(Conditions(), FACTS).applies


@pytest.mark.parametrize(("hour", "applies"), [(21, True), (23, True), (3, True), (7, False), (12, False)])
def test_a_span_over_midnight(hour: int, applies: bool) -> None:
    night = Conditions(since=time(20), until=time(7))
    assert judge(night, replace(FACTS, local=MONDAY.replace(hour=hour))).applies is applies


def test_french_is_the_language_of_those_who_say_nothing() -> None:
    assert judge(Conditions(languages=frozenset({"fr"})), replace(FACTS, language="")).applies


def rule(number: int, *, final: bool = False, asked: Conditions | None = None, **effects: Any) -> Rule:
    return Rule(number, f"R{number}", asked or Conditions(channels=frozenset({"email"})), Effects(**effects), final)


def test_the_first_to_speak_wins_and_tags_add_up() -> None:
    outcome = evaluate(
        [rule(1, service_id=7, tags=("gare",)), rule(2, service_id=8, priority=3, tags=("nuit", "gare"))], FACTS
    )
    assert outcome.effects == Effects(service_id=7, priority=3, tags=("gare", "nuit"))
    assert outcome.names() == ["R1", "R2"]


def test_order_matters() -> None:
    rules = [rule(1, service_id=7), rule(2, service_id=8)]
    assert evaluate(rules, FACTS).effects.service_id == 7
    assert evaluate(rules[::-1], FACTS).effects.service_id == 8


def test_a_final_rule_stops_there() -> None:
    outcome = evaluate([rule(1, tags=("a",), final=True), rule(2, tags=("b",))], FACTS)
    assert outcome.effects.tags == ("a",)
    assert outcome.stopped


def test_a_rule_sees_the_type_an_earlier_rule_gave() -> None:
    about = Conditions(types=frozenset({9}))
    assert evaluate([rule(1, type_id=9), rule(2, asked=about, priority=4)], FACTS).effects.priority == 4
    assert evaluate([rule(2, asked=about, priority=4), rule(1, type_id=9)], FACTS).effects.priority is None


def test_the_words_that_made_it_apply() -> None:
    asked = Conditions(any_text=("lampadaire cassé",), places=("rue de la gare",))
    applied = evaluate([rule(1, asked=asked, service_id=7)], FACTS).applied[0]
    assert set(applied.words) == {"lampadaires sont cassés", "rue de la Gare"}


class TestDecision:
    untyped = replace(FACTS, type_id=None)

    def recognise(self) -> Recognised:
        return Recognised(9, KEYWORDS, ("lampadaire",))

    def test_the_type_given_is_kept_and_nothing_is_asked(self) -> None:
        decision = decide([], FACTS, pytest.fail)
        assert (decision.type_id, decision.reason) == (3, TYPE)

    def test_a_rule_beats_the_type_given(self) -> None:
        decision = decide([rule(1, type_id=5)], FACTS, pytest.fail)
        assert (decision.type_id, decision.reason) == (5, RULE)

    def test_without_anything(self) -> None:
        decision = decide([], self.untyped, lambda: None)
        assert (decision.type_id, decision.reason, decision.words) == (None, DEFAULT, [])

    def test_rules_about_a_type_are_read_again_once_it_is_recognised(self) -> None:
        about = rule(2, asked=Conditions(types=frozenset({9})), service_id=8)
        decision = decide([rule(1, tags=("x",)), about], self.untyped, self.recognise)
        assert decision.outcome.names() == ["R1", "R2"]
        assert (decision.type_id, decision.outcome.effects.service_id, decision.reason) == (9, 8, RULE)

    def test_not_after_a_final_rule(self) -> None:
        about = rule(2, asked=Conditions(types=frozenset({9})), service_id=8)
        decision = decide([rule(1, tags=("x",), final=True), about], self.untyped, self.recognise)
        assert (decision.outcome.effects.service_id, decision.reason, decision.words) == (
            None,
            KEYWORDS,
            ["lampadaire"],
        )


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
_NAMES = """
    types channels requesters languages mailboxes days text places districts answers hours type service agent priority
    tags sensitive split any from question is said
"""
KEYS = st.sampled_from(_NAMES.split())
SHAPED = st.dictionaries(KEYS, JSON | st.dictionaries(KEYS, JSON, max_size=3), max_size=5)


@given(JSON | SHAPED, JSON | SHAPED)
def test_any_json_is_read_or_refused_with_the_keys_that_are_wrong(conditions: Any, effects: Any) -> None:
    problems: tuple[Problem, ...] = ()
    try:
        asked, done = rule_read(conditions, effects, KNOWN)
    except RuleError as error:
        problems = error.problems
    else:
        evaluate([Rule(1, "r", asked, done)], FACTS)
        assert rule_read(*rule_dump(asked, done), KNOWN) == (asked, done)
    assert {problem.why for problem in problems} <= set(REASONS)
    assert all(problem.key for problem in problems)


PHRASES = st.lists(st.text(string.ascii_letters, min_size=1, max_size=10), max_size=3).map(tuple)
CONDITIONS = st.builds(
    Conditions,
    types=st.frozensets(st.integers(1, 5), max_size=2),
    channels=st.frozensets(st.sampled_from(sorted(KNOWN.channels)), max_size=2),
    any_text=PHRASES,
    no_text=PHRASES,
    places=PHRASES,
    districts=st.frozensets(st.integers(1, 6), max_size=2),
    said=st.none() | st.builds(Said, st.sampled_from(["detail", "lampes"]), PHRASES.filter(bool)),
    days=st.frozensets(st.integers(0, 6), max_size=3),
    since=st.none() | st.times().map(lambda each: each.replace(second=0, microsecond=0)),
)
EFFECTS = st.builds(
    Effects,
    type_id=st.none() | st.integers(1, 5),
    service_id=st.none() | st.integers(1, 5),
    priority=st.none() | st.integers(1, 4),
    tags=st.lists(st.text(string.ascii_letters, min_size=1, max_size=5), max_size=2, unique=True).map(tuple),
)


@given(CONDITIONS, EFFECTS)
def test_what_is_written_is_what_is_read(asked: Conditions, done: Effects) -> None:
    if asked.is_empty or done.is_empty:
        with pytest.raises(RuleError):
            rule_read(*rule_dump(asked, done), KNOWN)
    else:
        assert rule_read(*rule_dump(asked, done), KNOWN) == (asked, done)


@given(st.lists(st.tuples(CONDITIONS, EFFECTS, st.booleans()), max_size=6), st.text(max_size=60))
def test_rules_never_raise_and_the_first_that_applies_is_obeyed(drawn: Any, text: str) -> None:
    rules = [Rule(number, str(number), asked, done, final) for number, (asked, done, final) in enumerate(drawn)]
    facts = replace(FACTS, text=Text(text))
    outcome = evaluate(rules, facts)
    first = next((each for each in outcome.applied if each.rule.effects.service_id is not None), None)
    assert outcome.effects.service_id == (first.rule.effects.service_id if first else None)
    assert [each.rule.rule_id for each in outcome.applied] == sorted(each.rule.rule_id for each in outcome.applied)


@pytest.mark.parametrize(
    ("conditions", "effects", "key", "why"),
    [
        ({"channel": ["email"]}, {"priority": 2}, "conditions.channel", "unknown_key"),
        ({"channels": ["fax"]}, {"priority": 2}, "channels", "unknown_value"),
        ({"channels": "email"}, {"priority": 2}, "channels", "not_list"),
        ({"text": {"any": ["…"]}}, {"priority": 2}, "text.any", "no_words"),
        ({"said": {"question": "detail", "any": []}}, {"priority": 2}, "said.any", "no_words"),
        ({"said": {"question": "detail", "any": ["…"]}}, {"priority": 2}, "said.any", "no_words"),
        ({"hours": {"from": "25:00"}}, {"priority": 2}, "hours.from", "not_hour"),
        ({"types": ["eclairage"]}, {"priority": 2}, "types", "not_id"),
        ({"days": [7]}, {"priority": 2}, "days", "unknown_value"),
        ({"channels": ["email"]}, {"priority": 9}, "effects.priority", "unknown_value"),
        ({"channels": ["email"]}, {"sensitive": "oui"}, "effects.sensitive", "not_flag"),
        ({"channels": ["email"]}, {"tags": ["x" * 41]}, "effects.tags", "too_long"),
        ({"places": ["rue"] * 101}, {"priority": 2}, "places", "too_many"),
        ({}, {"priority": 2}, "conditions", "asks_nothing"),
        ({"channels": ["email"]}, {}, "effects", "does_nothing"),
    ],
)
def test_what_is_wrong_is_named(conditions: Any, effects: Any, key: str, why: str) -> None:
    with pytest.raises(RuleError) as refused:
        rule_read(conditions, effects, KNOWN)
    assert (key, why) in [(problem.key, problem.why) for problem in refused.value.problems]
