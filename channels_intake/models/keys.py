from django.db import models
from django.utils import timezone


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
