"""Where a requester is answered, and from where."""

from directory.models import ContactKind, Service, Town
from tickets.enums import MessageKind
from tickets.models import Message, Ticket


def answer_address(ticket: Ticket) -> str:
    """Where the requester is answered, or an empty string: the address last written from, else the first known.

    The law wants the address used (CRPA R112-11-1). It must be one of the requester's own: somebody who joined the
    conversation from elsewhere does not receive the requester's answers.
    """
    known = answer_addresses(ticket)
    if len(known) < 2:
        return next(iter(known), "")
    used = (
        Message.objects.filter(ticket=ticket, kind=MessageKind.INBOUND, is_automatic=False, author_email__in=known)
        .order_by("-created_at", "-id")
        .values_list("author_email", flat=True)
        .first()
    )
    return used or known[0]


def answer_addresses(ticket: Ticket) -> list[str]:
    """The requester's e-mail addresses, the oldest first."""
    if ticket.requester is None:
        return []
    points = ticket.requester.contact_points.filter(kind=ContactKind.EMAIL).order_by("id")
    return list(points.values_list("value", flat=True))


def writing_address(service: Service, town: Town) -> str:
    """The address replies come from, hence where they are answered: a mailbox of the service, else the town's."""
    mailboxes = service.mailboxes.filter(is_active=True).order_by("id")
    return mailboxes.values_list("address", flat=True).first() or town.email
