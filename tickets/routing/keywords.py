"""Recognising a request type by the words citizens use. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from core.text import words

SUBJECT_WEIGHT = 2.0


@dataclass(frozen=True)
class TypeKeywords:
    """A request type and its keywords or short phrases, as the catalogue gives them."""

    type_id: int
    keywords: Sequence[str]


@dataclass(frozen=True)
class Match:
    type_id: int
    score: float
    found: tuple[str, ...]


def singular(word: str) -> str:
    """A plural forgiven: ``lampadaires`` and ``travaux`` meet ``lampadaire`` and ``travau``."""
    return word[:-1] if len(word) > 3 and word[-1] in "sx" else word


def best_match(subject: str, body: str, types: Iterable[TypeKeywords]) -> Match | None:
    """The type whose keywords weigh most in the text, or None when no keyword is there. Ties go to the one listed
    first."""
    return max(matches(subject, body, types), key=lambda match: match.score, default=None)


def matches(subject: str, body: str, types: Iterable[TypeKeywords]) -> list[Match]:
    """Every type that has a keyword in the text, in the order given.

    A phrase of n words weighs n² (it is that much less likely by chance); the subject counts double; a keyword counts
    once.
    """
    heads = _index(subject)
    bodies = _index(body)
    found_types = []
    for candidate in types:
        score, found = 0.0, []
        for keyword in candidate.keywords:
            phrase = _phrase(keyword)
            if not phrase:
                continue
            weight = len(phrase) ** 2
            if phrase in heads:
                score += weight * SUBJECT_WEIGHT
            elif phrase in bodies:
                score += weight
            else:
                continue
            found.append(keyword)
        if found:
            found_types.append(Match(candidate.type_id, score, tuple(found)))
    return found_types


@lru_cache(maxsize=4096)
def _phrase(keyword: str) -> tuple[str, ...]:
    """The words of a keyword as they are compared; a catalogue has some hundreds of keywords, read for every ticket."""
    return tuple(singular(word) for word in words(keyword))


def _index(text: str, longest: int = 5) -> set[tuple[str, ...]]:
    """Every run of 1 to ``longest`` words of the text."""
    found = [singular(word) for word in words(text[:20_000])]
    return {tuple(found[i : i + n]) for n in range(1, longest + 1) for i in range(len(found) - n + 1)}
