from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("directory", "0006_every_channel")]

    operations = [
        migrations.AddField(
            model_name="town",
            name="tribunal_address",
            field=models.TextField(blank=True, default="", verbose_name="address of the administrative court"),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="town",
            name="tribunal_name",
            field=models.CharField(
                blank=True,
                default="",
                help_text="Named in acknowledgements and refusals: without it the delays of appeal do not run (CRPA R112-5).",
                max_length=120,
                verbose_name="administrative court",
            ),
            preserve_default=False,
        ),
    ]
