"""Mail that came in, before it is a ticket, and what it became."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from directory.models import Service


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

    def clean(self) -> None:
        """What a service that works by e-mail receives must not come back here."""
        if self.is_active and Service.objects.filter(works_by_email=True, email__iexact=self.address).exists():
            raise ValidationError(
                {
                    "address": _(
                        "A service that works by e-mail receives its requests there: it cannot be a mailbox too."
                    )
                }
            )


class Security(models.TextChoices):
    TLS = "tls", "TLS (993)"
    STARTTLS = "starttls", "STARTTLS (143)"
    NONE = "none", _("None (tests only)")


class Authentication(models.TextChoices):
    PASSWORD = "password", _("Password")
    XOAUTH2 = "xoauth2", "XOAUTH2"


class AfterFetch(models.TextChoices):
    KEEP = "keep", _("Leave it there")
    MOVE = "move", _("Move it to a folder")
    DELETE = "delete", _("Delete it")


class MailFetch(models.Model):
    """How a mailbox is fetched by IMAP, where the town's mail server does not deliver by SMTP.

    ``secret`` and ``refresh_token`` are sealed (`core.sealing`). With XOAUTH2 and a ``token_url``, the secret is the
    client's and an access token is asked for (RFC 6749 §4.4, or §6 with a refresh token); without one it is the access
    token itself. ``answer_from``: mail received before it is imported *mute* (no acknowledgement, no clock told to
    anybody): connecting an old mailbox answers nobody. ``import_from``: older mail is left where it is.
    ``uid_validity`` and ``last_uid`` (RFC 3501 §2.3.1.1) say where the last fetch stopped.
    """

    mailbox = models.OneToOneField(Mailbox, on_delete=models.CASCADE, related_name="fetch", verbose_name=_("mailbox"))
    host = models.CharField(_("server"), max_length=200)
    port = models.PositiveIntegerField(_("port"), default=993)
    security = models.CharField(_("security"), max_length=10, choices=Security.choices, default=Security.TLS)
    username = models.CharField(_("user name"), max_length=200)
    authentication = models.CharField(
        _("authentication"), max_length=10, choices=Authentication.choices, default=Authentication.PASSWORD
    )
    secret = models.TextField(_("password or token"), blank=True)
    token_url = models.URLField(_("address that gives tokens"), blank=True)
    client_id = models.CharField(_("client identifier"), max_length=200, blank=True)
    token_scope = models.CharField(_("scope"), max_length=300, blank=True)
    refresh_token = models.TextField(_("refresh token"), blank=True)
    folder = models.CharField(_("folder"), max_length=200, default="INBOX")
    after = models.CharField(_("once read"), max_length=10, choices=AfterFetch.choices, default=AfterFetch.KEEP)
    move_to = models.CharField(_("folder to move to"), max_length=200, blank=True)
    uses_idle = models.BooleanField(_("told at once by the server (IDLE)"), default=True)
    poll_seconds = models.PositiveIntegerField(_("otherwise looked at every (seconds)"), default=60)
    import_from = models.DateField(_("import mail received from"), null=True, blank=True)
    answer_from = models.DateTimeField(_("answer mail received from"), default=timezone.now)
    uid_validity = models.PositiveBigIntegerField(null=True, blank=True, editable=False)
    last_uid = models.PositiveBigIntegerField(default=0, editable=False)
    last_checked_at = models.DateTimeField(_("last looked at"), null=True, blank=True, editable=False)
    last_error = models.CharField(_("last error"), max_length=300, blank=True, editable=False)
    failing_since = models.DateTimeField(_("failing since"), null=True, blank=True, editable=False)
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True, blank=True, editable=False)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("IMAP account")
        verbose_name_plural = _("IMAP accounts")
        ordering = ["mailbox"]

    def __str__(self) -> str:
        return f"{self.username}@{self.host}/{self.folder}"


class InboundStatus(models.TextChoices):
    STORED = "stored", _("To be processed")
    DONE = "done", _("Processed")
    IGNORED = "ignored", _("Ignored")
    FAILED = "failed", _("Failed")


class InboundOutcome(models.TextChoices):
    """What a processed mail became."""

    TICKET = "ticket", _("New ticket")
    REPLY = "reply", _("Reply on a ticket")
    SERVICE = "service", _("Answer of a service")
    NOTE = "note", _("Note of the town hall")
    BOUNCE = "bounce", _("Notice of non-delivery")
    TWIN = "twin", _("Also sent to another mailbox")
    IGNORED = "ignored", _("Ignored")


class InboundMail(models.Model):
    """A raw message as received, stored before anything reads it. Once per mailbox, Message-ID and content.

    ``received_at`` is when the town's server received it; ``stored_at`` when Guichet did. They differ for mail fetched
    by IMAP. ``next_attempt_at``: when the sweep takes up one that is still stored. ``is_partial``: ``raw`` is the
    header at most, never to be parsed; the message is on the IMAP server as ``remote_uid`` under ``remote_validity``
    (unknown for rows older than these fields), and was ``asked_at`` again when somebody wants it processed.
    """

    mailbox = models.ForeignKey(Mailbox, on_delete=models.PROTECT, related_name="inbound", verbose_name=_("mailbox"))
    external_id = models.CharField(
        max_length=250,
        help_text=_("The Message-ID, with a digest when another message had it first; a digest when there is none."),
    )
    envelope_from = models.CharField(max_length=254, blank=True)
    raw = models.BinaryField()
    size = models.PositiveIntegerField(default=0)
    status = models.CharField(_("status"), max_length=10, choices=InboundStatus.choices, default=InboundStatus.STORED)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    outcome = models.CharField(_("became"), max_length=10, choices=InboundOutcome.choices, blank=True)
    is_mute = models.BooleanField(_("mute"), default=False, help_text=_("Imported without any automatic answer."))
    note = models.CharField(_("why"), max_length=300, blank=True)
    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    message = models.ForeignKey("tickets.Message", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    is_partial = models.BooleanField(_("left on its server"), default=False)
    remote_uid = models.PositiveBigIntegerField(null=True, blank=True, editable=False)
    remote_validity = models.PositiveBigIntegerField(null=True, blank=True, editable=False)
    asked_at = models.DateTimeField(null=True, blank=True, editable=False)
    received_at = models.DateTimeField(_("received at"), default=timezone.now)
    next_attempt_at = models.DateTimeField(_("next attempt"), default=timezone.now)
    stored_at = models.DateTimeField(_("stored at"), default=timezone.now)
    processed_at = models.DateTimeField(_("processed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("inbound mail")
        verbose_name_plural = _("inbound mail")
        constraints = [models.UniqueConstraint(fields=["mailbox", "external_id"], name="inbound_mail_once")]
        indexes = [
            models.Index(fields=["id"], condition=Q(status="stored"), name="inbound_to_process"),
            models.Index(fields=["-received_at", "-id"], name="inbound_recent"),
            models.Index(fields=["outcome", "-received_at", "-id"], name="inbound_by_outcome"),
            models.Index(fields=["stored_at"], name="inbound_stored"),
            models.Index(fields=["id"], condition=Q(status="failed"), name="inbound_failed"),
            models.Index(fields=["mailbox", "id"], condition=Q(asked_at__isnull=False), name="inbound_asked"),
        ]

    def __str__(self) -> str:
        return f"{self.mailbox_id} {self.external_id}"
