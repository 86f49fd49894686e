from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("tickets", "0006_clocks_from_history")]
    operations = [
        migrations.RemoveField(
            model_name="deadline",
            name="level",
        ),
        migrations.RemoveField(
            model_name="deadline",
            name="paused_at",
        ),
        migrations.RemoveField(
            model_name="deadline",
            name="paused_seconds",
        ),
    ]
