"""A calendar invitation (RFC 5545) as a person reads it. Pure; nothing here raises on bad input."""

import re
from collections.abc import Iterator
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from core.text import one_line

_LINE = re.compile(r"([A-Za-z0-9-]+)((?:;[^:;=\"]+=(?:\"[^\"]*\"|[^:;\"]*))*):(.*)", re.DOTALL)
_EVENTS, _LINES = 5, 5000


def invitation_text(ics: str) -> str:
    """The events of an iCalendar file, in the active language; empty when there is none."""
    told = []
    for event, method in _events(ics):
        title = one_line(event.get("SUMMARY", ("", ""))[1], 200) or "—"
        lines = [_heading(method, event.get("ATTENDEE", ("", ""))[0]) % {"title": title}]
        if when := _span(event):
            lines.append(_("When: %(when)s") % {"when": when})
        if where := one_line(event.get("LOCATION", ("", ""))[1], 200):
            lines.append(_("Where: %(where)s") % {"where": where})
        if organiser := _person(event.get("ORGANIZER", ("", ""))):
            lines.append(_("Organised by: %(who)s") % {"who": organiser})
        if description := event.get("DESCRIPTION", ("", ""))[1].strip():
            lines += ["", description[:5000]]
        told.append("\n".join(lines))
    return "\n\n".join(told)


def _heading(method: str, attendee: str) -> str:
    """``attendee``: the parameters of who answers (RFC 5546 §3.2.3)."""
    if method == "CANCEL":
        return _("Cancelled event: %(title)s")
    if method != "REPLY":
        return _("Invitation: %(title)s")
    answers = {
        "ACCEPTED": _("Invitation accepted: %(title)s"),
        "DECLINED": _("Invitation declined: %(title)s"),
        "TENTATIVE": _("Invitation accepted perhaps: %(title)s"),
    }
    said = re.search(r";PARTSTAT=\"?([A-Za-z-]+)", attendee, re.IGNORECASE)
    return answers.get(said[1].upper() if said else "", _("Answer to an invitation: %(title)s"))


def _events(ics: str) -> Iterator[tuple[dict[str, tuple[str, str]], str]]:
    """(property → (parameters, value), method) of each event: what is nested in one (an alarm) is left out."""
    unfolded = re.sub(r"\r?\n[ \t]", "", ics[:500_000])
    event: dict[str, tuple[str, str]] | None = None
    nested, method, count = 0, "", 0
    for line in re.split(r"\r?\n", unfolded)[:_LINES]:
        match = _LINE.fullmatch(line)
        if match is None:
            continue
        name, value = match[1].upper(), match[3]
        if name == "METHOD" and event is None:
            method = value.strip().upper()
        elif name == "BEGIN" and value.strip().upper() == "VEVENT":
            event = {}
        elif event is None:
            continue
        elif name == "BEGIN":
            nested += 1
        elif name == "END" and nested:
            nested -= 1
        elif name == "END":
            yield event, method
            event, count = None, count + 1
            if count >= _EVENTS:
                return
        elif not nested:
            event.setdefault(name, (match[2], _unescaped(value)))


def _unescaped(value: str) -> str:
    return re.sub(r"\\([\\;,nN])", lambda match: "\n" if match[1] in "nN" else match[1], value)


def _span(event: dict[str, tuple[str, str]]) -> str:
    start, end = (_moment(*event.get(name, ("", ""))) for name in ("DTSTART", "DTEND"))
    if start is None:
        return ""
    if not isinstance(start, datetime):
        return date_format(start, "l j F Y")
    if isinstance(end, datetime) and end.date() == start.date():
        return f"{date_format(start, 'l j F Y')}, {start:%H:%M} – {end:%H:%M}"
    return f"{date_format(start, 'l j F Y')}, {start:%H:%M}"


def _moment(parameters: str, value: str) -> datetime | date | None:
    """A local date or time: times in UTC are told in the town's; those of a named zone as they are written."""
    value = value.strip()
    try:
        if len(value) == 8:
            return date.fromisoformat(value)
        if value.endswith("Z"):
            return datetime.fromisoformat(value).astimezone(ZoneInfo(settings.TIME_ZONE))
        return datetime.fromisoformat(value)
    except (ValueError, OverflowError):
        return None


def _person(prop: tuple[str, str]) -> str:
    name = re.search(r";CN=\"?([^\";:]*)", prop[0], re.IGNORECASE)
    address = re.sub(r"^mailto:", "", prop[1].strip(), flags=re.IGNORECASE)
    return one_line(f"{name[1]} <{address}>" if name and name[1] and name[1] != address else address, 200)
