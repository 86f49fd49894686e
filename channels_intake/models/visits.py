"""Visitors of a site: a number, a reason, a wait, somebody who serves them."""

import secrets

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class VisitState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    CALLED = "called", _("Called")
    SERVING = "serving", _("At the desk")
    DONE = "done", _("Served")
    NO_SHOW = "no_show", _("Did not come")
    LEFT = "left", _("Left")


class VisitPriority(models.IntegerChoices):
    """Who is called first: small numbers first, then the order of arrival.

    TRANSFERRED: sent on by another desk; after those two, before whoever has not been received yet.
    """

    APPOINTMENT = 1, _("Appointment")
    REDUCED_MOBILITY = 2, _("Reduced mobility, pregnancy, young child")
    TRANSFERRED = 3, _("Sent by another desk")
    USUAL = 5, _("Without appointment")


def new_token() -> str:
    """What makes the address of a public screen impossible to guess: 192 bits."""
    return secrets.token_urlsafe(24)


class SiteScreens(models.Model):
    """The two public pages of a site, the kiosk and the display: whoever holds the address may use it."""

    site = models.OneToOneField(
        "directory.Site", on_delete=models.CASCADE, related_name="screens", verbose_name=_("site")
    )
    kiosk_token = models.CharField(max_length=64, unique=True, default=new_token, editable=False)
    display_token = models.CharField(max_length=64, unique=True, default=new_token, editable=False)

    class Meta:
        verbose_name = _("public screens of a site")
        verbose_name_plural = _("public screens of the sites")
        ordering = ["site"]

    def __str__(self) -> str:
        return str(self.site)


class Desk(models.Model):
    """A desk of a site, such as « Guichet 3 ». ``service``: the only service it receives for, any when empty."""

    site = models.ForeignKey("directory.Site", on_delete=models.CASCADE, related_name="desks", verbose_name=_("site"))
    name = models.CharField(_("name"), max_length=60)
    service = models.ForeignKey(
        "directory.Service",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("service"),
        help_text=_("The only service it receives for; when empty, every service."),
    )
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("desk")
        verbose_name_plural = _("desks")
        ordering = ["site", "name"]
        constraints = [models.UniqueConstraint(fields=["site", "name"], name="desk_once")]

    def __str__(self) -> str:
        return self.name


class VisitReason(models.Model):
    """What visitors choose on the kiosk: a short label, the service and type behind it, and its letter."""

    label = models.CharField(_("label"), max_length=80)
    label_en = models.CharField(
        _("label in English"), max_length=80, blank=True, help_text=_("For the kiosk; when empty, the French label.")
    )
    letter = models.CharField(
        _("letter of the number"),
        max_length=1,
        default="A",
        validators=[RegexValidator("^[A-Z]$", _("One capital letter, without accent."))],
    )
    sites = models.ManyToManyField(
        "directory.Site",
        related_name="reasons",
        verbose_name=_("sites"),
        blank=True,
        help_text=_("None chosen: every site."),
    )
    service = models.ForeignKey(
        "directory.Service",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("service"),
    )
    request_type = models.ForeignKey(
        "directory.RequestType",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("request type"),
    )
    position = models.PositiveSmallIntegerField(_("order"), default=100)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("reason of a visit")
        verbose_name_plural = _("reasons of visits")
        ordering = ["position", "label"]

    def __str__(self) -> str:
        return self.label


class Visit(models.Model):
    """One visitor. ``number`` starts again at 1 each local day, per site and letter; shown as « B007 ».

    ``waiting_since`` restarts at a transfer to another desk; the wait measured against the commitment is from
    ``arrived_at`` (or ``appointment_at`` when it is later) to ``first_called_at``. ``key``: of the form that recorded
    the arrival, so that the same form sent twice is one visitor.
    """

    key = models.UUIDField(null=True, editable=False, unique=True)
    site = models.ForeignKey("directory.Site", on_delete=models.PROTECT, related_name="visits", db_index=False)
    day = models.DateField(_("day"))
    letter = models.CharField(max_length=1, default="A")
    number = models.PositiveSmallIntegerField(_("number"))
    reason = models.ForeignKey(VisitReason, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    service = models.ForeignKey(
        "directory.Service",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("service"),
    )
    priority = models.PositiveSmallIntegerField(
        _("priority"), choices=VisitPriority.choices, default=VisitPriority.USUAL
    )
    appointment_at = models.DateTimeField(_("appointment"), null=True, blank=True)
    name = models.CharField(_("name"), max_length=120, blank=True)
    by_kiosk = models.BooleanField(_("took a number alone"), default=False)
    state = models.CharField(_("state"), max_length=10, choices=VisitState.choices, default=VisitState.WAITING)
    desk = models.ForeignKey(Desk, on_delete=models.SET_NULL, null=True, blank=True, related_name="visits")
    agent = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    citizen = models.ForeignKey(
        "directory.Citizen", on_delete=models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    arrived_at = models.DateTimeField(_("arrived at"), default=timezone.now)
    waiting_since = models.DateTimeField(default=timezone.now)
    first_called_at = models.DateTimeField(_("called at"), null=True, blank=True)
    called_at = models.DateTimeField(null=True, blank=True)
    served_at = models.DateTimeField(_("served from"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=250, blank=True)

    class Meta:
        verbose_name = _("visit")
        verbose_name_plural = _("visits")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["site", "day", "letter", "number"], name="visit_number_once"),
            models.UniqueConstraint(
                fields=["agent"], condition=Q(state__in=["called", "serving"]), name="visit_one_per_agent"
            ),
        ]
        indexes = [
            models.Index(
                fields=["site", "priority", "waiting_since", "id"], condition=Q(state="waiting"), name="visit_queue"
            ),
            models.Index(fields=["arrived_at"], include=["site", "first_called_at", "state"], name="visit_period"),
            models.Index(fields=["citizen", "-id"], condition=Q(citizen__isnull=False), name="visit_citizen"),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        return f"{self.letter}{self.number:03d}"
