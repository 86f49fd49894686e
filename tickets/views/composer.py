"""What the composer of the ticket page shows: reply, letter, telephone, note, and what may be put into them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format, time_format
from django.utils.translation import gettext as _

from directory.models import Agent
from directory.selectors import town_get
from knowledge.models import Article
from tickets.actions.replies.scheduled import is_left_behind
from tickets.composer_forms import NoteForm, PhoneAnswerForm, ReplyForm
from tickets.enums import MessageKind
from tickets.models import Message, ScheduledReply, Ticket
from tickets.reply_variables import fill
from tickets.selectors.addresses import answer_address
from tickets.selectors.composing import draft_files_of, drafts_of, planned_on, usual_moments
from tickets.selectors.remaining import what_remains
from tickets.selectors.reply_templates import template_values, templates_for
from tickets.selectors.similar import similar_answered
from tickets.timezones import town_zone
from tickets.views.draft_files import file_limits

EVERY_TEMPLATE = 500


@dataclass(frozen=True)
class Moment:
    """A moment offered to send later: ``value`` for the form, ``label`` for the reader."""

    value: str
    label: str


@dataclass(frozen=True)
class Planned:
    """A reply planned for later; ``own``: its author reads the page, or a colleague while the author is not there."""

    row: ScheduledReply
    own: bool


def composer_context(
    request: HttpRequest,
    ticket: Ticket,
    agent: Agent,
    *,
    may_reply: bool,
    messages: Sequence[Message],
    emails: Sequence[Mapping[str, str]],
    reply: ReplyForm | None,
    note: NoteForm | None,
    now: datetime,
    phone: PhoneAnswerForm | None = None,
) -> dict[str, Any]:
    """What ``templates/tickets/partials/_composer.html`` reads. Two queries, one or two more where it must look closer.

    ``messages``: the conversation, with its attachments. ``emails``: the requester's addresses, as the page shows them.
    ``reply``, ``note`` and ``phone``: the refused form, filled as it was sent.
    """
    seen = max((message.pk for message in messages), default=None)
    drafts = drafts_of(ticket, agent)
    article = _article(request)
    internal = article if article and not article.is_public else None  # read by colleagues: it goes in the note
    if reply is None:
        reply = ReplyForm(
            auto_id="reply-%s", initial={"seen": seen, "body": _body(request, ticket, agent, messages, drafts, article)}
        )
    elif seen is not None:
        # the refused reply comes back with the conversation as it is now: sending again means having read it
        reply.data = dict(reply.data.items()) | {"seen": str(seen)}
    if note is None:
        kept = drafts.get(MessageKind.NOTE)
        body = _joined(kept.body if kept else "", internal.answer if internal else "")
        note = NoteForm(auto_id="note-%s", initial={"body": body})
    email = _email(ticket, emails)
    return {
        "reply_form": reply,
        "note_form": note,
        "phone_form": phone or PhoneAnswerForm(auto_id="phone-%s", initial={"seen": seen}),
        "reply_draft": drafts.get(MessageKind.REPLY),
        "note_draft": drafts.get(MessageKind.NOTE),
        "to_email": email,
        "files": draft_files_of(ticket, agent),
        "file_limits": file_limits(),
        "remains": what_remains(ticket) if may_reply else [],
        "enclosures": _enclosures(messages, request),
        "templates_kept": _used(request, "templates", "modele"),
        "articles_kept": [] if internal else _used(request, "articles", "article"),
        "moments": [Moment(each.strftime("%Y-%m-%dT%H:%M"), _moment(each, now)) for each in _moments(now)],
        "planned": [
            Planned(row, row.author_id == agent.pk or is_left_behind(row, now))
            for row in planned_on(ticket).select_related("author").prefetch_related("files")
        ],
        "composing": "note"
        if internal
        else _composing(request, may_reply=may_reply, email=email, note=note, phone=phone),
    }


def _composing(
    request: HttpRequest,
    *,
    may_reply: bool,
    email: Mapping[str, str] | None,
    note: NoteForm,
    phone: PhoneAnswerForm | None,
) -> str:
    """Which of the composer's tabs is open."""
    if note.is_bound or not may_reply:
        return "note"
    if phone is not None:
        return "phone"
    if email is None:
        return "letter"
    return "letter" if request.GET.get("par") == "courrier" else "reply"


def _email(ticket: Ticket, emails: Sequence[Mapping[str, str]]) -> Mapping[str, str] | None:
    """The address the reply goes to, as the page shows it; None without any."""
    if len(emails) < 2:
        return next(iter(emails), None)
    used = answer_address(ticket)
    return next((each for each in emails if each["text"] == used), emails[0])


def _body(
    request: HttpRequest,
    ticket: Ticket,
    agent: Agent,
    messages: Sequence[Message],
    drafts: Mapping[str, Any],
    article: Article | None,
) -> str:
    """The draft, and below it what a link without script asks to insert."""
    draft = drafts.get(MessageKind.REPLY)
    return _joined(draft.body if draft else "", _inserted(request, ticket, agent, messages, article))


def _joined(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part)


def _article(request: HttpRequest) -> Article | None:
    """The published article that a link without script asks to insert."""
    pk = _number(request, "article")
    return Article.objects.filter(pk=pk, is_published=True).first() if pk else None


def _inserted(
    request: HttpRequest, ticket: Ticket, agent: Agent, messages: Sequence[Message], article: Article | None
) -> str:
    """Without script, « insert » is a link that comes back with the number of what is inserted. Of the articles, the
    public ones alone may be sent."""
    answer = next((each.body for each in messages if _is_answer(each, request)), "")
    if answer:
        return answer
    if article is not None:
        return article.answer if article.is_public else ""
    if template := _number(request, "modele"):
        offered = templates_for(ticket, limit=EVERY_TEMPLATE)
        found = next((each for each in offered if each.pk == template), None)
        return fill(found.body, template_values(ticket, agent, town_get(), now=timezone.now())) if found else ""
    if similar := _number(request, "similar"):
        return next((each.text for each in similar_answered(ticket, agent) if each.ticket.pk == similar), "")
    return ""


def _number(request: HttpRequest, name: str) -> int:
    value = request.GET.get(name, "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 19 else 0


def _used(request: HttpRequest, field: str, parameter: str) -> list[str]:
    """The templates or articles inserted so far, that the form sends back to be counted."""
    kept = request.POST.getlist(field) or request.GET.getlist(parameter)
    return [value for value in kept if value.isascii() and value.isdigit()][:20]


def _moments(now: datetime) -> list[datetime]:
    return usual_moments(timezone.localtime(now, town_zone()))


def _moment(moment: datetime, now: datetime) -> str:
    """« demain, lundi 23 novembre à 8 h »."""
    day = date_format(moment, "l j F")
    if (moment.date() - timezone.localtime(now, town_zone()).date()).days == 1:
        return _("Tomorrow, %(day)s at %(time)s") % {"day": day, "time": time_format(moment, "G \\h")}
    return _("%(day)s at %(time)s") % {"day": day[:1].upper() + day[1:], "time": time_format(moment, "G \\h")}


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
