import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import channels_intake.models.scans


class Migration(migrations.Migration):
    dependencies = [
        ("channels_intake", "0002_initial"),
        ("directory", "0006_every_channel"),
        ("directory", "__first__"),
        ("tickets", "0007_remove_counters"),
    ]

    operations = [
        migrations.CreateModel(
            name="Desk",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60, verbose_name="name")),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "service",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.service",
                        verbose_name="service",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="desks",
                        to="directory.site",
                        verbose_name="site",
                    ),
                ),
            ],
            options={
                "verbose_name": "desk",
                "verbose_name_plural": "desks",
                "ordering": ["site", "name"],
                "constraints": [models.UniqueConstraint(fields=("site", "name"), name="desk_once")],
            },
        ),
        migrations.CreateModel(
            name="Extension",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(max_length=30, unique=True, verbose_name="extension")),
                (
                    "agent",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="extension",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="agent",
                    ),
                ),
            ],
            options={
                "verbose_name": "telephone extension",
                "verbose_name_plural": "telephone extensions",
                "ordering": ["number"],
            },
        ),
        migrations.CreateModel(
            name="MailFetch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("host", models.CharField(max_length=200, verbose_name="server")),
                ("port", models.PositiveIntegerField(default=993, verbose_name="port")),
                (
                    "security",
                    models.CharField(
                        choices=[("tls", "TLS (993)"), ("starttls", "STARTTLS (143)"), ("none", "None (tests only)")],
                        default="tls",
                        max_length=10,
                        verbose_name="security",
                    ),
                ),
                ("username", models.CharField(max_length=200, verbose_name="user name")),
                (
                    "authentication",
                    models.CharField(
                        choices=[("password", "Password"), ("xoauth2", "XOAUTH2")],
                        default="password",
                        max_length=10,
                        verbose_name="authentication",
                    ),
                ),
                ("secret", models.TextField(blank=True, verbose_name="password or token")),
                ("folder", models.CharField(default="INBOX", max_length=200, verbose_name="folder")),
                (
                    "after",
                    models.CharField(
                        choices=[("keep", "Leave it there"), ("move", "Move it to a folder"), ("delete", "Delete it")],
                        default="keep",
                        max_length=10,
                        verbose_name="once read",
                    ),
                ),
                ("move_to", models.CharField(blank=True, max_length=200, verbose_name="folder to move to")),
                ("uses_idle", models.BooleanField(default=True, verbose_name="told at once by the server (IDLE)")),
                (
                    "poll_seconds",
                    models.PositiveIntegerField(default=60, verbose_name="otherwise looked at every (seconds)"),
                ),
                ("import_from", models.DateField(blank=True, null=True, verbose_name="import mail received from")),
                (
                    "answer_from",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="answer mail received from"),
                ),
                ("uid_validity", models.PositiveBigIntegerField(blank=True, editable=False, null=True)),
                ("last_uid", models.PositiveBigIntegerField(default=0, editable=False)),
                (
                    "last_checked_at",
                    models.DateTimeField(blank=True, editable=False, null=True, verbose_name="last looked at"),
                ),
                ("last_error", models.CharField(blank=True, editable=False, max_length=300, verbose_name="last error")),
                (
                    "failing_since",
                    models.DateTimeField(blank=True, editable=False, null=True, verbose_name="failing since"),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "mailbox",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="fetch",
                        to="channels_intake.mailbox",
                        verbose_name="mailbox",
                    ),
                ),
            ],
            options={
                "verbose_name": "IMAP account",
                "verbose_name_plural": "IMAP accounts",
                "ordering": ["mailbox"],
            },
        ),
        migrations.CreateModel(
            name="Scan",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("file", models.FileField(max_length=120, upload_to=channels_intake.models.scans.scan_path)),
                ("name", models.CharField(max_length=200, verbose_name="file name")),
                ("content_type", models.CharField(max_length=100, verbose_name="type")),
                ("size", models.PositiveIntegerField(verbose_name="size in bytes")),
                ("sha256", models.CharField(db_index=True, max_length=64)),
                ("pages", models.PositiveSmallIntegerField(default=1, verbose_name="pages")),
                ("text", models.TextField(blank=True, verbose_name="text")),
                ("text_source", models.CharField(blank=True, max_length=10)),
                ("text_read_at", models.DateTimeField(blank=True, null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[("new", "To enter"), ("entered", "Entered"), ("discarded", "Set aside")],
                        default="new",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("received_on", models.DateField(blank=True, null=True, verbose_name="received on")),
                (
                    "registered_number",
                    models.CharField(blank=True, max_length=40, verbose_name="registered letter no."),
                ),
                ("folder", models.CharField(blank=True, max_length=250, verbose_name="from the folder")),
                ("held_at", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="dropped at")),
                ("entered_at", models.DateTimeField(blank=True, null=True, verbose_name="entered at")),
                (
                    "dropped_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "duplicate_of",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="channels_intake.scan",
                        verbose_name="same as",
                    ),
                ),
                (
                    "held_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="tickets.ticket",
                    ),
                ),
            ],
            options={
                "verbose_name": "scanned letter",
                "verbose_name_plural": "scanned letters",
                "ordering": ["id"],
                "indexes": [
                    models.Index(condition=models.Q(("state", "new")), fields=["id"], name="scan_to_enter"),
                    models.Index(
                        condition=models.Q(("state", "new"), ("text_read_at__isnull", True)),
                        fields=["id"],
                        name="scan_to_read",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="VisitReason",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("label", models.CharField(max_length=80, verbose_name="label")),
                ("letter", models.CharField(default="A", max_length=1, verbose_name="letter of the number")),
                ("position", models.PositiveSmallIntegerField(default=100, verbose_name="order")),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "request_type",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.requesttype",
                        verbose_name="request type",
                    ),
                ),
                (
                    "service",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.service",
                        verbose_name="service",
                    ),
                ),
                (
                    "sites",
                    models.ManyToManyField(
                        blank=True, related_name="reasons", to="directory.site", verbose_name="sites"
                    ),
                ),
            ],
            options={
                "verbose_name": "reason of a visit",
                "verbose_name_plural": "reasons of visits",
                "ordering": ["position", "label"],
            },
        ),
        migrations.CreateModel(
            name="Visit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField(verbose_name="day")),
                ("letter", models.CharField(default="A", max_length=1)),
                ("number", models.PositiveSmallIntegerField(verbose_name="number")),
                (
                    "priority",
                    models.PositiveSmallIntegerField(
                        choices=[
                            (1, "Appointment"),
                            (2, "Reduced mobility, pregnancy, young child"),
                            (5, "Without appointment"),
                        ],
                        default=5,
                        verbose_name="priority",
                    ),
                ),
                ("appointment_at", models.DateTimeField(blank=True, null=True, verbose_name="appointment")),
                ("name", models.CharField(blank=True, max_length=120, verbose_name="name")),
                ("by_kiosk", models.BooleanField(default=False, verbose_name="took a number alone")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("called", "Called"),
                            ("serving", "At the desk"),
                            ("done", "Served"),
                            ("no_show", "Did not come"),
                            ("left", "Left"),
                        ],
                        default="waiting",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("arrived_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="arrived at")),
                ("waiting_since", models.DateTimeField(default=django.utils.timezone.now)),
                ("first_called_at", models.DateTimeField(blank=True, null=True, verbose_name="called at")),
                ("called_at", models.DateTimeField(blank=True, null=True)),
                ("served_at", models.DateTimeField(blank=True, null=True, verbose_name="served from")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="ended at")),
                ("note", models.CharField(blank=True, max_length=250, verbose_name="note")),
                (
                    "agent",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "citizen",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="directory.citizen",
                    ),
                ),
                (
                    "desk",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="visits",
                        to="channels_intake.desk",
                    ),
                ),
                (
                    "service",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.service",
                        verbose_name="service",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="visits",
                        to="directory.site",
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="tickets.ticket",
                    ),
                ),
                (
                    "reason",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="channels_intake.visitreason",
                    ),
                ),
            ],
            options={
                "verbose_name": "visit",
                "verbose_name_plural": "visits",
                "ordering": ["id"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "waiting")),
                        fields=["site", "priority", "waiting_since", "id"],
                        name="visit_queue",
                    ),
                    models.Index(
                        fields=["arrived_at"], include=("site", "first_called_at", "state"), name="visit_period"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("site", "day", "letter", "number"), name="visit_number_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["called", "serving"])),
                        fields=("agent",),
                        name="visit_one_per_agent",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Call",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("external_id", models.CharField(max_length=120, unique=True)),
                ("number", models.CharField(blank=True, max_length=20, verbose_name="number")),
                ("called_number", models.CharField(blank=True, max_length=20, verbose_name="number called")),
                ("extension", models.CharField(blank=True, max_length=30, verbose_name="extension")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("ringing", "Ringing"),
                            ("answered", "In conversation"),
                            ("ended", "Ended"),
                            ("missed", "Missed"),
                        ],
                        default="ringing",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("ringing_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="ringing since")),
                ("answered_at", models.DateTimeField(blank=True, null=True, verbose_name="picked up at")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="ended at")),
                ("called_back_at", models.DateTimeField(blank=True, null=True, verbose_name="called back at")),
                ("dismissed_at", models.DateTimeField(blank=True, null=True, verbose_name="set aside at")),
                (
                    "agent",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "citizen",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="directory.citizen",
                    ),
                ),
                (
                    "dismissed_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="tickets.ticket",
                    ),
                ),
            ],
            options={
                "verbose_name": "call",
                "verbose_name_plural": "calls",
                "indexes": [
                    models.Index(fields=["ringing_at"], include=("state", "answered_at"), name="call_period"),
                    models.Index(
                        condition=models.Q(("state__in", ["ringing", "answered"])),
                        fields=["agent", "-id"],
                        name="call_live",
                    ),
                    models.Index(
                        condition=models.Q(
                            ("called_back_at__isnull", True), ("dismissed_at__isnull", True), ("state", "missed")
                        ),
                        fields=["ringing_at", "id"],
                        name="call_to_return",
                    ),
                    models.Index(
                        condition=models.Q(("number", ""), _negated=True), fields=["number", "-id"], name="call_number"
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="inboundmail",
            name="is_mute",
            field=models.BooleanField(
                default=False, help_text="Imported without any automatic answer.", verbose_name="mute"
            ),
        ),
        migrations.AddField(
            model_name="inboundmail",
            name="outcome",
            field=models.CharField(
                blank=True,
                choices=[
                    ("ticket", "New ticket"),
                    ("reply", "Reply on a ticket"),
                    ("service", "Answer of a service"),
                    ("bounce", "Notice of non-delivery"),
                    ("twin", "Also sent to another mailbox"),
                    ("ignored", "Ignored"),
                ],
                max_length=10,
                verbose_name="became",
            ),
        ),
    ]
