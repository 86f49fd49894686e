"""Deadlines as rows, and the escalations they caused."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tickets.enums import CountIn, DeadlineKind, DeadlineState


class Deadline(models.Model):
    """One clock of a ticket. Each reopening starts a new ``cycle``.

    ``due_at`` is a function of ``started_at``, what was promised (``amount``, ``unit``, the calendar) and the pauses
    (`ClockPause`): it is recomputed, never moved by hand. ``amount`` and ``unit`` keep what was promised, to be
    explained after the fact; both are empty for the clocks of the law, which `tickets.actions.legal.clock` counts.
    ``next_step_at`` is when the next step of the escalation matrix falls: the sweep reads that index and nothing
    else. ``taken``: the numbers of the steps that were taken, or skipped because their moment had passed. For the
    silence of the administration ``due_at`` is the first instant of the implicit decision (00:00 local on
    ``effective_from``).
    """

    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.CASCADE, related_name="deadlines", db_index=False)
    kind = models.CharField(_("kind"), max_length=12, choices=DeadlineKind.choices)
    cycle = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(_("state"), max_length=10, choices=DeadlineState.choices, default=DeadlineState.RUNNING)
    started_at = models.DateTimeField(_("started at"))
    due_at = models.DateTimeField(_("due at"))
    policy = models.ForeignKey(
        "tickets.SlaPolicy", on_delete=models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    amount = models.PositiveSmallIntegerField(_("delay"), null=True, blank=True)
    unit = models.CharField(_("counted in"), max_length=15, choices=CountIn.choices, blank=True)
    pauses = models.BooleanField(default=True)
    stopped_at = models.DateTimeField(_("stopped at"), null=True, blank=True)
    taken = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True)
    next_step_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("deadline")
        verbose_name_plural = _("deadlines")
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["ticket", "kind", "cycle"], name="deadline_once_per_cycle")]
        indexes = [
            models.Index(fields=["next_step_at", "id"], condition=Q(state="running"), name="deadline_to_sweep"),
            # the acknowledgements that wait for a mention
            models.Index(
                fields=["ticket"], condition=Q(kind="receipt", state="running"), name="deadline_receipt_waiting"
            ),
            # the queue of callbacks
            models.Index(
                fields=["due_at", "id"],
                condition=Q(kind="callback", state__in=["running", "paused"]),
                include=["ticket"],
                name="deadline_callback",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.due_at:%Y-%m-%d %H:%M}"


class ClockPause(models.Model):
    """A time during which the citizen had to act. The commitments that pause do not run in it; the law's do.

    The history that due dates are recomputed from: at most one open pause per ticket.
    """

    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.CASCADE, related_name="clock_pauses")
    started_at = models.DateTimeField(_("from"))
    ended_at = models.DateTimeField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("pause")
        verbose_name_plural = _("pauses")
        ordering = ["started_at"]
        constraints = [
            models.UniqueConstraint(fields=["ticket"], condition=Q(ended_at__isnull=True), name="clock_pause_one_open"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=models.F("started_at")),
                name="clock_pause_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d %H:%M} – {self.ended_at or ''}"


class EscalationRecord(models.Model):
    """A step that was taken: at most one row per deadline and step number, whatever the number of sweepers."""

    deadline = models.ForeignKey(Deadline, on_delete=models.CASCADE, related_name="escalations", db_index=False)
    level = models.PositiveSmallIntegerField(_("step number"))
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
