"""The calls and visits of a person: read on their page, moved when two cards are merged."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("channels_intake", "0008_scan_checks")]

    operations = [
        migrations.AddIndex(
            "call",
            models.Index(fields=["citizen", "-id"], condition=Q(citizen__isnull=False), name="call_citizen"),
        ),
        migrations.AddIndex(
            "visit",
            models.Index(fields=["citizen", "-id"], condition=Q(citizen__isnull=False), name="visit_citizen"),
        ),
    ]
