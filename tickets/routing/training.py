"""Learning the routing from past tickets, and measuring it on those it was not shown. No database; needs scikit-learn.

Imported by the process that learns and by no other: scikit-learn takes ten times the memory of a worker.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from tickets.routing.evaluation import Answer, compare, report
from tickets.routing.features import KEYWORDS, Feature, features, sentences
from tickets.routing.keywords import TypeKeywords, best_match
from tickets.routing.learned import Weights, probabilities, vector
from tickets.routing.text import stem

LEAST_TICKETS, LEAST_OF_TYPE = 200, 8
HELD_OUT = 0.2  # the most recent tickets, to measure; and as much again of the rest, to calibrate
LESSONS = 5.0  # tickets that the keywords of a type stand for
PEOPLE = 5  # a word that fewer people wrote is not kept: it could say who they are
MOST_FEATURES = 20_000
MOST_REFUSED = 200  # the latest: each is a lesson for every other type
STRENGTH = 3.0  # inverse of the regularisation (see docs/adr/0009)
# Never under 0.7: tickets repeat one another, and a model that meets its own sentences again would think itself sure of
# everything.
TEMPERATURES = [0.7 * 1.05**step for step in range(45)]

Seen = Sequence[Feature]
Progress = Callable[[str, int], None]
Names = Callable[[set[str]], set[str]]


@dataclass(frozen=True)
class Sample:
    """A ticket to learn from. ``person`` tells requesters apart and nothing more; ``weight``: how sure its type is;
    ``came_untyped``: nobody gave its type when it came, which is when a suggestion is needed. ``is_refused``: an agent
    said that ``type_id`` is not its type, and nobody knows yet which is."""

    subject: str
    body: str
    type_id: int
    person: int
    weight: float = 1.0
    came_untyped: bool = False
    is_refused: bool = False

    @property
    def text(self) -> str:
        return f"{self.subject}\n{self.body}"


@dataclass(frozen=True)
class Former:
    """The version in use: ``judged`` learned only from the tickets before ``until`` in the list of samples."""

    judged: Weights
    until: int


@dataclass(frozen=True)
class Learned:
    """``weights`` learned from every sample; ``judged`` from all but the held-out ones, and ``report`` is about it."""

    weights: Weights
    judged: Weights
    report: dict[str, Any]
    is_better: bool


class TooFew(Exception):
    """Not enough tickets to learn anything: ``found`` of LEAST_TICKETS."""

    def __init__(self, found: int) -> None:
        super().__init__(found)
        self.found = found


def learn(
    samples: Sequence[Sample],
    catalogue: Sequence[TypeKeywords],
    *,
    names: Names,
    former: Former | None = None,
    progress: Progress = lambda _step, _percent: None,
) -> Learned:
    """Learn from ``samples``, the oldest first. ``names(words)``: those of these words that name people, never kept.

    Measured on the most recent 20 %, with what the keywords alone (``catalogue``) would have done. Raises `TooFew`.
    """
    if (taught := sum(not sample.is_refused for sample in samples)) < LEAST_TICKETS:
        raise TooFew(taught)
    progress("reading", 2)
    catalogue = tuple(catalogue)
    seen = [features(sample.text, catalogue) for sample in samples]
    progress("names", 20)
    forbidden = _name_stems(samples, names)
    cut = round(len(samples) * (1 - HELD_OUT))
    calibrate = round(cut * (1 - HELD_OUT))

    progress("calibrating", 30)
    draft = _fit(samples[:calibrate], seen[:calibrate], forbidden, catalogue)
    if draft is None:
        raise TooFew(taught)
    temperature = _temperature(draft, samples[calibrate:cut], seen[calibrate:cut])
    progress("learning", 45)
    judged = _fit(samples[:cut], seen[:cut], forbidden, catalogue, temperature)
    assert judged is not None  # it has the types of the draft
    progress("measuring", 65)
    answers = _told(judged, samples[cut:], seen[cut:], catalogue)
    figures = report(answers) | {"learned_from": cut, "words": len(judged.index), "people": PEOPLE}
    is_better, figures["against"] = _verdict(answers, samples, seen, cut, former)
    progress("learning from the latest too", 75)
    weights = _fit(samples, seen, forbidden, catalogue, _temperature(judged, samples[cut:], seen[cut:])) or judged
    return Learned(weights, judged, figures, is_better)


def _verdict(
    answers: Sequence[Answer], samples: Sequence[Sample], seen: Sequence[Seen], cut: int, former: Former | None
) -> tuple[bool, dict[str, Any]]:
    """Whether this version may replace what is used now, on tickets that neither was shown."""
    if former is None:
        right, before = sum(a.is_right for a in answers), sum(a.keywords == a.truth for a in answers)
        return right >= before, {"kind": "keywords", "tickets": len(answers), "right": right, "former_right": before}
    start = max(cut, former.until)
    theirs = _told(former.judged, samples[start:], seen[start:], ())
    return compare(answers[len(answers) - len(theirs) :], theirs)


def _name_stems(samples: Iterable[Sample], names: Names) -> set[str]:
    seen: dict[str, set[str]] = defaultdict(set)
    for sample in samples:
        for sentence in sentences(sample.text):
            for word, _ in sentence:
                seen[stem(word)].add(word)
    found = names({word for spelled in seen.values() for word in spelled})
    return {one for one, spelled in seen.items() if not spelled.isdisjoint(found)}


def _fit(
    samples: Sequence[Sample],
    seen: Sequence[Seen],
    forbidden: set[str],
    catalogue: tuple[TypeKeywords, ...],
    temperature: float = 1.0,
) -> Weights | None:
    """One model; None when fewer than two types have enough tickets or keywords.

    Each type of the catalogue is also taught by its keywords alone, as LESSONS tickets would: a rare or a new type is
    then known by them. A ticket whose type was refused stands for every other type alike, its weight shared between
    them: its words speak less for the refused one, and for none in particular (learning from complementary labels,
    Ishida et al., 2017).
    """
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression

    often = Counter(sample.type_id for sample in samples if not sample.is_refused)
    taught = [entry.type_id for entry in catalogue if entry.keywords]
    types = sorted({type_id for type_id, count in often.items() if count >= LEAST_OF_TYPE} | set(taught))
    if len(types) < 2:
        return None
    known = set(types)
    places = [place for place, sample in enumerate(samples) if sample.type_id in known]
    refused = [place for place in places if samples[place].is_refused][-MOST_REFUSED:]
    kept = [place for place in places if not samples[place].is_refused] + refused
    index, idf = _vocabulary([samples[place] for place in kept], [seen[place] for place in kept], forbidden, taught)
    if not index:
        return None
    starts, columns, values = [0], list[int](), list[float]()
    labels: list[int] = []
    weights: list[float] = []

    def lesson(parts: Sequence[tuple[int, float]], label: int, weight: float) -> None:
        columns.extend(number for number, _value in parts)
        values.extend(value for _number, value in parts)
        starts.append(len(columns))
        labels.append(label)
        weights.append(weight)

    for place in kept:
        sample = samples[place]
        parts = [(number, value) for number, _, value in vector(seen[place], index, idf)]
        told = [each for each in types if each != sample.type_id] if sample.is_refused else [sample.type_id]
        for label in told:
            lesson(parts, label, sample.weight / len(told))
    for type_id in taught:
        lesson([(index[f"{KEYWORDS}{type_id}"], 1.0)], type_id, LESSONS)
    matrix = csr_matrix((values, columns, starts), shape=(len(labels), len(index)))
    model = LogisticRegression(C=STRENGTH, max_iter=200, tol=1e-3)
    model.fit(matrix, labels, sample_weight=weights)
    coef, bias = model.coef_, model.intercept_
    if len(types) == 2:  # one row only: for the second type
        import numpy

        coef, bias = numpy.vstack([-coef / 2, coef / 2]), numpy.concatenate([-bias / 2, bias / 2])
    return Weights(tuple(types), index, idf, coef.T.ravel().tolist(), bias.tolist(), temperature, catalogue)


def _vocabulary(
    samples: Sequence[Sample], seen: Sequence[Seen], forbidden: set[str], taught: Sequence[int]
) -> tuple[dict[str, int], list[float]]:
    """The features that PEOPLE different people wrote, names left out, with the keywords of the ``taught`` types; and
    how rare each is."""
    people: dict[str, set[int]] = defaultdict(set)
    often: Counter[str] = Counter()
    for sample, found in zip(samples, seen, strict=True):
        for key, _, _ in found:
            often[key] += 1
            if len(people[key]) < PEOPLE:
                people[key].add(sample.person)
    allowed = [
        (count, key)
        for key, count in often.items()
        if not key.startswith(KEYWORDS) and len(people[key]) >= PEOPLE and forbidden.isdisjoint(key.split())
    ]
    allowed.sort(key=lambda entry: (-entry[0], entry[1]))
    keywords = [f"{KEYWORDS}{type_id}" for type_id in taught]
    chosen = sorted(allowed[:MOST_FEATURES] + [(often[key], key) for key in keywords], key=lambda entry: entry[1])
    idf = [math.log((1 + len(samples)) / (1 + count)) + 1.0 for count, _ in chosen]
    return {key: number for number, (_, key) in enumerate(chosen)}, idf


def _temperature(weights: Weights, samples: Sequence[Sample], seen: Sequence[Seen]) -> float:
    """The temperature under which the right types of ``samples`` are likeliest (Guo et al., 2017)."""
    place_of = {type_id: place for place, type_id in enumerate(weights.types)}
    logs = []
    for sample, found in zip(samples, seen, strict=True):
        parts = vector(found, weights.index, weights.idf)
        if parts and sample.type_id in place_of and not sample.is_refused:
            chances = probabilities(parts, weights)
            # a score but for a constant, whatever the temperature it was computed at
            scores = [weights.temperature * math.log(max(chance, 1e-300)) for chance in chances]
            logs.append((scores[place_of[sample.type_id]], scores))
    if not logs:
        return weights.temperature

    def loss(temperature: float) -> float:
        return math.fsum(
            math.log(math.fsum(math.exp((score - right) / temperature) for score in scores if score - right > -700))
            for right, scores in logs
        )

    return min(TEMPERATURES, key=loss)


def told(weights: Weights, samples: Sequence[Sample], catalogue: Sequence[TypeKeywords]) -> list[Answer]:
    """What the model and the keywords say of each sample."""
    return _told(weights, samples, [features(sample.text, weights.catalogue) for sample in samples], catalogue)


def _told(
    weights: Weights, samples: Sequence[Sample], seen: Sequence[Seen], catalogue: Sequence[TypeKeywords]
) -> list[Answer]:
    """Of each sample whose type is known: a refusal does not say what would be right."""
    found = []
    for sample, own in zip(samples, seen, strict=True):
        if sample.is_refused:
            continue
        parts = vector(own, weights.index, weights.idf)
        ranked: list[tuple[float, int]] = []
        if parts:
            ranked = sorted(zip(probabilities(parts, weights), weights.types, strict=True), reverse=True)[:3]
        match = best_match(sample.subject, sample.body, catalogue) if catalogue else None
        found.append(
            Answer(
                truth=sample.type_id,
                ranked=tuple((type_id, chance) for chance, type_id in ranked),
                keywords=match.type_id if match else None,
                came_untyped=sample.came_untyped,
            )
        )
    return found
