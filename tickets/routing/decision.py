"""Where a request goes, from rules then from whatever recognises its type. Pure: routing and « Try it » share it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from tickets.routing.rules import Facts, Outcome, Rule, evaluate

RULE, TYPE, LEARNED, KEYWORDS, DEFAULT = "rule", "type", "learned", "keywords", "default"


@dataclass(frozen=True)
class Recognised:
    """A type recognised in the words of a request. ``by``: LEARNED or KEYWORDS."""

    type_id: int
    by: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class Decision:
    """``reason`` says what decided: RULE when a rule named the type or the service, TYPE when the type was given,
    LEARNED or KEYWORDS when it was recognised, DEFAULT when nothing was."""

    outcome: Outcome
    type_id: int | None
    recognised: Recognised | None

    @property
    def reason(self) -> str:
        effects = self.outcome.effects
        if effects.service_id is not None or effects.type_id is not None:
            return RULE
        if self.recognised is not None:
            return self.recognised.by
        return TYPE if self.type_id is not None else DEFAULT

    @property
    def words(self) -> list[str]:
        own = self.outcome.words() if self.reason == RULE else []
        return own or list(self.recognised.words if self.recognised else ())


def decide(rules: Sequence[Rule], facts: Facts, recognise: Callable[[], Recognised | None]) -> Decision:
    """Rules first; then the type given; then ``recognise``, asked only when no type is known, after which the rules
    about a type are read again."""
    outcome = evaluate(rules, facts)
    type_id, recognised = outcome.effects.type_id or facts.type_id, None
    if type_id is None:
        recognised = recognise()
        if recognised is not None:
            outcome = evaluate(rules, replace(facts, type_id=recognised.type_id), before=outcome)
            type_id = outcome.effects.type_id or recognised.type_id
    return Decision(outcome, type_id, recognised)
