"""The lines of the timeline that tell the law: a sentence and a detail for each kind of event."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from core.templatetags.wording import exact_moment
from directory.models import Regime
from tickets.enums import EventKind, LegalRequestKind, Outcome

Data = dict[str, Any]
Written = tuple[str, str]


def _day(value: object) -> str:
    """A day of an event's data in full; empty when there is none."""
    day: date | None = parse_date(str(value)) if value else None
    return date_format(day, "j F Y") if day else ""


def outcome_text(outcome: object) -> str:
    """A decision in one word, inside a sentence; as it stands when it is not one of ours."""
    words = {
        Outcome.ACCEPTED: _("granted"),
        Outcome.PARTLY: _("granted in part"),
        Outcome.REFUSED: _("refused"),
        Outcome.MOOT: _("without object"),
    }
    return words[Outcome(outcome)] if outcome in Outcome.values else str(outcome)


def _implicit(data: Data, _actor: str) -> Written:
    if data.get("annulled"):
        label = _("Implicit decision of %(day)s: annulled") % {"day": _day(data.get("decided_on"))}
        return label, _("What was recorded later shows that it was never born.")
    if data.get("regime") == Regime.SVA:
        return _("Implicit acceptance: the legal delay is over"), _last_day(data)
    return _("Implicit refusal: the legal delay is over"), _last_day(data)


def _last_day(data: Data) -> str:
    """Born at the first instant of the day after the last one to decide."""
    moment: datetime | None = parse_datetime(str(data.get("due_at", "")))
    if moment is None:
        return ""
    return _("Last day to decide: %(day)s") % {"day": exact_moment((timezone.localtime(moment) - timedelta(1)).date())}


def _pieces_asked(data: Data, _actor: str) -> Written:
    due = _day(data.get("due_on"))
    names = ", ".join(data.get("pieces") or [])
    label = _("Missing pieces asked for, by %(day)s") % {"day": due} if due else _("Missing pieces asked for")
    return label, names


def _pieces_received(data: Data, _actor: str) -> Written:
    label = _("Missing pieces received on %(day)s") % {"day": _day(data.get("received_on"))}
    former = _day(data.get("former"))
    return label, _("Before: %(type)s") % {"type": former} if former else ""


def _transmitted(data: Data, _actor: str) -> Written:
    name = {"name": data.get("administration", "")}
    if not data.get("inbound"):
        return _("Forwarded to the competent administration: %(name)s") % name, ""
    first = {"day": _day(data.get("first_received_on"))}
    return _("Received from another administration: %(name)s") % name, _("They had received it on %(day)s.") % first


def _decided(data: Data, _actor: str) -> Written:
    label = _("Decision of %(day)s: %(outcome)s") % {
        "day": _day(data.get("decided_on")),
        "outcome": outcome_text(data.get("outcome", "")),
    }
    told = _day(data.get("notified_on"))
    return label, _("The person was told on %(told)s.") % {"told": told} if told else ""


def _withdrawn(data: Data, _actor: str) -> Written:
    label = _("What was granted on %(day)s is withdrawn") % {"day": _day(data.get("former"))}
    return label, _("On %(day)s (CRPA L242-1)") % {"day": _day(data.get("decided_on"))}


def _asked(data: Data, _actor: str) -> Written:
    day = {"day": _day(data.get("asked_on"))}
    if data.get("asked") == LegalRequestKind.REASONS:
        return _("Reasons asked for on %(day)s") % day, ""
    return _("Attestation asked for on %(day)s") % day, ""


KINDS: dict[str, tuple[Callable[[Data, str], Written], str, str]] = {
    EventKind.IMPLICIT_DECISION: (_implicit, "scale", "legal"),
    EventKind.PIECES_ASKED: (_pieces_asked, "file-question-mark", "paused"),
    EventKind.PIECES_RECEIVED: (_pieces_received, "file-check", "ok"),
    EventKind.TRANSMITTED: (_transmitted, "forward", ""),
    EventKind.DECIDED: (_decided, "gavel", "legal"),
    EventKind.WITHDRAWN: (_withdrawn, "undo-2", "late"),
    EventKind.LEGAL_REQUEST: (_asked, "circle-question-mark", "legal"),
}
