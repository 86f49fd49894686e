"""One box for everything: a reference, an address, a number, or words. Each read is bounded (docs/adr/0012)."""

import json
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Any

from django.contrib.postgres.search import SearchVectorExact
from django.db.models import Case, F, Func, OuterRef, Q, QuerySet, Subquery, TextField, Value, When
from django.db.models.expressions import RawSQL
from django.db.models.functions import Concat, Lower
from django.db.models.lookups import Contains

from core.pagination import Page, keyset_page
from core.search import SqlQuery, french_query, word_query
from directory.people_search import (
    citizen_ids_at,
    citizen_ids_called_at,
    citizen_ids_named,
    citizen_ids_writing_from,
    name_words_known,
)
from tickets.models import Ticket, TicketText
from tickets.search_terms import Terms
from tickets.selectors.words import first_with, ids_with, texts_with

Dressing = Callable[[QuerySet[Ticket]], QuerySet[Ticket]]

BEST_AMONG = 200  # the newest matches, among which the best are put first
FEW, FREQUENT = 5_000, 30_000  # texts: so few are soon fetched whoever asks; so many are not looked for in the index
_FETCHED = 1_500  # texts of « dupont lampadaire » that have the other word, fetched before the people are known
_OVERRATED = 2.5  # PostgreSQL adds up the three forms of a word as if they stood in different texts


class Found:
    """Those of some tickets that a search designates.

    ``words`` is set when they are those whose text matches it, and are to be read month after month: `page` does it.
    """

    def __init__(self, among: QuerySet[Ticket], words: SqlQuery | None = None) -> None:
        self.among, self.words = among, words

    @cached_property
    def tickets(self) -> QuerySet[Ticket]:
        """All of them, in no order: to be counted, sorted otherwise, changed."""
        return self.among if self.words is None else _among(self.among, ids_with(self.words))

    @property
    def checked(self) -> QuerySet[Ticket]:
        """The same, to be asked of a few tickets: each text is read in turn."""
        return self.among if self.words is None else _saying(self.among, self.words)

    def filter(self, condition: Q) -> "Found":
        return Found(self.among.filter(condition), self.words)

    def exists(self) -> bool:
        return self.among.exists() if self.words is None else bool(self.newest(1))

    def newest(self, most: int) -> list[int]:
        """The last ``most`` received, the last one first."""
        tickets = self.among.order_by("-received_at", "-id")
        if self.words is not None:
            return first_with(self.words, tickets, None, most)
        return list(tickets.values_list("pk", flat=True)[:most])

    def page(self, order: Sequence[str], *, cursor: str | None, size: int, dressed: Dressing) -> Page[Ticket]:
        """As `core.pagination.keyset_page`; ``dressed`` gives the tickets what is shown of them. The order of their
        reception, either way, is read month after month: its cost does not depend on how many are found."""
        if self.words is None or order[0].lstrip("-") != "received_at":
            return keyset_page(dressed(self.tickets), order=order, cursor=cursor, size=size)
        return keyset_page(dressed(self.among), order=order, cursor=cursor, size=size, take=self._first)

    def _first(self, rows: QuerySet[Ticket], position: Sequence[Any] | None, most: int) -> QuerySet[Ticket]:
        assert self.words is not None
        return _among(rows, first_with(self.words, rows, position[0] if position else None, most))


def tickets_found(tickets: QuerySet[Ticket], terms: Terms) -> Found:
    """Those of ``tickets`` that ``terms`` designate. One to three short queries choose the way."""
    if not terms.text:
        return Found(tickets)
    if terms.reference:
        return Found(tickets.filter(reference=terms.reference))
    if terms.reference_start:
        begun = tickets.filter(reference__startswith=terms.reference_start)
        if begun.exists():
            return Found(begun)
    if terms.contact:
        return Found(tickets.filter(requester__in=citizen_ids_at(terms.contact)))
    if people := citizen_ids_reached(terms):
        theirs = tickets.filter(requester__in=people)
        if theirs.exists():
            return Found(theirs)
    query = french_query(terms.text)
    if query is None:
        return Found(tickets.none())
    found = with_words(tickets, query)
    about = _of_people_about(tickets, terms)
    return found if about is None or found.exists() else Found(about)


def citizen_ids_reached(terms: Terms) -> list[int]:
    """The people whose address or number was typed, whole or in part; not those who are named."""
    if terms.contact:
        return citizen_ids_at(terms.contact)
    if terms.email_start:
        return citizen_ids_writing_from(terms.email_start)
    return citizen_ids_called_at(terms.digits) if terms.digits else []


def with_words(tickets: QuerySet[Ticket], query: SqlQuery) -> Found:
    """Those whose text matches, by the shorter of two ways: the index of words, month after month as far as a page
    goes; or the newest tickets one after the other, when the matches are many, or more than ``tickets``: fetching and
    sorting those of one month would cost more. Measures in docs/adr/0012.
    """
    expected = _planned(TicketText.objects.filter(vector=query)) / _OVERRATED
    if expected < FREQUENT and (expected < FEW or _planned(tickets) >= expected):
        return Found(tickets, query)
    return Found(_saying(tickets, query))


def _saying(tickets: QuerySet[Ticket], query: SqlQuery) -> QuerySet[Ticket]:
    """Those whose text matches, each being read in turn: the planner cannot turn a scalar subquery into a join."""
    said = TicketText.objects.filter(pk=OuterRef("pk")).values(said=SearchVectorExact(F("vector"), query))
    return tickets.alias(said=Subquery(said)).filter(said=True)


def _among(tickets: QuerySet[Ticket], found: Iterable[int]) -> QuerySet[Ticket]:
    known = list(found)
    return tickets.filter(pk__in=RawSQL("SELECT unnest(%s::bigint[])", [known])) if known else tickets.none()


def _planned(rows: QuerySet[Any]) -> float:
    """About how many rows there are, as PostgreSQL's statistics have it: none is read."""
    plan = json.loads(rows.order_by().values("pk").explain(format="json"))
    return float(plan[0]["Plan"]["Plan Rows"])


def best_first(found: Found, words: Sequence[str]) -> QuerySet[Ticket]:
    """The BEST_AMONG newest of ``found`` with their ``score``: 2 for each of the folded words in the subject, 1 in
    the requester's name. To be read in the order of `tickets.selectors.orders.BEST`."""
    newest = found.newest(BEST_AMONG)
    subject = Func(Lower("subject"), function="f_unaccent", output_field=TextField())
    names = Concat("requester__first_name", Value(" "), "requester__last_name", output_field=TextField())
    name = Func(Lower(names), function="f_unaccent", output_field=TextField())
    score: Any = Value(0)
    for word in words:
        for place, points in ((subject, 2), (name, 1)):
            score = score + Case(When(Contains(place, word), then=Value(points)), default=Value(0))
    return Ticket.objects.filter(pk__in=newest).annotate(score=score)


def _of_people_about(tickets: QuerySet[Ticket], terms: Terms) -> QuerySet[Ticket] | None:
    """« dupont lampadaire »: tickets of people so named whose text has the other words, when it does not have the name.

    None when no word is a name, every word is, or no text has the others.
    """
    if len(terms.words) < 2:
        return None
    names = name_words_known(terms.words)
    others = [word for word in terms.words if word not in names and len(word) > 2]
    if not names or not others:
        return None
    texts = [word_query(word, unfinished=True) for word in others]
    few = ids_with(*texts, most=_FETCHED + 1)
    if not few:
        return None
    tickets = _among(tickets, few) if len(few) <= _FETCHED else tickets.filter(pk__in=texts_with(*texts))
    return tickets.filter(requester__in=citizen_ids_named([word for word in terms.words if word in names]))
