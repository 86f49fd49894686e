"""The bell of the workspace's top bar."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from directory.models import Agent
from directory.permissions import has_right
from directory.roles import LOG
from notifications.selectors import notices_unread, unread_shown


def bell(request: HttpRequest) -> dict[str, Any]:
    """``unread_notices``: {"count", "label"} of this agent. Only templates that show it pay for it: one query.
    ``live_url``: where pages listen to live events, empty where there are none. ``hears_calls``: whether the telephone
    is theirs to answer."""
    agent = getattr(request, "user", None)
    return {
        "unread_notices": SimpleLazyObject(lambda: unread_of(agent)),
        "live_url": settings.LIVE_URL,
        "hears_calls": SimpleLazyObject(lambda: isinstance(agent, Agent) and has_right(agent, LOG)),
    }


def unread_of(agent: object) -> dict[str, Any]:
    return unread_shown(notices_unread(agent).count() if isinstance(agent, Agent) else 0)
