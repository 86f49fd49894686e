"""Replying, now or later, noting, and answering by telephone. A refused text always comes back, with the reason."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from core.errors import Conflict, Invalid
from core.templatetags.wording import exact_moment
from directory.roles import WORK
from tickets.actions.messages import note_add, reply_send
from tickets.actions.replies.drafts import draft_discard
from tickets.actions.replies.phone_answers import phone_answer_add
from tickets.actions.replies.scheduled import reply_schedule
from tickets.actions.replies.templates import articles_used, templates_used
from tickets.composer_forms import NoteForm, PhoneAnswerForm, ReplyForm
from tickets.enums import MessageKind
from tickets.models import Ticket
from tickets.permissions import require
from tickets.views.common import agent_of, back_to, posted_numbers, posted_on_ticket, refuse
from tickets.views.draft_files import posted_files
from tickets.views.presence import writing_over
from tickets.views.ticket import ticket_page


@posted_on_ticket
def reply(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """Send the reply, or plan it when a moment was chosen."""
    agent = agent_of(request)
    require(agent, WORK, ticket)
    form = ReplyForm(request.POST, auto_id="reply-%s")
    status = 422
    drafted, problems = posted_files(request, ticket, agent, MessageKind.REPLY)
    if form.is_valid() and not problems:
        data = form.cleaned_data
        asked: dict[str, Any] = {
            "body": data["body"],
            "then": data["then"],
            "seen_message_id": data["seen"],
            "outcome": data["outcome"],
            "enclosed": posted_numbers(request, "enclosed"),
            "drafted": drafted,
            "to_address": data["to"],
            "remains_known": data["remains_known"],
            "now": timezone.now(),
        }
        try:
            if form.is_later:
                planned = reply_schedule(ticket=ticket, actor=agent, send_at=data["when"], **asked)
                words = _("Your reply will leave on %(when)s.") % {"when": exact_moment(planned.send_at)}
                anchor = f"planned-{planned.pk}"
            else:
                with transaction.atomic():
                    message = reply_send(ticket=ticket, actor=agent, **asked)
                    draft_discard(ticket=ticket, actor=agent, kind=MessageKind.REPLY)
                words, anchor = _("Your reply is on its way to the citizen."), f"message-{message.pk}"
        except (Conflict, Invalid) as refusal:
            if getattr(refusal, "field", None) == "send_at":
                refusal = Invalid(refusal.message, field="send_on")
            status = refuse(form, refusal)
        else:
            templates_used(posted_numbers(request, "templates"))
            articles_used(posted_numbers(request, "articles"))
            writing_over(ticket, agent)
            messages.success(request, words)
            return back_to(request, ticket, anchor)
    _tell(form, problems)
    return ticket_page(request, ticket, reply=form, status=status)


@posted_on_ticket
def note(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    agent = agent_of(request)
    require(agent, WORK, ticket)
    form = NoteForm(request.POST, auto_id="note-%s")
    status = 422
    drafted, problems = posted_files(request, ticket, agent, MessageKind.NOTE)
    if form.is_valid() and not problems:
        asked: dict[str, Any] = {"body": form.cleaned_data["body"], "drafted": drafted, "now": timezone.now()}
        try:
            with transaction.atomic():
                message = note_add(ticket=ticket, actor=agent, **asked)
                draft_discard(ticket=ticket, actor=agent, kind=MessageKind.NOTE)
        except (Conflict, Invalid) as refusal:
            status = refuse(form, refusal)
        else:
            writing_over(ticket, agent)
            messages.success(request, _("Your note is added. Citizens never see notes."))
            return back_to(request, ticket, f"message-{message.pk}")
    _tell(form, problems)
    return ticket_page(request, ticket, note=form, status=status)


@posted_on_ticket
def phone(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """The citizen was answered by telephone."""
    agent = agent_of(request)
    require(agent, WORK, ticket)
    form = PhoneAnswerForm(request.POST, auto_id="phone-%s")
    status = 422
    if form.is_valid():
        data = form.cleaned_data
        try:
            message = phone_answer_add(
                ticket=ticket, actor=agent, body=data["body"], seen_message_id=data["seen"], now=timezone.now()
            )
        except (Conflict, Invalid) as refusal:
            status = refuse(form, refusal)
        else:
            messages.success(request, _("The answer given by telephone is recorded."))
            return back_to(request, ticket, f"message-{message.pk}")
    return ticket_page(request, ticket, phone=form, status=status)


def _tell(form: forms.Form, problems: list[str]) -> None:
    """Write what is wrong with the files above the form; those that are good are beside its draft."""
    form.is_valid()  # what is wrong with the text comes first
    for problem in problems:
        form.add_error(None, problem)
