"""Telling the worker, after commit and by task name, so that actions never import tasks.

What must happen is already a row when this is called. If the broker is down the telling is lost, the row is not, and a
periodic sweep (see ``grc/beat_schedule.py``) picks it up.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


def enqueue(task_name: str, *args: object) -> None:
    """Tell the worker to run ``task_name(*args)`` once the current transaction is committed.

    ``args`` are JSON values (ids, not objects). Never raises when the broker is out of reach.
    """
    gathered = _gathered.get()
    if gathered is not None and gathered.task_name == task_name:
        gathered.calls.append(args)
    else:
        transaction.on_commit(lambda: _tell(task_name, args))


@contextmanager
def enqueued_together(task_name: str, *, many: str) -> Iterator[None]:
    """Tell the worker ``many`` once instead of ``task_name`` several times, for all that is enqueued inside."""
    gathered = _Gathered(task_name)
    token = _gathered.set(gathered)
    try:
        yield
    finally:
        _gathered.reset(token)
    if len(gathered.calls) > 1:
        enqueue(many)
    else:
        for args in gathered.calls:
            enqueue(task_name, *args)


@dataclass
class _Gathered:
    task_name: str
    calls: list[tuple[object, ...]] = field(default_factory=list)


_gathered: ContextVar[_Gathered | None] = ContextVar("gathered", default=None)


def _tell(task_name: str, args: tuple[object, ...]) -> None:
    try:
        current_app.signature(task_name, args=args).apply_async()
    except OperationalError:
        logger.warning("The broker is out of reach: %s is left to the sweep.", task_name)
