"""What COPY leaves to do: numbers that go on after the copied ones, and copies of rows made by the database."""

from collections.abc import Iterable, Mapping

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


def copies_sql(model: type[Model], changed: Mapping[str, str], source: str, *, numbered: bool = False) -> str:
    """An INSERT into the table of ``model`` of copies of the rows ``t``, with these columns computed.

    ``source``: from FROM on. The primary key is left to the database unless ``numbered``: ``changed`` then has it.
    """
    columns = [
        str(field.column)
        for field in model._meta.concrete_fields
        if not field.generated and (numbered or not field.primary_key)
    ]
    picked = ", ".join(changed.get(column, f't."{column}"') for column in columns)
    names = ", ".join(f'"{column}"' for column in columns)
    return f"INSERT INTO {model._meta.db_table} ({names}) SELECT {picked} {source}"
