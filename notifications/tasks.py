"""Celery tasks of the outbox: thin, told twice they send once."""

from celery import shared_task
from django.utils import timezone

from core.jobs import enqueue
from notifications.actions.delivery import outbox_deliver
from notifications.actions.notices import digests_send, notices_forget

BATCH = 200


@shared_task(name="notifications.deliver")
def deliver(outbound_id: int) -> None:
    """Send one message, unless it is sent, being sent, or waiting for a later attempt."""
    outbox_deliver(limit=1, only=outbound_id)


@shared_task(name="notifications.sweep_outbox")
def sweep_outbox() -> None:
    """Send what is due over one connection, a bounded number at a time, then again while more waits."""
    _, more = outbox_deliver(limit=BATCH)
    if more:
        enqueue("notifications.sweep_outbox")


@shared_task(name="notifications.send_digests")
def send_digests() -> None:
    """Send each agent the alerts that waited for the morning, once a day."""
    digests_send(timezone.now())


@shared_task(name="notifications.forget_notices")
def forget_notices() -> None:
    notices_forget(timezone.now())
