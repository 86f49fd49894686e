"""What the requester of a ticket may read: never a note, never what agents tell each other."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.http import urlencode

from notifications.actions.outbox import absolute_url
from tickets.enums import MessageKind
from tickets.models import Attachment, Message, Ticket, TicketEvent, TrackingLink

PUBLIC_KINDS = (MessageKind.INBOUND, MessageKind.REPLY)


def tracking_url(ticket: Ticket) -> str:
    """Where the requester asks for the link to their request, its reference filled in; they type their address."""
    return absolute_url(f"{reverse('portal:track')}?{urlencode({'reference': ticket.reference})}")


def link_is_valid(token_digest: str, *, now: datetime) -> bool:
    """Whether the link with this digest could be opened now. Reads only: a mail scanner's visit uses nothing up."""
    return TrackingLink.objects.filter(token_hash=token_digest, used_at=None, expires_at__gt=now).exists()


def tracked_ticket(reference: str) -> Ticket | None:
    """The ticket with what its requester's page shows: one query."""
    return (
        Ticket.objects.select_related("service", "assignee", "request_type", "requester", "merged_into")
        .filter(reference=reference)
        .first()
    )


def joined(ticket: Ticket, references: Iterable[str]) -> bool:
    """Whether a ticket of ``references`` was merged into this one and is still the same person's."""
    if ticket.requester_id is None:
        return False
    return ticket.merged_tickets.filter(reference__in=references, requester=ticket.requester_id).exists()


def tracked_instead(ticket: Ticket) -> Ticket | None:
    """The ticket the citizen reads in place of one that was merged; None when it stands by itself."""
    kept = ticket.merged_into
    return kept if kept is not None and kept.requester_id == ticket.requester_id is not None else None


def public_messages(ticket: Ticket) -> QuerySet[Message]:
    """What the citizen and the town hall wrote to each other, oldest first, with attachments: two queries."""
    return (
        ticket.messages.filter(kind__in=PUBLIC_KINDS, is_automatic=False)
        .select_related("author")
        .prefetch_related("attachments")
    )


def public_attachment(ticket: Ticket, pk: int) -> Attachment | None:
    """An attachment of a public message of this ticket, or None. Never one with a virus."""
    return (
        Attachment.objects.safe()
        .filter(pk=pk, message__ticket=ticket, message__kind__in=PUBLIC_KINDS, message__is_automatic=False)
        .first()
    )


def events_for_citizen(ticket: Ticket, kinds: Sequence[str]) -> QuerySet[TicketEvent]:
    """The timeline's lines of these kinds, oldest first."""
    return ticket.events.filter(kind__in=kinds)
