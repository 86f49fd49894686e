"""Telling the requester that the request is in, who handles it and until when (CRPA L112-3, L112-11, L111-2)."""

from datetime import datetime

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation

from directory.models import ContactKind
from directory.selectors import town_get
from notifications.actions.outbox import absolute_url, outbound_queue
from notifications.models import OutboundKind
from tickets.actions.timeline import event_add
from tickets.enums import Channel, EventKind, MessageKind
from tickets.models import Message, Ticket

WRITTEN = {Channel.WEB, Channel.EMAIL, Channel.API}


def answer_address(ticket: Ticket) -> str:
    """Where the requester is answered, or an empty string: the address last written from, else the first known.

    The law wants the address used (CRPA R112-11-1). It must be one of the requester's own: somebody who joined the
    conversation from elsewhere does not receive the requester's answers.
    """
    if ticket.requester is None:
        return ""
    points = ticket.requester.contact_points.filter(kind=ContactKind.EMAIL).order_by("id")
    known = list(points.values_list("value", flat=True))
    if len(known) < 2:
        return next(iter(known), "")
    used = (
        Message.objects.filter(ticket=ticket, kind=MessageKind.INBOUND, is_automatic=False, author_email__in=known)
        .order_by("-created_at", "-id")
        .values_list("author_email", flat=True)
        .first()
    )
    return used or known[0]


def acknowledgement_queue(ticket: Ticket, *, now: datetime) -> None:
    """Queue the acknowledgement of a ticket that came in writing; never an automatic mail (RFC 3834)."""
    if ticket.channel not in WRITTEN or not ticket.is_open:
        return
    first = Message.objects.filter(ticket=ticket, kind=MessageKind.INBOUND).order_by("created_at", "id").first()
    if first is None or first.is_automatic:
        return
    address = answer_address(ticket)
    if not address:
        return
    town = town_get()
    with translation.override("fr"):
        body = render_to_string(
            "emails/acknowledgement.txt",
            {
                "ticket": ticket,
                "town": town,
                "answer_due": timezone.localtime(ticket.answer_due_at),
                "received": timezone.localtime(ticket.received_at),
                "tracking_url": absolute_url(reverse("portal:track")),
            },
        )
    outbound_queue(
        kind=OutboundKind.ACKNOWLEDGEMENT,
        to_address=address,
        to_name=ticket.requester.known_name if ticket.requester else "",
        from_address=town.email,
        from_name=town.name,
        subject=f"Votre demande {ticket.reference} est bien reçue",
        body=body,
        in_reply_to=first.email_message_id,
        references=first.email_message_id,
        is_automatic=True,
        ticket_reference=ticket.reference,
        dedupe_key=f"acknowledgement:{ticket.reference}",
    )
    event_add(ticket, EventKind.ACKNOWLEDGED, actor=None, at=now)
