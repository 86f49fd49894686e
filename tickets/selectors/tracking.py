"""What the requester of a ticket may read: never a note, never what agents tell each other."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import QuerySet

from tickets.enums import MessageKind
from tickets.models import Attachment, Message, Ticket, TicketEvent, TrackingLink

PUBLIC_KINDS = (MessageKind.INBOUND, MessageKind.REPLY)


def link_is_valid(token_digest: str, *, now: datetime) -> bool:
    """Whether the link with this digest could be opened now. Reads only: a mail scanner's visit uses nothing up."""
    return TrackingLink.objects.filter(token_hash=token_digest, used_at=None, expires_at__gt=now).exists()


def tracked_ticket(reference: str) -> Ticket | None:
    """The ticket with what its requester's page shows: one query."""
    return (
        Ticket.objects.select_related("service", "assignee", "request_type", "requester")
        .filter(reference=reference)
        .first()
    )


def public_messages(ticket: Ticket) -> QuerySet[Message]:
    """What the citizen and the town hall wrote to each other, oldest first, with attachments: two queries."""
    return (
        ticket.messages.filter(kind__in=PUBLIC_KINDS, is_automatic=False)
        .select_related("author")
        .prefetch_related("attachments")
    )


def public_attachment(ticket: Ticket, pk: int) -> Attachment | None:
    """An attachment of a public message of this ticket, or None. Never one with a virus."""
    return Attachment.objects.safe().filter(
        pk=pk, message__ticket=ticket, message__kind__in=PUBLIC_KINDS, message__is_automatic=False
    ).first()


def events_for_citizen(ticket: Ticket, kinds: Sequence[str]) -> QuerySet[TicketEvent]:
    """The timeline's lines of these kinds, oldest first."""
    return ticket.events.filter(kind__in=kinds)
