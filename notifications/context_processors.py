"""The bell of the workspace's top bar."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from directory.models import Agent
from notifications.selectors import UNREAD_CAP, unread_count


def bell(request: HttpRequest) -> dict[str, Any]:
    """``unread_notices``: {"count", "label"} of this agent. Only templates that show it pay for it: one query."""
    return {"unread_notices": SimpleLazyObject(lambda: _unread(request))}


def _unread(request: HttpRequest) -> dict[str, Any]:
    agent = getattr(request, "user", None)
    count = unread_count(agent) if isinstance(agent, Agent) else 0
    return {"count": count, "label": f"{UNREAD_CAP}+" if count > UNREAD_CAP else str(count)}
