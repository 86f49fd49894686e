"""One box for everything: a reference, an address, a number, or words. Each read is bounded (docs/adr/0012)."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib.postgres.search import SearchVectorExact
from django.db import connection
from django.db.models import Case, F, Func, Max, OuterRef, QuerySet, Subquery, TextField, Value, When
from django.db.models.expressions import RawSQL
from django.db.models.functions import Concat, Lower
from django.db.models.lookups import Contains

from core.search import SqlQuery, french_query, word_query
from directory.people_search import (
    citizen_ids_at,
    citizen_ids_called_at,
    citizen_ids_named,
    citizen_ids_writing_from,
    name_words_known,
)
from tickets.models import Ticket, TicketText
from tickets.search_terms import Terms, read

BEST_AMONG = 200  # the newest matches, among which the best are put first
RECENT = 4_000  # the tickets in which a word is tried first…
ENOUGH = 4  # …and in how many of them, seen by the agent, it must be for a walk to fill a page soon
RARE, FREQUENT = 1_500, 30_000  # texts: fewer are fetched without trying, more are never all fetched
_OVERRATED = 2.5  # PostgreSQL adds up the three forms of a word as if they stood in different texts


def tickets_matching(tickets: QuerySet[Ticket], text: str) -> QuerySet[Ticket]:
    """Those of ``tickets`` that ``text`` designates; all of them when it is blank, none when nothing can match.

    Made to be read a page at a time, the newest first.
    """
    return tickets_found(tickets, read(text))


def tickets_found(tickets: QuerySet[Ticket], terms: Terms) -> QuerySet[Ticket]:
    """`tickets_matching` for what was already read. One to three short queries choose the way."""
    if not terms.text:
        return tickets
    if terms.reference:
        return tickets.filter(reference=terms.reference)
    if terms.reference_start:
        begun = tickets.filter(reference__startswith=terms.reference_start)
        if begun.exists():
            return begun
    if terms.contact:
        return tickets.filter(requester__in=citizen_ids_at(terms.contact))
    if people := citizen_ids_reached(terms):
        theirs = tickets.filter(requester__in=people)
        if theirs.exists():
            return theirs
    query = french_query(terms.text)
    if query is None:
        return tickets.none()
    found = with_words(tickets, query, alone=len(terms.words) == 1)
    about = _of_people_about(tickets, terms)
    return found if about is None or found.exists() else about


def citizen_ids_reached(terms: Terms) -> list[int]:
    """The people whose address or number was typed, whole or in part; not those who are named."""
    if terms.contact:
        return citizen_ids_at(terms.contact)
    if terms.email_start:
        return citizen_ids_writing_from(terms.email_start)
    return citizen_ids_called_at(terms.digits) if terms.digits else []


def with_words(tickets: QuerySet[Ticket], query: SqlQuery, *, alone: bool = False) -> QuerySet[Ticket]:
    """Those whose text matches, by the shorter of two ways. A few matches are fetched through the index of words.
    When they are many, fetching and sorting them all would cost far more than a page: the newest tickets are read one
    after the other, as the reader of the page goes; so are they when ``tickets`` themselves are fewer than the matches.
    Measures in docs/adr/0012.

    ``alone``: of one word, PostgreSQL tells soon through the index that it is rare, when its statistics do not know it;
    of several, it would first have to read the places of each.
    """
    texts = TicketText.objects.filter(vector=query)
    expected = _planned(texts) / _OVERRATED
    said = TicketText.objects.filter(pk=OuterRef("pk")).values(said=SearchVectorExact(F("vector"), query))
    walk = tickets.alias(said=Subquery(said)).filter(said=True)
    if expected >= FREQUENT:
        return walk
    if alone and (few := _few(texts)) is not None:
        return _among(tickets, few)
    if expected < RARE:
        return _among(tickets, texts.order_by().values_list("pk", flat=True))
    last = Ticket.objects.aggregate(last=Max("pk"))["last"] or 0
    recent = walk.filter(pk__gt=last - RECENT).order_by().values_list("pk", flat=True)[:ENOUGH]
    if len(recent) == ENOUGH or _planned(tickets) < expected:
        return walk
    return _among(tickets, texts.order_by().values_list("pk", flat=True))


def _few(texts: QuerySet[TicketText]) -> list[int] | None:
    """The tickets of these texts, through the index of words; None when they are more than RARE.

    The wall around the first statement keeps PostgreSQL from reading the whole table in the hope of RARE matches.
    """
    sql, params = texts.order_by().values("pk").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH found AS MATERIALIZED ({sql}) SELECT * FROM found LIMIT %s",  # noqa: S608 — what Django wrote
            [*params, RARE + 1],
        )
        found = [row[0] for row in cursor.fetchall()]
    return found if len(found) <= RARE else None


def _among(tickets: QuerySet[Ticket], found: Iterable[int]) -> QuerySet[Ticket]:
    known = list(found)
    return tickets.filter(pk__in=RawSQL("SELECT unnest(%s::bigint[])", [known])) if known else tickets.none()


def _planned(rows: QuerySet[Any]) -> float:
    """About how many rows there are, as PostgreSQL's statistics have it: none is read."""
    plan = json.loads(rows.order_by().explain(format="json"))
    return float(plan[0]["Plan"]["Plan Rows"])


def best_first(tickets: QuerySet[Ticket], words: Sequence[str]) -> QuerySet[Ticket]:
    """The BEST_AMONG newest of ``tickets`` with their ``score``: 2 for each of the folded words in the subject, 1 in
    the requester's name. To be read in the order of `tickets.selectors.orders.BEST`."""
    newest = list(tickets.order_by("-received_at", "-id").values_list("pk", flat=True)[:BEST_AMONG])
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
    texts = TicketText.objects.all()
    for word in others:
        texts = texts.filter(vector=word_query(word, unfinished=True))
    few = _few(texts)
    if few == []:
        return None
    tickets = tickets.filter(pk__in=texts.values("pk")) if few is None else _among(tickets, few)
    return tickets.filter(requester__in=citizen_ids_named([word for word in terms.words if word in names]))
