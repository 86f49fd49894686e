"""The component tags of the interface: `{% load ui %}`. Each renders one template of templates/components/.

See docs/developer/templates.md for a line of use of each.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from importlib.resources import files
from io import BytesIO
from typing import Any
from zipfile import ZipFile

from django import template
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _
from lucide import IconDoesNotExist

from core.templatetags.wording import Due, deadline_words, exact_moment, past_moment

register = template.Library()
register.filter("exact_moment", exact_moment)

# code of tickets' status → (icon, tone, label used when the caller gives none)
STATUSES: Mapping[str, tuple[str, str, Any]] = {
    "new": ("inbox", "accent", _("New")),
    "open": ("circle-dot", "accent", _("In progress")),
    "waiting": ("circle-pause", "paused", _("Waiting for the citizen")),
    "answered": ("reply", "ok", _("Answered")),
    "closed": ("circle-check", "muted", _("Closed")),
    "merged": ("git-merge", "muted", _("Merged")),
    "cancelled": ("circle-x", "muted", _("Cancelled")),
}
# code of a channel → (icon, label used when the caller gives none)
CHANNELS: Mapping[str, tuple[str, Any]] = {
    "web": ("globe", _("Web form")),
    "email": ("mail", _("E-mail")),
    "phone": ("phone", _("Telephone")),
    "counter": ("store", _("Counter")),
    "post": ("mailbox", _("Letter")),
    "api": ("webhook", _("API")),
}
BUBBLES: Mapping[str, tuple[str, Any]] = {
    "inbound": ("user-round", _("Message received")),
    "reply": ("reply", _("Reply sent")),
    "note": ("sticky-note", _("Internal note, not visible to the citizen")),
}
TARGETS: Mapping[str, tuple[str, Any]] = {
    "ok": ("circle-check", _("Target met")),
    "soon": ("circle-alert", _("Close to target")),
    "late": ("triangle-alert", _("Target missed")),
}
MESSAGE_ICONS = {"success": "circle-check", "error": "circle-alert", "warning": "triangle-alert"}


@cache
def _drawings() -> ZipFile:
    """The drawings of lucide. Its own tag opens them for each icon and reads the list of all 1,700: 10 ms."""
    return ZipFile(BytesIO((files("lucide") / "lucide.zip").read_bytes()))


@lru_cache(maxsize=512)
def svg_icon(name: str, size: int, css: str) -> SafeString:
    """The decorative SVG of a lucide icon, `size` in CSS pixels. Raises lucide.IconDoesNotExist on an unknown name.

    How every icon is drawn is in base.css, once: a list has a hundred and fifty of them.
    """
    try:
        drawing = _drawings().read(f"{name}.svg").decode()
    except KeyError:
        raise IconDoesNotExist(f"The icon {name!r} does not exist.") from None
    shapes = re.sub(r">\s+<", "><", drawing.partition(">")[2].strip())
    shapes = mark_safe(re.sub(r"\s+", " ", shapes).replace(" />", "/>"))  # noqa: S308 - the package's own SVG
    return format_html(
        '<svg width="{0}" height="{0}" viewBox="0 0 24 24" aria-hidden="true" class="{1}">{2}',
        size,
        f"lucide {css}".strip(),
        shapes,
    )


@register.simple_tag
def icon(name: str, size: int = 18, css: str = "") -> SafeString:
    """`{% icon "phone" %}`: a decorative icon; the word it goes with stands beside it."""
    return svg_icon(name + "", size, css + "")


@register.filter
def message_icon(tags: str) -> str:
    """The icon of a Django message, from its level tag."""
    return next((found for tag, found in MESSAGE_ICONS.items() if tag in (tags or "")), "info")


@register.inclusion_tag("components/deadline_chip.html")
def deadline_chip(
    due: Due | None,
    now: dt.datetime | None = None,
    paused: bool = False,
    met: dt.datetime | bool | None = None,
    kind: str = "commitment",
    label: str = "",
    in_list: bool = False,
) -> dict[str, Any]:
    """The one way a deadline is shown. kind: "commitment" or "legal" (the law's own clock, its own shape).

    `in_list` leaves the chip out of the tab order: its exact date then shows while the row's link has the focus.
    Renders nothing when there is neither a due date, nor a pause, nor a success to tell.
    """
    if not (due or paused or met):
        return {"words": None}
    words = deadline_words(due, now=now or timezone.now(), paused=paused, met=met, legal=kind == "legal")
    return {"words": words, "legal": kind == "legal", "label": label, "in_list": in_list}


@register.inclusion_tag("components/badge.html")
def status_badge(status: str, label: str = "") -> dict[str, Any]:
    """A ticket's status: icon, word and tone. `label`: the model's own display name, if there is one."""
    found, tone, default = STATUSES.get(status, ("circle", "muted", status))
    return {"icon_name": found, "tone": tone, "label": label or default}


@register.inclusion_tag("components/badge.html")
def channel_badge(channel: str, label: str = "", plain: bool = False) -> dict[str, Any]:
    """The channel a request came by. `plain` drops the border, for use inside a line of text."""
    found, default = CHANNELS.get(channel, ("message-square", channel))
    return {"icon_name": found, "tone": "muted", "label": label or default, "plain": plain}


@register.inclusion_tag("components/badge.html")
def badge(label: str, icon_name: str = "", tone: str = "muted") -> dict[str, Any]:
    """Any other badge. tone: ok, soon, late, paused, legal, accent, note or muted."""
    return {"icon_name": icon_name, "tone": tone, "label": label}


@register.simple_tag
def when(value: dt.datetime | None, now: dt.datetime | None = None) -> str:
    """A past moment in words, inside a <time> whose title is the exact date."""
    if value is None:
        return ""
    words = past_moment(value, now=now or timezone.now())
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', value.isoformat(timespec="seconds"), exact_moment(value), words
    )


@register.simple_tag
def avatar(name: str, css: str = "") -> SafeString:
    """Initials in a circle; decorative, the name stands beside it."""
    parts = [part for part in str(name).replace("-", " ").split() if part[:1].isalnum()]
    initials = "".join(part[0] for part in (parts[:1] + parts[1:][-1:])).upper()
    return format_html('<span class="avatar {}" aria-hidden="true">{}</span>', css, initials or "?")


@register.simple_tag
def nav_group(group: Mapping[str, Any]) -> SafeString:
    """A group of the sidebar (docs/developer/templates.md), kept: the next pages of an agent mostly show the same."""
    return _nav_group(json.dumps(group, sort_keys=True), translation.get_language())


@lru_cache(maxsize=2048)
def _nav_group(group: str, _language: str) -> SafeString:
    return render_to_string("components/nav_group.html", {"group": json.loads(group)})


@register.inclusion_tag("components/kpi.html")
def kpi(
    label: str,
    value: Any,
    unit: str = "",
    share: float | None = None,
    goal: float | None = None,
    target: str = "",
    state: str = "",
    hint: str = "",
    url: str = "",
) -> dict[str, Any]:
    """A figure against its commitment.

    share, goal: 0 to 1, drawn as a bar with a mark; target: the commitment in words; state: ok, soon or late (said in
    words too); value None reads "no data yet".
    """
    target_icon, target_word = TARGETS.get(state, ("", ""))
    return {
        "label": label,
        "value": value,
        "unit": unit,
        "width": None if share is None else f"{100 * min(max(share, 0), 1):.1f}",
        "goal_x": None if goal is None else f"{100 * min(max(goal, 0), 1) - 0.5:.1f}",
        "target": target,
        "state": state,
        "tone": state or "1",
        "target_icon": target_icon,
        "target_word": target_word,
        "hint": hint,
        "url": url,
    }


@register.inclusion_tag("components/pager.html")
def pager(previous_url: str = "", next_url: str = "", summary: str = "") -> dict[str, Any]:
    """Keyset pagination: previous and next, and a sentence such as "25 requests of 1,204"."""
    return {"previous_url": previous_url, "next_url": next_url, "summary": summary}


@register.inclusion_tag("components/tabs.html")
def tabs(items: Iterable[Mapping[str, Any]], label: str = "", style: str = "tabs") -> dict[str, Any]:
    """Links as tabs or, with style="filters", as pills. items: {label, url, current, count?, icon?, tone?}."""
    return {"items": items, "label": label, "style": style}


@register.inclusion_tag("components/timeline.html")
def timeline(items: Iterable[Any], compact: bool = False, now: dt.datetime | None = None) -> dict[str, Any]:
    """Events in order. items have label and optionally at, detail, actor, icon, tone, state (done, current, future)."""
    return {"items": items, "compact": compact, "now": now or timezone.now()}


@register.inclusion_tag("components/copy_button.html")
def copy_button(text: str, label: str = "") -> dict[str, Any]:
    """A button that copies `text`; absent without JavaScript, so the text itself stands beside it."""
    return {"text": text, "label": label}


@register.simple_block_tag
def card(content: str, title: str = "", icon_name: str = "", level: int = 2, flush: bool = False, css: str = "") -> str:
    """`{% card title="…" %}…{% endcard %}`: a bordered box with a heading. flush: no padding, for tables and lists."""
    context = {"content": content, "title": title, "icon_name": icon_name, "level": level, "flush": flush, "css": css}
    return render_to_string("components/card.html", context)


@register.simple_block_tag
def table(content: str, caption: str, id: str = "", hide_caption: bool = False, css: str = "") -> str:
    """`{% table caption="…" id="…" %}<thead>…<tbody>…{% endtable %}`: captioned, in a scroll box reachable by key."""
    context = {"content": content, "caption": caption, "id": id, "hide_caption": hide_caption, "css": css}
    return render_to_string("components/table.html", context)


@register.simple_block_tag
def empty_state(content: str, title: str, text: str = "", icon_name: str = "inbox", level: int = 2) -> str:
    """Says why there is nothing and what to do; the block holds the actions."""
    context = {"content": content, "title": title, "text": text, "icon_name": icon_name, "level": level}
    return render_to_string("components/empty_state.html", context)


@register.simple_block_tag
def alert(content: str, tone: str = "info", title: str = "") -> str:
    """A standing message. tone: info, success, warning or error."""
    context = {"content": content, "tone": tone, "title": title, "icon_name": message_icon(tone)}
    return render_to_string("components/alert.html", context)


@register.simple_block_tag
def bubble(
    content: str,
    kind: str,
    author: str,
    at: dt.datetime | None = None,
    role: str = "",
    channel: str = "",
    attachments: Iterable[Mapping[str, Any]] = (),
    now: dt.datetime | None = None,
) -> str:
    """One message, an <li> of <ol class="conversation">. kind: inbound, reply, note.

    attachments: {url, name, size, is_risky?, preview_url?, virus?}.
    """
    icon_name, kind_label = BUBBLES[kind]
    context = {
        "content": content,
        "kind": kind,
        "kind_label": kind_label,
        "icon_name": icon_name,
        "author": author,
        "role": role,
        "channel": channel,
        "at": at,
        "now": now or timezone.now(),
        "attachments": attachments,
    }
    return render_to_string("components/bubble.html", context)


@register.simple_block_tag
def dialog(content: str, id: str, title: str, wide: bool = False) -> str:
    """A native <dialog>, opened by any `<button data-dialog-open="ID">`. Needs JavaScript: workspace only."""
    return render_to_string("components/dialog.html", {"content": content, "id": id, "title": title, "wide": wide})


@register.simple_block_tag
def disclosure(content: str, label: str, icon_name: str = "", danger: bool = False, open: bool = False) -> str:
    """A <details>: asks once before something heavy, or holds a secondary form. Works without JavaScript."""
    context = {"content": content, "label": label, "icon_name": icon_name, "danger": danger, "open": open}
    return render_to_string("components/disclosure.html", context)
