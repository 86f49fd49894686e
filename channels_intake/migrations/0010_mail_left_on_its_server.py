"""Which mail is still on its IMAP server, kept here as a header only; and when the sweep takes up what is stored."""

import django.utils.timezone
from django.db import migrations, models

# a message the server would not give named its place; one that was too large kept the size it has there
_KNOWN = """
UPDATE channels_intake_inboundmail SET is_partial = true,
    remote_validity = split_part(external_id, ':', 2)::bigint, remote_uid = split_part(external_id, ':', 3)::bigint
WHERE status = 'failed' AND external_id ~ '^imap:[0-9]{1,18}:[0-9]{1,18}$';
UPDATE channels_intake_inboundmail SET is_partial = true WHERE status = 'ignored' AND size > octet_length(raw);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("channels_intake", "0009_contacts_of_people"),
    ]

    operations = [
        migrations.AddField(
            model_name="inboundmail",
            name="asked_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="inboundmail",
            name="is_partial",
            field=models.BooleanField(default=False, verbose_name="left on its server"),
        ),
        migrations.AddField(
            model_name="inboundmail",
            name="next_attempt_at",
            field=models.DateTimeField(default=django.utils.timezone.now, verbose_name="next attempt"),
        ),
        migrations.AddField(
            model_name="inboundmail",
            name="remote_uid",
            field=models.PositiveBigIntegerField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="inboundmail",
            name="remote_validity",
            field=models.PositiveBigIntegerField(blank=True, editable=False, null=True),
        ),
        migrations.AlterField(
            model_name="inboundmail",
            name="external_id",
            field=models.CharField(
                help_text="The Message-ID, with a digest when another message had it first; a digest when there is none.",
                max_length=250,
            ),
        ),
        migrations.AlterField(
            model_name="inboundmail",
            name="outcome",
            field=models.CharField(
                blank=True,
                choices=[
                    ("ticket", "New ticket"),
                    ("reply", "Reply on a ticket"),
                    ("service", "Answer of a service"),
                    ("note", "Note of the town hall"),
                    ("bounce", "Notice of non-delivery"),
                    ("twin", "Also sent to another mailbox"),
                    ("ignored", "Ignored"),
                ],
                max_length=10,
                verbose_name="became",
            ),
        ),
        migrations.AddIndex(
            model_name="inboundmail",
            index=models.Index(condition=models.Q(("status", "failed")), fields=["id"], name="inbound_failed"),
        ),
        migrations.AddIndex(
            model_name="inboundmail",
            index=models.Index(
                condition=models.Q(("asked_at__isnull", False)), fields=["mailbox", "id"], name="inbound_asked"
            ),
        ),
        migrations.RunSQL(_KNOWN, migrations.RunSQL.noop),
    ]
