"""Long tables for spreadsheets: CSV and XLSX, written line by line so that memory does not grow with them."""

import csv
import io
from collections.abc import Sequence
from datetime import date, datetime
from typing import IO, Any, Protocol

from django.utils import timezone

from core.spreadsheets import safe_cell

Value = str | int | date | datetime | None


class Table(Protocol):
    def write(self, row: Sequence[Value]) -> None: ...

    def close(self) -> None: ...


class CsvTable:
    """``;``, UTF-8 with its mark, dates as French spreadsheets read them: opens by a double click. ``out``: binary."""

    def __init__(self, out: IO[bytes], heads: Sequence[str]) -> None:
        self._text = io.TextIOWrapper(out, encoding="utf-8-sig", newline="", write_through=False)
        self._writer = csv.writer(self._text, delimiter=";")
        self.write(heads)

    def write(self, row: Sequence[Value]) -> None:
        self._writer.writerow([_plain(value) for value in row])

    def close(self) -> None:
        """Everything is in ``out``, which stays open."""
        self._text.flush()
        self._text.detach()


def _plain(value: Value) -> str | int:
    if isinstance(value, datetime):
        return f"{timezone.localtime(value):%d/%m/%Y %H:%M}"
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    return safe_cell(value) if isinstance(value, str) else "" if value is None else value


class XlsxTable:
    """One sheet, its first line frozen and filtered. Texts are texts: nothing is read as a formula or a link."""

    MOST_ROWS = 1_048_575  # of data: the format has 1,048,576 lines

    def __init__(self, out: IO[bytes], heads: Sequence[str], title: str) -> None:
        import xlsxwriter  # only the worker needs it

        options = {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "default_date_format": "dd/mm/yyyy",
        }
        self._book: Any = xlsxwriter.Workbook(out, options)
        self._sheet: Any = self._book.add_worksheet(title[:31])
        self._moment = self._book.add_format({"num_format": "dd/mm/yyyy hh:mm"})
        bold = self._book.add_format({"bold": True, "bg_color": "#E9EDF5"})
        self._sheet.freeze_panes(1, 1)
        self._sheet.set_column(0, len(heads) - 1, 22)
        self._sheet.write_row(0, 0, heads, bold)
        self._width, self._lines = len(heads), 1

    def write(self, row: Sequence[Value]) -> None:
        for column, value in enumerate(row):
            if isinstance(value, datetime):
                local = timezone.localtime(value).replace(tzinfo=None)
                self._sheet.write_datetime(self._lines, column, local, self._moment)
            elif isinstance(value, date):
                self._sheet.write_datetime(self._lines, column, value)
            elif isinstance(value, int):
                self._sheet.write_number(self._lines, column, value)
            elif value:
                self._sheet.write_string(self._lines, column, value[:32_000])
        self._lines += 1

    def close(self) -> None:
        self._sheet.autofilter(0, 0, max(self._lines - 1, 1), self._width - 1)
        self._book.close()
