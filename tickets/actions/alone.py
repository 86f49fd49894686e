"""One process at a time for a long piece of work: an advisory lock of the connection, which dies with it."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

BULK, EXPORT = 0x62756C6B, 0x6578706F  # the families of the locks; the number is the row's


@contextmanager
def alone(family: int, number: int) -> Iterator[bool]:
    """True when nobody else holds (family, number); held until the end of the block."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [family, number % 2**31])
        had = bool(cursor.fetchone()[0])
    try:
        yield had
    finally:
        if had:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [family, number % 2**31])
