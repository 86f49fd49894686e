"""Reads of the outbox and of the agents' alerts."""

import re
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from core.navigation import capped
from directory.models import Agent
from notifications.models import Notice, OutboundKind, OutboundMessage, OutboundStatus
from notifications.visibility import not_closed

UNREAD_CAP = 99
_LINK_TOKEN = re.compile(r"(/lien/)[\w\-=.~%]+")


def outbound_list(*, status: str = "", kind: str = "") -> QuerySet[OutboundMessage]:
    """Outgoing messages without their text, in no order; an unknown filter value is no filter."""
    rows = OutboundMessage.objects.defer("body", "references")
    if status in OutboundStatus.values:
        rows = rows.filter(status=status)
    return rows.filter(kind=kind) if kind in OutboundKind.values else rows


def shown_body(message: OutboundMessage) -> str:
    """The text as agents may read it: a citizen's one-time link is the citizen's, except in a demonstration."""
    return message.body if settings.DEMO else _LINK_TOKEN.sub(r"\1…", message.body)


def notices_of(agent: Agent, *, unread_only: bool = False) -> QuerySet[Notice]:
    """The alerts of ``agent``, in no order; none about a sensitive ticket that they may not open (any more)."""
    rows = Notice.objects.filter(not_closed(agent), agent=agent)
    return rows.filter(read_at__isnull=True) if unread_only else rows


def notices_unread(agent: Agent) -> QuerySet[Notice, Any]:
    """Those not read yet, UNREAD_CAP + 1 at most, to be counted: one read of a partial index, and their tickets."""
    return notices_of(agent, unread_only=True).order_by().values("pk")[: UNREAD_CAP + 1]


def unread_shown(count: int) -> dict[str, Any]:
    """``unread_notices`` of the templates."""
    return {"count": count, "label": capped(count, UNREAD_CAP)}
