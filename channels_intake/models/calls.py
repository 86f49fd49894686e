"""Calls told by the telephone system, whatever becomes of them, and the calls the town hall owes back."""

from datetime import datetime

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class CallState(models.TextChoices):
    RINGING = "ringing", _("Ringing")
    ANSWERED = "answered", _("In conversation")
    ENDED = "ended", _("Ended")
    MISSED = "missed", _("Missed")


class TelephoneSystem(models.Model):
    """A telephone system that tells us its calls, signed with ``secret`` (kept sealed, see `core.sealing`)."""

    code = models.SlugField(
        _("code"), max_length=20, unique=True, help_text=_("What the telephone system gives as its name.")
    )
    name = models.CharField(_("name"), max_length=80)
    secret = models.TextField(editable=False)
    is_active = models.BooleanField(_("active"), default=True)
    last_heard_at = models.DateTimeField(_("last heard at"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("telephone system")
        verbose_name_plural = _("telephone systems")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Call(models.Model):
    """One inbound call. ``external_id`` is the telephone system's own identifier: told twice, it is one call.

    ``number`` is E.164, or empty when the caller hides it. ``extensions`` are those that rang, ``extension`` the one
    that picked up (else the first that rang), ``agent`` who sat there. Each moment is the earliest one told of its
    kind, and ``state`` follows from them alone (`state_of`): events may come late, twice and in any order. A missed
    call is a callback candidate until ``called_back_at``, or until somebody says that nothing is to be done
    (``dismissed_at``, ``dismissed_reason``); ``taken_by`` is who is calling back.
    """

    external_id = models.CharField(max_length=120, unique=True)
    number = models.CharField(_("number"), max_length=20, blank=True)
    called_number = models.CharField(_("number called"), max_length=20, blank=True)
    extension = models.CharField(_("extension"), max_length=30, blank=True)
    extensions = ArrayField(models.CharField(max_length=30), default=list, blank=True)
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
    missed_at = models.DateTimeField(_("missed at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    called_back_at = models.DateTimeField(_("called back at"), null=True, blank=True)
    taken_at = models.DateTimeField(_("taken at"), null=True, blank=True)
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    dismissed_at = models.DateTimeField(_("set aside at"), null=True, blank=True)
    dismissed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    dismissed_reason = models.CharField(_("why it was set aside"), max_length=200, blank=True)

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
            models.Index(fields=["citizen", "-id"], condition=Q(citizen__isnull=False), name="call_citizen"),
        ]

    def __str__(self) -> str:
        return f"{self.external_id} {self.state}"


def state_of(*, answered_at: datetime | None, missed_at: datetime | None, ended_at: datetime | None) -> CallState:
    """The state that the moments told so far add up to. A call that ended without being picked up was missed; one that
    an extension missed may still be picked up elsewhere."""
    if answered_at is not None:
        return CallState.ANSWERED if ended_at is None else CallState.ENDED
    return CallState.RINGING if ended_at is None and missed_at is None else CallState.MISSED


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


class Callback(models.Model):
    """What the queue of callbacks adds to the CALLBACK clock of a ticket: the number, and when the person wants it.

    ``next_at`` is when to try: the moment asked for, or the one agreed after an attempt; null means at once.
    """

    deadline = models.OneToOneField(
        "tickets.Deadline", on_delete=models.CASCADE, primary_key=True, related_name="callback"
    )
    number = models.CharField(_("number"), max_length=20, blank=True)
    wanted_at = models.DateTimeField(_("wanted at"), null=True, blank=True)
    next_at = models.DateTimeField(_("to be called at"), null=True, blank=True)
    taken_at = models.DateTimeField(_("taken at"), null=True, blank=True)
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )

    class Meta:
        verbose_name = _("callback")
        verbose_name_plural = _("callbacks")

    def __str__(self) -> str:
        return f"{self.number} {self.wanted_at or ''}"


class AttemptResult(models.TextChoices):
    REACHED = "reached", _("Reached")
    NO_ANSWER = "no_answer", _("No answer")
    VOICEMAIL = "voicemail", _("Message left")
    BUSY = "busy", _("Busy")
    LATER = "later", _("Asks to be called later")
    WRONG_NUMBER = "wrong_number", _("Wrong number")


class CallbackAttempt(models.Model):
    """One try at calling somebody back: for a callback a ticket owes, or for a missed call."""

    deadline = models.ForeignKey(
        "tickets.Deadline", on_delete=models.CASCADE, null=True, blank=True, related_name="attempts"
    )
    call = models.ForeignKey(Call, on_delete=models.CASCADE, null=True, blank=True, related_name="attempts")
    agent = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    result = models.CharField(_("result"), max_length=12, choices=AttemptResult.choices)
    note = models.CharField(_("note"), max_length=300, blank=True)
    at = models.DateTimeField(_("at"), default=timezone.now)

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        ordering = ["at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(deadline__isnull=False, call__isnull=True) | Q(deadline__isnull=True, call__isnull=False),
                name="attempt_for_one_thing",
            )
        ]

    def __str__(self) -> str:
        return f"{self.result} {self.at:%Y-%m-%d %H:%M}"
