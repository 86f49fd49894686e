"""The figures of a learned routing on tickets it was not shown, beside those of the keywords alone. Pure."""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

CONFIDENCES = tuple(range(50, 100, 5))  # %
NOT_BY_CHANCE = 1.64  # standard deviations: 95 % on one side


@dataclass(frozen=True)
class Answer:
    """One held-out ticket: its type, the three likeliest for the model (none for a text without a known word), and the
    type the keywords find, if any."""

    truth: int
    ranked: tuple[tuple[int, float], ...]
    keywords: int | None
    came_untyped: bool = False

    @property
    def first(self) -> int | None:
        return self.ranked[0][0] if self.ranked else None

    @property
    def confidence(self) -> float:
        return self.ranked[0][1] if self.ranked else 0.0

    @property
    def is_right(self) -> bool:
        return self.first == self.truth


def report(answers: Sequence[Answer]) -> dict[str, Any]:
    """JSON values: counts, never shares, so that whoever shows them rounds once."""
    return {
        "all": _figures(answers),
        "untyped": _figures([answer for answer in answers if answer.came_untyped]),
        "by_type": _by_type(answers),
        "calibration_error": calibration_error(answers),
    }


def _figures(answers: Sequence[Answer]) -> dict[str, Any]:
    known = [answer for answer in answers if answer.keywords is not None]
    return {
        "tickets": len(answers),
        "right": sum(answer.is_right for answer in answers),
        "right_in_three": sum(any(one == answer.truth for one, _ in answer.ranked) for answer in answers),
        "keywords_answered": len(known),
        "keywords_right": sum(answer.keywords == answer.truth for answer in known),
        "curve": [_at(answers, confidence) for confidence in CONFIDENCES],
    }


def _at(answers: Sequence[Answer], confidence: int) -> dict[str, int]:
    """With that confidence wanted: how many get a suggestion, how many of these are right; and how many are once the
    keywords answer what the model leaves."""
    sure = [answer for answer in answers if answer.ranked and answer.confidence * 100 >= confidence]
    left = [answer for answer in answers if not (answer.ranked and answer.confidence * 100 >= confidence)]
    right = sum(answer.is_right for answer in sure)
    return {
        "confidence": confidence,
        "answered": len(sure),
        "right": right,
        "both_answered": len(sure) + sum(answer.keywords is not None for answer in left),
        "both_right": right + sum(answer.keywords == answer.truth for answer in left),
    }


def _by_type(answers: Sequence[Answer]) -> list[dict[str, int]]:
    """For each type: how many tickets are of it, how many were said to be, how many rightly; the commonest first."""
    rows: dict[int, dict[str, int]] = defaultdict(lambda: {"tickets": 0, "said": 0, "right": 0, "keywords_right": 0})
    for answer in answers:
        rows[answer.truth]["tickets"] += 1
        rows[answer.truth]["right"] += answer.is_right
        rows[answer.truth]["keywords_right"] += answer.keywords == answer.truth
        if answer.first is not None:
            rows[answer.first]["said"] += 1
    found = [{"type": type_id, **row} for type_id, row in rows.items()]
    return sorted(found, key=lambda row: (-row["tickets"], row["type"]))


def calibration_error(answers: Sequence[Answer], bins: int = 10) -> float:
    """How far the probabilities are from what happens, 0 to 1: the mean over ten slices of confidence of the distance
    between the confidence told and the share that was right, each slice by its number of tickets."""
    slices: dict[int, list[Answer]] = defaultdict(list)
    for answer in answers:
        if answer.ranked:
            slices[min(bins - 1, int(answer.confidence * bins))].append(answer)
    total = sum(map(len, slices.values()))
    gaps = (abs(math.fsum(a.confidence - a.is_right for a in held)) for held in slices.values())
    return round(math.fsum(gaps) / total, 4) if total else 0.0


def compare(new: Sequence[Answer], former: Sequence[Answer]) -> tuple[bool, dict[str, Any]]:
    """Whether ``new`` is not worse than ``former`` on the same tickets: worse by more than chance explains (sign test
    on those where one is right and the other is not)."""
    gained = sum(n.is_right and not f.is_right for n, f in zip(new, former, strict=True))
    lost = sum(f.is_right and not n.is_right for n, f in zip(new, former, strict=True))
    worse = lost - gained > NOT_BY_CHANCE * math.sqrt(lost + gained)
    return not worse, {
        "kind": "version",
        "tickets": len(new),
        "right": sum(answer.is_right for answer in new),
        "former_right": sum(answer.is_right for answer in former),
    }
