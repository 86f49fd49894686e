"""What the town promises: SLA policies, their targets, and who hears of what is late."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tickets.enums import Audience, Channel, CountIn, DeadlineKind, Delivery, OffsetUnit, Priority


class SlaPolicy(models.Model):
    """A set of targets for the tickets that fulfil every condition given. The first policy in ``position`` order that
    fits a ticket and has a target of a kind gives the clock of that kind.

    Nothing fits: the town's answer commitment (``Town.answer_hours``, wall-clock) and the request type's own target.
    """

    name = models.CharField(_("name"), max_length=120, unique=True)
    position = models.PositiveSmallIntegerField(
        _("order"), default=100, help_text=_("The first policy that fits a request wins; small numbers first.")
    )
    request_type = models.ForeignKey(
        "directory.RequestType",
        verbose_name=_("request type"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    service = models.ForeignKey(
        "directory.Service",
        verbose_name=_("service"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("And every service below it."),
    )
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices, blank=True)
    priority = models.PositiveSmallIntegerField(_("priority"), choices=Priority.choices, null=True, blank=True)
    calendar = models.ForeignKey(
        "directory.Calendar",
        verbose_name=_("calendar"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("When empty, the service’s, then the town’s."),
    )
    effective_from = models.DateField(
        _("in force from"), null=True, blank=True, help_text=_("For requests received from this day on.")
    )
    effective_until = models.DateField(_("in force until"), null=True, blank=True, help_text=_("Last day included."))
    preset = models.SlugField(_("preset"), max_length=40, blank=True, editable=False)
    note = models.CharField(_("note for the administrators"), max_length=300, blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("SLA policy")
        verbose_name_plural = _("SLA policies")
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if self.effective_from and self.effective_until and self.effective_until < self.effective_from:
            raise ValidationError({"effective_until": _("The last day is before the first one.")})


TARGET_KINDS = (DeadlineKind.ACKNOWLEDGE, DeadlineKind.ANSWER, DeadlineKind.CALLBACK, DeadlineKind.TARGET)


class SlaTarget(models.Model):
    """One promise of a policy: ``amount`` of ``unit`` (`CountIn`), for one kind of clock."""

    policy = models.ForeignKey(SlaPolicy, on_delete=models.CASCADE, related_name="targets", db_index=False)
    kind = models.CharField(_("promise"), max_length=12, choices=[(kind.value, kind.label) for kind in TARGET_KINDS])
    amount = models.PositiveSmallIntegerField(_("delay"))
    unit = models.CharField(_("counted in"), max_length=15, choices=CountIn.choices, default=CountIn.HOURS)
    pauses = models.BooleanField(_("pauses while the citizen must act"), default=True)

    class Meta:
        verbose_name = _("target")
        verbose_name_plural = _("targets")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["policy", "kind"], name="sla_target_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="sla_target_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} – {self.amount} {self.get_unit_display()}"


class EscalationStep(models.Model):
    """One line of the escalation matrix: when, and who hears of it.

    The lines without a policy are the usual matrix; a policy with lines of a kind replaces it for that kind. With no
    line at all, `tickets.deadlines.escalation.DEFAULT_STEPS`. ``offset`` is in hours or days from the due date, before
    it when negative; or in hundredths of the time allowed (80: when 80 % of it is gone, 100: at the due date).
    ``number`` names the step for ever: a step is taken once per deadline under its number.
    """

    policy = models.ForeignKey(
        SlaPolicy, on_delete=models.CASCADE, null=True, blank=True, related_name="steps", verbose_name=_("policy")
    )
    kind = models.CharField(_("clock"), max_length=12, choices=DeadlineKind.choices)
    number = models.PositiveSmallIntegerField(_("number"), editable=False)
    offset = models.IntegerField(_("moment"))
    offset_unit = models.CharField(_("counted in"), max_length=10, choices=OffsetUnit.choices, default=OffsetUnit.HOURS)
    audience = models.CharField(_("who"), max_length=10, choices=Audience.choices)
    agent = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("agent"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("When « who » is a given agent."),
    )
    escalation = models.PositiveSmallIntegerField(
        _("escalation level"), default=0, help_text=_("0: a reminder. 1 and more: shown on the request.")
    )
    delivery = models.CharField(_("how"), max_length=10, choices=Delivery.choices, default=Delivery.MAIL)
    in_open_hours = models.BooleanField(
        _("during opening hours"),
        default=True,
        help_text=_(
            "An alert that falls when the service is closed comes at the previous closing (before the due "
            "date) or at the next opening (after it)."
        ),
    )

    class Meta:
        verbose_name = _("escalation step")
        verbose_name_plural = _("escalation steps")
        ordering = ["kind", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["policy", "kind", "number"], name="escalation_step_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=~Q(audience="agent") | Q(agent__isnull=False),
                name="escalation_step_has_agent",
                violation_error_message=_("Choose the agent who is told."),
            ),
        ]

    def __str__(self) -> str:
        return (
            f"{self.get_kind_display()} {self.offset} {self.get_offset_unit_display()} → {self.get_audience_display()}"
        )


class Recomputation(models.Model):
    """A change of policy, calendar or matrix being applied to the open tickets, in the background.

    ``cursor`` is the last ticket id done, so that a killed worker resumes where it was. ``skipped``: tickets that
    somebody held at that moment, taken again at the end.
    """

    reason = models.CharField(_("reason"), max_length=200)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    total = models.PositiveIntegerField(_("requests"), default=0)
    done = models.PositiveIntegerField(_("done"), default=0)
    changed = models.PositiveIntegerField(_("deadlines moved"), default=0)
    cursor = models.BigIntegerField(default=0)
    skipped = models.JSONField(default=list)
    last_error = models.CharField(_("last error"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("asked at"), default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)

    class Meta:
        verbose_name = _("recomputation of deadlines")
        verbose_name_plural = _("recomputations of deadlines")
        ordering = ["-id"]
        indexes = [models.Index(fields=["id"], condition=Q(finished_at__isnull=True), name="recomputation_unfinished")]

    def __str__(self) -> str:
        return f"{self.reason} {self.done}/{self.total}"
