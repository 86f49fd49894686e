"""Reading a catalogue of request types from a CSV file. Pure: bytes in, rows or errors out.

The file has a header line and the columns of `COLUMNS`, separated by ``;`` or ``,``, in UTF-8 (with or without a byte
order mark) or else in cp1252, as Excel writes it in France.
"""

import csv
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from directory.models import Regime, TargetUnit

REQUIRED = ("code", "name", "service", "target")
COLUMNS = (*REQUIRED, "channels", "regime", "delay", "sensitive", "public", "keywords", "description", "note")
UNITS = {
    "h": TargetUnit.HOURS,
    "j": TargetUnit.WORKING_DAYS,
    "d": TargetUnit.DAYS,
    "m": TargetUnit.MONTHS,
}
REGIMES = {str(regime.value).casefold(): str(regime.value) for regime in Regime}
BOOLEANS = {"yes": True, "oui": True, "no": False, "non": False}
_CODE = re.compile(r"[a-z0-9][a-z0-9_-]*")
_TARGET = re.compile(r"(\d{1,3})\s*([hjdm])", re.IGNORECASE)
_DELAY = re.compile(r"(\d{1,3})\s*([md])", re.IGNORECASE)
_CHANNELS = re.compile(r"[WTMGC](?: [WTMGC])*")


@dataclass(frozen=True)
class CatalogueError:
    """What is wrong, where: the line as a text editor numbers it, the column by its name (empty for a whole line)."""

    line: int
    column: str
    problem: str

    def __str__(self) -> str:
        if self.column:
            place = _("line %(line)d, column “%(column)s”") % {"line": self.line, "column": self.column}
        else:
            place = _("line %(line)d") % {"line": self.line}
        return _("%(place)s: %(problem)s") % {"place": place, "problem": self.problem}


@dataclass(frozen=True)
class CatalogueRow:
    """A request type as the file gives it. ``fields`` are those of the model, without the service."""

    line: int
    code: str
    service: str
    fields: dict[str, Any] = field(default_factory=dict)


class _Wrong(Exception):
    """The text of a cell is not what was expected."""


def catalogue_parse(data: bytes, services: Iterable[str]) -> tuple[list[CatalogueRow], list[CatalogueError]]:
    """The rows of a catalogue file, and everything that is wrong with it.

    ``services`` are the codes a row may name. Rows are only to be used when there is no error.
    """
    try:
        text = _decoded(data)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        return [], [CatalogueError(line, "", _("the text is neither UTF-8 nor cp1252."))]
    if "\x00" in text:
        line = text[: text.index("\x00")].count("\n") + 1
        return [], [CatalogueError(line, "", _("a null character: this is not a text file."))]
    records = _records(text)
    header_line, header = next(records, (1, []))
    names = [cell.strip().casefold() for cell in header]
    errors = _header_errors(header_line, names)
    if errors:
        return [], errors
    known = sorted(services)
    rows: list[CatalogueRow] = []
    first_seen: dict[str, int] = {}
    for line, cells in records:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(names):
            problem = _("%(found)d cells, %(expected)d expected: is a separator missing or too many?")
            errors.append(CatalogueError(line, "", problem % {"found": len(cells), "expected": len(names)}))
            continue
        row, wrong = _row(line, dict(zip(names, (cell.strip() for cell in cells), strict=True)), known)
        errors += sorted(wrong, key=lambda error: names.index(error.column) if error.column in names else -1)
        if row.code and row.code in first_seen:
            problem = _("the code “%(code)s” is already on line %(line)d.")
            errors.append(CatalogueError(line, "code", problem % {"code": row.code, "line": first_seen[row.code]}))
        first_seen.setdefault(row.code, line)
        rows.append(row)
    if not rows and not errors:
        errors.append(CatalogueError(header_line, "", _("the file has no request type under its header.")))
    return rows, errors


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252")


def _records(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each record with the line it starts on: a quoted cell may hold line breaks."""
    head = text.lstrip("\r\n").split("\n", 1)[0]
    reader = csv.reader(text.splitlines(keepends=True), delimiter=";" if head.count(";") >= head.count(",") else ",")
    started, found = 1, False
    for cells in reader:
        if cells or found:
            found = True
            yield started, cells
        started = reader.line_num + 1


def _header_errors(line: int, names: list[str]) -> list[CatalogueError]:
    columns = ", ".join(COLUMNS)
    if not any(names):
        return [
            CatalogueError(
                1, "", _("the file is empty; its first line must name the columns: %(columns)s.") % {"columns": columns}
            )
        ]
    errors = [
        CatalogueError(line, name, _("this column is missing. The columns are: %(columns)s.") % {"columns": columns})
        for name in REQUIRED
        if name not in names
    ]
    for index, name in enumerate(names):
        if name not in COLUMNS:
            problem = _("unknown column. The columns are: %(columns)s.") % {"columns": columns}
            errors.append(CatalogueError(line, name or f"n° {index + 1}", problem))
        elif name in names[:index]:
            errors.append(CatalogueError(line, name, _("this column is there twice.")))
    return errors


def _row(line: int, cells: dict[str, str], services: list[str]) -> tuple[CatalogueRow, list[CatalogueError]]:
    errors: list[CatalogueError] = []

    def read(column: str, parse: Callable[[str], Any], default: Any = "") -> Any:
        try:
            return parse(cells.get(column, ""))
        except _Wrong as wrong:
            errors.append(CatalogueError(line, column, str(wrong)))
            return default

    code = read("code", _code)
    service = read("service", lambda cell: _service(cell, services))
    target, unit = read("target", _target, (0, ""))
    regime = read("regime", _regime, None)
    months, days = read("delay", lambda cell: _delay(cell, regime), (None, None))
    fields = {
        "name": read("name", lambda cell: _short(cell, 120, required=True)),
        "channels": read("channels", _channels),
        "target": target,
        "target_unit": str(unit),
        "regime": regime,
        "delay_months": months,
        "delay_days": days,
        "is_sensitive": read("sensitive", lambda cell: _boolean(cell, default=False)),
        "is_public": read("public", lambda cell: _boolean(cell, default=True)),
        "keywords": read("keywords", _keywords, []),
        "description": read("description", lambda cell: _short(cell, 300)),
        "note": read("note", lambda cell: _short(cell, 300)),
    }
    return CatalogueRow(line, code, service, fields), errors


def _short(cell: str, limit: int, *, required: bool = False) -> str:
    if required and not cell:
        raise _Wrong(_("this cell is required."))
    if len(cell) > limit:
        raise _Wrong(_("%(found)d characters, %(limit)d at the most.") % {"found": len(cell), "limit": limit})
    return cell


def _code(cell: str) -> str:
    cell = _short(cell, 60, required=True)
    if not _CODE.fullmatch(cell):
        problem = _("“%(found)s”: lower-case letters without accents, digits and hyphens were expected.")
        raise _Wrong(problem % {"found": cell})
    return cell


def _service(cell: str, services: list[str]) -> str:
    if cell not in services:
        problem = _("“%(found)s” is not the code of a service. The known codes are: %(codes)s.")
        raise _Wrong(problem % {"found": cell, "codes": ", ".join(services) or "—"})
    return cell


def _target(cell: str) -> tuple[int, str]:
    match = _TARGET.fullmatch(cell)
    if not match or not int(match[1]):
        problem = _(
            "“%(found)s”: a delay such as 72h (hours), 3j (working days), 5d (calendar days) or 1m (months) was "
            "expected."
        )
        raise _Wrong(problem % {"found": cell})
    return int(match[1]), UNITS[match[2].lower()]


def _regime(cell: str) -> str:
    regime = REGIMES.get(cell.casefold() or "none")
    if regime is None:
        raise _Wrong(
            _("“%(found)s”: one of %(expected)s was expected.")
            % {"found": cell, "expected": ", ".join(REGIMES.values())}
        )
    return regime


def _delay(cell: str, regime: str | None) -> tuple[int | None, int | None]:
    """(months, days) of the legal delay. ``regime`` is None when that cell was already wrong."""
    if not cell:
        if regime in {Regime.SVA, Regime.SVR, Regime.RGPD}:
            problem = _("the regime %(regime)s needs a delay such as 2m (months) or 30d (calendar days).")
            raise _Wrong(problem % {"regime": regime})
        return None, None
    match = _DELAY.fullmatch(cell)
    if not match or not int(match[1]):
        problem = _("“%(found)s”: a delay such as 2m (months) or 30d (calendar days) was expected.")
        raise _Wrong(problem % {"found": cell})
    if regime == Regime.NONE:
        raise _Wrong(_("a legal delay without a legal regime: leave it empty, or give the regime."))
    return (int(match[1]), None) if match[2].lower() == "m" else (None, int(match[1]))


def _channels(cell: str) -> str:
    letters = " ".join(cell.upper().split())
    if letters and (not _CHANNELS.fullmatch(letters) or len(letters) > 20):
        problem = _("“%(found)s”: letters among W T M G C, separated by spaces, were expected.")
        raise _Wrong(problem % {"found": cell})
    return letters


def _boolean(cell: str, *, default: bool) -> bool:
    if not cell:
        return default
    value = BOOLEANS.get(cell.casefold())
    if value is None:
        problem = _("“%(found)s”: %(expected)s was expected.")
        raise _Wrong(problem % {"found": cell, "expected": "yes, no, oui, non"})
    return value


def _keywords(cell: str) -> list[str]:
    found = list(dict.fromkeys(" ".join(part.split()) for part in cell.split("|")))
    for keyword in found:
        if len(keyword) > 80:
            raise _Wrong(_("the keyword “%(found)s” is longer than 80 characters.") % {"found": keyword})
    return [keyword for keyword in found if keyword]
