"""Calls told by the telephone system, whatever becomes of them."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class CallState(models.TextChoices):
    RINGING = "ringing", _("Ringing")
    ANSWERED = "answered", _("In conversation")
    ENDED = "ended", _("Ended")
    MISSED = "missed", _("Missed")


class Call(models.Model):
    """One inbound call. ``external_id`` is the telephone system's own identifier: told twice, it is one call.

    ``number`` is E.164, or empty when the caller hides it. A missed call is a callback candidate until
    ``called_back_at``, or until somebody says that nothing is to be done (``dismissed_at``).
    """

    external_id = models.CharField(max_length=120, unique=True)
    number = models.CharField(_("number"), max_length=20, blank=True)
    called_number = models.CharField(_("number called"), max_length=20, blank=True)
    extension = models.CharField(_("extension"), max_length=30, blank=True)
    agent = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    citizen = models.ForeignKey(
        "directory.Citizen", on_delete=models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    state = models.CharField(_("state"), max_length=10, choices=CallState.choices, default=CallState.RINGING)
    ringing_at = models.DateTimeField(_("ringing since"), default=timezone.now)
    answered_at = models.DateTimeField(_("picked up at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    called_back_at = models.DateTimeField(_("called back at"), null=True, blank=True)
    dismissed_at = models.DateTimeField(_("set aside at"), null=True, blank=True)
    dismissed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )

    class Meta:
        verbose_name = _("call")
        verbose_name_plural = _("calls")
        indexes = [
            models.Index(fields=["ringing_at"], include=["state", "answered_at"], name="call_period"),
            models.Index(fields=["agent", "-id"], condition=Q(state__in=["ringing", "answered"]), name="call_live"),
            models.Index(
                fields=["ringing_at", "id"],
                condition=Q(state="missed", called_back_at__isnull=True, dismissed_at__isnull=True),
                name="call_to_return",
            ),
            models.Index(fields=["number", "-id"], condition=~Q(number=""), name="call_number"),
        ]

    def __str__(self) -> str:
        return f"{self.external_id} {self.state}"


class Extension(models.Model):
    """The agent behind an extension of the telephone system, today."""

    number = models.CharField(_("extension"), max_length=30, unique=True)
    agent = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="extension", verbose_name=_("agent")
    )

    class Meta:
        verbose_name = _("telephone extension")
        verbose_name_plural = _("telephone extensions")
        ordering = ["number"]

    def __str__(self) -> str:
        return self.number
