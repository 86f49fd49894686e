"""The conversation as its requester reads it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypedDict

from django.urls import reverse
from django.utils.translation import gettext as _

from tickets.enums import MessageKind
from tickets.models import Message, Ticket


class File(TypedDict):
    url: str
    name: str
    size: int


@dataclass(frozen=True)
class Line:
    """One message. ``author`` is « You » or the agent's public name (CRPA L111-2)."""

    kind: str
    author: str
    role: str
    at: datetime
    body: str
    files: list[File] = field(default_factory=list)


def conversation_of(ticket: Ticket, messages: Iterable[Message]) -> list[Line]:
    return [
        Line(
            kind=message.kind,
            author=_author(message),
            role=_role(message),
            at=message.created_at,
            body=message.body,
            files=[
                File(url=reverse("portal:attachment", args=[ticket.reference, file.pk]), name=file.name, size=file.size)
                for file in message.attachments.all()
                if not file.is_quarantined
            ],
        )
        for message in messages
    ]


def _author(message: Message) -> str:
    if message.kind == MessageKind.INBOUND:
        return _("You")
    return message.author.public_name if message.author else message.author_name or _("The town hall")


def _role(message: Message) -> str:
    """The agent's position, unless their anonymity was granted for safety."""
    agent = message.author
    if message.kind == MessageKind.INBOUND or agent is None or agent.is_anonymous_for_safety:
        return ""
    return agent.title
