"""Sending what is in the outbox, once each, whoever else is sending at the same time.

A row is claimed (``sending``, with a lease) and committed, sent, then marked. Two deliverers never claim the same row.
A deliverer that dies between the sending and the mark lets the lease run out and the message leaves again with the same
Message-ID: SMTP allows no better, and mail programs show such a twin once.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from core.jobs import enqueue
from core.text import one_line
from notifications.drivers.building import email_build
from notifications.drivers.failures import Failure, failure_of
from notifications.models import OutboundMessage, OutboundStatus

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=10)  # longer than one message can take (EMAIL_TIMEOUT for each step of the conversation)
DELAYS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240))  # then every four hours
MAX_ATTEMPTS = 16  # two days with these delays
BATCH_TIME = timedelta(minutes=5)  # well within the task's time limit


def outbox_deliver(*, limit: int, now: datetime | None = None, only: int | None = None) -> tuple[int, bool]:
    """Send up to ``limit`` due messages over one connection; how many were tried, and whether to go on at once.

    ``only`` restricts it to one row. ``now`` is for tests; by default each step reads the clock.
    """
    tried, end = 0, timezone.now() + BATCH_TIME
    with _connection() as backend:
        while tried < limit and timezone.now() < end:
            row = _claim(now or timezone.now(), only)
            if row is None:
                return tried, False
            tried += 1
            failure = _send(row, backend)
            _settle(row, failure, now or timezone.now())
            if failure is not None and failure.stops_batch:
                return tried, False
    return tried, True


@contextmanager
def _connection() -> Iterator[BaseEmailBackend]:
    """A backend that opens when the first message is sent and is closed at the end, whatever happened."""
    backend: BaseEmailBackend = get_connection()
    try:
        yield backend
    finally:
        try:
            backend.close()
        except Exception:  # the messages are settled already
            logger.info("The mail server did not close the connection properly.")


@transaction.atomic
def _claim(now: datetime, only: int | None) -> OutboundMessage | None:
    """Take one due row, or one whose deliverer never came back, for the time of the lease."""
    due = OutboundMessage.objects.filter(
        Q(status__in=[OutboundStatus.QUEUED, OutboundStatus.SENDING]), next_attempt_at__lte=now
    )
    if only is not None:
        due = due.filter(pk=only)
    row = due.select_for_update(skip_locked=True).order_by("next_attempt_at", "id").first()
    if row is not None:
        row.status = OutboundStatus.SENDING
        row.attempts += 1
        row.next_attempt_at = now + LEASE
        row.save(update_fields=["status", "attempts", "next_attempt_at"])
    return row


def _send(row: OutboundMessage, backend: BaseEmailBackend) -> Failure | None:
    try:
        backend.open()
        email_build(row, backend).send()
    except Exception as error:  # every failure is settled on the row, none may stop the others
        failure = failure_of(error)
        logger.warning("Message %s was not sent: %s", row.pk, failure.reason)
        if failure.stops_batch or not failure.is_permanent:
            backend.close()
        return failure
    return None


def _settle(row: OutboundMessage, failure: Failure | None, now: datetime) -> None:
    """Write what became of a claimed row. A row whose lease ran out and that another took is left to the other."""
    claimed = OutboundMessage.objects.filter(pk=row.pk, status=OutboundStatus.SENDING, attempts=row.attempts)
    if failure is None:
        claimed.update(status=OutboundStatus.SENT, sent_at=now, last_error="")
        return
    wait = DELAYS[min(row.attempts, len(DELAYS)) - 1]
    gone = failure.is_permanent or row.attempts >= MAX_ATTEMPTS
    changed = claimed.update(
        status=OutboundStatus.FAILED if gone else OutboundStatus.QUEUED,
        next_attempt_at=now + wait,
        last_error=one_line(failure.reason, 300),
    )
    if changed and gone and row.ticket_reference:
        enqueue("tickets.note_send_failures")


def outbound_retry(*, outbound_id: int, now: datetime) -> bool:
    """Put a failed message back in the outbox for two more days; false when it has not failed."""
    changed = OutboundMessage.objects.filter(pk=outbound_id, status=OutboundStatus.FAILED).update(
        status=OutboundStatus.QUEUED, attempts=0, next_attempt_at=now, last_error=""
    )
    if changed:
        enqueue("notifications.deliver", outbound_id)
    return bool(changed)
