import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tickets", "0016_saved_view_queue_and_orders")]

    operations = [
        migrations.AddField(
            model_name="emergency",
            name="unless",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=80),
                blank=True,
                default=list,
                help_text="A text that holds one of these is about something else. One a line.",
                size=None,
                verbose_name="unless",
            ),
        ),
        migrations.AddField(
            model_name="ticket",
            name="mailbox",
            field=models.EmailField(
                blank=True,
                db_default="",
                default="",
                help_text="Of the town hall, where the e-mail that opened it came.",
                max_length=254,
                verbose_name="mailbox",
            ),
        ),
    ]
