"""What came in, before it is a ticket, and what it became."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Mailbox(models.Model):
    """An address of the town that becomes tickets. ``service`` is where its mail goes when no type is recognised."""

    address = models.EmailField(_("address"), unique=True)
    name = models.CharField(_("name"), max_length=120, blank=True)
    service = models.ForeignKey(
        "directory.Service",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="mailboxes",
        verbose_name=_("service"),
    )
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("mailbox")
        verbose_name_plural = _("mailboxes")
        ordering = ["address"]

    def __str__(self) -> str:
        return self.address


class InboundStatus(models.TextChoices):
    STORED = "stored", _("To be processed")
    DONE = "done", _("Processed")
    IGNORED = "ignored", _("Ignored")
    FAILED = "failed", _("Failed")


class InboundMail(models.Model):
    """A raw message as received, stored before anything reads it. Once per mailbox and Message-ID."""

    mailbox = models.ForeignKey(Mailbox, on_delete=models.PROTECT, related_name="inbound", verbose_name=_("mailbox"))
    external_id = models.CharField(
        max_length=250, help_text=_("The Message-ID, or a digest of the message when it has none.")
    )
    envelope_from = models.CharField(max_length=254, blank=True)
    raw = models.BinaryField()
    size = models.PositiveIntegerField(default=0)
    status = models.CharField(_("status"), max_length=10, choices=InboundStatus.choices, default=InboundStatus.STORED)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    note = models.CharField(_("why"), max_length=300, blank=True)
    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    message = models.ForeignKey("tickets.Message", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    received_at = models.DateTimeField(_("received at"), default=timezone.now)
    processed_at = models.DateTimeField(_("processed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("inbound mail")
        verbose_name_plural = _("inbound mail")
        constraints = [models.UniqueConstraint(fields=["mailbox", "external_id"], name="inbound_mail_once")]
        indexes = [
            models.Index(fields=["id"], condition=Q(status="stored"), name="inbound_to_process"),
            models.Index(fields=["-received_at", "-id"], name="inbound_recent"),
        ]

    def __str__(self) -> str:
        return f"{self.mailbox_id} {self.external_id}"


class IntakeKey(models.Model):
    """The same thing sent twice (double click, retried API call) makes one ticket: one row per source and key."""

    source = models.CharField(max_length=60)
    key = models.CharField(max_length=200)
    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "key"], name="intake_once")]

    def __str__(self) -> str:
        return f"{self.source} {self.key}"
