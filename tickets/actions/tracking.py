"""A citizen opens a ticket by a one-time link, mailed to the address the town already knows."""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from core.errors import Invalid
from directory.contacts import normalise_email
from directory.selectors import town_get
from notifications.actions.outbox import absolute_url, outbound_queue
from notifications.models import OutboundKind
from tickets.models import Ticket, TrackingLink
from tickets.references import parse_reference

VALIDITY = timedelta(hours=1)
LINKS_PER_HOUR = 5  # for one ticket: more would only fill the requester's mailbox


def token_digest(token: str) -> str:
    """What is kept of a token: its SHA-256, in hexadecimal."""
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def link_request(*, reference: str, email: str, now: datetime) -> TrackingLink | None:
    """Mail a link to ``email`` if the requester of ``reference`` has that address; otherwise None and nothing is sent.

    The caller says the same sentence in both cases. The token (32 random bytes) is in the mail only.
    """
    address, canonical = normalise_email(email), parse_reference(reference)
    if address is None or canonical is None:
        return None
    ticket = (
        Ticket.objects.select_related("requester")
        .select_for_update(of=("self",), no_key=True)
        .filter(reference=canonical, requester__contact_points__value=address)
        .first()
    )
    if ticket is None:
        return None
    if ticket.tracking_links.filter(created_at__gt=now - VALIDITY).count() >= LINKS_PER_HOUR:
        return None
    token = secrets.token_urlsafe(32)
    link = TrackingLink.objects.create(
        ticket=ticket, token_hash=token_digest(token), created_at=now, expires_at=now + VALIDITY
    )
    town = town_get()
    with translation.override("fr"):
        body = render_to_string(
            "emails/tracking_link.txt",
            {
                "ticket": ticket,
                "town": town,
                "url": absolute_url(reverse("portal:track_open", args=[token])),
                "expires": timezone.localtime(link.expires_at),
            },
        )
    outbound_queue(
        kind=OutboundKind.TRACKING_LINK,
        to_address=address,
        to_name=ticket.requester.known_name if ticket.requester else "",
        from_address=town.email,
        from_name=town.name,
        subject=f"Votre lien pour suivre la demande {ticket.reference}",
        body=body,
        is_automatic=True,
        ticket_reference=ticket.reference,
    )
    return link


@transaction.atomic
def link_open(*, token: str, now: datetime) -> Ticket:
    """Use a link, once, and return its ticket. Raises `Invalid`, always the same, when forged, used or expired."""
    link = (
        TrackingLink.objects.select_related("ticket")
        .select_for_update(of=("self",), no_key=True)
        .filter(token_hash=token_digest(token), used_at=None, expires_at__gt=now)
        .first()
    )
    if link is None:
        raise Invalid(_("This link is no longer valid."), code="link_invalid")
    link.used_at = now
    link.save(update_fields=["used_at"])
    return link.ticket
