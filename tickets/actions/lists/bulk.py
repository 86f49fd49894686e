"""One action on many tickets, in the background: a transaction a ticket, resumed after a kill, undone the same way.

A ticket is done once: what is done to it and the line that says so are committed together. One process at a time works
on a job (`alone`); a sweep tells the worker again of the jobs nobody finishes.
"""

import logging
import time
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from core.errors import Conflict, DomainError, Invalid, NotAllowed
from core.jobs import enqueue
from directory.models import Agent
from directory.permissions import has_right
from directory.roles import WORK
from tickets.actions.alone import BULK, alone
from tickets.actions.lists.bulk_steps import UNDOABLE, Steps
from tickets.models import BulkItem, BulkJob, BulkKind, JobStatus, Message

logger = logging.getLogger(__name__)

MOST = 5_000  # tickets in one job
MOST_UNFINISHED = 3  # jobs of one agent at once
SECOND_THOUGHTS = timedelta(seconds=30)  # replies cannot be taken back: they wait that long
UNDO_WITHIN = timedelta(hours=24)
TURN_SECONDS = 10.0  # then other tasks have their turn
UNFINISHED = (JobStatus.WAITING, JobStatus.RUNNING)


@transaction.atomic
def bulk_start(
    *, actor: Agent, kind: str, params: Mapping[str, Any], ticket_ids: Iterable[int], now: datetime
) -> BulkJob:
    """Ask for ``kind`` on tickets the actor sees, MOST at most. ``params`` by kind: ``assignee`` (id or None);
    ``service`` (id) and ``reason``; ``body`` and ``then``; ``reason``; ``tags``.

    Rights are those of the actor when each ticket's turn comes. Replies leave SECOND_THOUGHTS later.
    """
    if not has_right(actor, WORK):
        raise NotAllowed(_("Your role does not let you process tickets."))
    ids = sorted(set(ticket_ids))
    if not ids:
        raise Invalid(_("Select at least one request."))
    if len(ids) > MOST:
        raise Invalid(_("At most %(most)d requests at once: narrow the list with filters.") % {"most": MOST})
    Agent.objects.select_for_update(of=("self",), no_key=True).get(pk=actor.pk)  # two clicks at once are counted
    if BulkJob.objects.filter(actor=actor, status__in=UNFINISHED).count() >= MOST_UNFINISHED:
        raise Conflict(_("Wait for your other grouped actions to finish first."))
    kept = dict(params)
    if kind == BulkKind.REPLY:
        kept["not_before"] = (now + SECOND_THOUGHTS).isoformat()
        kept["seen_message_id"] = Message.objects.aggregate(last=Max("id"))["last"] or 0
    job = BulkJob.objects.create(kind=kind, actor=actor, params=kept, total=len(ids), created_at=now)
    BulkItem.objects.bulk_create([BulkItem(job=job, ticket_id=pk) for pk in ids], batch_size=1000)
    enqueue("tickets.bulk", job.pk)
    return job


@transaction.atomic
def bulk_stop(*, job: BulkJob, actor: Agent, now: datetime) -> BulkJob:
    """Stop a job before its end: what is done stays done, the rest is not. `Conflict` once it is over."""
    job = _own(job, actor)
    if job.status not in UNFINISHED or job.undo_asked_at:
        raise Conflict(_("This action is over."))
    job.status, job.finished_at = JobStatus.UNDONE if job.status == JobStatus.WAITING else JobStatus.DONE, now
    job.save(update_fields=["status", "finished_at"])
    return job


@transaction.atomic
def bulk_undo(*, job: BulkJob, actor: Agent, now: datetime) -> BulkJob:
    """Put back, in the background, the tickets to which nothing happened since; those not done yet are left alone."""
    job = _own(job, actor)
    if job.kind not in UNDOABLE:
        raise Conflict(_("Replies that left cannot be taken back."))
    if job.undo_asked_at or job.status not in {*UNFINISHED, JobStatus.DONE}:
        raise Conflict(_("This action is undone already."))
    if job.finished_at and job.finished_at < now - UNDO_WITHIN:
        raise Conflict(_("It is too late to undo this action."))
    job.undo_asked_at, job.status, job.finished_at = now, JobStatus.RUNNING, None
    job.save(update_fields=["undo_asked_at", "status", "finished_at"])
    enqueue("tickets.bulk", job.pk)
    return job


def _own(job: BulkJob, actor: Agent) -> BulkJob:
    found = BulkJob.objects.select_for_update(of=("self",), no_key=True).filter(pk=job.pk, actor=actor).first()
    if found is None:
        raise NotAllowed(_("This action is not yours."))
    return found


def bulk_unfinished() -> list[int]:
    """The ids of the jobs a worker should go on with: asked while the broker was down, or whose worker died."""
    return list(BulkJob.objects.filter(status__in=UNFINISHED).order_by("id").values_list("pk", flat=True)[:100])


def bulk_run(*, job_id: int, now: datetime, seconds: float = TURN_SECONDS) -> float | None:
    """Work on a job for ``seconds``. Returns how long to wait before the next turn; None when there is none to take:
    finished, stopped, gone, or another process is at it."""
    job = BulkJob.objects.filter(pk=job_id, status__in=UNFINISHED).first()
    if job is None:
        return None
    wait = _wait(job, now)
    if wait > 0:
        return wait
    with alone(BULK, job_id) as had:
        if not had:
            return None
        BulkJob.objects.filter(pk=job_id, status=JobStatus.WAITING).update(status=JobStatus.RUNNING)
        return _turn(job, now, seconds)


def _wait(job: BulkJob, now: datetime) -> float:
    start = job.params.get("not_before")
    return (datetime.fromisoformat(start) - now).total_seconds() if start and job.status == JobStatus.WAITING else 0.0


def _turn(job: BulkJob, now: datetime, seconds: float) -> float | None:
    began = time.monotonic()
    steps = Steps(job)
    undoing = job.undo_asked_at is not None
    last = 0
    while time.monotonic() - began < seconds:
        moment = now + timedelta(seconds=time.monotonic() - began)
        item = _next(job, undoing, last)
        if item is None:
            return _finish(job, undoing, moment)
        last = item.pk
        try:
            if not _one(job, item, steps, undoing, moment):
                return 0.0 if BulkJob.objects.filter(pk=job.pk, status__in=UNFINISHED).exists() else None
        except (OperationalError, InterfaceError):
            raise  # the database, not this ticket: the sweep comes back
        except Exception:
            logger.exception("Bulk job %s failed on ticket %s", job.pk, item.ticket_id)
            _mark(item, undoing, moment, error=_("An unexpected error: tell your administrator."))
    return 0.0


def _next(job: BulkJob, undoing: bool, after: int) -> BulkItem | None:
    items = BulkItem.objects.filter(job=job, pk__gt=after).order_by("id")
    if undoing:
        return items.filter(done_at__isnull=False, error="", undone_at__isnull=True).first()
    return items.filter(done_at__isnull=True).first()


def _one(job: BulkJob, item: BulkItem, steps: Steps, undoing: bool, now: datetime) -> bool:
    """One ticket in one transaction. False when the job was stopped, or is to be undone, meanwhile."""
    with transaction.atomic():
        live = BulkJob.objects.select_for_update(of=("self",), no_key=True).get(pk=job.pk)
        if live.status != JobStatus.RUNNING or (live.undo_asked_at is not None) != undoing:
            return False
        try:
            with transaction.atomic():
                if undoing:
                    steps.undo(item.ticket_id, item.before, now)
                else:
                    item.before = steps.do(item.ticket_id, now)
        except DomainError as refusal:
            _mark(item, undoing, now, error=refusal.message)
        else:
            _mark(item, undoing, now)
        BulkJob.objects.filter(pk=job.pk).update(worked_at=now)
    return True


def _mark(item: BulkItem, undoing: bool, now: datetime, *, error: str = "") -> None:
    item.error = error[:300]
    if undoing:
        item.undone_at = None if error else now
    else:
        item.done_at = now
    item.save(update_fields=["error", "before", "done_at", "undone_at"])


def _finish(job: BulkJob, undoing: bool, now: datetime) -> float | None:
    """The end, unless undoing was asked at the last moment."""
    running = BulkJob.objects.filter(pk=job.pk, status=JobStatus.RUNNING, undo_asked_at__isnull=not undoing)
    if running.update(status=JobStatus.UNDONE if undoing else JobStatus.DONE, finished_at=now, worked_at=now):
        return None
    return 0.0 if BulkJob.objects.filter(pk=job.pk, status__in=UNFINISHED).exists() else None
