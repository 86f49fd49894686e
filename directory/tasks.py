"""Celery tasks of the directory: ids in, one action call."""

from celery import shared_task
from django.utils import timezone

from core.jobs import enqueue
from directory.actions.people_duplicates import BATCH, duplicates_find


@shared_task(name="directory.find_duplicates")
def find_duplicates() -> None:
    """Compare the cards that changed, a batch at a time: other tasks pass in between."""
    if duplicates_find(now=timezone.now()) == BATCH:
        enqueue("directory.find_duplicates")
