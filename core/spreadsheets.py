"""Tables for spreadsheets: CSV that French ones open as it is (``;``, UTF-8 with a BOM)."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from django.http import HttpResponse


def safe_cell(value: str) -> str:
    """A spreadsheet must not run a name as a formula (CWE-1236)."""
    return f"'{value}" if value[:1] in {"=", "+", "-", "@", "\t", "\r"} else value


def csv_text(rows: Iterable[Sequence[Any]]) -> str:
    """The rows as CSV; texts are made safe, None is empty."""
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out, delimiter=";")
    for row in rows:
        writer.writerow([safe_cell(cell) if isinstance(cell, str) else cell for cell in row])
    return out.getvalue()


def csv_response(rows: Iterable[Sequence[Any]], name: str) -> HttpResponse:
    """A file to download; ``name`` without its extension."""
    response = HttpResponse(csv_text(rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    response["Cache-Control"] = "private, no-store"
    return response
