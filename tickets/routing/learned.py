"""What the town's own tickets taught: which request type a text is about, how sure, and because of which words. Pure.

A linear model over TF-IDF of `tickets.routing.features` (the catalogue's keywords are features too: the model learns
how far to trust them), its probabilities calibrated by a temperature. `tickets.routing.training` learns it; suggesting
needs neither scikit-learn nor numpy, so that web and worker processes stay small.
"""

import json
import math
import struct
import zlib
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tickets.routing.features import KEYWORDS, Feature, features
from tickets.routing.keywords import TypeKeywords

WORDS_SHOWN = 4
KEYWORDS_COUNT = 2.0  # as much as so many words (see docs/adr/0009)
_MAGIC = b"GUICHET1"
_LARGEST = 200_000_000  # bytes of a model once unpacked; more is not one of ours


@dataclass(frozen=True)
class Weights:
    """A model in memory. With C types and F features: ``idf`` F, ``coef`` F × C (a row a feature), ``bias`` C.
    ``catalogue``: the keywords as they were when it learned."""

    types: tuple[int, ...]
    index: Mapping[str, int]
    idf: Sequence[float]
    coef: Sequence[float]
    bias: Sequence[float]
    temperature: float = 1.0
    catalogue: tuple[TypeKeywords, ...] = ()

    def __post_init__(self) -> None:
        types, known = len(self.types), len(self.index)
        if types < 2 or len(self.idf) != known or len(self.coef) != known * types or len(self.bias) != types:
            raise ValueError("the parts of this model do not fit together")
        if not self.temperature > 0:
            raise ValueError("a temperature is positive")


@dataclass(frozen=True)
class Suggestion:
    """``ranking``: every type with its probability, the likeliest first; they sum to 1. ``words``: those of the text
    that weighed most for the first, with their weight in its score."""

    type_id: int
    confidence: float
    words: tuple[tuple[str, float], ...]
    ranking: tuple[tuple[int, float], ...]


def suggest(text: str, weights: Weights, *, confidence: float = 0.0) -> Suggestion | None:
    """The likeliest type of a text. None when it has no known word, or when the probability is under ``confidence``
    (0 to 1). Never raises, whatever the text."""
    found = features(text, weights.catalogue)
    parts = vector(found, weights.index, weights.idf)
    if not parts:
        return None
    chances = probabilities(parts, weights)
    order = sorted(range(len(chances)), key=lambda place: (-chances[place], weights.types[place]))
    best = order[0]
    if chances[best] < confidence:
        return None
    shown = {feature.key: feature.shown for feature in found}
    return Suggestion(
        type_id=weights.types[best],
        confidence=chances[best],
        words=_reasons(parts, shown, weights, best),
        ranking=tuple((weights.types[place], chances[place]) for place in order),
    )


def vector(found: Iterable[Feature], index: Mapping[str, int], idf: Sequence[float]) -> list[tuple[int, str, float]]:
    """The known features of a text as (number, key, value), of length 1 in all, in the order of their numbers."""
    raw = sorted((index[each.key], each.key, each.amount) for each in found if each.key in index)
    values = [
        (1.0 + math.log(count)) * idf[number] * (KEYWORDS_COUNT if key.startswith(KEYWORDS) else 1.0)
        for number, key, count in raw
    ]
    length = math.sqrt(math.fsum(value * value for value in values)) or 1.0
    return [(number, key, value / length) for (number, key, _), value in zip(raw, values, strict=True)]


def probabilities(parts: Sequence[tuple[int, str, float]], weights: Weights) -> list[float]:
    """The probability of each type, in the order of ``weights.types``."""
    width, coef = len(weights.types), weights.coef
    scores = list(weights.bias)
    for number, _, value in parts:
        for place, weight in enumerate(coef[number * width : (number + 1) * width]):
            scores[place] += value * weight
    highest = max(scores)
    powers = [math.exp((score - highest) / weights.temperature) for score in scores]
    total = math.fsum(powers)
    return [power / total for power in powers]


def _reasons(
    parts: Sequence[tuple[int, str, float]], shown: Mapping[str, str], weights: Weights, best: int
) -> tuple[tuple[str, float], ...]:
    """What sets the first type apart from the average one. A word told by its pair is not told again."""
    width = len(weights.types)
    weighed = []
    for number, key, value in parts:
        row = weights.coef[number * width : (number + 1) * width]
        weighed.append((value * (row[best] - math.fsum(row) / width), key))
    weighed.sort(key=lambda entry: (-entry[0], entry[1]))
    told: set[str] = set()
    words: list[tuple[str, float]] = []
    for weight, key in weighed:
        if weight <= 0 or len(words) == WORDS_SHOWN:
            break
        said = set(shown[key].replace(",", " ").split())
        if said & told:
            continue
        told |= said
        words.append((shown[key], round(weight, 3)))
    return tuple(words)


def pack(weights: Weights) -> bytes:
    """A model as bytes: no pickle, nothing that runs. Coefficients keep about three digits."""
    keys = sorted(weights.index, key=lambda key: weights.index[key])
    head = json.dumps(
        {
            "types": weights.types,
            "features": keys,
            "temperature": weights.temperature,
            "catalogue": [[each.type_id, list(each.keywords)] for each in weights.catalogue],
        },
        separators=(",", ":"),
    ).encode()
    body = array("f", [*weights.idf, *weights.bias])
    return _MAGIC + zlib.compress(
        struct.pack("<I", len(head)) + head + _little(body) + struct.pack(f"<{len(weights.coef)}e", *weights.coef), 6
    )


def unpack(data: bytes) -> Weights:
    """The model that `pack` wrote. ValueError when these bytes are not one."""
    if not data.startswith(_MAGIC):
        raise ValueError("not a model of Guichet")
    try:
        opened = zlib.decompressobj()
        raw = opened.decompress(data[len(_MAGIC) :], _LARGEST)
        if not opened.eof:  # cut short, or larger than any of ours
            raise ValueError("this model is damaged")
        (size,) = struct.unpack_from("<I", raw)
        head = json.loads(raw[4 : 4 + size])
        types, keys = tuple(map(int, head["types"])), head["features"]
        known, start = len(keys), 4 + size
        floats = struct.unpack_from(f"<{known + len(types)}f", raw, start)
        coef = struct.unpack_from(f"<{known * len(types)}e", raw, start + 4 * len(floats))
        catalogue = tuple(TypeKeywords(int(pk), tuple(map(str, keywords))) for pk, keywords in head["catalogue"])
        temperature = float(head["temperature"])
    except (zlib.error, struct.error, KeyError, TypeError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ValueError("this model is damaged") from error
    index = {str(key): number for number, key in enumerate(keys)}
    idf, bias = array("f", floats[:known]), array("f", floats[known:])
    return Weights(types, index, idf, array("f", coef), bias, temperature, catalogue)


def _little(values: "array[float]") -> bytes:
    return struct.pack(f"<{len(values)}f", *values)
