"""Reads of the outbox."""

import re

from django.conf import settings
from django.db.models import QuerySet

from notifications.models import OutboundKind, OutboundMessage, OutboundStatus

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
