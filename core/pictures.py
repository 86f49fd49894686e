"""Pages of a TIFF, which browsers do not show, made into pictures that they do: when asked for, and never stored."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core import picture_program
from core.programs import run_ours

MOST_PAGES = picture_program.MOST_PAGES
_PROGRAM = str(picture_program.__file__)
_SECONDS = 40


@dataclass(frozen=True)
class Page:
    """``number`` counts from 1. Width and height in pixels, as shown; 0 for a page that cannot be."""

    number: int
    width: int
    height: int


@dataclass(frozen=True)
class Pages:
    """``count`` pages, the first MOST_PAGES of which are listed; none when the file cannot be read at all."""

    count: int
    listed: list[Page]

    def __iter__(self) -> Iterator[Page]:
        return iter(self.listed)

    @property
    def has_more(self) -> bool:
        return self.count > len(self.listed)


def pages_of(content: bytes) -> Pages:
    told = told_by(run_ours(_PROGRAM, "sizes", seconds=_SECONDS, given=content))
    listed = [Page(number, *(size or (0, 0))) for number, size in enumerate(told.get("pages", []), 1)]
    return Pages(int(told.get("count", 0)), listed)


def page_shown(content: bytes, number: int) -> bytes:
    """The page as a PNG or a JPEG; empty when it is not there or cannot be read."""
    if not 1 <= number <= MOST_PAGES:
        return b""
    return run_ours(_PROGRAM, "page", str(number), seconds=_SECONDS, given=content) or b""


def pictures_for_reading(content: bytes, folder: Path | None) -> dict[str, Any]:
    """``{"count": pages, "pictures": [file name]}`` of a scan; the pictures are in ``folder`` (None: not made)."""
    return told_by(run_ours(_PROGRAM, "reading", *([str(folder)] if folder else []), seconds=_SECONDS, given=content))


def told_by(answer: bytes | None) -> dict[str, Any]:
    """What a program of ours wrote as JSON; nothing when it failed."""
    try:
        return dict(json.loads(answer)) if answer else {}
    except ValueError:
        return {}
