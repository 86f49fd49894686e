"""What the frame of the workspace shows on every page."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from core.navigation import capped, counted, counter_of
from directory.models import Agent
from directory.permissions import has_right
from directory.roles import ADMINISTER, ASSIGN, DASHBOARD, LOG, LOOKUP, VIEW, WORK
from notifications.selectors import unread_shown
from tickets.models import SavedView
from tickets.selectors.access import audited_service_ids
from tickets.selectors.queues import CAP, QUEUES
from tickets.selectors.sidebar import Sidebar, sidebar_read
from tickets.views.addresses import view_url

TONES = {"today": "soon", "late": "late", "legal": "legal"}
SHORTCUTS = {"mine": "g m", "unassigned": "g u", "today": "g d", "late": "g l", "all": "g a"}
Item = dict[str, Any]


def workspace(request: HttpRequest) -> dict[str, Any]:
    """``nav``: the groups of the sidebar (see docs/developer/templates.md); ``may_search``: whether the box at the top
    would find anything; ``unread_notices``: {"count", "label"}, from the query of the sidebar.
    Only templates that show them pay for them."""
    agent = getattr(request, "user", None)
    if not isinstance(agent, Agent):
        return {"nav": [], "may_search": False}
    return {
        "unread_notices": SimpleLazyObject(lambda: unread_shown(sidebar_of(request, agent, timezone.now()).unread)),
        "nav": SimpleLazyObject(lambda: navigation(request)),
        "may_search": SimpleLazyObject(lambda: has_right(agent, VIEW)),
    }


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The pages this agent's rights open, with the counters of the queues: one query."""
    agent = getattr(request, "user", None)
    if not isinstance(agent, Agent):
        return []
    groups = [
        {"key": "queues", "label": _("Tickets"), "items": _work(request, agent) if has_right(agent, VIEW) else []},
        {
            "key": "views",
            "label": _("My views"),
            "items": _views(request, agent),
            "manage_url": reverse("tickets:views"),
        },
        {"key": "reception", "label": _("Reception"), "items": _reception(request, agent)},
        {"key": "town", "label": _("Town hall"), "items": _town_hall(request, agent)},
    ]
    folded = agent.preferences.get("folded", ())
    return [group | {"folded": group["key"] in folded} for group in groups if group["items"]]


def count_label(count: int) -> str:
    """A counter as it is shown: past CAP, « 999+ »."""
    return capped(count, CAP)


def sidebar_of(request: HttpRequest, agent: Agent, now: datetime) -> Sidebar:
    """The counters and the saved views of the sidebar, asked once per request."""
    known: Sidebar | None = getattr(request, "_sidebar", None)
    if known is None:
        known = sidebar_read(agent, now)
        request._sidebar = known  # type: ignore[attr-defined]
    return known


def queue_counts_of(request: HttpRequest, agent: Agent, now: datetime) -> dict[str, int]:
    return sidebar_of(request, agent, now).counts


def views_of(request: HttpRequest, agent: Agent) -> list[SavedView]:
    """The saved views of the sidebar; none for those who see no ticket."""
    return sidebar_of(request, agent, timezone.now()).views if has_right(agent, VIEW) else []


def view_in_use(request: HttpRequest, agent: Agent) -> SavedView | None:
    """The saved view that the address of a list names, when it is one of the agent's sidebar."""
    wanted = request.GET.get("view", "")
    return next((view for view in views_of(request, agent) if str(view.pk) == wanted), None) if wanted else None


def _views(request: HttpRequest, agent: Agent) -> list[Item]:
    wanted = request.GET.get("view", "")
    items = []
    for view in views_of(request, agent):
        item = _blank(view.name, view_url(view), "users-round" if view.owner_id != agent.pk else "bookmark")
        items.append(item | {"current": wanted == str(view.pk), "view": view.pk})
    return items


def _work(request: HttpRequest, agent: Agent) -> list[Item]:
    """The queues, then what colleagues ask of the agent outside them."""
    mentions = sidebar_of(request, agent, timezone.now()).mentions
    named = _item(request, "tickets:mentions", _("Where I am named"), "at-sign", "g e")
    named |= {"count": count_label(mentions), "tone": "soon" if mentions else ""}
    tasks = (
        [_counted(request, agent, "tickets:tasks", _("Tasks"), "square-check", "g k")] if has_right(agent, WORK) else []
    )
    return [*_queues(request, agent), named, *tasks]


def _queues(request: HttpRequest, agent: Agent) -> list[Item]:
    counts = queue_counts_of(request, agent, timezone.now())
    current = getattr(request, "queue_key", "")
    return [
        {
            "label": str(queue.label),
            "url": reverse("tickets:queue", args=[queue.key]),
            "icon": queue.icon,
            "count": count_label(counts[queue.key]),
            "current": queue.key == current and "view" not in request.GET,
            "tone": TONES.get(queue.key, "") if counts[queue.key] else "",
            "shortcut": SHORTCUTS.get(queue.key, ""),
        }
        for queue in QUEUES
    ]


def _reception(request: HttpRequest, agent: Agent) -> list[Item]:
    items = []
    if has_right(agent, LOG):
        items += [
            _item(request, "phone:desk", _("Phone desk"), "phone", "g t"),
            _item(request, "counter:desk", _("Counter desk"), "store", "g g"),
            _item(request, "post:desk", _("Post desk"), "mailbox", "g p"),
        ]
    if has_right(agent, WORK):
        items.append(_counted(request, agent, "phone:callbacks", _("Callbacks"), "phone-forwarded", "g r"))
    if has_right(agent, VIEW):
        items.append(_item(request, "knowledge:list", _("Knowledge"), "book-open", "g c"))
    if has_right(agent, LOG):
        items.append(_item(request, "tickets:duplicates", _("Likely duplicates"), "users"))
    return items


def _town_hall(request: HttpRequest, agent: Agent) -> list[Item]:
    items = [_item(request, "tickets:legal_calculator", _("Deadline calculator"), "scale")]
    if has_right(agent, DASHBOARD):
        items.append(_item(request, "dashboard:home", _("Dashboard"), "chart-column"))
    if has_right(agent, LOOKUP):
        items.append(_item(request, "lookup:lookup", _("Request look-up"), "user-search"))
    if has_right(agent, ASSIGN):
        items.append(_item(request, "tickets:absences", _("Absences"), "calendar-off"))
    if has_right(agent, ASSIGN) or has_right(agent, ADMINISTER):
        items.append(_item(request, "tickets:rights", _("Rights"), "key-round"))
    if audited_service_ids(agent):
        items.append(_item(request, "tickets:accesses", _("Sensitive accesses"), "eye"))
    if has_right(agent, ADMINISTER):
        items += [
            _counted(request, agent, "inbound:list", _("Received mail"), "mail-open"),
            _item(request, "notifications:list", _("Sent mail"), "send"),
        ]
        if agent.is_staff:
            items.append(_item(request, "admin:index", _("Administration"), "settings"))
    return items


def _counted(request: HttpRequest, agent: Agent, name: str, label: str, icon: str, shortcut: str = "") -> Item:
    known = counted().get(name)
    if known is None:
        count, tone = counter_of(name, agent)
    else:
        count, tone = known.shown(sidebar_of(request, agent, timezone.now()).others[name])
    return _item(request, name, label, icon, shortcut) | {"count": count, "tone": tone}


def _item(request: HttpRequest, name: str, label: str, icon: str, shortcut: str = "") -> Item:
    url, match = reverse(name), request.resolver_match
    # the pages of a desk are under the desk, but the one that has its own line
    under = match is not None and match.view_name != "phone:callbacks" and name == f"{match.namespace}:desk"
    current = match is not None and (match.view_name == name or under)
    return _blank(label, url, icon) | {"current": current, "shortcut": shortcut}


def _blank(label: str, url: str, icon: str) -> Item:
    return {"label": label, "url": url, "icon": icon, "count": None, "current": False, "tone": "", "shortcut": ""}
