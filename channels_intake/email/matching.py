"""Which ticket a mail answers, and whether its sender may join it."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Q

from channels_intake.email.agents import from_the_town
from channels_intake.email.parsed import ParsedMail
from directory.contacts import normalise_email
from directory.models import Agent, Citizen, CitizenKind, ContactKind, ContactPoint
from directory.roles import WORK
from notifications.models import OutboundKind, OutboundMessage
from tickets.enums import MessageKind
from tickets.models import Message, Ticket
from tickets.permissions import may
from tickets.references import references_in

_TO_CITIZENS = (OutboundKind.REPLY, OutboundKind.ACKNOWLEDGEMENT, OutboundKind.TRACKING_LINK, OutboundKind.LETTER)


@dataclass(frozen=True)
class Answered:
    """``ticket`` is the one to join: as the citizen, or with ``is_note`` as somebody of the town hall (``agent``, when
    it is sure who). ``quoted`` is one that an unknown sender named without proof: never joined."""

    ticket: Ticket | None = None
    quoted: Ticket | None = None
    is_note: bool = False
    agent: Agent | None = None


def ticket_answered(mail: ParsedMail, town_addresses: Collection[str] = ()) -> Answered:
    """The ticket a mail belongs to. ``town_addresses``: the town's mailboxes, in lower case.

    A Message-ID of ours in References or In-Reply-To is proof enough: it holds 122 random bits and only our
    correspondent saw it. The Message-ID of another inbound mail, or a reference in the subject, can be known to
    others: they count only from a participant of the ticket (`is_participant`) or an agent who works on it. What an
    agent or a mailbox of the town says is a note, but for an agent who is the requester.
    """
    proof = _by_our_message_ids(mail.references) if mail.references else None
    named = proof[0] if proof else _named(mail)
    if named is None:
        return Answered()
    address = normalise_email(mail.sender_address) if mail.sender_address else None
    is_town = from_the_town(mail, town_addresses)
    to_citizens = proof is not None and proof[1] in _TO_CITIZENS
    if address and not is_town:
        if is_requester(named, address):
            return Answered(ticket=named)
        agent = Agent.objects.filter(email=address, is_active=True).first()
        if agent is not None and may(agent, WORK, named):
            return Answered(ticket=named, is_note=True, agent=agent if proof else None)
    if is_town:
        return Answered(ticket=named, is_note=True) if proof else Answered(quoted=named)
    if to_citizens or is_participant(named, address):
        return Answered(ticket=named)
    return Answered(quoted=named)


def is_requester(ticket: Ticket, address: str | None) -> bool:
    """True when ``address``, normalised, is a known e-mail of the ticket's requester."""
    if not address or ticket.requester_id is None:
        return False
    return ContactPoint.objects.filter(kind=ContactKind.EMAIL, value=address, citizen_id=ticket.requester_id).exists()


def is_participant(ticket: Ticket, address: str | None) -> bool:
    """True when ``address``, normalised, is the requester's, of somebody of the same organisation, or one from which
    a person already wrote on the ticket."""
    if not address:
        return False
    if is_requester(ticket, address):
        return True
    wrote = ticket.messages.filter(kind=MessageKind.INBOUND, is_automatic=False, author_email=address)
    return wrote.exists() or _writes_for_the_same(ticket.requester, address)


def _writes_for_the_same(requester: Citizen | None, address: str) -> bool:
    if requester is None:
        return False
    head = requester.pk if requester.kind != CitizenKind.PERSON else requester.member_of_id
    if head is None:
        return False
    theirs = ContactPoint.objects.filter(kind=ContactKind.EMAIL, value=address)
    return theirs.filter(Q(citizen_id=head) | Q(citizen__member_of_id=head)).exists()


def _named(mail: ParsedMail) -> Ticket | None:
    """The ticket that a mail names without a proof."""
    named = _by_inbound_message_ids(mail.references) if mail.references else None
    if named is None and (references := references_in(mail.subject)[:5]):
        found = {ticket.reference: ticket for ticket in Ticket.objects.filter(reference__in=references)}
        named = next((found[reference] for reference in references if reference in found), None)
    return named


def _by_our_message_ids(ids: list[str]) -> tuple[Ticket, str] | None:
    """(the ticket, the kind) of the message of ours that is answered: the nearest to citizens, else the nearest."""
    sent = {
        row.message_id: row
        for row in OutboundMessage.objects.filter(message_id__in=ids)
        .exclude(ticket_reference="")
        .only("message_id", "kind", "ticket_reference")
    }
    ours = [sent[one] for one in ids if one in sent]
    chosen = next((row for row in ours if row.kind in _TO_CITIZENS), ours[0] if ours else None)
    ticket = Ticket.objects.filter(reference=chosen.ticket_reference).first() if chosen else None
    return (ticket, chosen.kind) if ticket is not None and chosen is not None else None


def _by_inbound_message_ids(ids: list[str]) -> Ticket | None:
    known = Message.objects.filter(email_message_id__in=ids, kind=MessageKind.INBOUND)
    tickets = {
        message.email_message_id: message.ticket
        for message in known.exclude(email_message_id="").select_related("ticket")
    }
    return next((tickets[one] for one in ids if one in tickets), None)
