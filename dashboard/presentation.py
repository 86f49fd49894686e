"""Figures as the page shows them: tiles, rows and series, with the address of the list behind each."""

from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from channels_intake.counter.selectors import SiteWaits
from channels_intake.counter.waiting import GOAL as WAIT_GOAL
from channels_intake.phone.figures import GOAL as PICK_UP_GOAL
from channels_intake.phone.figures import CallFigures
from dashboard.figures import DESKS
from dashboard.forms import Asked
from dashboard.periods import PRESETS
from dashboard.selectors import Board, Counts, percent
from tickets.enums import Channel

# The commitments of the default preset (domain §3)
KEPT_GOAL = 95
FIRST_CONTACT_GOAL = 60


def state_of(value: int | None, goal: int) -> str:
    """ok, soon (within ten points) or late against a goal in percents; empty without data."""
    if value is None:
        return ""
    return "ok" if value >= goal else "soon" if value >= goal - 10 else "late"


def _link(asked: Asked, figure: str, lists: bool, **changes: str) -> str:
    return f"{reverse('dashboard:figure', args=[figure])}?{asked.query(**changes)}" if lists else ""


def filters(asked: Asked) -> list[dict[str, Any]]:
    """The periods offered, as links that keep the other filters."""
    labels = {7: _("7 days"), 30: _("30 days"), 90: _("90 days"), 365: _("12 months")}
    return [
        {
            "label": labels[days],
            "url": f"?{asked.query(**{'period': str(days), 'from': '', 'to': ''})}",
            "current": asked.preset == days,
        }
        for days in PRESETS
    ]


def _tile(label: str, value: int | None, **more: Any) -> dict[str, Any]:
    blank = {"unit": "", "share": None, "goal": None, "state": "", "target": "", "hint": "", "url": ""}
    return blank | {"label": label, "value": value} | more


def _percent_tile(label: str, value: int | None, goal: int, **more: Any) -> dict[str, Any]:
    return _tile(
        label,
        value,
        unit="%",
        share=None if value is None else value / 100,
        goal=goal / 100,
        state=state_of(value, goal),
        target=_("goal %(goal)s %%") % {"goal": goal},
        **more,
    )


def tiles(
    board: Board,
    asked: Asked,
    lists: bool,
    waits: Sequence[SiteWaits] = (),
    calls: CallFigures | None = None,
) -> list[dict[str, Any]]:
    total = board.total
    waited = sum(site.within for site in waits), sum(site.over for site in waits)
    kept = percent(total["kept"], total["kept"] + total["missed"])
    first = percent(total["first_contact"], total["desk"])
    return [
        _percent_tile(
            _("Answered within the commitment"),
            kept,
            KEPT_GOAL,
            hint=_("%(count)s not in time") % {"count": total["missed"]},
            url=_link(asked, "missed", lists),
        ),
        _percent_tile(
            _("Answered at first contact"),
            first,
            FIRST_CONTACT_GOAL,
            hint=_("%(part)s of %(count)s calls and visits") % {"part": total["first_contact"], "count": total["desk"]},
            url=_link(asked, "first_contact", lists),
        ),
        _percent_tile(
            _("Visitors called within 15 min"),
            percent(waited[0], sum(waited)),
            WAIT_GOAL,
            hint=_("%(part)s of %(count)s visitors") % {"part": waited[0], "count": sum(waited)},
            url="#by-site" if any(waited) else "",
        ),
        *_calls_tile(calls),
        _tile(
            pgettext("figures", "Late"),
            total["late"],
            url=_link(asked, "late", lists),
        ),
        _tile(pgettext("figures", "Due today"), total["today"], url=_link(asked, "today", lists)),
        _tile(_("Legal deadlines within 15 days"), total["legal"], url=_link(asked, "legal", lists)),
        _tile(
            pgettext("figures", "Open"),
            total["open"],
            hint=_("%(count)s received in the period") % {"count": total["received"]},
            url=_link(asked, "open", lists),
        ),
    ]


def _calls_tile(calls: CallFigures | None) -> list[dict[str, Any]]:
    """Nothing in a town whose telephone system tells us no calls."""
    if calls is None:
        return []
    waited = _("%(count)s calls, %(wait)s s before the pick-up") % {"count": calls.count, "wait": calls.wait}
    missed = _("%(count)s calls, none picked up") % {"count": calls.count}
    hint = missed if calls.wait is None else waited
    return [_percent_tile(_("Calls picked up"), percent(calls.picked_up, calls.count), PICK_UP_GOAL, hint=hint)]


def trend(board: Board, asked: Asked) -> dict[str, Any]:
    """Received, closed and share kept, point by point."""
    buckets = asked.scope.period.buckets()
    form = "j b" if asked.scope.period.width else "M Y"
    points = [board.trend.get(day, {}) for day in buckets]
    return {
        "labels": [date_format(day, form) for day in buckets],
        "flow": [
            {
                "label": pgettext("figures", "Received"),
                "values": [point.get("received", 0) for point in points],
                "tone": "1",
            },
            {
                "label": pgettext("figures", "Closed"),
                "values": [point.get("closed", 0) for point in points],
                "tone": "2",
            },
        ],
        "kept": [
            {
                "label": _("Answered within the commitment"),
                "values": [
                    percent(point.get("kept", 0), point.get("kept", 0) + point.get("missed", 0)) for point in points
                ],
            }
        ],
        "goal": KEPT_GOAL,
    }


def by_service(board: Board, asked: Asked, lists: bool) -> list[dict[str, Any]]:
    """One row a service that has something to count, in the order of their names."""
    return [
        _row(service.name, board.by_service[service.pk], asked, lists, service=service.code)
        for service in asked.services
        if service.pk in board.by_service
    ]


def by_site(waits: Sequence[SiteWaits]) -> list[dict[str, Any]]:
    """One row a site of the counters."""
    rows = []
    for site in waits:
        share = percent(site.within, site.within + site.over)
        count = site.within + site.over
        rows.append({"label": site.site, "count": count, "over": site.over, "within": site.within, "share": share})
    return rows


def by_channel(board: Board, asked: Asked, lists: bool) -> list[dict[str, Any]]:
    return [
        _row(str(channel.label), board.by_channel[channel.value], asked, lists, channel=channel.value)
        for channel in Channel
        if channel.value in board.by_channel
    ]


_LINKED = ("open", "late", "today", "received", "missed", "first_contact")


def _row(label: str, counts: Counts, asked: Asked, lists: bool, **changes: str) -> dict[str, Any]:
    desk_only = "channel" not in changes or changes["channel"] in DESKS
    kept = percent(counts["kept"], counts["kept"] + counts["missed"])
    return {
        "label": label,
        "counts": dict(counts),
        "kept": kept,
        "kept_state": state_of(kept, KEPT_GOAL),
        "first_contact": percent(counts["first_contact"], counts["desk"]) if desk_only else None,
        "urls": {key: _link(asked, key, lists, **changes) for key in _LINKED},
    }
