"""What somebody of the town hall says of a ticket by e-mail: for the agents, never for the citizen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core.text import one_line
from directory.models import Agent
from tickets.actions.attachments import Upload, attachments_store
from tickets.actions.locking import ticket_lock_kept
from tickets.actions.search_text import search_text_append
from tickets.actions.teamwork.watching import assignee_tell, watchers_tell
from tickets.actions.timeline import event_add
from tickets.enums import Channel, EventKind, MessageKind
from tickets.models import Message, Ticket


@dataclass(frozen=True)
class MailedNote:
    """``author`` only when it is sure who writes; ``author_name`` and ``author_email`` are what the e-mail says, and
    anybody can write them. ``tells``: an answer, that who works on the ticket must hear of."""

    body: str
    author_name: str
    author_email: str
    author: Agent | None = None
    quoted: str = ""
    body_html: str = ""
    uploads: Sequence[Upload] = ()
    tells: bool = False


@transaction.atomic
def mailed_note_add(*, ticket: Ticket, note: MailedNote, now: datetime) -> Message:
    """An internal note told by an e-mail, on the ticket or on the one it was merged into. No clock changes."""
    ticket = ticket_lock_kept(ticket.pk)
    author = note.author
    message = Message.objects.create(
        ticket=ticket,
        kind=MessageKind.NOTE,
        channel=Channel.EMAIL,
        author=author,
        author_name=one_line(author.full_name if author else note.author_name, 200),
        author_email=note.author_email,
        body=note.body.replace("\x00", "").strip(),
        quoted=note.quoted.replace("\x00", ""),
        body_html=note.body_html.replace("\x00", ""),
        created_at=now,
    )
    attachments_store(message, note.uploads)
    search_text_append(ticket, message.body)
    event_add(ticket, EventKind.NOTED, actor=author, at=now)
    if note.tells:
        words = _("a note came by e-mail")
        told = assignee_tell(ticket, "mailed_note", words, now=now, but=author)
        watchers_tell(ticket, words, now=now, but=author, told=told)
    return message
