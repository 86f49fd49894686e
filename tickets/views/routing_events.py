"""The lines of the timeline that tell what a request is about, how it was recognised and where it was sent for it."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from tickets.enums import EventKind
from tickets.filter_forms import language_name

Data = dict[str, Any]
Written = tuple[str, str]


def _routed(data: Data, actor: str) -> Written:
    label, told = _routed_by(data, actor)
    if data.get("reason") == "rule" or not data.get("rules"):
        return label, told
    return label, " — ".join([told, _("Rules that applied: %(names)s") % {"names": ", ".join(data["rules"])}])


def _routed_by(data: Data, _actor: str) -> Written:
    label = _("Sent to %(service)s") % {"service": data.get("service", "")}
    kind, words = data.get("request_type", ""), ", ".join(data.get("keywords") or [])
    if data.get("reason") == "rule":
        told = _("By the rule: %(names)s") % {"names": ", ".join(data.get("rules") or [])}
        return label, f"{told} ({words})" if words else told
    if data.get("reason") == "learned":
        return label, _("Recognised as « %(type)s » as the requests before it: %(words)s") % {
            "type": kind,
            "words": words,
        }
    if data.get("reason") == "keywords":
        return label, _("Recognised as « %(type)s » by the words: %(words)s") % {"type": kind, "words": words}
    if data.get("reason") == "type":
        return label, _("Because of its type: %(type)s") % {"type": kind}
    return label, _("No type was recognised.")


def _typed(data: Data, _actor: str) -> Written:
    former = data.get("former")
    detail = _("Before: %(type)s") % {"type": former} if former else ""
    if not data.get("request_type"):
        return _("Type removed"), detail
    return _("Classified: %(type)s") % {"type": data["request_type"]}, detail


def _flagged(data: Data, _actor: str) -> Written:
    label = _("Checked by a person") if data.get("cleared") else _("To be checked by a person")
    return label, str(data.get("reason", ""))


def _language(data: Data, _actor: str) -> Written:
    former, current = (language_name(str(data.get(name, ""))) for name in ("former", "current"))
    return _("Language: %(language)s") % {"language": current}, _("Before: %(type)s") % {"type": former}


def _emergency(data: Data, _actor: str) -> Written:
    if data.get("cleared"):
        return _("Emergency dealt with: %(name)s") % {"name": data.get("name", "")}, ""
    words = ", ".join(f"« {each} »" for each in data.get("words") or [])
    return _("Emergency recognised: %(name)s") % {"name": data.get("name", "")}, words


def _tagged(data: Data, _actor: str) -> Written:
    added, removed = (", ".join(data.get(name) or []) for name in ("added", "removed"))
    told = [_("Added: %(tags)s") % {"tags": added} if added else ""]
    told.append(_("Removed: %(tags)s") % {"tags": removed} if removed else "")
    return _("Tags changed"), " — ".join(filter(None, told))


def _described(data: Data, _actor: str) -> Written:
    """Only what changed is in ``data``: (former, current) pairs."""
    told = []
    if "subject" in data:
        told.append(_("Subject before: %(text)s") % {"text": data["subject"][0]})
    if "location" in data:
        told.append(_("Place before: %(text)s") % {"text": data["location"][0] or _("no place")})
    if data.get("point"):
        told.append(_("Point removed from the map"))
    return _("Subject or place corrected"), " — ".join(told)


KINDS: dict[str, tuple[Callable[[Data, str], Written], str, str]] = {
    EventKind.ROUTED: (_routed, "route", ""),
    EventKind.TYPED: (_typed, "tag", ""),
    EventKind.FLAGGED: (_flagged, "flag", "soon"),
    EventKind.LANGUAGE: (_language, "languages", ""),
    EventKind.EMERGENCY: (_emergency, "siren", "late"),
    EventKind.TAGGED: (_tagged, "tags", ""),
    EventKind.DESCRIBED: (_described, "pencil", ""),
}
