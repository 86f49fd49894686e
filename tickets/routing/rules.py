"""The administrators' ordered rules: what each asks of a request, and what it decides. Pure.

Rules are looked at in order. A condition that is empty asks for nothing; those given must all hold. The first rule to
name a type, a service, an agent or a priority wins; tags add up; `Rule.is_final` stops there. A rule sees the type an
earlier rule gave. `tickets.routing.rule_json` reads rules from what is stored.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time
from typing import NamedTuple

from tickets.routing.text import Text, same

ANONYMOUS = "anonymous"  # a requester kind of ours: nobody is known
FRENCH = "fr"


@dataclass(frozen=True)
class Facts:
    """What is known of a request when it comes. ``local``: its reception, in the town's time zone. ``answers``: (code
    of the question, answer) pairs. ``language`` is empty for French. ``districts``: id → the words that say it."""

    text: Text
    local: datetime
    channel: str = ""
    place: str = ""
    requester: str = ANONYMOUS
    answers: Sequence[tuple[str, str]] = ()
    mailbox: str = ""
    language: str = ""
    type_id: int | None = None
    districts: Mapping[int, str] = field(default_factory=dict)


class Said(NamedTuple):
    """What the answer to a question of the form, by its code, must hold: one of the phrases at least."""

    question: str
    phrases: tuple[str, ...]


@dataclass(frozen=True)
class Conditions:
    """``any_text``: one phrase at least; ``all_text``: every one; ``no_text``: none. ``places``: one of them is in the
    place given; ``districts``: it is in one of them. ``answers``: one of them was given; ``said``: an open question was
    answered so. ``days``: 0 is Monday. ``since`` and ``until``: local hours, the second excluded; a span over midnight
    is meant when ``until`` is before ``since``."""

    types: frozenset[int] = frozenset()
    channels: frozenset[str] = frozenset()
    requesters: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    mailboxes: frozenset[str] = frozenset()
    any_text: tuple[str, ...] = ()
    all_text: tuple[str, ...] = ()
    no_text: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    districts: frozenset[int] = frozenset()
    answers: tuple[tuple[str, str], ...] = ()
    said: Said | None = None
    days: frozenset[int] = frozenset()
    since: time | None = None
    until: time | None = None

    @property
    def is_empty(self) -> bool:
        return self == Conditions()


@dataclass(frozen=True)
class Effects:
    """``split``: tell the agents that the request may hold several subjects."""

    type_id: int | None = None
    service_id: int | None = None
    agent_id: int | None = None
    priority: int | None = None
    tags: tuple[str, ...] = ()
    sensitive: bool = False
    split: bool = False

    @property
    def is_empty(self) -> bool:
        return self == Effects()


@dataclass(frozen=True)
class Rule:
    rule_id: int
    name: str
    conditions: Conditions
    effects: Effects
    is_final: bool = False


@dataclass(frozen=True)
class Verdict:
    """Whether a rule applies. ``failed``: the name of the first condition that does not hold (a field of `Conditions`,
    ``hours`` for the time of the day). ``words``: those of the request that made it apply."""

    applies: bool
    failed: str = ""
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Applied:
    rule: Rule
    words: tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    """What the rules that applied decide together."""

    applied: tuple[Applied, ...] = ()
    effects: Effects = field(default_factory=Effects)
    stopped: bool = False

    def with_rule(self, rule: Rule, words: tuple[str, ...]) -> "Outcome":
        return Outcome(
            applied=(*self.applied, Applied(rule, words)),
            effects=merged(self.effects, rule.effects),
            stopped=rule.is_final,
        )

    def names(self) -> list[str]:
        return [each.rule.name for each in self.applied]

    def words(self) -> list[str]:
        return list(dict.fromkeys(word for each in self.applied for word in each.words))


def merged(first: Effects, then: Effects) -> Effects:
    """What the first says wins; tags and yes-or-no effects add up."""
    return Effects(
        type_id=first.type_id if first.type_id is not None else then.type_id,
        service_id=first.service_id if first.service_id is not None else then.service_id,
        agent_id=first.agent_id if first.agent_id is not None else then.agent_id,
        priority=first.priority if first.priority is not None else then.priority,
        tags=tuple(dict.fromkeys((*first.tags, *then.tags))),
        sensitive=first.sensitive or then.sensitive,
        split=first.split or then.split,
    )


def evaluate(rules: Iterable[Rule], facts: Facts, before: Outcome | None = None) -> Outcome:
    """Apply the rules, in order. Never raises.

    ``before``: what they gave while the type was not known. Now that ``facts`` has one, only the rules that ask for a
    type are read again; nothing already decided changes.
    """
    outcome = before or Outcome()
    if outcome.stopped:
        return outcome
    done = {each.rule.rule_id for each in outcome.applied}
    for rule in rules:
        if before is not None and (rule.rule_id in done or not rule.conditions.types):
            continue
        verdict = judge(rule.conditions, facts_now(facts, outcome))
        if verdict.applies:
            outcome = outcome.with_rule(rule, verdict.words)
            if outcome.stopped:
                break
    return outcome


def facts_now(facts: Facts, outcome: Outcome) -> Facts:
    """The facts as the next rule sees them: the type that a rule gave replaces the citizen's."""
    given = outcome.effects.type_id
    return facts if given is None or given == facts.type_id else replace(facts, type_id=given)


def judge(asked: Conditions, facts: Facts) -> Verdict:
    """Whether every condition given holds, the cheapest first. A rule that asks for nothing applies to nothing: an
    administrator who forgot the conditions does not move every request of the town."""
    if asked.is_empty:
        return Verdict(False, "empty")
    if failed := _plain(asked, facts):
        return Verdict(False, failed)
    told: list[str] = []
    if asked.places:
        found = Text(facts.place).find_all(asked.places) if facts.place else []
        if not found:
            return Verdict(False, "places")
        told += found
    if asked.districts:
        found = [facts.districts[pk] for pk in sorted(asked.districts) if pk in facts.districts]
        if not found:
            return Verdict(False, "districts")
        told += found
    if asked.answers:
        given = [answer for code, answer in facts.answers for c, v in asked.answers if c == code and same(v, answer)]
        if not given:
            return Verdict(False, "answers")
        told += given
    if asked.said is not None:
        heard = [answer for code, answer in facts.answers if code == asked.said.question]
        found = Text(*heard).find_all(asked.said.phrases)
        if not found:
            return Verdict(False, "said")
        told += found
    if asked.any_text:
        found = facts.text.find_all(asked.any_text)
        if not found:
            return Verdict(False, "any_text")
        told += found
    for each in asked.all_text:
        words = facts.text.find(each)
        if not words:
            return Verdict(False, "all_text")
        told.append(words)
    if any(facts.text.find(each) for each in asked.no_text):
        return Verdict(False, "no_text")
    return Verdict(True, "", tuple(dict.fromkeys(told)))


def _plain(asked: Conditions, facts: Facts) -> str:
    """The first condition without text that does not hold; empty when they all do."""
    given: tuple[tuple[str, frozenset[object], object], ...] = (
        ("types", frozenset(asked.types), facts.type_id),
        ("channels", frozenset(asked.channels), facts.channel),
        ("requesters", frozenset(asked.requesters), facts.requester),
        ("languages", frozenset(asked.languages), facts.language or FRENCH),
        ("mailboxes", frozenset(asked.mailboxes), facts.mailbox.lower()),
        ("days", frozenset(asked.days), facts.local.weekday()),
    )
    for name, wanted, value in given:
        if wanted and value not in wanted:
            return name
    return "" if _in_hours(asked, facts.local.time()) else "hours"


def _in_hours(asked: Conditions, now: time) -> bool:
    since, until = asked.since or time.min, asked.until
    if until is None:
        return now >= since
    if since <= until:
        return since <= now < until
    return now >= since or now < until
