"""Let the counters of the queues and of the dashboard be read from indexes alone."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("directory", "0003_request_type_regime_delay"),
        ("knowledge", "0001_initial"),
        ("tickets", "0003_author_email"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="ticket",
            name="ticket_open_service",
        ),
        migrations.RemoveIndex(
            model_name="ticket",
            name="ticket_open_assignee",
        ),
        migrations.RemoveIndex(
            model_name="ticket",
            name="ticket_closed",
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(
                condition=models.Q(("status__in", ["new", "open", "waiting"])),
                fields=["service", "is_sensitive", "queue_at"],
                include=("assignee", "status", "channel", "legal_due_on"),
                name="ticket_open_service",
            ),
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(
                condition=models.Q(("status__in", ["new", "open", "waiting"])),
                fields=["assignee", "queue_at", "id"],
                include=("service", "is_sensitive", "status"),
                name="ticket_open_assignee",
            ),
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(
                condition=models.Q(("closed_at__isnull", False)),
                fields=["closed_at"],
                include=("service", "is_sensitive", "status", "channel"),
                name="ticket_closed",
            ),
        ),
    ]
