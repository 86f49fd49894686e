"""How a citizen reaches a ticket: a one-time link sent to the address the town already knows."""

from django.db import models
from django.utils import timezone


class TrackingLink(models.Model):
    """Only the hash of the token is kept. A link opens a session once, before ``expires_at``."""

    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.CASCADE, related_name="tracking_links")
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.expires_at:%Y-%m-%d}"
