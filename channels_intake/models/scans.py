"""Letters as scans: dropped by an agent or found in a watched folder, before they are tickets."""

import uuid
from pathlib import PurePath

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.antivirus import FileCheck


class ScanState(models.TextChoices):
    NEW = "new", _("To enter")
    JOINED = "joined", _("Sheet of another letter")
    ENTERED = "entered", _("Entered")
    DISCARDED = "discarded", pgettext_lazy("letter", "Set aside")


def scan_path(_scan: "Scan", name: str) -> str:
    token = uuid.uuid4().hex
    return f"scans/{token[:2]}/{token}{PurePath(name).suffix.lower()[:5]}"


class Scan(models.Model):
    """One letter, or one more sheet of another (``joined_to``), then at its ``position``, from 1: a letter that has
    sheets is never a sheet itself (`post.joining`). ``received_on`` is the day the town hall received it: the law
    counts from it.

    ``sha256`` finds the same scan dropped twice (``duplicate_of``). ``text`` is what was read of it (born-digital PDF,
    else OCR where there is one); ``text_source`` says how. Once the letter is a ticket, its file and text are there
    only: they leave this row, which still recognises the same scan.
    """

    file = models.FileField(upload_to=scan_path, max_length=120)
    name = models.CharField(_("file name"), max_length=200)
    content_type = models.CharField(_("type"), max_length=100)
    size = models.PositiveIntegerField(_("size in bytes"))
    sha256 = models.CharField(max_length=64, db_index=True)
    virus_check = models.CharField(_("antivirus"), max_length=10, choices=FileCheck.choices, blank=True, db_default="")
    virus = models.CharField(_("virus"), max_length=120, blank=True, db_default="")
    pages = models.PositiveSmallIntegerField(_("pages"), default=1)
    text = models.TextField(_("text"), blank=True)
    text_source = models.CharField(max_length=10, blank=True)
    text_read_at = models.DateTimeField(null=True, blank=True)
    duplicate_of = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("same as")
    )
    joined_to = models.ForeignKey(
        "self", on_delete=models.CASCADE, null=True, blank=True, related_name="+", db_index=False
    )
    position = models.PositiveSmallIntegerField(default=0, db_default=0)
    state = models.CharField(_("state"), max_length=10, choices=ScanState.choices, default=ScanState.NEW)
    received_on = models.DateField(_("received on"), null=True, blank=True)
    registered_number = models.CharField(_("registered letter no."), max_length=40, blank=True)
    folder = models.CharField(_("from the folder"), max_length=250, blank=True)
    dropped_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    held_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    held_at = models.DateTimeField(null=True, blank=True)
    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    origin = models.CharField(
        max_length=64,
        unique=True,
        null=True,
        blank=True,
        help_text=_(
            "Digest of where it came from: the same drop, or the same file of the folder, taken again is one row."
        ),
    )
    discard_reason = models.CharField(_("why it was set aside"), max_length=200, blank=True)
    discarded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(_("dropped at"), default=timezone.now)
    entered_at = models.DateTimeField(_("entered at"), null=True, blank=True)

    class Meta:
        verbose_name = _("scanned letter")
        verbose_name_plural = _("scanned letters")
        ordering = ["id"]
        indexes = [
            models.Index(fields=["id"], condition=Q(state="new"), name="scan_to_enter"),
            models.Index(
                fields=["id"], condition=Q(text_read_at__isnull=True, state__in=["new", "joined"]), name="scan_to_read"
            ),
            models.Index(fields=["id"], condition=Q(state="discarded"), name="scan_set_aside"),
            models.Index(fields=["id"], condition=Q(virus_check="waiting"), name="scan_to_check"),
            models.Index(fields=["id"], condition=Q(state="entered") & ~Q(file=""), name="scan_file_to_delete"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["joined_to", "position"], condition=Q(joined_to__isnull=False), name="scan_sheet_once"
            ),
            # a sheet that was entered with its letter still says which
            models.CheckConstraint(
                condition=Q(state__in=["joined", "entered"], joined_to__isnull=False, position__gt=0)
                & ~Q(joined_to=F("id"))
                | Q(joined_to__isnull=True) & ~Q(state="joined"),
                name="scan_sheet_of_another",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_quarantined(self) -> bool:
        """A virus was found: the file is given only to administrators."""
        return self.virus_check == FileCheck.INFECTED
