"""What an agent says on a ticket, kept in its conversation."""

from datetime import datetime
from typing import Any

from directory.models import Agent
from tickets.actions.search_text import search_text_append
from tickets.enums import MessageKind
from tickets.models import Message, Ticket


def agent_message_add(
    ticket: Ticket, kind: MessageKind, *, channel: str, author: Agent, body: str, now: datetime, **more: Any
) -> Message:
    """Append a reply or a note to a locked ticket, and let it be searched. ``more``: other fields of `Message`.

    A reply, which the citizen reads, bears the author's public name; a note their whole name.
    """
    message = Message.objects.create(
        ticket=ticket,
        kind=kind,
        channel=channel,
        author=author,
        author_name=author.full_name if kind == MessageKind.NOTE else author.public_name,
        body=body,
        created_at=now,
        **more,
    )
    search_text_append(ticket, body)
    return message
