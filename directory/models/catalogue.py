"""The catalogue of request types (démarches): who handles each, within what delay, under which legal regime."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Regime(models.TextChoices):
    """What the administration's silence means (CRPA L231-1 to L231-6)."""

    NONE = "none", _("No legal clock")
    SVA = "SVA", _("Silence means acceptance")
    SVR = "SVR", _("Silence means refusal")
    RGPD = "RGPD", _("Data protection right (one month)")
    SPECIAL = "special", _("Special regime")


class TargetUnit(models.TextChoices):
    HOURS = "hours", _("hours")
    WORKING_DAYS = "working_days", _("working days")
    DAYS = "days", _("calendar days")
    MONTHS = "months", _("months")


class RequestType(models.Model):
    code = models.SlugField(_("code"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=120)
    description = models.CharField(_("description for citizens"), max_length=300, blank=True)
    service = models.ForeignKey(
        "directory.Service", on_delete=models.PROTECT, related_name="request_types", verbose_name=_("service")
    )
    channels = models.CharField(
        _("usual channels"), max_length=20, blank=True, help_text=_("W web, T telephone, M e-mail, G counter, C letter")
    )
    target = models.PositiveSmallIntegerField(_("target delay"))
    target_unit = models.CharField(_("unit"), max_length=15, choices=TargetUnit.choices)
    regime = models.CharField(_("legal regime"), max_length=8, choices=Regime.choices, default=Regime.NONE)
    delay_months = models.PositiveSmallIntegerField(_("legal delay (months)"), null=True, blank=True)
    delay_days = models.PositiveSmallIntegerField(_("legal delay (days)"), null=True, blank=True)
    is_sensitive = models.BooleanField(
        _("sensitive"), default=False, help_text=_("Seen only by those who process it (social, health…).")
    )
    is_public = models.BooleanField(_("offered in the citizens' form"), default=True)
    keywords = ArrayField(models.CharField(max_length=80), verbose_name=_("keywords"), default=list, blank=True)
    questions = models.JSONField(
        _("questions of the form"),
        default=list,
        blank=True,
        help_text=_("Asked in the citizens' form: see `directory.questions` for the shape."),
    )
    note = models.CharField(_("note for the administrators"), max_length=300, blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("request type")
        verbose_name_plural = _("request types")
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(delay_months__isnull=True) | Q(delay_days__isnull=True),
                name="request_type_one_delay",
                violation_error_message=_("Give the legal delay in months or in days, not both."),
            ),
            models.CheckConstraint(
                condition=~Q(regime__in=["SVA", "SVR", "RGPD"])
                # « is not null » first: a check whose value is unknown passes
                | Q(delay_months__isnull=False, delay_months__gt=0)
                | Q(delay_days__isnull=False, delay_days__gt=0),
                name="request_type_regime_has_delay",
                violation_error_message=_("This legal regime needs a delay."),
            ),
        ]

    def __str__(self) -> str:
        return self.name
