"""The outbox: what leaves the town hall is a row first, then delivered once."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class OutboundStatus(models.TextChoices):
    QUEUED = "queued", _("Waiting to leave")
    SENDING = "sending", _("Leaving")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Failed")


class OutboundKind(models.TextChoices):
    REPLY = "reply", _("Reply to a citizen")
    ACKNOWLEDGEMENT = "acknowledgement", _("Acknowledgement")
    TRACKING_LINK = "tracking_link", _("Tracking link")
    ESCALATION = "escalation", _("Deadline alert")
    NOTICE = "notice", _("Notice to an agent")
    DIGEST = "digest", _("Digest of alerts")
    LETTER = "letter", _("Letter to a citizen")
    REFUSAL = "refusal", _("E-mail that could not be accepted")
    SERVICE = "service", _("Request sent to a service")


class OutboundMessage(models.Model):
    """An e-mail to send. ``dedupe_key`` makes a message exist once, whoever asks for it again."""

    kind = models.CharField(_("kind"), max_length=20, choices=OutboundKind.choices)
    to_address = models.EmailField(_("to"))
    to_name = models.CharField(_("recipient"), max_length=160, blank=True)
    from_address = models.EmailField(_("from"))
    from_name = models.CharField(_("sender"), max_length=160, blank=True)
    reply_to = models.EmailField(_("reply to"), blank=True)
    subject = models.CharField(_("subject"), max_length=250)
    body = models.TextField(_("text"))
    message_id = models.CharField(max_length=200, unique=True)
    in_reply_to = models.CharField(max_length=998, blank=True)
    references = models.TextField(blank=True)
    is_automatic = models.BooleanField(default=True)
    ticket_reference = models.CharField(_("ticket"), max_length=20, blank=True, db_index=True)
    dedupe_key = models.CharField(max_length=120, unique=True, null=True, editable=False)  # noqa: DJ001 — null is never equal to null
    status = models.CharField(_("status"), max_length=10, choices=OutboundStatus.choices, default=OutboundStatus.QUEUED)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(default=timezone.now)
    last_error = models.CharField(_("last error"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("created at"), default=timezone.now)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)

    class Meta:
        verbose_name = _("outgoing message")
        verbose_name_plural = _("outgoing messages")
        indexes = [
            models.Index(
                fields=["next_attempt_at", "id"],
                condition=Q(status__in=["queued", "sending"]),
                name="outbox_to_deliver",
            ),
            models.Index(fields=["-created_at", "-id"], name="outbox_recent"),
            models.Index(
                fields=["to_address", "created_at"],
                condition=Q(kind__in=["acknowledgement", "refusal"]),
                name="outbox_automatic_to",
            ),
            models.Index(
                fields=["created_at"], condition=Q(kind__in=["acknowledgement", "refusal"]), name="outbox_automatic"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.message_id}"


def outbound_path(_attachment: "OutboundAttachment", _name: str) -> str:
    token = uuid.uuid4().hex
    return f"outbound/{token[:2]}/{token}"


class OutboundAttachment(models.Model):
    """A file that leaves with a message; without a name in ``file`` it is made then (`notifications.attachments`)."""

    message = models.ForeignKey(OutboundMessage, on_delete=models.CASCADE, related_name="attachments")
    name = models.CharField(_("file name"), max_length=200)
    content_type = models.CharField(_("type"), max_length=100)
    file = models.FileField(upload_to=outbound_path, max_length=120)

    class Meta:
        verbose_name = _("attached file")
        verbose_name_plural = _("attached files")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name


class Notice(models.Model):
    """An alert shown to one agent in the application. ``in_digest``: it waits for the morning's mail.

    ``dedupe_key`` makes it exist once. ``path`` is where it leads; a text about a sensitive ticket names its
    reference only.
    """

    agent = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notices", db_index=False
    )
    title = models.CharField(_("alert"), max_length=200)
    body = models.CharField(_("text"), max_length=500, blank=True)
    path = models.CharField(max_length=200, blank=True)
    ticket_reference = models.CharField(_("ticket"), max_length=20, blank=True)
    is_urgent = models.BooleanField(_("urgent"), default=False)
    in_digest = models.BooleanField(default=False)
    dedupe_key = models.CharField(max_length=120, unique=True, null=True, editable=False)  # noqa: DJ001 — null is never equal to null
    created_at = models.DateTimeField(_("at"), default=timezone.now)
    read_at = models.DateTimeField(_("read at"), null=True, blank=True)

    class Meta:
        verbose_name = _("alert")
        verbose_name_plural = _("alerts")
        indexes = [
            models.Index(fields=["agent", "-id"], name="notice_recent"),
            models.Index(fields=["agent"], condition=Q(read_at__isnull=True), name="notice_unread"),
            models.Index(fields=["agent", "id"], condition=Q(in_digest=True), name="notice_digest"),
        ]

    def __str__(self) -> str:
        return self.title
