"""When a service or a site is open: weekly hours with the day they take effect, holidays of its region, closures."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _


class HolidayRegion(models.TextChoices):
    """Where the public holidays differ (Code du travail L3133-1, L3134-13 Alsace-Moselle, L3422-2 overseas)."""

    METROPOLE = "metropole", _("Metropolitan France")
    ALSACE_MOSELLE = "alsace-moselle", _("Alsace-Moselle")
    GUADELOUPE = "guadeloupe", "Guadeloupe"
    MARTINIQUE = "martinique", "Martinique"
    GUYANE = "guyane", "Guyane"
    REUNION = "reunion", "La Réunion"
    MAYOTTE = "mayotte", "Mayotte"
    SAINT_BARTHELEMY = "saint-barthelemy", "Saint-Barthélemy"
    SAINT_MARTIN = "saint-martin", "Saint-Martin"
    SAINT_PIERRE_ET_MIQUELON = "saint-pierre-et-miquelon", "Saint-Pierre-et-Miquelon"
    NOUVELLE_CALEDONIE = "nouvelle-caledonie", "Nouvelle-Calédonie"
    POLYNESIE = "polynesie", "Polynésie française"
    WALLIS_ET_FUTUNA = "wallis-et-futuna", "Wallis-et-Futuna"


class Calendar(models.Model):
    """Opening hours that several services or sites may share. Without any hours it is open from Monday to Friday,
    9:00 to 18:00."""

    name = models.CharField(_("name"), max_length=120, unique=True)
    region = models.CharField(
        _("public holidays"),
        max_length=30,
        choices=HolidayRegion.choices,
        blank=True,
        help_text=_("When empty, those of the town."),
    )
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("calendar")
        verbose_name_plural = _("calendars")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class CalendarHours(models.Model):
    """The weekly hours of a calendar from a day on. ``week``: seven lists, Monday first, of ["HH:MM", "HH:MM"] pairs
    in local time ("24:00" ends a day)."""

    calendar = models.ForeignKey(
        Calendar, on_delete=models.CASCADE, related_name="hours", verbose_name=_("calendar"), db_index=False
    )
    effective_from = models.DateField(
        _("in force from"), null=True, blank=True, help_text=_("When empty, since always.")
    )
    week = models.JSONField(_("weekly hours"))

    class Meta:
        verbose_name = _("weekly hours")
        verbose_name_plural = _("weekly hours")
        ordering = ["effective_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["calendar", "effective_from"], name="calendar_hours_once", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        if self.effective_from is None:
            return str(_("since always"))
        return str(_("from %(first)s") % {"first": date_format(self.effective_from)})


class Closure(models.Model):
    """An exceptional closure, first and last day included. Without a calendar it closes the whole town hall."""

    calendar = models.ForeignKey(
        Calendar,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="closures",
        verbose_name=_("calendar"),
        help_text=_("When empty, the whole town hall is closed."),
    )
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"))
    label = models.CharField(_("reason"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("exceptional closure")
        verbose_name_plural = _("exceptional closures")
        ordering = ["starts_on", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__gte=models.F("starts_on")), name="closure_ends_after_start")
        ]

    def __str__(self) -> str:
        return f"{self.label or self._meta.verbose_name} ({date_format(self.starts_on)})"

    def clean(self) -> None:
        if self.starts_on and self.ends_on and self.ends_on < self.starts_on:
            raise ValidationError({"ends_on": _("The last day is before the first one.")})
