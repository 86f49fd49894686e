"""How often the request type is found in a text: the keywords alone, the learned model, and both. No server needed.

The texts are those of the demonstration town (`grc/demo/data/stories_*.toml`): invented sentences, a few for each type,
with streets, names and dates drawn at random, typed more or less carefully. A model that saw a sentence finds it again
easily, so two figures are given: « later » holds out the most recent tickets, as the administration does, and most of
their sentences were seen before; « unseen » holds out whole sentences, each one's tickets being told by a model that
learned from the other sentences only. A real town lies between, and nearer to the first once it has some history.
"""

import argparse
import csv
import json
import random
import resource
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

CATALOGUE = Path(__file__).parent.parent / "directory" / "data" / "catalogue.csv"
TICKETS, PEOPLE, FOLDS, WANTED = 20_000, 4_000, 5, 75
ROUNDS = 2_000  # suggestions timed


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.routing", description=__doc__)
    parser.add_argument("--tickets", type=int, default=TICKETS)
    parser.add_argument("--json", type=Path, required=True)
    options = parser.parse_args()
    options.json.write_text(json.dumps(measure(options.tickets)))


def measure(tickets: int) -> dict[str, Any]:
    """The figures of `benchmarks.report`. Resident memory is that of this process, which does nothing else."""
    from tickets.routing import learned, training

    samples, sentence_of, catalogue, names = written(tickets)
    began = time.perf_counter()
    found = training.learn(samples, catalogue, names=lambda words: words & names)
    seconds = time.perf_counter() - began
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    data = learned.pack(found.weights)
    began = time.perf_counter()
    weights = learned.unpack(data)
    load_ms = (time.perf_counter() - began) * 1000
    times = []
    for sample in samples[:ROUNDS]:
        began = time.perf_counter()
        learned.suggest(sample.text, weights)
        times.append((time.perf_counter() - began) * 1000)
    times.sort()
    return {
        "tickets": len(samples),
        "types": len({sample.type_id for sample in samples}),
        "sentences": len(set(sentence_of)),
        "later": found.report["all"],
        "calibration_error": found.report["calibration_error"],
        "unseen": _unseen(samples, sentence_of, catalogue, names),
        "words": len(weights.index),
        "stored_kb": len(data) // 1024,
        "seconds": round(seconds, 1),
        "megabytes": megabytes,
        "load_ms": round(load_ms, 1),
        "suggest_p50_ms": round(times[len(times) // 2], 3),
        "suggest_p95_ms": round(times[len(times) * 95 // 100], 3),
    }


def written(tickets: int, seed: int = 2026) -> tuple[list[Any], list[str], list[Any], set[str]]:
    """(samples by time, the sentence each was made of, the catalogue's keywords, the words that name people)."""
    from datetime import UTC, datetime, timedelta

    from core.text import words
    from grc.demo import data
    from grc.demo.wording import Slots, as_typed, letter
    from tickets.routing.keywords import TypeKeywords
    from tickets.routing.training import Sample

    rng, zone = random.Random(seed), ZoneInfo("Europe/Paris")
    with CATALOGUE.open(newline="") as file:
        rows = sorted(csv.DictReader(file, delimiter=";"), key=lambda row: row["code"])
    number_of = {row["code"]: number for number, row in enumerate(rows, 1)}
    catalogue = [TypeKeywords(number_of[row["code"]], row["keywords"].split("|")) for row in rows if row["keywords"]]
    people = data.people()
    known = [f"{rng.choice(people['first_names'])} {rng.choice(people['last_names'])}" for _ in range(PEOPLE)]
    stories = data.stories()
    samples, sentence_of = [], []
    start = datetime(2025, 1, 6, 9, tzinfo=UTC)
    for number in range(tickets):
        at = start + timedelta(minutes=25) * number
        story = rng.choices(stories, [each.weight for each in stories])[0]
        sentence, _reply = rng.choice(story.texts)
        slots, person = Slots(rng, zone), rng.randrange(PEOPLE)
        body = letter(rng, as_typed(rng, slots.fill(sentence, at)), known[person])
        subject = slots.fill(rng.choice(story.subjects), at)
        samples.append(Sample(subject, body, number_of[story.type_code], person, came_untyped=True))
        sentence_of.append(f"{story.type_code}: {sentence}")
    return samples, sentence_of, catalogue, {word for name in known for word in words(name)}


def _unseen(
    samples: Sequence[Any], sentence_of: Sequence[str], catalogue: Sequence[Any], names: set[str]
) -> dict[str, Any]:
    """The figures when the sentences of a ticket were never shown; its subject, one of a few, may have been: it is
    left out on both sides."""
    import dataclasses

    from tickets.routing import evaluation, training

    by_type: dict[int, list[str]] = defaultdict(list)
    for sample, sentence in zip(samples, sentence_of, strict=True):
        if sentence not in by_type[sample.type_id]:
            by_type[sample.type_id].append(sentence)
    fold_of = {each: place % FOLDS for sentences in by_type.values() for place, each in enumerate(sorted(sentences))}
    bare = [dataclasses.replace(sample, subject="") for sample in samples]
    answers: list[evaluation.Answer] = []
    for fold in range(FOLDS):
        shown = [each for each, sentence in zip(bare, sentence_of, strict=True) if fold_of[sentence] != fold]
        held = [each for each, sentence in zip(bare, sentence_of, strict=True) if fold_of[sentence] == fold]
        learned = training.learn(shown, catalogue, names=lambda words: words & names)
        answers += training.told(learned.weights, held, catalogue)
    return evaluation.report(answers)["all"] | {"calibration_error": evaluation.calibration_error(answers)}


if __name__ == "__main__":
    main()
