"""Counting what a free choice of filters gives, without letting a costly choice hold a page."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction
from django.db.models import QuerySet

from tickets.models import Ticket
from tickets.selectors.queues import CAP

PATIENCE_MS = 300


class TooLong(Exception):
    """The database needed longer than what was allowed."""


@contextmanager
def patience(milliseconds: int) -> Iterator[None]:
    """Give up the queries of the block past ``milliseconds`` each. Raises `TooLong`."""
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL statement_timeout = {int(milliseconds)}")
            yield
            if len(connection.savepoint_ids):  # the transaction around goes on without it
                with connection.cursor() as cursor:
                    cursor.execute("SET LOCAL statement_timeout = DEFAULT")
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") != "57014":  # query_canceled
            raise
        raise TooLong from error


def ids_within(tickets: QuerySet[Ticket], cap: int, patience_ms: int = PATIENCE_MS) -> list[int] | None:
    """The numbers of ``tickets``, ``cap + 1`` at most; None when the database needs longer than ``patience_ms``."""
    try:
        with patience(patience_ms):
            return list(tickets.order_by().values_list("pk", flat=True)[: cap + 1])
    except TooLong:
        return None


def count_within(tickets: QuerySet[Ticket], cap: int = CAP, patience_ms: int = PATIENCE_MS) -> int | None:
    """How many tickets, ``cap + 1`` at most; None when the database needs longer than ``patience_ms``."""
    ids = ids_within(tickets, cap, patience_ms)
    return None if ids is None else len(ids)
