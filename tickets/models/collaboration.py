"""Several people on one ticket, and tickets that belong together."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tickets.models.messages import StoredFile


class LinkKind(models.TextChoices):
    RELATED = "related", _("Related to")
    DUPLICATE = "duplicate", _("Duplicate of")
    PART = "part", _("Part of")  # a mail with two subjects: the new ticket is a part of the first


class TicketLink(models.Model):
    """``ticket`` is related to, a duplicate of, or a part of ``target``."""

    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.CASCADE, related_name="links", db_index=False)
    target = models.ForeignKey("tickets.Ticket", on_delete=models.CASCADE, related_name="linked_from")
    kind = models.CharField(_("kind"), max_length=10, choices=LinkKind.choices, default=LinkKind.RELATED)
    created_by = models.ForeignKey("directory.Agent", on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("link between tickets")
        verbose_name_plural = _("links between tickets")
        constraints = [
            models.UniqueConstraint(fields=["ticket", "target"], name="ticket_link_once"),
            models.CheckConstraint(condition=~Q(ticket=F("target")), name="ticket_link_not_itself"),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.kind} {self.target_id}"


class TicketMerge(models.Model):
    """A merge and what undoing it needs: the messages moved, and the state of both tickets before."""

    source = models.ForeignKey("tickets.Ticket", on_delete=models.CASCADE, related_name="merges_out")
    target = models.ForeignKey("tickets.Ticket", on_delete=models.CASCADE, related_name="merges_in")
    before = models.JSONField(default=dict)
    merged_by = models.ForeignKey("directory.Agent", on_delete=models.PROTECT, related_name="+")
    merged_at = models.DateTimeField(default=timezone.now)
    undone_by = models.ForeignKey("directory.Agent", on_delete=models.PROTECT, null=True, related_name="+")
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source"], condition=Q(undone_at__isnull=True), name="ticket_merged_once")
        ]

    def __str__(self) -> str:
        return f"{self.source_id} → {self.target_id}"


class TicketTask(models.Model):
    """Something asked of a service (another one, often) for a ticket, with its own due date. Citizens never see it."""

    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.CASCADE, related_name="tasks")
    title = models.CharField(_("task"), max_length=200)
    details = models.TextField(_("details"), blank=True)
    service = models.ForeignKey(
        "directory.Service", on_delete=models.PROTECT, related_name="tasks", verbose_name=_("service")
    )
    assignee = models.ForeignKey(
        "directory.Agent",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="tasks",
        verbose_name=_("assignee"),
    )
    due_at = models.DateTimeField(_("due at"))
    result = models.TextField(_("what was done"), blank=True)
    created_by = models.ForeignKey("directory.Agent", on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    done_by = models.ForeignKey("directory.Agent", on_delete=models.PROTECT, null=True, related_name="+")
    done_at = models.DateTimeField(_("done at"), null=True, blank=True)
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True, blank=True)
    late_told_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        ordering = ["due_at", "id"]
        indexes = [
            models.Index(
                fields=["service", "due_at", "id"],
                condition=Q(done_at__isnull=True, cancelled_at__isnull=True),
                name="ticket_task_open",
            ),
            models.Index(
                fields=["due_at", "id"],
                condition=Q(done_at__isnull=True, cancelled_at__isnull=True, late_told_at__isnull=True),
                name="ticket_task_to_tell",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Watcher(models.Model):
    """An agent who wants to hear of everything that happens on a ticket."""

    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.CASCADE, related_name="watchers", db_index=False)
    agent = models.ForeignKey("directory.Agent", on_delete=models.CASCADE, related_name="watching")
    since = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "agent"], name="watcher_once")]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.ticket_id}"


class Mention(models.Model):
    """An agent named in a note (« @Prénom Nom »), until they have seen the ticket."""

    message = models.ForeignKey("tickets.Message", on_delete=models.CASCADE, related_name="mentions", db_index=False)
    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.CASCADE, related_name="mentions")
    agent = models.ForeignKey("directory.Agent", on_delete=models.CASCADE, related_name="mentions")
    created_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "agent"], name="mention_once")]
        indexes = [
            models.Index(fields=["agent", "-id"], condition=Q(seen_at__isnull=True), name="mention_unseen"),
            models.Index(fields=["agent", "-created_at"], name="mention_recent"),
        ]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.message_id}"


class WrittenDraft(models.Model):
    """What an agent was writing on a ticket, kept on the server until it is sent or given up."""

    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.CASCADE, related_name="drafts", db_index=False)
    agent = models.ForeignKey("directory.Agent", on_delete=models.CASCADE, related_name="drafts")
    kind = models.CharField(max_length=10, default="reply")  # a MessageKind: reply or note
    body = models.TextField(blank=True)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "agent", "kind"], name="written_draft_once")]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.ticket_id}"


class ScheduledReply(models.Model):
    """A reply that leaves later. Sent once, by the sweep; refused when something changed meanwhile, and then told."""

    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.CASCADE, related_name="scheduled_replies")
    author = models.ForeignKey("directory.Agent", on_delete=models.CASCADE, related_name="scheduled_replies")
    body = models.TextField(_("text"))
    then = models.CharField(max_length=10)
    outcome = models.CharField(max_length=10, blank=True)
    enclosed = models.JSONField(default=list)
    to_address = models.EmailField(_("to"), blank=True, db_default="")  # chosen among several; empty: the usual one
    seen_message_id = models.BigIntegerField(null=True, blank=True)
    send_at = models.DateTimeField(_("leaves at"))
    created_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    refusal = models.CharField(_("why it did not leave"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("scheduled reply")
        verbose_name_plural = _("scheduled replies")
        ordering = ["send_at", "id"]
        indexes = [
            models.Index(
                fields=["send_at", "id"],
                condition=Q(sent_at__isnull=True, cancelled_at__isnull=True, refusal=""),
                name="scheduled_reply_due",
            )
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.send_at:%Y-%m-%d %H:%M}"


class DraftFile(StoredFile):
    """A file that an agent encloses in what they are writing, or in the reply that leaves later (``scheduled``)."""

    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.CASCADE, related_name="draft_files", db_index=False)
    agent = models.ForeignKey("directory.Agent", on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10)  # a MessageKind: reply or note
    scheduled = models.ForeignKey(ScheduledReply, on_delete=models.CASCADE, null=True, blank=True, related_name="files")

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["ticket", "agent"], name="draft_file_ticket")]
