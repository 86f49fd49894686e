"""A composed letter as a tagged PDF: PDF/UA-1 (accessible) and PDF/A-2a (kept). No file is read but the layout."""

import json
from datetime import UTC, datetime, time
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

import typst
from django.conf import settings

from tickets.letters.glyphs import drawable

STANDARDS = ["ua-1", "a-2a"]
MAX_DATA = 200_000  # characters of JSON: some sixty pages, two seconds
_one_at_a_time = Lock()


class RenderError(RuntimeError):
    """The PDF could not be made; the message says why, for the log."""


@cache
def _compiler() -> typst.Compiler:
    """Kept by the process: its fonts, embedded in typst, are read once. It sees ``templates/letters`` and no more."""
    folder = Path(settings.BASE_DIR) / "templates" / "letters"
    return typst.Compiler(str(folder / "letter.typ"), root=str(folder), ignore_system_fonts=True)


def pdf(data: dict[str, Any]) -> bytes:
    """The PDF of `content.Content.data`; the same data gives the same bytes. Raises RenderError."""
    moment = datetime.combine(datetime.fromisoformat(data["day"]).date(), time(12), tzinfo=UTC)
    made: bytes = _compile(data, format="pdf", pdf_standards=STANDARDS, timestamp=int(moment.timestamp()))
    return made


def images(data: dict[str, Any], *, ppi: float = 80) -> list[bytes]:
    """The pages as PNG, to look at them."""
    made = _compile(data, format="png", ppi=ppi)
    return made if isinstance(made, list) else [made]


def _compile(data: dict[str, Any], **options: Any) -> Any:
    raw = json.dumps(_shown(data), ensure_ascii=False)
    if len(raw) > MAX_DATA:
        raise RenderError(f"the letter is too long: {len(raw)} characters")
    try:
        with _one_at_a_time:
            return _compiler().compile(sys_inputs={"data": raw}, **options)
    except typst.TypstError as error:
        raise RenderError(str(error)[:500]) from error


def _shown(value: Any) -> Any:
    """Every string of ``value``, with what the fonts can draw."""
    if isinstance(value, str):
        return drawable(value)
    if isinstance(value, list):
        return [_shown(each) for each in value]
    if isinstance(value, dict):
        return {key: _shown(each) for key, each in value.items()}
    return value
