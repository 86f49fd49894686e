"""What a service answers by e-mail about a request: a note of theirs, which an agent then sends to the citizen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from core.text import one_line
from directory.models import Agent, Service
from notifications.actions.notices import notice_add
from tickets.actions.attachments import Upload, attachments_store
from tickets.actions.locking import ticket_lock_kept
from tickets.actions.replies.recipients import Recipients
from tickets.actions.search_text import search_text_append
from tickets.actions.timeline import event_add
from tickets.deadlines import escalation
from tickets.enums import Channel, EventKind, MessageKind
from tickets.models import Message, Ticket
from tickets.permissions import may_see

_STEP = escalation.Step(1, "service_answer", 0, escalation.HOURS, escalation.ASSIGNEE)


@dataclass(frozen=True)
class ServiceAnswer:
    """``agent`` is who wrote, when the address is theirs; the service itself otherwise."""

    service: Service
    agent: Agent | None
    address: str
    body: str
    quoted: str = ""
    body_html: str = ""
    uploads: Sequence[Upload] = ()


@transaction.atomic
def service_answer_add(*, ticket: Ticket, answer: ServiceAnswer, now: datetime) -> Message:
    """Keep the answer on the ticket (or on the one it was merged into) and alert who must send it on.

    The caller has made sure of who writes. Nothing leaves for the citizen, no clock stops: an agent decides. Its
    Message-ID is not kept, so that it never shows in the headers of what citizens receive.
    """
    ticket = ticket_lock_kept(ticket.pk)
    body = answer.body.replace("\x00", "").strip()
    name = answer.agent.full_name if answer.agent else answer.service.name
    message = Message.objects.create(
        ticket=ticket,
        kind=MessageKind.NOTE,
        channel=Channel.EMAIL,
        service=answer.service,
        author=answer.agent,
        author_name=one_line(name, 200),
        author_email=answer.address,
        body=body,
        quoted=answer.quoted.replace("\x00", ""),
        body_html=answer.body_html.replace("\x00", ""),
        created_at=now,
    )
    attachments_store(message, answer.uploads)
    search_text_append(ticket, body)
    event_add(ticket, EventKind.SERVICE_ANSWERED, actor=answer.agent, at=now, service=answer.service.name)
    ticket.updated_at = now
    ticket.save(update_fields=["updated_at"])
    _tell(ticket, message, answer.service, now=now)
    return message


def _tell(ticket: Ticket, message: Message, service: Service, *, now: datetime) -> None:
    """Alert the assignee, or whoever answers for the service; the morning's mail says it again if it is not read."""
    for agent in Recipients.load(now).of_step(ticket, _STEP):
        sees = may_see(agent, ticket)
        with translation.override("fr"):
            title = _("%(reference)s: the service answered by e-mail") % {"reference": ticket.reference}
            body = _("%(service)s answered: the answer can be sent to the citizen.") % {"service": service.name}
        notice_add(
            agent_id=agent.pk,
            title=title,
            body=body if sees or not ticket.is_sensitive else "",
            path=f"{reverse('tickets:detail', args=[ticket.reference])}#message-{message.pk}" if sees else "",
            ticket_reference=ticket.reference,
            in_digest=True,
            created_at=now,
            dedupe_key=f"service_answer:{message.pk}:{agent.pk}",
        )
