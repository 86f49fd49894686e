"""The texts that say some words, read month after month: their number does not make a page longer (docs/adr/0012)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from core.search import SqlQuery
from tickets.models import Ticket

# in the index, each month has its own list of texts for a word
_OF_A_MONTH = (
    "SELECT said.ticket_id FROM tickets_tickettext said"
    " WHERE f_month_vector(said.vector, said.month) @@ f_month_query({query}, period.month)"
)
_FIRST = "(SELECT f_month(min(received_at)) FROM tickets_ticket)"
_LAST = "(SELECT f_month(max(received_at)) FROM tickets_ticket)"
_BY_MONTH = "SELECT found.* FROM generate_series({months}) AS period(month), LATERAL ({texts}) found"
_NEWEST = _BY_MONTH.format(months=f"{_LAST}, {_FIRST}, -1", texts=_OF_A_MONTH)


def texts_with(*queries: SqlQuery) -> RawSQL:
    """The tickets whose text matches every query, for a ``pk__in``."""
    query, params = _joined(queries)
    return RawSQL(_NEWEST.format(query=query), params)  # noqa: S611 — the names of our functions


def ids_with(*queries: SqlQuery, most: int | None = None) -> list[int]:
    """The tickets whose text matches every query, ``most`` of them at most."""
    query, params = _joined(queries)
    return _fetched(f"{_NEWEST.format(query=query)} LIMIT %s", [*params, most])


def first_with(query: SqlQuery, tickets: QuerySet[Ticket], since: datetime | None, most: int) -> list[int]:
    """The first ``most`` of ``tickets`` whose text matches, in their order: that of their reception, either way.

    ``since``: none of ``tickets`` comes before this moment in that order. Each month is read and sorted for itself, in
    turn, and only when those before it did not give enough.
    """
    asked, params = _joined([query])
    said = tickets.filter(pk__in=RawSQL(_OF_A_MONTH.format(query=asked), params))  # noqa: S611 — as above
    try:
        texts, values = said.values_list("pk").query.sql_with_params()
    except EmptyResultSet:
        return []
    down = str(tickets.query.order_by[0]).startswith("-")
    begin, end, step = (_LAST, _FIRST, -1) if down else (_FIRST, _LAST, 1)
    months = f"{'f_month(%s)' if since else begin}, {end}, {step}"
    sql = f"{_BY_MONTH.format(months=months, texts=texts)} LIMIT %s"
    return _fetched(sql, [*([since] if since else []), *values, most])


def _joined(queries: Sequence[SqlQuery]) -> tuple[str, list[str]]:
    return (
        " && ".join(f"{query.function}({', '.join(['%s'] * len(query.texts))})" for query in queries),
        [text for query in queries for text in query.texts],
    )


def _fetched(sql: str, params: Sequence[Any]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return [row[0] for row in cursor.fetchall()]
