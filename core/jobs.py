"""Telling the worker, after commit and by task name, so that actions never import tasks.

What must happen is already a row when this is called. If the broker is down the telling is lost, the row is not, and a
periodic sweep (see ``grc/beat_schedule.py``) picks it up.
"""

import logging

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


def enqueue(task_name: str, *args: object) -> None:
    """Tell the worker to run ``task_name(*args)`` once the current transaction is committed.

    ``args`` are JSON values (ids, not objects). Never raises when the broker is out of reach.
    """
    transaction.on_commit(lambda: _tell(task_name, args))


def _tell(task_name: str, args: tuple[object, ...]) -> None:
    try:
        current_app.signature(task_name, args=args).apply_async()
    except OperationalError:
        logger.warning("The broker is out of reach: %s is left to the sweep.", task_name)
