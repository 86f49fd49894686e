"""What an agent added above a citizen's e-mail when forwarding it: for the agents, never for the citizen."""

from datetime import datetime

from django.db import transaction

from core.text import one_line
from tickets.actions.locking import ticket_lock
from tickets.actions.search_text import search_text_append
from tickets.actions.timeline import event_add
from tickets.enums import Channel, EventKind, MessageKind
from tickets.models import Message, Ticket


@transaction.atomic
def forward_note_add(*, ticket: Ticket, body: str, author_name: str, author_email: str, now: datetime) -> Message:
    """An internal note told by an e-mail: by the name and address it gives, since anybody can write them."""
    ticket = ticket_lock(ticket.pk)
    message = Message.objects.create(
        ticket=ticket,
        kind=MessageKind.NOTE,
        channel=Channel.EMAIL,
        author_name=one_line(author_name, 200),
        author_email=author_email,
        body=body.replace("\x00", "").strip(),
        created_at=now,
    )
    search_text_append(ticket, message.body)
    event_add(ticket, EventKind.NOTED, actor=None, at=now)
    return message
