"""The timeline in words: one sentence for each kind of event, whoever or whatever caused it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from core.templatetags.wording import exact_moment
from directory.contacts import display_phone
from directory.models import Assignment
from tickets.enums import Channel, DeadlineKind, EventKind, LetterKind, Priority, Status
from tickets.models import TicketEvent
from tickets.views import collaboration_events, legal_events, routing_events

Data = dict[str, Any]


@dataclass(frozen=True)
class Line:
    """One line for the `timeline` component; ``actor`` is « Guichet » when nobody did it."""

    label: str
    at: datetime
    actor: str
    detail: str = ""
    icon: str = "circle-dot"
    tone: str = ""


def lines_of(events: Iterable[TicketEvent]) -> list[Line]:
    """One line for each event, but for a reply and the status it sets: they are one act, told in one line."""
    told = list(events)
    replies = {_act(event, event.data.get("to")) for event in told if event.kind == EventKind.REPLIED}
    return [
        line_of(event)
        for event in told
        if event.kind != EventKind.STATUS or _act(event, event.data.get("current")) not in replies
    ]


def _act(event: TicketEvent, status: str | None) -> tuple[datetime, int | None, str | None]:
    return event.at, event.actor_id, status


_TOLD_BY_OTHERS = {EventKind.OPENED, EventKind.MESSAGE, EventKind.SERVICE_ANSWERED}


def line_of(event: TicketEvent) -> Line:
    """The sentence of one event; an event of an unknown kind keeps its name."""
    write, icon, tone = _KINDS.get(event.kind, (_unknown, "circle-dot", ""))
    actor = event.actor.full_name if event.actor else ""
    label, detail = write(event.data, actor) if event.kind in _KINDS else (event.get_kind_display(), "")
    who = actor or ("" if event.kind in _TOLD_BY_OTHERS else _("Guichet, automatically"))
    return Line(label=label, at=event.at, actor=who, detail=detail, icon=icon, tone=tone)


Written = tuple[str, str]


def _unknown(_data: Data, _actor: str) -> Written:
    return "", ""


def _opened(data: Data, _actor: str) -> Written:
    return _("Request received: %(channel)s") % {"channel": _channel(data)}, ""


def _assigned(data: Data, actor: str) -> Written:
    assignee = data.get("assignee", "")
    if not assignee:
        return _("Put back among the unassigned tickets"), ""
    if assignee == actor:
        return _("Taken by %(name)s") % {"name": assignee}, ""
    turns = {
        Assignment.ROUND_ROBIN: _("In turn, among those present"),
        Assignment.LEAST_LOADED: _("Who has the fewest open tickets, among those present"),
    }
    return _("Given to %(name)s") % {"name": assignee}, turns.get(data.get("reason", ""), "")


def _released(data: Data, _actor: str) -> Written:
    name, task = data.get("former", ""), data.get("task", "")
    asked = _("Task: %(title)s") % {"title": task} if task else ""
    if data.get("why") == "inactive":
        return _("Back from %(name)s, whose account is closed") % {"name": name}, asked
    if data.get("why") == "sensitive":
        return _("Back from %(name)s, who may not open sensitive requests") % {"name": name}, ""
    until = parse_date(str(data.get("until", "")))
    detail = _("Away until %(day)s") % {"day": exact_moment(until)} if until else ""
    return _("Back from %(name)s, who is away") % {"name": name}, " — ".join(filter(None, (asked, detail)))


def _sensitive(data: Data, _actor: str) -> Written:
    return _("Marked as sensitive") if data.get("marked") else _("No longer sensitive"), str(data.get("reason", ""))


def _transferred(data: Data, _actor: str) -> Written:
    label = _("Transferred from %(former)s to %(service)s") % {
        "former": data.get("former", ""),
        "service": data.get("service", ""),
    }
    reason = data.get("reason", "")
    if data.get("asked"):  # the third transfer
        told = _("Asked for: %(service)s. From the third transfer on, the pilot service decides.")
        return label, " — ".join(filter(None, (reason, told % {"service": data["asked"]})))
    return label, reason


def _status(data: Data, _actor: str) -> Written:
    former, current = data.get("former"), data.get("current")
    reason = data.get("reason", "")
    if data.get("undone"):
        return _("Closing undone"), str(Status(current).label) if current in Status.values else ""
    if current == Status.OPEN:
        return (_("Resumed") if former == Status.WAITING else _("Reopened")), reason
    return _status_word(current), reason


def _status_word(status: object) -> str:
    labels = {
        Status.WAITING: _("Waiting for the citizen"),
        Status.ANSWERED: _("Answered"),
        Status.CLOSED: _("Closed"),
        Status.CANCELLED: _("Cancelled"),
        Status.MERGED: _("Merged with another request"),
    }
    return str(labels.get(Status(status), status)) if status in Status.values else str(status)


def _message(data: Data, _actor: str) -> Written:
    return _("The citizen wrote: %(channel)s") % {"channel": _channel(data)}, ""


def _replied(data: Data, _actor: str) -> Written:
    article = data.get("article")
    if data.get("by") == Channel.PHONE:
        return _("Reply given by telephone"), ""
    if article:
        return _("Reply given"), _("With the article « %(article)s »") % {"article": article}
    # « Answered » would say the same thing twice
    return _("Reply given"), "" if data.get("to") in {None, Status.ANSWERED, Status.OPEN} else _status_word(data["to"])


def _scheduled(data: Data, _actor: str) -> Written:
    if data.get("step") == "refused":
        return _("The reply planned for later did not leave"), str(data.get("reason", ""))
    if data.get("step") == "cancelled":
        return _("The reply planned for later was given up"), ""
    moment = parse_datetime(str(data.get("send_at", "")))
    return _("Reply planned for %(when)s") % {"when": exact_moment(moment) if moment else ""}, ""


def _noted(_data: Data, _actor: str) -> Written:
    return _("Internal note added"), ""


def _images(_data: Data, _actor: str) -> Written:
    return _("Remote images of a message loaded"), ""


def _acknowledged(data: Data, _actor: str) -> Written:
    if data.get("letter") == LetterKind.RECEIPT:
        return _("Legal acknowledgement sent to the citizen"), str(data.get("reference", ""))
    if data.get("letter") == LetterKind.REGISTRATION:
        return _("Registration sent to the citizen: the acknowledgement lacks a mention"), str(
            data.get("reference", "")
        )
    return _("Acknowledgement sent to the citizen"), ""


def _letter(data: Data, _actor: str) -> Written:
    kind = data.get("letter", "")
    label = str(LetterKind(kind).label) if kind in LetterKind.values else str(kind)
    reference = str(data.get("reference", ""))
    if data.get("posted_on"):
        number = data.get("registered_number")
        registered = _("registered letter no. %(number)s") % {"number": number}
        detail = f"{reference} — {registered}" if number else reference
        return _("Letter posted: %(letter)s") % {"letter": label}, detail
    if data.get("by_email"):
        return _("Letter sent by e-mail: %(letter)s") % {"letter": label}, reference
    return _("Letter written, to print: %(letter)s") % {"letter": label}, reference


def _reminded(data: Data, _actor: str) -> Written:
    return _("Reminder sent to %(name)s") % {"name": data.get("recipient") or _("nobody")}, _due(data)


def _escalated(data: Data, _actor: str) -> Written:
    label = _("Lateness reported to %(name)s (level %(level)s)") % {
        "name": data.get("recipient") or _("nobody"),
        "level": data.get("level", ""),
    }
    return label, _due(data)


def _send_failed(data: Data, _actor: str) -> Written:
    return _("A message could not be sent"), str(data.get("error") or data.get("reason") or "")


def _priority(data: Data, _actor: str) -> Written:
    former, current = (_priority_word(data.get(name)) for name in ("former", "current"))
    return _("Priority: %(priority)s") % {"priority": current}, _("Before: %(type)s") % {"type": former}


def _priority_word(value: object) -> str:
    return str(Priority(value).label) if value in Priority.values else str(value)


def _callback(data: Data, _actor: str) -> Written:
    note = str(data.get("note", ""))
    if data.get("step") == "reached":
        return _("Called back"), note
    if data.get("step") == "missed":
        return _("Called back, nobody answered"), note
    due = parse_datetime(str(data.get("due_at", "")))
    label = _("Callback asked for, at %(phone)s") % {"phone": display_phone(str(data.get("phone", "")))}
    before = _("before %(when)s") % {"when": exact_moment(due)} if due else ""
    return label, " — ".join(filter(None, (before, note)))


def _pause(data: Data, _actor: str) -> Written:
    former, current = (_span(data.get(name) or []) for name in ("former", "current"))
    detail = filter(None, (_("Before: %(type)s") % {"type": former}, data.get("reason")))
    return _("Pause corrected: %(span)s") % {"span": current}, " — ".join(detail)


def _service_asked(data: Data, _actor: str) -> Written:
    return _("Sent by e-mail to %(service)s") % {"service": data.get("service", "")}, str(data.get("to", ""))


def _service_answered(data: Data, _actor: str) -> Written:
    return _("%(service)s answered by e-mail") % {"service": data.get("service", "")}, ""


def _span(moments: list[str | None]) -> str:
    first, last = (parse_datetime(moment) if moment else None for moment in [*moments, None, None][:2])
    if first is None:
        return ""
    if last is None:
        return _("since %(first)s") % {"first": exact_moment(first)}
    return _("%(first)s – %(last)s") % {"first": exact_moment(first), "last": exact_moment(last)}


def _channel(data: Data) -> str:
    channel = data.get("channel", "")
    return str(Channel(channel).label).lower() if channel in Channel.values else str(channel)


def _due(data: Data) -> str:
    kind = data.get("deadline", "")
    moment = parse_datetime(str(data.get("due_at", "")))
    if kind not in DeadlineKind.values or moment is None:
        return ""
    if kind == DeadlineKind.LEGAL:  # born at the first instant of the day after the last one to decide
        last_day = timezone.localtime(moment).date() - timedelta(days=1)
        return _("Last day to decide: %(day)s") % {"day": exact_moment(last_day)}
    return _("%(deadline)s, due %(when)s") % {"deadline": DeadlineKind(kind).label, "when": exact_moment(moment)}


def _requester(data: Data, _actor: str) -> Written:
    former, current = (data.get(key) or _("nobody known") for key in ("former", "current"))
    label = _("Requester: %(current)s") % {"current": current}
    why = {
        "merge": _("The card of %(former)s was merged into it."),
        "unmerge": _("The merge with the card of %(former)s was undone."),
    }.get(data.get("why", ""), _("Before: %(former)s"))
    return label, why % {"former": former}


_KINDS: dict[str, tuple[Callable[[Data, str], Written], str, str]] = {
    EventKind.OPENED: (_opened, "inbox", "accent"),
    EventKind.ASSIGNED: (_assigned, "user-round-check", ""),
    EventKind.RELEASED: (_released, "undo-2", "soon"),
    EventKind.TRANSFERRED: (_transferred, "arrow-right-left", ""),
    EventKind.STATUS: (_status, "circle-dot", ""),
    EventKind.MESSAGE: (_message, "mail", "accent"),
    EventKind.REPLIED: (_replied, "reply", "ok"),
    EventKind.SCHEDULED: (_scheduled, "calendar-clock", ""),
    EventKind.NOTED: (_noted, "sticky-note", "note"),
    EventKind.IMAGES: (_images, "image", ""),
    EventKind.ACKNOWLEDGED: (_acknowledged, "mail-check", "ok"),
    EventKind.LETTER: (_letter, "scroll-text", "ok"),
    EventKind.REMINDED: (_reminded, "bell", "soon"),
    EventKind.ESCALATED: (_escalated, "triangle-alert", "late"),
    EventKind.SEND_FAILED: (_send_failed, "mail-x", "late"),
    EventKind.PRIORITY: (_priority, "signal-high", ""),
    EventKind.CALLBACK: (_callback, "phone-call", ""),
    EventKind.SERVICE_ASKED: (_service_asked, "send", ""),
    EventKind.SERVICE_ANSWERED: (_service_answered, "mail", "accent"),
    EventKind.PAUSE: (_pause, "timer-reset", ""),
    EventKind.SENSITIVE: (_sensitive, "shield", "legal"),
    EventKind.REQUESTER: (_requester, "user-round-pen", ""),
    **collaboration_events.KINDS,
    **legal_events.KINDS,
    **routing_events.KINDS,
}
