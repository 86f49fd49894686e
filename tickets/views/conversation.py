"""Replying and noting. A refused text always comes back to the agent, with the reason beside it."""

import re

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from core.errors import Conflict, Invalid
from directory.roles import WORK
from tickets.actions.messages import note_add, reply_send
from tickets.forms import NoteForm, ReplyForm
from tickets.models import Ticket
from tickets.permissions import require
from tickets.views.common import agent_of, back_to, posted_on_ticket, refuse
from tickets.views.ticket import ticket_page

_PK = re.compile(r"[0-9]{1,18}")


@posted_on_ticket
def reply(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    agent = agent_of(request)
    require(agent, WORK, ticket)
    form = ReplyForm(request.POST, auto_id="reply-%s")
    status = 422
    if form.is_valid():
        data = form.cleaned_data
        try:
            message = reply_send(
                ticket=ticket,
                actor=agent,
                body=data["body"],
                then=data["then"],
                seen_message_id=data["seen"],
                outcome=data["outcome"],
                enclosed=[int(pk) for pk in request.POST.getlist("enclosed") if _PK.fullmatch(pk)],
                now=timezone.now(),
            )
        except (Conflict, Invalid) as refusal:
            status = refuse(form, refusal)
        else:
            messages.success(request, _("Your reply is on its way to the citizen."))
            return back_to(request, ticket, f"message-{message.pk}")
    return ticket_page(request, ticket, reply=form, status=status)


@posted_on_ticket
def note(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    agent = agent_of(request)
    require(agent, WORK, ticket)
    form = NoteForm(request.POST, auto_id="note-%s")
    status = 422
    if form.is_valid():
        try:
            message = note_add(ticket=ticket, actor=agent, body=form.cleaned_data["body"], now=timezone.now())
        except (Conflict, Invalid) as refusal:
            status = refuse(form, refusal)
        else:
            messages.success(request, _("Your note is added. Citizens never see notes."))
            return back_to(request, ticket, f"message-{message.pk}")
    return ticket_page(request, ticket, note=form, status=status)
