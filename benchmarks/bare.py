"""Tables without their secondary indexes and foreign keys while many rows are written, and with them again after."""

import contextlib
from collections.abc import Iterable, Iterator

from django.db import connection
from django.db.models import Model

# the last one to come back: where it is, the data is whole
WITNESS = "ticket_text_search"

_CONSTRAINTS = """
SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint
WHERE conrelid = ANY(%s::regclass[]) AND contype IN ('f', 'u') ORDER BY contype DESC, oid
"""
_INDEXES = """
SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
WHERE indrelid = ANY(%s::regclass[]) AND NOT indisprimary
AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid) ORDER BY indexrelid::regclass::text = %s, 1
"""


@contextlib.contextmanager
def bare(models: Iterable[type[Model]]) -> Iterator[None]:
    """Take away the indexes (but primary keys), unique constraints and foreign keys of ``models``, and autovacuum.

    The same definitions are put back at the end, and so checked; then everything is cleaned and analysed. After an
    error nothing is put back: `is_whole` says false, and the database is to be thrown away.
    """
    tables = [model._meta.db_table for model in models]
    with connection.cursor() as cursor:
        cursor.execute(_CONSTRAINTS, [tables])
        constraints = cursor.fetchall()
        cursor.execute(_INDEXES, [tables, WITNESS])
        indexes = cursor.fetchall()
        for table, name, _ in constraints:
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        for name, _ in indexes:
            cursor.execute(f"DROP INDEX {name}")
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} SET (autovacuum_enabled = off)")
    yield
    with connection.cursor() as cursor:
        cursor.execute("SET maintenance_work_mem = '1GB'")
        cursor.execute("SET max_parallel_maintenance_workers = 2")
        for table, name, definition in constraints:
            cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
        for _, definition in indexes:
            cursor.execute(definition)
        cursor.execute("RESET maintenance_work_mem")
        cursor.execute("RESET max_parallel_maintenance_workers")
        cursor.execute("VACUUM (ANALYZE)")  # before autovacuum, which would do the same at the same time
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} RESET (autovacuum_enabled)")


def is_whole() -> bool:
    """Whether writing the data came to its end."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [WITNESS])
        return bool(cursor.fetchone()[0])
