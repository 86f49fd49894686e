"""Work done at the same instant by several agents or workers."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import connection

T = TypeVar("T")


def together(work: Callable[[int], T], count: int) -> list[T]:
    """Run ``work(0)`` … ``work(count - 1)``, each on its own thread and connection, started at the same instant.

    Their answers, in that order; raises what the first of them raised. For tests with ``transaction=True``.
    """
    start = threading.Barrier(count)

    def one(number: int) -> T:
        try:
            connection.ensure_connection()
            start.wait(timeout=60)
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))
