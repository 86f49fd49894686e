"""Rows into PostgreSQL by COPY: what `bulk_create` would write, many times faster."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import connection
from django.db.models import JSONField, Model
from psycopg import sql
from psycopg.types.json import Jsonb

Row = Mapping[str, Any]


def copy_in(model: type[Model], rows: Iterable[Row]) -> None:
    """Insert ``rows``: values by attribute name (``service_id``), the primary key included.

    What a row leaves out takes the model's default; generated columns are left to the database.
    """
    fields = [field for field in model._meta.concrete_fields if not field.generated]
    plan = [(field.attname, field.get_default(), isinstance(field, JSONField)) for field in fields]
    table = sql.Identifier(model._meta.db_table)
    columns = sql.SQL(", ").join(sql.Identifier(field.column) for field in fields)
    connection.ensure_connection()
    raw: Any = connection.connection
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(table, columns)
    with raw.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row([Jsonb(row[name]) if json else row.get(name, default) for name, default, json in plan])


def sequences_follow(models: Iterable[type[Model]]) -> None:
    """Let every identity column go on after the largest number copied."""
    with connection.cursor() as cursor:
        for model in models:
            table, column = model._meta.db_table, model._meta.pk.column
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence(%s, %s), (SELECT max({column}) FROM {table}))",
                [table, column],
            )
