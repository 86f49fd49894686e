"""The citizen was answered by telephone: what was said joins the conversation, and the request is answered."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core.errors import Conflict, Invalid
from directory.models import Agent
from directory.roles import WORK
from tickets.actions.agent_messages import agent_message_add
from tickets.actions.clocks.deadlines import clocks_change
from tickets.actions.locking import status_set, ticket_lock
from tickets.actions.messages import answered
from tickets.actions.replies.checks import answered_once_check, complete_check
from tickets.actions.timeline import event_add
from tickets.enums import Channel, DeadlineKind, EventKind, MessageKind, Status
from tickets.models import Message, Ticket
from tickets.permissions import require


@transaction.atomic
def phone_answer_add(
    *, ticket: Ticket, actor: Agent, body: str, now: datetime, seen_message_id: int | None = None
) -> Message:
    """Record the answer given by telephone; the citizen reads it when tracking the request. Nothing is sent.

    It stops the clocks as a reply does, and decides nothing: the law's clock runs on. Raises `NotAllowed`, `Invalid`
    when it is empty or to complete, `Conflict` when the ticket is over or somebody wrote after ``seen_message_id``.
    """
    ticket = ticket_lock(ticket.pk)
    require(actor, WORK, ticket)
    body = body.replace("\x00", "").strip()
    if not body:
        raise Invalid(_("Write what was said."), field="body")
    complete_check(body)
    if not (ticket.is_open or ticket.status == Status.ANSWERED):
        raise Conflict(_("This ticket is over. Reopen it to write to the citizen."), code="not_open")
    answered_once_check(ticket, seen_message_id)
    message = agent_message_add(ticket, MessageKind.REPLY, channel=Channel.PHONE, author=actor, body=body, now=now)
    event_add(ticket, EventKind.REPLIED, actor=actor, at=now, to=Status.ANSWERED, by=Channel.PHONE)
    former = status_set(ticket, Status.ANSWERED)
    if former != Status.ANSWERED:
        event_add(ticket, EventKind.STATUS, actor=actor, at=now, former=former, current=Status.ANSWERED)
    stop = [DeadlineKind.ACKNOWLEDGE, DeadlineKind.ANSWER, DeadlineKind.TARGET]
    clocks_change(ticket, now=now, stop=stop, cancel=[DeadlineKind.CALLBACK])
    answered(ticket, now=now)
    ticket.assignee = ticket.assignee or actor
    ticket.updated_at = now
    ticket.save()
    return message
