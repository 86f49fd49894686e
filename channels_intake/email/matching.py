"""Which ticket a mail answers, and whether its sender may join it."""

from dataclasses import dataclass

from channels_intake.email.parser import ParsedMail
from directory.contacts import normalise_email
from directory.models import ContactKind, ContactPoint
from notifications.models import OutboundKind, OutboundMessage
from tickets.enums import MessageKind
from tickets.models import Message, Ticket
from tickets.references import references_in

_TO_CITIZENS = (OutboundKind.REPLY, OutboundKind.ACKNOWLEDGEMENT, OutboundKind.TRACKING_LINK, OutboundKind.LETTER)


@dataclass(frozen=True)
class Answered:
    """``ticket`` is the one to join. ``quoted`` is one that an unknown sender named without proof: never joined."""

    ticket: Ticket | None = None
    quoted: Ticket | None = None


def ticket_answered(mail: ParsedMail) -> Answered:
    """The ticket a mail belongs to.

    A Message-ID of ours in References or In-Reply-To is proof enough: it holds 122 random bits and only our
    correspondent saw it. The Message-ID of another inbound mail, or a reference in the subject, can be known to
    others: they count only from an address of the ticket's requester.
    """
    if mail.references:
        ours = _by_our_message_ids(mail.references)
        if ours is not None:
            return Answered(ticket=ours)
    named = _by_inbound_message_ids(mail.references) if mail.references else None
    if named is None:
        references = references_in(mail.subject)[:5]
        found = (
            {ticket.reference: ticket for ticket in Ticket.objects.filter(reference__in=references)}
            if references
            else {}
        )
        named = next((found[reference] for reference in references if reference in found), None)
    if named is None:
        return Answered()
    return Answered(ticket=named) if is_contact(named, mail.sender_address) else Answered(quoted=named)


def is_contact(ticket: Ticket, address: str) -> bool:
    """True when ``address`` is a known e-mail of the ticket's requester."""
    value = normalise_email(address) if address else None
    if value is None or ticket.requester_id is None:
        return False
    return ContactPoint.objects.filter(kind=ContactKind.EMAIL, value=value, citizen_id=ticket.requester_id).exists()


def _by_our_message_ids(ids: list[str]) -> Ticket | None:
    sent = dict(
        OutboundMessage.objects.filter(message_id__in=ids, kind__in=_TO_CITIZENS)
        .exclude(ticket_reference="")
        .values_list("message_id", "ticket_reference")
    )
    reference = next((sent[one] for one in ids if one in sent), None)
    return Ticket.objects.filter(reference=reference).first() if reference else None


def _by_inbound_message_ids(ids: list[str]) -> Ticket | None:
    known = Message.objects.filter(email_message_id__in=ids, kind=MessageKind.INBOUND)
    tickets = {
        message.email_message_id: message.ticket
        for message in known.exclude(email_message_id="").select_related("ticket")
    }
    return next((tickets[one] for one in ids if one in tickets), None)
