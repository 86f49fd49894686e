"""The reasons of a due date in words, day by day: what `tickets.deadlines.sla.explain` found."""

from datetime import date, timedelta
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from tickets.deadlines.sla import Explanation, Line, Why

COUNTING = frozenset({Why.COUNTED, Why.DAYS_COUNTED, Why.DUE, Why.DUE_AT_CLOSING, Why.DUE_AT_END_OF_DAY})
# Those that take no parameter, or only their own
TEXTS = {
    Why.WEEKDAY: gettext_lazy("Closed every week: not counted."),
    Why.HOLIDAY: gettext_lazy("Public holiday (%(name)s): not counted."),
    Why.CLOSURE: gettext_lazy("Exceptional closure: not counted."),
    Why.PAUSED: gettext_lazy("Waiting for the citizen: not counted."),
    Why.AFTER_CLOSING: gettext_lazy("Received after closing: nothing is counted that day."),
    Why.FIRST_DAY: gettext_lazy("The day of reception is not counted."),
    Why.MONTH_END: gettext_lazy("%(months)s later there is no such day: the last one of the month, %(on)s."),
    Why.QUANTIEME: gettext_lazy("%(months)s later, on the same day of the month: %(on)s."),
    Why.CLOCKS_FORWARD: gettext_lazy("The clocks go forward: this day has one hour less."),
    Why.CLOCKS_BACK: gettext_lazy("The clocks go back: this day has one hour more."),
    Why.PAUSES_IGNORED: gettext_lazy("This promise runs on while the citizen must act: the pause changes nothing."),
    Why.PAUSE_OPEN: gettext_lazy("The clock stands still from this day on, until the citizen answers."),
    Why.DUE: gettext_lazy("The delay is over: this is the due date."),
    Why.DUE_AT_CLOSING: gettext_lazy("Due when the service closes that day."),
    Why.DUE_AT_END_OF_DAY: gettext_lazy("Due at 18:00, since the service is closed that day."),
}


def reason_lines(explanation: Explanation) -> list[dict[str, Any]]:
    """[{"day": "lundi 23 novembre", "text": sentence, "counts": whether time was counted there}]."""
    year = explanation.lines[0].day.year
    return [
        {"day": days_text(line.day, line.last_day, year), "text": line_text(line), "counts": line.code in COUNTING}
        for line in explanation.lines
    ]


def days_text(first: date, last: date, year: int) -> str:
    """« lundi 23 novembre », with its year when it is not ``year``; « du … au … » for several days."""
    texts = [date_format(day, "l j F" if day.year == year else "l j F Y") for day in (first, last)]
    if first == last:
        return texts[0]
    return _("from %(first)s to %(last)s") % {"first": texts[0], "last": texts[1]}


def line_text(line: Line) -> str:
    """The sentence of a line."""
    params = line.params
    match line.code:
        case Why.COUNTED:
            return _counted(**params)
        case Why.DAYS_COUNTED:
            return _days_counted(**params)
        case Why.MORE:
            count = params["lines"]
            return ngettext("%(count)d more line.", "%(count)d more lines.", count) % {"count": count}
        case Why.QUANTIEME | Why.MONTH_END:
            months = ngettext("%(count)d month", "%(count)d months", params["months"]) % {"count": params["months"]}
            params = {"months": months, "on": date_format(params["on"], "j F Y")}
    return str(TEXTS[line.code]) % params


def _counted(counted: timedelta, left: timedelta, paused: timedelta) -> str:
    words = {"counted": duration_text(counted), "left": duration_text(left), "paused": duration_text(paused)}
    if paused:
        return _("%(counted)s counted, %(left)s left; %(paused)s waiting for the citizen are not counted.") % words
    return _("%(counted)s counted, %(left)s left.") % words


def _days_counted(days: int, number: int, of: int) -> str:
    if days == 1:
        return _("Day %(number)d of %(of)d.") % {"number": number, "of": of}
    return _("Days %(first)d to %(number)d of %(of)d.") % {"first": number - days + 1, "number": number, "of": of}


def duration_text(length: timedelta) -> str:
    """« 7 h 30 », « 45 min »; seconds are left out."""
    hours, minutes = divmod(int(length.total_seconds()) // 60, 60)
    if not hours and minutes:
        return _("%(n)s min") % {"n": minutes}
    return _("%(hours)d h %(minutes)02d") % {"hours": hours, "minutes": minutes} if minutes else f"{hours} h"
