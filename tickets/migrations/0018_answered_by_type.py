from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("tickets", "0017_what_rules_read")]

    operations = [
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(
                fields=["request_type", "-first_answered_at"],
                condition=Q(first_answered_at__isnull=False),
                name="ticket_answered_type",
            ),
        ),
    ]
