"""Searching as an agent types, without a page."""

from django.db.models import QuerySet

from tickets.models import Ticket
from tickets.search_terms import read
from tickets.selectors.search import tickets_found


def tickets_matching(tickets: QuerySet[Ticket], text: str) -> QuerySet[Ticket]:
    """Those of ``tickets`` that ``text`` designates."""
    return tickets_found(tickets, read(text)).tickets
