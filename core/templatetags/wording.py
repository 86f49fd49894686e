"""Words for moments: how a due date and a past moment read in the interface. Pure but for translation.

`now` is always passed in; only the template tags read the clock, as a default.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache

from django.utils import formats, timezone
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

Due = dt.datetime | dt.date

SOON = dt.timedelta(hours=24)
SOON_DATE = dt.timedelta(days=7)

# state → lucide icon
STATE_ICONS = {
    "ok": "clock",
    "soon": "hourglass",
    "late": "triangle-alert",
    "paused": "circle-pause",
    "met": "circle-check",
    "met-late": "circle-check",
}


@dataclass(frozen=True)
class DeadlineWords:
    """What a deadline chip says: `state` is a key of STATE_ICONS, `word` stands first, `remaining` may be empty."""

    state: str
    word: str
    remaining: str
    exact: str

    @property
    def icon(self) -> str:
        return STATE_ICONS[self.state]


def is_date(value: Due) -> bool:
    """True for a calendar date, False for a datetime (which is a subclass of date)."""
    return isinstance(value, dt.date) and not isinstance(value, dt.datetime)


def exact_moment(value: Due) -> str:
    """The full date, with the time for a datetime, in the active language and the current time zone."""
    if not isinstance(value, dt.datetime):
        return _day(value, "l j F Y", get_language())
    local = timezone.localtime(value)
    return _("%(date)s at %(time)s") % {"date": _day(local.date(), "l j F Y", get_language()), "time": f"{local:%H:%M}"}


@lru_cache(maxsize=4096)
def _day(day: dt.date, pattern: str, _language: str) -> str:
    """A page of a list writes some eighty dates, of a few days."""
    return formats.date_format(day, pattern)


def _end_of(due: Due) -> dt.datetime:
    """The moment a due date is over: a date runs until its last second, in the current time zone (domain §1)."""
    if isinstance(due, dt.datetime):
        return due
    return timezone.make_aware(dt.datetime.combine(due + dt.timedelta(days=1), dt.time.min))


def _amount(delta: dt.timedelta) -> str:
    """A short length of time: minutes below one hour, hours below two days, then days; rounded down."""
    minutes = int(delta.total_seconds() // 60)
    if minutes < 60:
        return _("%(n)s min") % {"n": max(minutes, 1)}
    if minutes < 48 * 60:
        return _("%(n)s h") % {"n": minutes // 60}
    return _("%(n)s d") % {"n": minutes // (24 * 60)}


def _remaining(due: Due, now: dt.datetime) -> tuple[bool, str]:
    """(is it late, how long until or since). Dates count in calendar days, datetimes in elapsed time."""
    if isinstance(due, dt.datetime):
        late = now > due
        return late, _amount(now - due if late else due - now)
    days = (due - timezone.localdate(now)).days
    return days < 0, _("%(n)s d") % {"n": abs(days)} if days else ""


def deadline_words(
    due: Due | None,
    *,
    now: dt.datetime,
    paused: bool = False,
    met: dt.datetime | bool | None = None,
    legal: bool = False,
    soon: dt.timedelta | None = None,
) -> DeadlineWords:
    """How a deadline stands at `now`.

    due: a datetime (service commitment) or a date (legal clock: its last day, whole day included).
    met: the datetime it was met at, True when met in time, None or False while it runs.
    soon: how long before the due date it becomes "due soon" (24 h; 7 days for a date).
    """
    exact = exact_moment(due) if due else ""
    if met:
        late = isinstance(met, dt.datetime) and due is not None and met > _end_of(due)
        return DeadlineWords("met-late" if late else "met", _("Kept late") if late else _("Kept"), "", exact)
    if due is None:
        return DeadlineWords("paused", _("Paused"), "", "")
    late, amount = _remaining(due, now)
    if paused:
        return DeadlineWords(
            "paused", _("Paused"), "" if late or not amount else _("%(t)s left") % {"t": amount}, exact
        )
    if late:
        if legal:
            return DeadlineWords("late", _("Elapsed"), _("%(t)s ago") % {"t": amount}, exact)
        return DeadlineWords("late", _("Late"), pgettext("late", "by %(t)s") % {"t": amount}, exact)
    margin = soon or (SOON_DATE if is_date(due) else SOON)
    state = "soon" if _end_of(due) - now <= margin else "ok"
    left = _("%(t)s left") % {"t": amount} if amount else _("last day")
    return DeadlineWords(state, _("Due soon") if state == "soon" else _("On time"), left, exact)


def past_moment(value: dt.datetime, *, now: dt.datetime) -> str:
    """A past moment as one would say it: "12 min ago", "today at 14:05", "yesterday at …", "12 Nov. at …"."""
    local, today = timezone.localtime(value), timezone.localdate(now)
    minutes = int((now - value).total_seconds() // 60)
    if 0 <= minutes < 60:
        return ngettext("%(n)s min ago", "%(n)s min ago", minutes) % {"n": minutes} if minutes else _("just now")
    time = f"{local:%H:%M}"
    days = (today - local.date()).days
    if days == 0:
        return _("today at %(time)s") % {"time": time}
    if days == 1:
        return _("yesterday at %(time)s") % {"time": time}
    if local.year == today.year:
        return _("%(date)s at %(time)s") % {"date": _day(local.date(), "j N", get_language()), "time": time}
    return _day(local.date(), "j N Y", get_language())
