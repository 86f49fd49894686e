"""Who opened what is sensitive (CNIL: logged access). Append-only: a database trigger refuses to change a line."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class AccessKind(models.TextChoices):
    PAGE = "page", _("Page of the ticket")
    FILE = "file", _("Attached file")
    LETTER = "letter", _("Letter")
    API = "api", _("API")
    EXPORT = "export", _("Export")
    LIST = "list", _("Seen in a list")
    MARKED = "marked", _("Marked sensitive")
    UNMARKED = "unmarked", _("No longer marked sensitive")
    LOOKUP = "lookup", _("Look-up of a person")


class AccessLog(models.Model):
    """An agent saw a sensitive ticket, or (``lookup``) searched for a person: ``subject`` says what was typed."""

    agent = models.ForeignKey(
        "directory.Agent", on_delete=models.PROTECT, related_name="+", verbose_name=_("agent"), db_index=False
    )
    ticket = models.ForeignKey(
        "tickets.Ticket",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="accesses",
        verbose_name=_("ticket"),
        db_index=False,
    )
    kind = models.CharField(_("what was opened"), max_length=10, choices=AccessKind.choices)
    subject = models.CharField(_("what was typed"), max_length=200, blank=True)
    at = models.DateTimeField(_("at"), default=timezone.now)

    class Meta:
        verbose_name = _("access to a sensitive ticket")
        verbose_name_plural = _("accesses to sensitive tickets")
        indexes = [
            models.Index(fields=["ticket", "-at"], name="access_ticket"),
            models.Index(fields=["agent", "-at"], name="access_agent"),
            models.Index(fields=["-at", "-id"], name="access_recent"),
        ]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.kind} {self.at:%Y-%m-%d %H:%M}"
