"""What a service answers by e-mail: which request, and who writes.

The signed address it was sent to (`tickets.signed_addresses`), or the Message-ID of what the service received, says
what is answered. Only a known sender, the service's own address or an agent's who works there, then speaks for it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from channels_intake.email.headers import headers_in
from directory.contacts import normalise_email
from directory.models import Agent, Service
from directory.permissions import has_right
from directory.roles import WORK
from notifications.models import OutboundKind, OutboundMessage
from tickets.models import Ticket
from tickets.signed_addresses import signed_in

_RECIPIENTS = re.compile(
    rb"^(?:to|cc|resent-to|delivered-to|x-original-to|envelope-to)[ \t]*:((?:[^\r\n]|\r?\n[ \t])*)",
    re.IGNORECASE | re.MULTILINE,
)


@dataclass(frozen=True)
class Addressed:
    """``is_known``: the sender speaks for ``service``; ``agent`` is who, when the address is an agent's."""

    ticket: Ticket
    service: Service
    agent: Agent | None
    is_known: bool


def service_addressed(raw: bytes, *, sender: str, references: Sequence[str] = ()) -> Addressed | None:
    """The request that a message answers for a service; None when there is none. ``references``: the Message-IDs that
    it answers, the nearest first: all there is where the town's mail server takes no tag in an address."""
    signed = signed_in(_recipients(raw))
    if signed is not None:
        ticket = Ticket.objects.filter(reference=signed.reference).first()
        service = Service.objects.filter(pk=signed.service_id, is_active=True).first()
    else:
        ticket, service = _asked_by(references)
    if ticket is None or service is None:
        return None
    address = normalise_email(sender) if sender else None
    if address is None:
        return Addressed(ticket, service, None, is_known=False)
    agent = Agent.objects.filter(email=address, is_active=True).first()
    if agent is not None and not has_right(agent, WORK, service.pk):
        agent = None
    is_service = bool(service.email) and address == normalise_email(service.email)
    return Addressed(ticket, service, None if is_service else agent, is_known=is_service or agent is not None)


def _asked_by(references: Sequence[str]) -> tuple[Ticket | None, Service | None]:
    """Of the message of ours that is answered, when it is one that a service received (122 random bits)."""
    rows = OutboundMessage.objects.filter(message_id__in=references) if references else OutboundMessage.objects.none()
    sent = {row.message_id: row for row in rows.only("message_id", "kind", "to_address", "ticket_reference")}
    nearest = next((sent[one] for one in references if one in sent), None)
    if nearest is None or nearest.kind != OutboundKind.SERVICE:
        return None, None
    ticket = Ticket.objects.filter(reference=nearest.ticket_reference).first()
    services = Service.objects.filter(email__iexact=nearest.to_address, is_active=True).order_by("pk")
    own = services.filter(pk=ticket.service_id).first() if ticket else None
    return ticket, own or services.first()


def _recipients(raw: bytes) -> str:
    """Every header that names a recipient, IMAP keeping no other trace of them. Pure."""
    return "\n".join(value.decode("ascii", "replace") for value in _RECIPIENTS.findall(headers_in(raw)))
