"""The lines of the timeline that tell how people work together: links, merges, parts, tasks."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from tickets.enums import EventKind
from tickets.models import LinkKind

Data = dict[str, Any]
Written = tuple[str, str]


def _link_words(data: Data) -> str:
    here = bool(data.get("here"))
    words = {
        LinkKind.RELATED: (_("Related to %(other)s"), _("Related to %(other)s")),
        LinkKind.DUPLICATE: (_("Duplicate of %(other)s"), _("%(other)s is a duplicate of it")),
        LinkKind.PART: (_("Part of %(other)s"), _("%(other)s is a part of it")),
    }
    kind = data.get("link", "")
    forwards, backwards = words[LinkKind(kind) if kind in LinkKind.values else LinkKind.RELATED]
    return (forwards if here else backwards) % {"other": data.get("other", "")}


def _linked(data: Data, _actor: str) -> Written:
    if data.get("mailbox"):
        return _("The same mail also came to %(address)s") % {"address": data["mailbox"]}, ""
    return _link_words(data), ""


def _unlinked(data: Data, _actor: str) -> Written:
    return _("Link removed"), _link_words(data)


def _merged(data: Data, _actor: str) -> Written:
    if data.get("into"):
        return _("Merged into %(other)s") % {"other": data.get("other", "")}, _("Its messages are there.")
    detail = _("This ticket is sensitive from now on, as that one was.") if data.get("closed") else ""
    return _("%(other)s merged into this ticket") % {"other": data.get("other", "")}, detail


def _unmerged(data: Data, _actor: str) -> Written:
    return _("Merge with %(other)s undone") % {"other": data.get("other", "")}, ""


def _split(data: Data, _actor: str) -> Written:
    if data.get("here"):
        return _("Separated from %(reference)s") % {"reference": data.get("other", "")}, ""
    return _("A second request was made of it: %(other)s") % {"other": data.get("other", "")}, ""


def _task_added(data: Data, _actor: str) -> Written:
    return _("Task asked of %(service)s") % {"service": data.get("service", "")}, str(data.get("title", ""))


def _task_done(data: Data, _actor: str) -> Written:
    title = str(data.get("title", ""))
    if data.get("cancelled"):
        return _("Task given up"), title
    return _("Task done: %(service)s") % {"service": data.get("service", "")}, title


KINDS: dict[str, tuple[Callable[[Data, str], Written], str, str]] = {
    EventKind.LINKED: (_linked, "link", ""),
    EventKind.UNLINKED: (_unlinked, "unlink", ""),
    EventKind.MERGED: (_merged, "merge", "accent"),
    EventKind.UNMERGED: (_unmerged, "undo-2", ""),
    EventKind.SPLIT: (_split, "split", "accent"),
    EventKind.TASK_ADDED: (_task_added, "list-todo", ""),
    EventKind.TASK_DONE: (_task_done, "list-checks", "ok"),
}
