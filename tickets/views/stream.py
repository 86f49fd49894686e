"""The conversation as the page tells it: the messages, and between them what happened, folded."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from core.antivirus import FileCheck
from tickets.enums import EventKind, MessageKind, Status
from tickets.models import Message, TicketEvent
from tickets.views.wording import Line, lines_of

# the bubble itself tells these
_TOLD = {EventKind.OPENED, EventKind.MESSAGE, EventKind.NOTED, EventKind.SERVICE_ANSWERED}


@dataclass
class Piece:
    """A message (``bubble``), or the events between two of them (``lines``, the oldest first)."""

    bubble: dict[str, Any] | None = None
    lines: list[Line] = field(default_factory=list)


def stream_of(messages: Sequence[Message], events: Iterable[TicketEvent]) -> list[Piece]:
    """``messages`` and ``events``, both the oldest first, as one story."""
    pieces: list[Piece] = []
    waiting = _between(events)
    for message in messages:
        before = [line for line in waiting if line.at < message.created_at]
        waiting = waiting[len(before) :]
        if before:
            pieces.append(Piece(lines=before))
        pieces.append(Piece(bubble=_bubble(message)))
    if waiting:
        pieces.append(Piece(lines=waiting))
    return pieces


def _between(events: Iterable[TicketEvent]) -> list[Line]:
    """The lines of what no bubble tells; « answered » follows from the reply above it."""
    told = list(events)
    replies = {(event.at, event.actor_id) for event in told if event.kind == EventKind.REPLIED}
    kept = [
        event
        for event in told
        if event.kind not in _TOLD
        and (event.kind != EventKind.REPLIED or event.data.get("article"))
        and not (
            event.kind == EventKind.STATUS
            and event.data.get("current") in {Status.ANSWERED, Status.OPEN}
            and (event.at, event.actor_id) in replies
        )
    ]
    return sorted(lines_of(kept), key=lambda line: line.at)


def _bubble(message: Message) -> dict[str, Any]:
    return {
        "message": message,
        "channel": "" if message.kind == MessageKind.NOTE else message.channel,
        "author": message.author_name or message.get_kind_display(),
        "role": _("Answer of the service (by e-mail)") if message.service_id else "",
        "delivery": message.outbound if message.kind == MessageKind.REPLY else None,
        "attachments": [
            {
                "url": reverse("tickets:attachment", args=[file.pk]),
                "preview_url": reverse("tickets:preview", args=[file.pk]),
                "name": file.name,
                "size": file.size,
                "is_risky": file.opens_with_care,
                "is_unchecked": file.virus_check == FileCheck.WAITING,
                "virus": file.virus or _("a virus") if file.is_quarantined else "",
            }
            for file in message.attachments.all()
        ],
    }
