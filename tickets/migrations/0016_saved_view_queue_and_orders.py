from django.db import migrations, models

IS_OPEN = models.Q(status__in=["new", "open", "waiting"])


class Migration(migrations.Migration):
    """The queue a saved view starts from, and the indexes of the orders a list of open tickets can be read in."""

    dependencies = [("tickets", "0015_file_checks")]

    operations = [
        migrations.AddField(
            "savedview",
            "queue",
            models.CharField(
                blank=True,
                help_text="Empty: every ticket, closed ones included.",
                max_length=20,
                verbose_name="queue",
            ),
        ),
        migrations.AddIndex(
            "ticket", models.Index(fields=["received_at", "id"], condition=IS_OPEN, name="ticket_open_received")
        ),
        migrations.AddIndex(
            "ticket",
            models.Index(fields=["-priority", "queue_at", "id"], condition=IS_OPEN, name="ticket_open_priority"),
        ),
        migrations.AddIndex(
            "ticket", models.Index(fields=["last_inbound_at", "id"], condition=IS_OPEN, name="ticket_open_spoke")
        ),
    ]
