"""Celery tasks of the intake: ids in, one action call."""

import logging
import time

from celery import shared_task
from django.db import InterfaceError, OperationalError
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from channels_intake.counter.actions import day_close
from channels_intake.email.processing import MAX_ATTEMPTS, mails_process
from channels_intake.email.watching import failures_tell
from channels_intake.models import InboundMail, InboundStatus
from channels_intake.phone.callbacks import missed_forget
from channels_intake.phone.calls import calls_left
from channels_intake.post.folder import folder_take
from channels_intake.post.reading import scan_read
from channels_intake.post.tidying import scans_recheck, scans_sweep
from channels_intake.web_form.pending import pending_sweep
from core.jobs import enqueue

logger = logging.getLogger(__name__)

SWEEP_BATCH = 1000
TURN_SECONDS = 10.0


@shared_task(name="channels_intake.process_mail")
def process_mail(mail_id: int) -> None:
    """Process one mail and those that wait behind it. Told twice, it does nothing the second time; when the database
    fails the sweep does it."""
    end = time.monotonic() + TURN_SECONDS
    try:
        while (following := mails_process(mail_id=mail_id, now=timezone.now()).next_id) is not None:
            mail_id = following
            if time.monotonic() > end:  # other tasks pass in between
                enqueue("channels_intake.process_mail", mail_id)
                break
    except (OperationalError, InterfaceError) as error:
        logger.warning("Mail %s will be taken again: %s", mail_id, error)


@shared_task(name="channels_intake.sweep_inbound")
def sweep_inbound() -> None:
    """Tell the worker of mail stored and not processed: the broker was down, or a worker died."""
    now = timezone.now()
    stored = InboundMail.objects.filter(status=InboundStatus.STORED)
    with translation.override("fr"):
        note = _("Tried too many times.")
    # the last attempt is given its time too: a worker may be at it
    stored.filter(attempts__gte=MAX_ATTEMPTS, next_attempt_at__lte=now).update(
        status=InboundStatus.FAILED, note=note, processed_at=now
    )
    due = stored.filter(next_attempt_at__lte=now).order_by("id")
    for pk in due.values_list("pk", flat=True)[:SWEEP_BATCH]:
        enqueue("channels_intake.process_mail", pk)


@shared_task(name="channels_intake.tell_failed_mail")
def tell_failed_mail() -> None:
    """Alert those who watch mail of what failed."""
    failures_tell(timezone.now())


@shared_task(name="channels_intake.sweep_pending_files")
def sweep_pending_files() -> None:
    """Delete the files citizens added to a request they never sent."""
    pending_sweep(now=timezone.now())


@shared_task(name="channels_intake.close_counters")
def close_counters() -> None:
    """The evening: nobody waits at a counter any more."""
    day_close(now=timezone.now())


@shared_task(name="channels_intake.sweep_calls")
def sweep_calls() -> None:
    """Hold for missed the calls that ring for ever."""
    calls_left(now=timezone.now())


@shared_task(name="channels_intake.forget_missed_calls")
def forget_missed_calls() -> None:
    """Set aside the missed calls of last month."""
    missed_forget(now=timezone.now())


@shared_task(name="channels_intake.read_scan")
def read_scan(scan_id: int) -> None:
    """Read the text of one scanned letter."""
    scan_read(scan_id=scan_id, now=timezone.now())


@shared_task(name="channels_intake.watch_post_folder")
def watch_post_folder() -> None:
    """Take the scans a copier left in the watched folder."""
    folder_take(now=timezone.now())


@shared_task(name="channels_intake.sweep_scans")
def sweep_scans() -> None:
    """Have read the letters nobody read, and delete the files that tickets hold now."""
    scans_sweep(now=timezone.now())


@shared_task(name="channels_intake.recheck_scans")
def recheck_scans() -> None:
    """Check the scans the antivirus could not be asked about."""
    scans_recheck()
