"""A grouped action or an export, ready to print."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext_lazy

from directory.models import Agent, Service
from tickets.actions.lists.bulk import UNDO_WITHIN, UNFINISHED
from tickets.actions.lists.bulk_steps import UNDOABLE
from tickets.actions.lists.exports import KEPT
from tickets.models import BulkJob, BulkKind, Export, JobStatus
from tickets.selectors.jobs import Progress, diverted_count, progress_of, refusals_of

TONES = {
    JobStatus.WAITING: ("hourglass", "muted"),
    JobStatus.RUNNING: ("loader", "accent"),
    JobStatus.DONE: ("circle-check", "ok"),
    JobStatus.FAILED: ("circle-x", "late"),
    JobStatus.UNDONE: ("undo-2", "muted"),
}
EXPORT_STATES = {
    JobStatus.WAITING: pgettext_lazy("export", "Waiting"),
    JobStatus.RUNNING: pgettext_lazy("export", "Being written"),
    JobStatus.DONE: pgettext_lazy("export", "Ready"),
    JobStatus.FAILED: pgettext_lazy("export", "Not written"),
}


@dataclass(frozen=True)
class JobRow:
    job: BulkJob
    title: str
    progress: Progress
    icon: str
    tone: str
    state: str


@dataclass(frozen=True)
class ExportRow:
    export: Export
    icon: str
    tone: str
    state: str
    until: datetime


def job_row(job: BulkJob) -> JobRow:
    icon, tone = TONES[JobStatus(job.status)]
    return JobRow(job, job_title(job), progress_of(job), icon, tone, _state(job))


def export_row(export: Export) -> ExportRow:
    icon, tone = TONES[JobStatus(export.status)]
    state = str(EXPORT_STATES[JobStatus(export.status)])
    return ExportRow(export, icon, tone, state, export.created_at + KEPT)


def job_title(job: BulkJob) -> str:
    """« Assign 12 requests to Claire Vasseur ». One query at most."""
    count = ngettext("%(n)d request", "%(n)d requests", job.total) % {"n": job.total}
    params = job.params
    if job.kind == BulkKind.ASSIGN:
        agent = Agent.objects.filter(pk=params.get("assignee")).first() if params.get("assignee") else None
        if agent is None:
            return _("%(count)s given back to the service") % {"count": count}
        return _("%(count)s given to %(name)s") % {"count": count, "name": agent.full_name}
    if job.kind == BulkKind.TRANSFER:
        service = Service.objects.filter(pk=params.get("service")).first()
        return _("%(count)s transferred to %(service)s") % {"count": count, "service": service or "—"}
    if job.kind == BulkKind.TAG:
        return _("%(count)s tagged %(tags)s") % {"count": count, "tags": ", ".join(params.get("tags", ()))}
    if job.kind == BulkKind.CLOSE:
        return _("%(count)s closed") % {"count": count}
    return _("Reply to %(count)s") % {"count": count}


def _state(job: BulkJob) -> str:
    if job.undo_asked_at and job.status == JobStatus.RUNNING:
        return _("Being undone")
    return str(JobStatus(job.status).label)


def job_context(job: BulkJob, agent: Agent, now: datetime) -> dict[str, Any]:
    row = job_row(job)
    unfinished = job.status in UNFINISHED
    undoing = job.undo_asked_at is not None
    start = job.params.get("not_before")
    leaves_at = datetime.fromisoformat(start) if start and job.status == JobStatus.WAITING else None
    in_time = job.finished_at is None or now - job.finished_at < UNDO_WITHIN
    return {
        "row": row,
        "job": job,
        "progress": row.progress,
        "refusals": refusals_of(job, agent) if row.progress.refused else [],
        "diverted": diverted_count(job) if job.kind == BulkKind.TRANSFER else 0,
        "is_over": not unfinished,
        "is_undoing": undoing and unfinished,
        "leaves_at": leaves_at if leaves_at and leaves_at > now - timedelta(minutes=1) else None,
        "can_stop": unfinished and not undoing,
        "can_undo": job.kind in UNDOABLE and not undoing and in_time and row.progress.done > 0 and not unfinished,
        "is_reply": job.kind == BulkKind.REPLY,
    }
