"""The dashboard as CSV."""

import csv
import io
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from channels_intake.counter.selectors import SiteWaits
from channels_intake.phone.figures import CallFigures
from core.spreadsheets import safe_cell
from dashboard.forms import Asked
from dashboard.presentation import by_channel, by_service, by_site
from dashboard.selectors import Board, percent


def board_csv(board: Board, asked: Asked, waits: Sequence[SiteWaits] = (), calls: CallFigures | None = None) -> str:
    """One line a service, then one a channel, then the total; percentages as whole numbers, empty without data.

    Then, under headers of their own, the waits of the visitors (one line a site) and the calls.
    """
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out, delimiter=";")
    period = asked.scope.period
    writer.writerow([_("Period"), period.first.isoformat(), period.last.isoformat()])
    writer.writerow(
        [
            _("By"),
            _("Name"),
            pgettext("figures", "Open"),
            pgettext("figures", "Late"),
            pgettext("figures", "Due today"),
            _("Legal deadlines within 15 days"),
            pgettext("figures", "Received"),
            _("Answered in time"),
            _("Not answered in time"),
            _("Answered in time (%)"),
            _("Calls and visits"),
            _("Answered at first contact"),
        ]
    )
    total: dict[str, Any] = {"label": _("All"), "counts": board.total, "kept": _total_kept(board)}
    sections: list[tuple[str, list[dict[str, Any]]]] = [
        (_("Service"), by_service(board, asked, False)),
        (_("Channel"), by_channel(board, asked, False)),
        (_("Total"), [total]),
    ]
    for kind, rows in sections:
        for row in rows:
            counts = row["counts"]
            cells = [counts.get(key, 0) for key in ("open", "late", "today", "legal", "received", "kept", "missed")]
            kept = "" if row["kept"] is None else row["kept"]
            desk = [counts.get("desk", 0), counts.get("first_contact", 0)]
            writer.writerow([kind, safe_cell(row["label"]), *cells, kept, *desk])
    if waits:
        writer.writerow([])
        heads = (_("By"), _("Name"), _("Visitors"), _("Called within 15 min"), _("Called within 15 min (%)"))
        writer.writerow(heads)
        for row in by_site(waits):
            writer.writerow([_("Site"), safe_cell(row["label"]), row["count"], row["within"], row["share"]])
    if calls:
        writer.writerow([])
        writer.writerow([_("Calls"), _("Calls picked up"), _("Calls picked up (%)"), _("Wait before the pick-up (s)")])
        writer.writerow([calls.count, calls.picked_up, percent(calls.picked_up, calls.count), calls.wait])
    return out.getvalue()


def _total_kept(board: Board) -> int | None:
    return percent(board.total["kept"], board.total["kept"] + board.total["missed"])
