"""One box for everything: a reference, an address, a number, or words."""

from django.db.models import Q, QuerySet

from core.search import french_query
from directory.contacts import normalise_email, normalise_phone
from directory.models import ContactPoint
from tickets.models import Ticket, TicketText
from tickets.references import parse_reference


def tickets_matching(tickets: QuerySet[Ticket], text: str) -> QuerySet[Ticket]:
    """Those of ``tickets`` that ``text`` designates; all of them when it is blank, none when nothing can match."""
    text = text.replace("\x00", "").strip()
    if not text:
        return tickets
    reference = parse_reference(text)
    if reference:
        return tickets.filter(reference=reference)
    contact = normalise_email(text) if "@" in text else normalise_phone(text)
    if contact:
        return tickets.filter(requester__in=ContactPoint.objects.filter(value=contact).values("citizen_id"))
    query = french_query(text)
    if query is None:
        return tickets.none()
    return tickets.filter(Q(pk__in=TicketText.objects.filter(vector=query).values("pk")))
