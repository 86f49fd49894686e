"""Counting what a free choice of filters gives, without letting a costly choice hold a page."""

from django.db import OperationalError, connection, transaction
from django.db.models import QuerySet

from tickets.models import Ticket
from tickets.selectors.queues import CAP

PATIENCE_MS = 300


def count_within(tickets: QuerySet[Ticket], cap: int = CAP, patience_ms: int = PATIENCE_MS) -> int | None:
    """How many tickets, ``cap + 1`` at most; None when the database needs longer than ``patience_ms``."""
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL statement_timeout = {int(patience_ms)}")
            return len(tickets.order_by().values_list("pk", flat=True)[: cap + 1])
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") != "57014":  # query_canceled
            raise
        return None
