"""What the composer of the ticket page shows: the reply, the note, and what may be put into them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.http import HttpRequest

from directory.models import Agent
from knowledge.models import Article
from tickets.forms import NoteForm, ReplyForm
from tickets.models import Message, Ticket


def composer_context(
    request: HttpRequest,
    ticket: Ticket,
    agent: Agent,
    *,
    may_reply: bool,
    messages: Sequence[Message],
    emails: Sequence[dict[str, str]],
    reply: ReplyForm | None,
    note: NoteForm | None,
    now: datetime,
) -> dict[str, Any]:
    """What ``templates/tickets/partials/_composer.html`` reads.

    ``messages``: the conversation, with its attachments. ``emails``: the requester's addresses, as the page shows them.
    ``reply`` and ``note``: the refused form, filled as it was sent.
    """
    seen = max((message.pk for message in messages), default=None)
    if reply is None:
        reply = ReplyForm(auto_id="reply-%s", initial={"seen": seen, "body": _inserted(request, messages)})
    elif seen is not None:
        # the refused reply comes back with the conversation as it is now: sending again means having read it
        reply.data = dict(reply.data.items()) | {"seen": str(seen)}
    return {
        "reply_form": reply,
        "enclosures": _enclosures(messages, request),
        "note_form": note or NoteForm(auto_id="note-%s"),
        "composing": "note" if note or not may_reply or not emails else "reply",
    }


def _inserted(request: HttpRequest, messages: Sequence[Message]) -> str:
    """Without script, « insert » is a link that comes back with the number of what is inserted."""
    number = request.GET.get("article", "")
    answer = next((each.body for each in messages if _is_answer(each, request)), "")
    if answer or not (number.isascii() and number.isdigit() and len(number) < 19):
        return answer
    return Article.objects.filter(pk=int(number), is_published=True).values_list("answer", flat=True).first() or ""


def _enclosures(messages: Sequence[Message], request: HttpRequest) -> list[dict[str, Any]]:
    """The files of the services' answers, that a reply may enclose; those of the answer sent on are chosen."""
    chosen = set(request.POST.getlist("enclosed"))
    return [
        {"file": file, "chosen": str(file.pk) in chosen or _is_answer(message, request)}
        for message in messages
        if message.service_id is not None
        for file in message.attachments.all()
    ]


def _is_answer(message: Message, request: HttpRequest) -> bool:
    """Whether it is the answer of a service that the agent asked to send on."""
    return message.service_id is not None and str(message.pk) == request.GET.get("answer")
