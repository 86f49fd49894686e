"""Deadlines as rows, and the escalations they caused."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tickets.enums import DeadlineKind, DeadlineState


class Deadline(models.Model):
    """One clock of a ticket. Each reopening starts a new ``cycle``.

    ``due_at`` is recomputed from ``started_at``, the policy and the pauses. ``next_step_at`` is when the next
    reminder or escalation falls: the sweep reads that index and nothing else. For a legal clock ``due_at`` is the
    first instant of the implicit decision (00:00 local on ``effective_from``).
    """

    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.CASCADE, related_name="deadlines", db_index=False)
    kind = models.CharField(_("kind"), max_length=10, choices=DeadlineKind.choices)
    cycle = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(_("state"), max_length=10, choices=DeadlineState.choices, default=DeadlineState.RUNNING)
    started_at = models.DateTimeField(_("started at"))
    due_at = models.DateTimeField(_("due at"))
    paused_at = models.DateTimeField(_("paused at"), null=True, blank=True)
    paused_seconds = models.PositiveIntegerField(_("seconds paused"), default=0)
    stopped_at = models.DateTimeField(_("stopped at"), null=True, blank=True)
    level = models.PositiveSmallIntegerField(_("steps done"), default=0)
    next_step_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("deadline")
        verbose_name_plural = _("deadlines")
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["ticket", "kind", "cycle"], name="deadline_once_per_cycle")]
        indexes = [
            models.Index(fields=["next_step_at", "id"], condition=Q(state="running"), name="deadline_to_sweep"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.due_at:%Y-%m-%d %H:%M}"


class EscalationRecord(models.Model):
    """A step that was taken: at most one row per deadline and level, whatever the number of sweepers."""

    deadline = models.ForeignKey(Deadline, on_delete=models.CASCADE, related_name="escalations", db_index=False)
    level = models.PositiveSmallIntegerField(_("level"))
    step = models.CharField(_("step"), max_length=20)
    recipient = models.ForeignKey(
        "directory.Agent", on_delete=models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    at = models.DateTimeField(_("at"), default=timezone.now)

    class Meta:
        verbose_name = _("escalation")
        verbose_name_plural = _("escalations")
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["deadline", "level"], name="escalation_once")]

    def __str__(self) -> str:
        return f"{self.step} {self.at:%Y-%m-%d %H:%M}"
