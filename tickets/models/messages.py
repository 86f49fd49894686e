"""The conversation of a ticket."""

import uuid
from pathlib import PurePath
from typing import Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.antivirus import FileCheck
from core.files import is_risky_name
from core.signatures import is_signature
from tickets.enums import Channel, MessageKind


class Message(models.Model):
    """Something the citizen said, a reply, or an internal note that citizens never see."""

    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.CASCADE, related_name="messages", db_index=False)
    kind = models.CharField(_("kind"), max_length=10, choices=MessageKind.choices)
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices)
    author = models.ForeignKey(
        "directory.Agent",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("agent"),
        db_index=False,
    )
    author_name = models.CharField(_("author"), max_length=200, blank=True)
    service = models.ForeignKey(
        "directory.Service",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("service that answered by e-mail"),
        db_index=False,
    )
    author_email = models.EmailField(
        _("address it came from"), blank=True, help_text=_("The answer goes there (CRPA R112-11-1).")
    )
    author_phone = models.CharField(
        _("number it gave"), max_length=40, blank=True, help_text=_("As it was typed: nobody checked whose it is.")
    )
    subject = models.CharField(_("subject"), max_length=250, blank=True)
    body = models.TextField(_("text"))
    quoted = models.TextField(_("quoted text"), blank=True)
    body_html = models.TextField(_("sanitised HTML"), blank=True)
    is_automatic = models.BooleanField(_("automatic"), default=False)
    email_message_id = models.CharField(max_length=250, blank=True)
    outbound = models.ForeignKey(
        "notifications.OutboundMessage", on_delete=models.SET_NULL, null=True, blank=True, related_name="messages"
    )
    created_at = models.DateTimeField(_("at"), default=timezone.now)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["created_at", "id"]
        indexes = [
            models.Index(fields=["ticket", "created_at"], name="message_ticket"),
            models.Index(
                fields=["email_message_id"], condition=~models.Q(email_message_id=""), name="message_email_id"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.created_at:%Y-%m-%d %H:%M}"

    @property
    def quotes_nothing(self) -> bool:
        """Whether what is folded away below the text is its author's signature alone."""
        return is_signature(self.quoted)


def attachment_path(_attachment: "StoredFile", name: str) -> str:
    """A path that tells nothing: the name given by the sender is kept in the row only."""
    token = uuid.uuid4().hex
    return f"attachments/{token[:2]}/{token}{PurePath(name).suffix.lower()[:10]}"


class SafeAttachments(models.QuerySet):
    def safe(self) -> Self:
        """Without those in quarantine: what may leave the town hall, or be given to somebody."""
        return self.exclude(virus_check=FileCheck.INFECTED)


class StoredFile(models.Model):
    """A file that was checked. ``content_type`` is what its bytes say (`core.files`), not what its sender said."""

    file = models.FileField(upload_to=attachment_path, max_length=120)
    name = models.CharField(_("file name"), max_length=200)
    content_type = models.CharField(_("type"), max_length=100)
    size = models.PositiveIntegerField(_("size in bytes"))
    sha256 = models.CharField(max_length=64)
    is_risky = models.BooleanField(_("may run something when it is opened"), default=False, db_default=False)
    virus_check = models.CharField(_("antivirus"), max_length=10, choices=FileCheck.choices, blank=True, db_default="")
    virus = models.CharField(_("virus"), max_length=120, blank=True, db_default="")
    created_at = models.DateTimeField(default=timezone.now)

    objects = SafeAttachments.as_manager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    @property
    def opens_with_care(self) -> bool:
        """Whether it may run something: by its content, or by the name the agent's computer would go by."""
        return self.is_risky or is_risky_name(self.name)

    @property
    def is_quarantined(self) -> bool:
        """A virus was found: it is kept, and given only to administrators."""
        return self.virus_check == FileCheck.INFECTED


class Attachment(StoredFile):
    """A file of a message."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="attachments")

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        ordering = ["id"]
        indexes = [models.Index(fields=["id"], condition=models.Q(virus_check="waiting"), name="attachment_to_check")]
