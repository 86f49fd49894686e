"""Let the waiting tickets be counted, and those of a small service searched, without reading the others."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tickets", "0020_sensitive_marks_and_numbers"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(
                condition=models.Q(("status", "waiting")),
                fields=["service", "is_sensitive", "queue_at", "id"],
                name="ticket_waiting",
            ),
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(fields=["service", "-received_at", "-id"], name="ticket_service_recent"),
        ),
    ]
