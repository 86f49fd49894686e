"""Whether two requests of one person are about the same subject. Pure: the words are given, see `tickets.selectors`."""

from collections.abc import Iterable
from dataclasses import dataclass

from tickets.routing.keywords import singular

ENOUGH_WORDS, ENOUGH_SHARE = 2, 0.5


@dataclass(frozen=True)
class Subject:
    """``type_id`` of the catalogue, or None; ``words`` are folded and say something (no « bonjour »)."""

    type_id: int | None
    words: frozenset[str]

    @classmethod
    def of(cls, type_id: int | None, words: Iterable[str]) -> "Subject":
        return cls(type_id, frozenset(singular(word) for word in words))


def closeness(one: Subject, other: Subject) -> float:
    """From 0 (nothing in common) to 1 for the words; a type in common adds 1.

    Words count by the share of the shorter text that the other one has: two at least, and half of them.
    """
    common = len(one.words & other.words)
    shorter = min(len(one.words), len(other.words))
    share = common / shorter if shorter else 0.0
    enough = common >= ENOUGH_WORDS and share >= ENOUGH_SHARE
    same_type = one.type_id is not None and one.type_id == other.type_id
    return float(same_type) + (share if enough or same_type else 0.0)


def closest(subject: Subject, others: Iterable[tuple[int, Subject]]) -> int | None:
    """The number of the closest of ``others`` that is about the same subject (ties: the first), or None."""
    best, found = 0.0, None
    for number, other in others:
        near = closeness(subject, other)
        if near > best:
            best, found = near, number
    return found
