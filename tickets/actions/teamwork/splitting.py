"""A message with two subjects: the second becomes a request of its own, received the same day, with its own clocks."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core.errors import Invalid
from directory.actions.citizens import Requester
from directory.models import Agent, RequestType, Service
from directory.roles import WORK
from tickets.actions.attachments import Upload
from tickets.actions.locking import ticket_lock
from tickets.actions.opening import Draft, ticket_open
from tickets.actions.processing import ticket_transfer
from tickets.actions.replies.acknowledgement import acknowledgement_queue
from tickets.actions.routing.route import ticket_route
from tickets.actions.timeline import event_add
from tickets.enums import EventKind, MessageKind
from tickets.models import Attachment, LinkKind, Message, Ticket, TicketLink
from tickets.permissions import require


@transaction.atomic
def ticket_split(
    *,
    message: Message,
    subject: str,
    body: str,
    actor: Agent,
    now: datetime,
    request_type: RequestType | None = None,
    service: Service | None = None,
    files: Sequence[int] = (),
) -> Ticket:
    """Open a request with the part of ``message`` that is about something else; returns it, routed.

    It is received when the message was: its commitments and the law's delay count from that day. The citizen is told by
    the acknowledgement of the new request. ``service``: where it goes, whatever its words. ``files``: ids of files of
    the message, copied.
    """
    ticket = ticket_lock(message.ticket_id)
    require(actor, WORK, ticket)
    if message.kind != MessageKind.INBOUND or message.is_automatic:
        raise Invalid(_("Only a message of the citizen is split."))
    if not body.strip():
        raise Invalid(_("Choose the text of the new request."), field="body")
    draft = Draft(
        channel=message.channel,
        subject=subject,
        body=body,
        requester=_writer(message, ticket),
        citizen=ticket.requester,
        request_type=request_type,
        service=service or ticket.service,
        received_at=message.created_at,
        uploads=_copies(message, files),
    )
    part = ticket_open(draft=draft, actor=actor, now=now, tell=False)
    TicketLink.objects.create(ticket=part, target=ticket, kind=LinkKind.PART, created_by=actor, created_at=now)
    chosen = service is not None
    part = ticket_route(ticket_id=part.pk, now=now, acknowledge=not chosen) or part
    if service is not None:
        if part.service_id != service.pk:
            reason = str(_("Separated from %(reference)s") % {"reference": ticket.reference})
            part = ticket_transfer(ticket=part, service=service, reason=reason, actor=None, now=now)
        acknowledgement_queue(part, now=now)
    event_add(ticket, EventKind.SPLIT, actor=actor, at=now, other=part.reference, here=False)
    event_add(part, EventKind.SPLIT, actor=actor, at=now, other=ticket.reference, here=True)
    return part


def _writer(message: Message, ticket: Ticket) -> Requester:
    """Who wrote the message and where from; its name only when the ticket has a requester: it makes nobody known."""
    name = message.author_name if ticket.requester is not None else ""
    return Requester(name=name, email=message.author_email, phone=message.author_phone)


def _copies(message: Message, wanted: Sequence[int]) -> list[Upload]:
    """The chosen files of the message, as new ones: two tickets never share one. Those gone from the disk are left."""
    copies = []
    for file in Attachment.objects.safe().filter(message=message, pk__in=list(wanted)):
        try:
            with file.file.open("rb") as content:
                copies.append(Upload(file.name, file.content_type, content.read()))
        except FileNotFoundError:
            continue
    return copies
