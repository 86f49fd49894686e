"""Putting a message in the outbox. Delivery is a task's work, once the row is committed."""

import uuid
from email.utils import formataddr
from typing import Any

from django.conf import settings

from core.jobs import enqueue
from core.text import one_line
from notifications.models import OutboundMessage


def message_id_for(ticket_reference: str, address: str) -> str:
    """A stable, unique Message-ID (RFC 5322 §3.6.4) in the domain of the sender's ``address``."""
    domain = address.rpartition("@")[2] or "guichet.invalid"
    return f"<{ticket_reference or 'notice'}.{uuid.uuid4().hex}@{domain}>"


def outbound_build(**fields: Any) -> OutboundMessage:
    """An unsaved row, for those who insert many at once; they then enqueue ``notifications.sweep_outbox``."""
    return OutboundMessage(**outbound_values(**fields))


def outbound_values(*, ticket_reference: str = "", from_address: str, subject: str, **fields: Any) -> dict[str, Any]:
    """The values of a row, for those who copy thousands at once (`core.copying`)."""
    return {
        "ticket_reference": ticket_reference,
        "from_address": from_address,
        "subject": one_line(subject, 250),
        "message_id": message_id_for(ticket_reference, from_address),
        **fields,
    }


def outbound_queue(**fields: Any) -> OutboundMessage:
    """Store one message to send (fields of `outbound_build`) and tell the worker after commit."""
    message = outbound_build(**fields)
    message.save()
    enqueue("notifications.deliver", message.pk)
    return message


def sender_of(message: OutboundMessage) -> str:
    return formataddr((message.from_name, message.from_address))


def absolute_url(path: str) -> str:
    """``path`` on the town's site, for a message that leaves the browser."""
    return f"{settings.SITE_URL.rstrip('/')}{path}"
