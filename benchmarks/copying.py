"""Numbers go on after rows that were copied with theirs."""

from collections.abc import Iterable

from django.db import connection
from django.db.models import Model


def sequences_follow(models: Iterable[type[Model]]) -> None:
    """Let every identity column go on after the largest number copied."""
    with connection.cursor() as cursor:
        for model in models:
            table, column = model._meta.db_table, model._meta.pk.column
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence(%s, %s), (SELECT max({column}) FROM {table}))",
                [table, column],
            )
