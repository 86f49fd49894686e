"""Rows into PostgreSQL by COPY: what `bulk_create` would write, many times faster."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import connection
from django.db.models import JSONField, Model
from psycopg import sql
from psycopg.types.json import Jsonb

Row = Mapping[str, Any]


def copy_in(model: type[Model], rows: Iterable[Row], *, numbered: bool = False) -> None:
    """Insert ``rows``: values by attribute name (``service_id``), such as the ``vars()`` of unsaved instances.

    What a row leaves out takes the model's default; generated columns are left to the database, and so is an automatic
    primary key unless ``numbered`` says that the rows have theirs. A conflict is an error: nothing is skipped.
    """
    fields = [field for field in model._meta.concrete_fields if not field.generated]
    if not numbered:
        fields = [field for field in fields if field is not model._meta.auto_field]
    plan = [(field.attname, field.get_default(), isinstance(field, JSONField)) for field in fields]
    table = sql.Identifier(model._meta.db_table)
    columns = sql.SQL(", ").join(sql.Identifier(str(field.column)) for field in fields)
    connection.ensure_connection()
    raw: Any = connection.connection
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(table, columns)
    with raw.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row([Jsonb(row[name]) if json else row.get(name, default) for name, default, json in plan])
