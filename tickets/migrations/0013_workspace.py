import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import tickets.models.lists


class Migration(migrations.Migration):
    dependencies = [
        ("directory", "0008_workspace"),
        ("directory", "__first__"),
        ("knowledge", "0003_reply_templates"),
        ("tickets", "0012_services_by_email"),
    ]

    operations = [
        migrations.CreateModel(
            name="Emergency",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                (
                    "words",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=80),
                        help_text="One word or short phrase a line; accents and inflections are forgiven.",
                        size=None,
                        verbose_name="words",
                    ),
                ),
                ("instruction", models.TextField(verbose_name="what to do at once")),
                (
                    "priority",
                    models.PositiveSmallIntegerField(
                        choices=[(1, "Low"), (2, "Normal"), (3, "High"), (4, "Immediate")],
                        default=4,
                        verbose_name="priority",
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
            ],
            options={
                "verbose_name": "emergency",
                "verbose_name_plural": "emergencies",
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="Export",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "format",
                    models.CharField(choices=[("csv", "CSV"), ("xlsx", "XLSX")], max_length=5, verbose_name="format"),
                ),
                ("query", models.CharField(blank=True, max_length=1000, verbose_name="filters")),
                ("queue", models.CharField(blank=True, max_length=20, verbose_name="queue")),
                (
                    "columns",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=30), blank=True, default=list, size=None
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("running", "Running"),
                            ("done", "Finished"),
                            ("failed", "Failed"),
                            ("undone", "Undone"),
                        ],
                        default="waiting",
                        max_length=10,
                        verbose_name="status",
                    ),
                ),
                ("rows", models.PositiveIntegerField(default=0, verbose_name="lines")),
                ("file", models.FileField(blank=True, max_length=120, upload_to=tickets.models.lists.export_path)),
                ("error", models.CharField(blank=True, max_length=300, verbose_name="why not")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="asked at")),
                ("worked_at", models.DateTimeField(blank=True, null=True)),
                ("finished_at", models.DateTimeField(blank=True, null=True, verbose_name="finished at")),
                (
                    "actor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="exports", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "verbose_name": "export",
                "verbose_name_plural": "exports",
                "indexes": [
                    models.Index(fields=["actor", "-id"], name="export_recent"),
                    models.Index(
                        condition=models.Q(("status__in", ["waiting", "running"])),
                        fields=["id"],
                        name="export_unfinished",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Mention",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("seen_at", models.DateTimeField(blank=True, null=True)),
                (
                    "agent",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="mentions",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "message",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="mentions",
                        to="tickets.message",
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="mentions", to="tickets.ticket"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("seen_at__isnull", True)), fields=["agent", "-id"], name="mention_unseen"
                    ),
                    models.Index(fields=["agent", "-created_at"], name="mention_recent"),
                ],
                "constraints": [models.UniqueConstraint(fields=("message", "agent"), name="mention_once")],
            },
        ),
        migrations.CreateModel(
            name="RoutingModel",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("trained_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="trained at")),
                ("samples", models.PositiveIntegerField(default=0, verbose_name="tickets learned from")),
                ("weights", models.BinaryField()),
                ("report", models.JSONField(default=dict, verbose_name="report")),
                ("is_current", models.BooleanField(default=False, verbose_name="in use")),
            ],
            options={
                "verbose_name": "learned routing",
                "verbose_name_plural": "learned routing",
                "ordering": ["-id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("is_current", True)), fields=("is_current",), name="routing_model_current"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="RoutingRule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                ("position", models.PositiveIntegerField(default=0, verbose_name="position")),
                ("conditions", models.JSONField(blank=True, default=dict, verbose_name="conditions")),
                ("effects", models.JSONField(blank=True, default=dict, verbose_name="effects")),
                (
                    "is_final",
                    models.BooleanField(
                        default=False, help_text="Later rules are not looked at.", verbose_name="stop there"
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                ("updated_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="updated at")),
            ],
            options={
                "verbose_name": "routing rule",
                "verbose_name_plural": "routing rules",
                "ordering": ["position", "id"],
            },
        ),
        migrations.CreateModel(
            name="RoutingHit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="at")),
                (
                    "ticket",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="tickets.ticket"
                    ),
                ),
                (
                    "rule",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="hits",
                        to="tickets.routingrule",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["rule", "-at"], name="routing_hit_recent")],
            },
        ),
        migrations.CreateModel(
            name="RoutingSettings",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "confidence",
                    models.PositiveSmallIntegerField(
                        default=75,
                        help_text="Below it nothing is suggested and the ticket goes on to the pilot service.",
                        verbose_name="confidence wanted (%)",
                    ),
                ),
                (
                    "applies_alone",
                    models.BooleanField(
                        default=True,
                        help_text="Otherwise it is only proposed to the agent.",
                        verbose_name="applied without asking",
                    ),
                ),
            ],
            options={
                "verbose_name": "learned routing settings",
                "verbose_name_plural": "learned routing settings",
                "constraints": [models.CheckConstraint(condition=models.Q(("pk", 1)), name="routing_settings_single")],
            },
        ),
        migrations.CreateModel(
            name="SavedView",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                ("query", models.CharField(blank=True, max_length=1000, verbose_name="filters")),
                ("sort", models.CharField(blank=True, max_length=30, verbose_name="order")),
                (
                    "columns",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=30),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="columns",
                    ),
                ),
                ("position", models.PositiveIntegerField(default=0, verbose_name="position")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="created at")),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="saved_views",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "shared_with",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="directory.service",
                        verbose_name="shared with",
                    ),
                ),
            ],
            options={
                "verbose_name": "saved view",
                "verbose_name_plural": "saved views",
                "ordering": ["position", "name", "id"],
            },
        ),
        migrations.CreateModel(
            name="ScheduledReply",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("body", models.TextField(verbose_name="text")),
                ("then", models.CharField(max_length=10)),
                ("outcome", models.CharField(blank=True, max_length=10)),
                ("enclosed", models.JSONField(default=list)),
                ("seen_message_id", models.BigIntegerField(blank=True, null=True)),
                ("send_at", models.DateTimeField(verbose_name="leaves at")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
                ("cancelled_at", models.DateTimeField(blank=True, null=True)),
                ("refusal", models.CharField(blank=True, max_length=300, verbose_name="why it did not leave")),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="scheduled_replies",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="scheduled_replies",
                        to="tickets.ticket",
                    ),
                ),
            ],
            options={
                "verbose_name": "scheduled reply",
                "verbose_name_plural": "scheduled replies",
                "ordering": ["send_at", "id"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("cancelled_at__isnull", True), ("refusal", ""), ("sent_at__isnull", True)),
                        fields=["send_at", "id"],
                        name="scheduled_reply_due",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="TicketLink",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("related", "Related to"), ("duplicate", "Duplicate of"), ("part", "Part of")],
                        default="related",
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "target",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="linked_from", to="tickets.ticket"
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="links",
                        to="tickets.ticket",
                    ),
                ),
            ],
            options={
                "verbose_name": "link between tickets",
                "verbose_name_plural": "links between tickets",
                "constraints": [
                    models.UniqueConstraint(fields=("ticket", "target"), name="ticket_link_once"),
                    models.CheckConstraint(
                        condition=models.Q(("ticket", models.F("target")), _negated=True), name="ticket_link_not_itself"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TicketMerge",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("before", models.JSONField(default=dict)),
                ("merged_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("undone_at", models.DateTimeField(blank=True, null=True)),
                (
                    "merged_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="merges_out", to="tickets.ticket"
                    ),
                ),
                (
                    "target",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="merges_in", to="tickets.ticket"
                    ),
                ),
                (
                    "undone_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("undone_at__isnull", True)), fields=("source",), name="ticket_merged_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="TicketSuggestion",
            fields=[
                (
                    "ticket",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="suggestion",
                        serialize=False,
                        to="tickets.ticket",
                    ),
                ),
                ("confidence", models.FloatField(verbose_name="confidence")),
                ("words", models.JSONField(default=list)),
                ("is_applied", models.BooleanField(default=False, verbose_name="applied")),
                (
                    "model",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="tickets.routingmodel",
                    ),
                ),
                (
                    "request_type",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="directory.requesttype"
                    ),
                ),
            ],
            options={
                "verbose_name": "suggestion",
                "verbose_name_plural": "suggestions",
            },
        ),
        migrations.CreateModel(
            name="TicketTask",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=200, verbose_name="task")),
                ("details", models.TextField(blank=True, verbose_name="details")),
                ("due_at", models.DateTimeField(verbose_name="due at")),
                ("result", models.TextField(blank=True, verbose_name="what was done")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("done_at", models.DateTimeField(blank=True, null=True, verbose_name="done at")),
                ("cancelled_at", models.DateTimeField(blank=True, null=True, verbose_name="cancelled at")),
                ("late_told_at", models.DateTimeField(blank=True, null=True)),
                (
                    "assignee",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="tasks",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="assignee",
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "done_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "service",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tasks",
                        to="directory.service",
                        verbose_name="service",
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="tasks", to="tickets.ticket"
                    ),
                ),
            ],
            options={
                "verbose_name": "task",
                "verbose_name_plural": "tasks",
                "ordering": ["due_at", "id"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("cancelled_at__isnull", True), ("done_at__isnull", True)),
                        fields=["service", "due_at", "id"],
                        name="ticket_task_open",
                    ),
                    models.Index(
                        condition=models.Q(
                            ("cancelled_at__isnull", True), ("done_at__isnull", True), ("late_told_at__isnull", True)
                        ),
                        fields=["due_at", "id"],
                        name="ticket_task_to_tell",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Watcher",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("since", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "agent",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="watching",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="watchers",
                        to="tickets.ticket",
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("ticket", "agent"), name="watcher_once")],
            },
        ),
        migrations.CreateModel(
            name="WrittenDraft",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(default="reply", max_length=10)),
                ("body", models.TextField(blank=True)),
                ("updated_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "agent",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="drafts", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="drafts",
                        to="tickets.ticket",
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("ticket", "agent", "kind"), name="written_draft_once")],
            },
        ),
        migrations.CreateModel(
            name="AccessLog",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("page", "Page of the ticket"),
                            ("file", "Attached file"),
                            ("letter", "Letter"),
                            ("api", "API"),
                            ("export", "Export"),
                            ("lookup", "Look-up of a person"),
                        ],
                        max_length=10,
                        verbose_name="what was opened",
                    ),
                ),
                ("subject", models.CharField(blank=True, max_length=200, verbose_name="what was typed")),
                ("at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="at")),
                (
                    "agent",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="agent",
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="accesses",
                        to="tickets.ticket",
                        verbose_name="ticket",
                    ),
                ),
            ],
            options={
                "verbose_name": "access to a sensitive ticket",
                "verbose_name_plural": "accesses to sensitive tickets",
                "indexes": [
                    models.Index(fields=["ticket", "-at"], name="access_ticket"),
                    models.Index(fields=["agent", "-at"], name="access_agent"),
                    models.Index(fields=["-at", "-id"], name="access_recent"),
                ],
            },
        ),
        migrations.CreateModel(
            name="BulkJob",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("assign", "Assign"),
                            ("transfer", "Transfer"),
                            ("reply", "Reply"),
                            ("close", "Close"),
                            ("tag", "Add a tag"),
                        ],
                        max_length=10,
                        verbose_name="action",
                    ),
                ),
                ("params", models.JSONField(default=dict)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("running", "Running"),
                            ("done", "Finished"),
                            ("failed", "Failed"),
                            ("undone", "Undone"),
                        ],
                        default="waiting",
                        max_length=10,
                        verbose_name="status",
                    ),
                ),
                ("total", models.PositiveIntegerField(default=0, verbose_name="tickets")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="asked at")),
                ("worked_at", models.DateTimeField(blank=True, null=True)),
                ("finished_at", models.DateTimeField(blank=True, null=True, verbose_name="finished at")),
                ("undo_asked_at", models.DateTimeField(blank=True, null=True, verbose_name="undo asked at")),
                (
                    "actor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="bulk_jobs",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "action on many tickets",
                "verbose_name_plural": "actions on many tickets",
                "indexes": [
                    models.Index(fields=["actor", "-id"], name="bulk_job_recent"),
                    models.Index(
                        condition=models.Q(("status__in", ["waiting", "running"])),
                        fields=["id"],
                        name="bulk_job_unfinished",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="BulkItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("before", models.JSONField(default=dict)),
                ("error", models.CharField(blank=True, max_length=300, verbose_name="why not")),
                ("done_at", models.DateTimeField(blank=True, null=True)),
                ("undone_at", models.DateTimeField(blank=True, null=True)),
                (
                    "ticket",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="tickets.ticket"
                    ),
                ),
                (
                    "job",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="items",
                        to="tickets.bulkjob",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["job", "id"], name="bulk_item_order")],
                "constraints": [models.UniqueConstraint(fields=("job", "ticket"), name="bulk_item_once")],
            },
        ),
        migrations.AddField(
            model_name="ticket",
            name="answers",
            field=models.JSONField(
                blank=True,
                default=list,
                help_text="[code, question, answer] triples.",
                verbose_name="answers to the form",
            ),
        ),
        migrations.AddField(
            model_name="ticket",
            name="language",
            field=models.CharField(
                blank=True,
                help_text="ISO 639-1; empty for French.",
                max_length=5,
                verbose_name="language of the requester",
            ),
        ),
        migrations.AddField(
            model_name="ticket",
            name="latitude",
            field=models.DecimalField(blank=True, decimal_places=6, max_digits=9, null=True, verbose_name="latitude"),
        ),
        migrations.AddField(
            model_name="ticket",
            name="longitude",
            field=models.DecimalField(blank=True, decimal_places=6, max_digits=9, null=True, verbose_name="longitude"),
        ),
        migrations.AddField(
            model_name="ticket",
            name="tags",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=40), blank=True, default=list, size=None, verbose_name="tags"
            ),
        ),
        migrations.AddField(
            model_name="ticket",
            name="transfer_count",
            field=models.PositiveSmallIntegerField(default=0, verbose_name="times transferred"),
        ),
        migrations.AlterField(
            model_name="ticketevent",
            name="kind",
            field=models.CharField(
                choices=[
                    ("opened", "Received"),
                    ("routed", "Sent to a service"),
                    ("typed", "Classified"),
                    ("assigned", "Assigned"),
                    ("transferred", "Transferred"),
                    ("status", "Status changed"),
                    ("message", "Message received"),
                    ("replied", "Reply sent"),
                    ("noted", "Note added"),
                    ("acknowledged", "Acknowledgement sent"),
                    ("reminded", "Reminder"),
                    ("escalated", "Escalated"),
                    ("implicit_decision", "Implicit decision"),
                    ("flagged", "To be checked by a person"),
                    ("send_failed", "Sending failed"),
                    ("priority", "Priority changed"),
                    ("pieces_asked", "Missing pieces asked for"),
                    ("pieces_received", "Missing pieces received"),
                    ("transmitted", "Forwarded to another administration"),
                    ("decided", "Decision recorded"),
                    ("withdrawn", "Decision withdrawn"),
                    ("legal_request", "Asked after a silence"),
                    ("letter", "Letter written"),
                    ("callback", "Callback"),
                    ("pause", "Pause corrected"),
                    ("linked", "Linked to another ticket"),
                    ("unlinked", "Link removed"),
                    ("merged", "Merged"),
                    ("unmerged", "Merge undone"),
                    ("split", "Split into two requests"),
                    ("task_added", "Task asked of a service"),
                    ("task_done", "Task done"),
                    ("tagged", "Tags changed"),
                    ("scheduled", "Reply to leave later"),
                    ("released", "Back from an absent agent"),
                    ("emergency", "Emergency recognised"),
                    ("requester", "Requester changed"),
                    ("service_asked", "Sent to the service by e-mail"),
                    ("service_answered", "Answer of the service (by e-mail)"),
                ],
                max_length=20,
                verbose_name="kind",
            ),
        ),
        migrations.AddField(
            model_name="ticket",
            name="emergency",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="tickets.emergency",
                verbose_name="emergency",
            ),
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=django.contrib.postgres.indexes.GinIndex(
                condition=models.Q(("tags", []), _negated=True), fastupdate=False, fields=["tags"], name="ticket_tags"
            ),
        ),
    ]
