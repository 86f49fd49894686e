"""The bell of the workspace's top bar."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from directory.models import Agent
from directory.permissions import has_right
from directory.roles import LOG


def bell(request: HttpRequest) -> dict[str, Any]:
    """``live_url``: where pages listen to live events, empty where there are none. ``hears_calls``: whether the
    telephone is theirs to answer."""
    agent = getattr(request, "user", None)
    return {
        "live_url": settings.LIVE_URL,
        "hears_calls": SimpleLazyObject(lambda: isinstance(agent, Agent) and has_right(agent, LOG)),
    }
