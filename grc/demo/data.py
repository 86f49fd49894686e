"""Reading the files of the demo town (``grc/demo/data``, and the catalogue that ships with the directory)."""

import csv
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"
CATALOGUE = Path(__file__).parents[2] / "directory" / "data" / "catalogue.csv"


def toml(name: str) -> dict[str, Any]:
    with (DATA / f"{name}.toml").open("rb") as file:
        return tomllib.load(file)


def gathered(prefix: str, key: str) -> list[dict[str, Any]]:
    """The tables ``key`` of every ``prefix_*.toml`` file, in the order of the files' names."""
    return [entry for path in sorted(DATA.glob(f"{prefix}_*.toml")) for entry in toml(path.stem)[key]]


def agents() -> list[dict[str, str]]:
    with (DATA / "agents.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def articles() -> list[dict[str, Any]]:
    return gathered("articles", "articles")


def reply_templates() -> list[dict[str, str]]:
    templates: list[dict[str, str]] = toml("reply_templates")["templates"]
    return templates


@dataclass(frozen=True)
class StoryText:
    """What is said about one request type, on both sides of the desk: (what the citizen says, what the agent answers).

    ``sender`` is citizen, notary or association.
    """

    type_code: str
    weight: int
    subjects: tuple[str, ...]
    texts: tuple[tuple[str, str], ...]
    spoken: tuple[tuple[str, str], ...]
    ask: tuple[str, ...]
    back: tuple[str, ...]
    notes: tuple[str, ...]
    has_place: bool
    sender: str


@cache
def voices() -> dict[str, Any]:
    return toml("voices")


@cache
def people() -> dict[str, list[str]]:
    return toml("people")


@cache
def stories() -> tuple[StoryText, ...]:
    common = voices()
    return tuple(
        StoryText(
            type_code=entry["type"],
            weight=entry["weight"],
            subjects=tuple(entry["subjects"]),
            texts=_paired(entry, "texts", "answers"),
            spoken=_paired(entry, "spoken", "spoken_answers"),
            ask=tuple(entry.get("ask", common[_default(entry, "asks")])),
            back=tuple(entry.get("back", common[_default(entry, "backs")])),
            notes=tuple(entry.get("notes", common["internal_notes"])),
            has_place=entry.get("place", False),
            sender=entry.get("sender", "citizen"),
        )
        for entry in gathered("stories", "stories")
    )


def _default(entry: dict[str, Any], what: str) -> str:
    return f"place_{what}" if entry.get("place") else f"default_{what}"


def _paired(entry: dict[str, Any], said: str, answers: str) -> tuple[tuple[str, str], ...]:
    """Each text with its reply; the only reply answers everything when the file gives no numbers."""
    numbers = entry.get(answers, [0] * len(entry[said]))
    return tuple((text, entry["replies"][number]) for text, number in zip(entry[said], numbers, strict=True))
