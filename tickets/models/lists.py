"""What agents keep of the lists: views, long actions on many tickets, exports."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class SavedView(models.Model):
    """A list kept under a name: a queue, filters (``query``, GET parameters), order and columns. Of one agent, or
    shared with a service and those under it."""

    name = models.CharField(_("name"), max_length=80)
    owner = models.ForeignKey("directory.Agent", on_delete=models.CASCADE, related_name="saved_views")
    shared_with = models.ForeignKey(
        "directory.Service",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("shared with"),
    )
    queue = models.CharField(
        _("queue"), max_length=20, blank=True, help_text=_("Empty: every ticket, closed ones included.")
    )
    query = models.CharField(_("filters"), max_length=1000, blank=True)
    sort = models.CharField(_("order"), max_length=30, blank=True)
    columns = ArrayField(models.CharField(max_length=30), verbose_name=_("columns"), default=list, blank=True)
    position = models.PositiveIntegerField(_("position"), default=0)
    created_at = models.DateTimeField(_("created at"), default=timezone.now)

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        ordering = ["position", "name", "id"]

    def __str__(self) -> str:
        return self.name


class JobStatus(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Running")
    DONE = "done", _("Finished")
    FAILED = "failed", _("Failed")
    UNDONE = "undone", _("Undone")


class BulkKind(models.TextChoices):
    ASSIGN = "assign", _("Assign")
    TRANSFER = "transfer", _("Transfer")
    REPLY = "reply", _("Reply")
    CLOSE = "close", _("Close")
    TAG = "tag", _("Add a tag")


class BulkJob(models.Model):
    """One action on many tickets, done in the background, a ticket a transaction, and undone the same way."""

    kind = models.CharField(_("action"), max_length=10, choices=BulkKind.choices)
    actor = models.ForeignKey("directory.Agent", on_delete=models.CASCADE, related_name="bulk_jobs")
    params = models.JSONField(default=dict)
    status = models.CharField(_("status"), max_length=10, choices=JobStatus.choices, default=JobStatus.WAITING)
    total = models.PositiveIntegerField(_("tickets"), default=0)
    created_at = models.DateTimeField(_("asked at"), default=timezone.now)
    worked_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    undo_asked_at = models.DateTimeField(_("undo asked at"), null=True, blank=True)

    class Meta:
        verbose_name = _("action on many tickets")
        verbose_name_plural = _("actions on many tickets")
        indexes = [
            models.Index(fields=["actor", "-id"], name="bulk_job_recent"),
            models.Index(fields=["id"], condition=Q(status__in=["waiting", "running"]), name="bulk_job_unfinished"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"


class BulkItem(models.Model):
    """One ticket of a bulk job. ``before`` is what undoing needs; ``error`` says why it was refused."""

    job = models.ForeignKey(BulkJob, on_delete=models.CASCADE, related_name="items", db_index=False)
    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.CASCADE, related_name="+")
    before = models.JSONField(default=dict)
    error = models.CharField(_("why not"), max_length=300, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "ticket"], name="bulk_item_once")]
        indexes = [models.Index(fields=["job", "id"], name="bulk_item_order")]

    def __str__(self) -> str:
        return f"{self.job_id} {self.ticket_id}"


class ExportFormat(models.TextChoices):
    CSV = "csv", "CSV"
    XLSX = "xlsx", "XLSX"


def export_path(_export: "Export", _name: str) -> str:
    return f"exports/{uuid.uuid4().hex}"


class Export(models.Model):
    """A list written to a file in the background, under the rights of who asked, and forgotten after a while."""

    actor = models.ForeignKey("directory.Agent", on_delete=models.CASCADE, related_name="exports")
    format = models.CharField(_("format"), max_length=5, choices=ExportFormat.choices)
    query = models.CharField(_("filters"), max_length=1000, blank=True)
    queue = models.CharField(_("queue"), max_length=20, blank=True)
    columns = ArrayField(models.CharField(max_length=30), default=list, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=JobStatus.choices, default=JobStatus.WAITING)
    rows = models.PositiveIntegerField(_("lines"), default=0)
    file = models.FileField(upload_to=export_path, max_length=120, blank=True)
    error = models.CharField(_("why not"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("asked at"), default=timezone.now)
    worked_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        indexes = [
            models.Index(fields=["actor", "-id"], name="export_recent"),
            models.Index(fields=["id"], condition=Q(status__in=["waiting", "running"]), name="export_unfinished"),
        ]

    def __str__(self) -> str:
        return f"{self.format} {self.pk}"
