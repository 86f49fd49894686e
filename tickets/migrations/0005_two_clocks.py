import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import tickets.models.legal


class Migration(migrations.Migration):
    dependencies = [
        ("directory", "0005_calendars"),
        ("directory", "__first__"),
        ("knowledge", "0002_article_heads"),
        ("notifications", "0002_notices_and_attachments"),
        ("tickets", "0004_cover_counts"),
    ]

    operations = [
        migrations.CreateModel(
            name="ClockPause",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("started_at", models.DateTimeField(verbose_name="from")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="until")),
                (
                    "ticket",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="clock_pauses", to="tickets.ticket"
                    ),
                ),
            ],
            options={
                "verbose_name": "pause",
                "verbose_name_plural": "pauses",
                "ordering": ["started_at"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)), fields=("ticket",), name="clock_pause_one_open"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ended_at__isnull", True), ("ended_at__gte", models.F("started_at")), _connector="OR"
                        ),
                        name="clock_pause_ends_after_start",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Letter",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("receipt", "Acknowledgement of receipt"),
                            ("registration", "Registration of an electronic request"),
                            ("incomplete", "Request for missing pieces"),
                            ("transmission", "Transmission to the competent administration"),
                            ("attestation", "Attestation of implicit acceptance"),
                            ("reasons", "Reasons of an implicit refusal"),
                            ("answer", "Answer"),
                        ],
                        max_length=16,
                        verbose_name="letter",
                    ),
                ),
                ("reference", models.CharField(max_length=24, unique=True, verbose_name="reference")),
                ("subject", models.CharField(max_length=250, verbose_name="subject")),
                ("data", models.JSONField(default=dict)),
                ("text", models.TextField(verbose_name="text")),
                ("pdf", models.FileField(max_length=120, upload_to=tickets.models.legal.letter_path)),
                ("sha256", models.CharField(max_length=64)),
                ("by_email", models.BooleanField(default=False, verbose_name="by e-mail")),
                (
                    "registered_number",
                    models.CharField(blank=True, max_length=40, verbose_name="registered letter no."),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="written at")),
                ("sent_at", models.DateTimeField(blank=True, null=True, verbose_name="sent at")),
                (
                    "actor",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "outbound",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="notifications.outboundmessage",
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="letters", to="tickets.ticket"
                    ),
                ),
            ],
            options={
                "verbose_name": "letter",
                "verbose_name_plural": "letters",
                "ordering": ["created_at", "id"],
            },
        ),
        migrations.CreateModel(
            name="Decision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("express", "Express decision"),
                            ("implicit", "Implicit decision"),
                            ("withdrawal", "Withdrawal"),
                        ],
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("accepted", "Granted"),
                            ("partly", "Granted in part"),
                            ("refused", "Refused"),
                            ("moot", "Without object: the person gave up, or there is nothing to decide"),
                        ],
                        max_length=10,
                        verbose_name="outcome",
                    ),
                ),
                ("decided_on", models.DateField(verbose_name="decided on")),
                ("notified_on", models.DateField(blank=True, null=True, verbose_name="notified on")),
                ("reasons", models.TextField(blank=True, verbose_name="reasons")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "actor",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="decisions", to="tickets.ticket"
                    ),
                ),
                (
                    "withdraws",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="withdrawn_by",
                        to="tickets.decision",
                    ),
                ),
                (
                    "letter",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="decisions",
                        to="tickets.letter",
                    ),
                ),
            ],
            options={
                "verbose_name": "decision",
                "verbose_name_plural": "decisions",
                "ordering": ["decided_on", "id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("kind", "implicit")),
                        fields=("ticket", "decided_on"),
                        name="decision_implicit_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "withdrawal"), ("withdraws__isnull", False)),
                            models.Q(models.Q(("kind", "withdrawal"), _negated=True), ("withdraws", None)),
                            _connector="OR",
                        ),
                        name="decision_withdrawal_has_target",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="LegalRequest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("attestation", "Attestation of implicit acceptance"),
                            ("reasons", "Reasons of the implicit refusal"),
                        ],
                        max_length=12,
                        verbose_name="asked for",
                    ),
                ),
                ("asked_on", models.DateField(verbose_name="asked on")),
                ("due_on", models.DateField(blank=True, null=True, verbose_name="owed by")),
                ("met_on", models.DateField(blank=True, null=True, verbose_name="given on")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "ticket",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="legal_requests", to="tickets.ticket"
                    ),
                ),
                (
                    "letter",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="legal_requests",
                        to="tickets.letter",
                    ),
                ),
            ],
            options={
                "verbose_name": "request after a silence",
                "verbose_name_plural": "requests after a silence",
                "ordering": ["asked_on", "id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("met_on__isnull", True)),
                        fields=("ticket", "kind"),
                        name="legal_request_open_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PieceRequest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("asked_on", models.DateField(verbose_name="asked on")),
                ("due_on", models.DateField(blank=True, null=True, verbose_name="to be sent by")),
                ("received_on", models.DateField(blank=True, null=True, verbose_name="received on")),
                ("pieces", models.JSONField(default=list, verbose_name="pieces")),
                ("required_by_text", models.BooleanField(default=True, verbose_name="required by a text in force")),
                ("list_sent", models.BooleanField(default=True, verbose_name="list sent")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "actor",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "letter",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="piece_requests",
                        to="tickets.letter",
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="piece_requests", to="tickets.ticket"
                    ),
                ),
            ],
            options={
                "verbose_name": "request for missing pieces",
                "verbose_name_plural": "requests for missing pieces",
                "ordering": ["asked_on", "id"],
            },
        ),
        migrations.CreateModel(
            name="Recomputation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.CharField(max_length=200, verbose_name="reason")),
                ("total", models.PositiveIntegerField(default=0, verbose_name="requests")),
                ("done", models.PositiveIntegerField(default=0, verbose_name="done")),
                ("changed", models.PositiveIntegerField(default=0, verbose_name="deadlines moved")),
                ("cursor", models.BigIntegerField(default=0)),
                ("skipped", models.JSONField(default=list)),
                ("last_error", models.CharField(blank=True, max_length=300, verbose_name="last error")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="asked at")),
                ("updated_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("finished_at", models.DateTimeField(blank=True, null=True, verbose_name="finished at")),
                (
                    "actor",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "recomputation of deadlines",
                "verbose_name_plural": "recomputations of deadlines",
                "ordering": ["-id"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("finished_at__isnull", True)),
                        fields=["id"],
                        name="recomputation_unfinished",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SlaPolicy",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120, unique=True, verbose_name="name")),
                (
                    "position",
                    models.PositiveSmallIntegerField(
                        default=100,
                        help_text="The first policy that fits a request wins; small numbers first.",
                        verbose_name="order",
                    ),
                ),
                (
                    "channel",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("web", "Web form"),
                            ("email", "E-mail"),
                            ("phone", "Telephone"),
                            ("counter", "Counter"),
                            ("post", "Letter"),
                            ("api", "API"),
                        ],
                        max_length=10,
                        verbose_name="channel",
                    ),
                ),
                (
                    "priority",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        choices=[(1, "Low"), (2, "Normal"), (3, "High"), (4, "Immediate")],
                        null=True,
                        verbose_name="priority",
                    ),
                ),
                (
                    "effective_from",
                    models.DateField(
                        blank=True,
                        help_text="For requests received from this day on.",
                        null=True,
                        verbose_name="in force from",
                    ),
                ),
                (
                    "effective_until",
                    models.DateField(
                        blank=True, help_text="Last day included.", null=True, verbose_name="in force until"
                    ),
                ),
                ("preset", models.SlugField(blank=True, editable=False, max_length=40, verbose_name="preset")),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="note for the administrators")),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "calendar",
                    models.ForeignKey(
                        blank=True,
                        help_text="When empty, the service’s, then the town’s.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.calendar",
                        verbose_name="calendar",
                    ),
                ),
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
                        help_text="And every service below it.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.service",
                        verbose_name="service",
                    ),
                ),
            ],
            options={
                "verbose_name": "SLA policy",
                "verbose_name_plural": "SLA policies",
                "ordering": ["position", "id"],
            },
        ),
        migrations.CreateModel(
            name="EscalationStep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("acknowledge", "Acknowledgement"),
                            ("answer", "First answer"),
                            ("callback", "Callback"),
                            ("target", "Resolution"),
                            ("legal", "Silence of the administration"),
                            ("receipt", "Legal acknowledgement (AR, ARE)"),
                            ("reasons", "Reasons of an implicit refusal"),
                        ],
                        max_length=12,
                        verbose_name="clock",
                    ),
                ),
                ("number", models.PositiveSmallIntegerField(editable=False, verbose_name="number")),
                ("offset", models.IntegerField(verbose_name="moment")),
                (
                    "offset_unit",
                    models.CharField(
                        choices=[("hours", "hours"), ("days", "days"), ("percent", "percent of the time allowed")],
                        default="hours",
                        max_length=10,
                        verbose_name="counted in",
                    ),
                ),
                (
                    "audience",
                    models.CharField(
                        choices=[
                            ("assignee", "Assignee"),
                            ("referent", "Référent"),
                            ("direction", "Direction"),
                            ("manager", "Manager"),
                            ("pilot", "Pilot service"),
                            ("agent", "A given agent"),
                        ],
                        max_length=10,
                        verbose_name="who",
                    ),
                ),
                (
                    "escalation",
                    models.PositiveSmallIntegerField(
                        default=0,
                        help_text="0: a reminder. 1 and more: shown on the request.",
                        verbose_name="escalation level",
                    ),
                ),
                (
                    "delivery",
                    models.CharField(
                        choices=[
                            ("in_app", "In the application only"),
                            ("mail", "E-mail at once"),
                            ("digest", "In the morning’s digest"),
                        ],
                        default="mail",
                        max_length=10,
                        verbose_name="how",
                    ),
                ),
                (
                    "in_open_hours",
                    models.BooleanField(
                        default=True,
                        help_text="An alert that falls when the service is closed comes at the previous closing (before the due date) or at the next opening (after it).",
                        verbose_name="during opening hours",
                    ),
                ),
                (
                    "agent",
                    models.ForeignKey(
                        blank=True,
                        help_text="When « who » is a given agent.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="agent",
                    ),
                ),
                (
                    "policy",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="steps",
                        to="tickets.slapolicy",
                        verbose_name="policy",
                    ),
                ),
            ],
            options={
                "verbose_name": "escalation step",
                "verbose_name_plural": "escalation steps",
                "ordering": ["kind", "number"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("policy", "kind", "number"), name="escalation_step_once", nulls_distinct=False
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("audience", "agent"), _negated=True), ("agent__isnull", False), _connector="OR"
                        ),
                        name="escalation_step_has_agent",
                        violation_error_message="Choose the agent who is told.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SlaTarget",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("acknowledge", "Acknowledgement"),
                            ("answer", "First answer"),
                            ("callback", "Callback"),
                            ("target", "Resolution"),
                        ],
                        max_length=12,
                        verbose_name="promise",
                    ),
                ),
                ("amount", models.PositiveSmallIntegerField(verbose_name="delay")),
                (
                    "unit",
                    models.CharField(
                        choices=[
                            ("hours", "hours, day and night"),
                            ("open_hours", "opening hours"),
                            ("working_days", "working days"),
                            ("days", "calendar days"),
                            ("months", "months"),
                        ],
                        default="hours",
                        max_length=15,
                        verbose_name="counted in",
                    ),
                ),
                ("pauses", models.BooleanField(default=True, verbose_name="pauses while the citizen must act")),
                (
                    "policy",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="targets",
                        to="tickets.slapolicy",
                    ),
                ),
            ],
            options={
                "verbose_name": "target",
                "verbose_name_plural": "targets",
                "ordering": ["id"],
                "constraints": [
                    models.UniqueConstraint(fields=("policy", "kind"), name="sla_target_once"),
                    models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="sla_target_positive"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Transmission",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("is_inbound", models.BooleanField(default=False, verbose_name="received from another administration")),
                ("administration", models.CharField(max_length=160, verbose_name="administration")),
                ("address", models.TextField(blank=True, verbose_name="postal address")),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="e-mail")),
                ("first_received_on", models.DateField(verbose_name="first received on")),
                ("sent_on", models.DateField(blank=True, null=True, verbose_name="forwarded on")),
                (
                    "received_on",
                    models.DateField(blank=True, null=True, verbose_name="received by the competent administration on"),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "actor",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "letter",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="transmissions",
                        to="tickets.letter",
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="transmissions", to="tickets.ticket"
                    ),
                ),
            ],
            options={
                "verbose_name": "transmission",
                "verbose_name_plural": "transmissions",
                "ordering": ["id"],
            },
        ),
        migrations.RemoveIndex(
            model_name="ticket",
            name="ticket_open_legal",
        ),
        migrations.AddField(
            model_name="deadline",
            name="amount",
            field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="delay"),
        ),
        migrations.AddField(
            model_name="deadline",
            name="pauses",
            field=models.BooleanField(default=True),
        ),
        migrations.AddField(
            model_name="deadline",
            name="taken",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.PositiveSmallIntegerField(), blank=True, default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="deadline",
            name="unit",
            field=models.CharField(
                blank=True,
                choices=[
                    ("hours", "hours, day and night"),
                    ("open_hours", "opening hours"),
                    ("working_days", "working days"),
                    ("days", "calendar days"),
                    ("months", "months"),
                ],
                max_length=15,
                verbose_name="counted in",
            ),
        ),
        migrations.AddField(
            model_name="ticket",
            name="legal_running",
            field=models.BooleanField(
                default=False,
                help_text="No decision yet: answering or closing does not stop it.",
                verbose_name="legal clock running",
            ),
        ),
        migrations.AddField(
            model_name="ticket",
            name="priority",
            field=models.PositiveSmallIntegerField(
                choices=[(1, "Low"), (2, "Normal"), (3, "High"), (4, "Immediate")], default=2, verbose_name="priority"
            ),
        ),
        migrations.AlterField(
            model_name="deadline",
            name="kind",
            field=models.CharField(
                choices=[
                    ("acknowledge", "Acknowledgement"),
                    ("answer", "First answer"),
                    ("callback", "Callback"),
                    ("target", "Resolution"),
                    ("legal", "Silence of the administration"),
                    ("receipt", "Legal acknowledgement (AR, ARE)"),
                    ("reasons", "Reasons of an implicit refusal"),
                ],
                max_length=12,
                verbose_name="kind",
            ),
        ),
        migrations.AlterField(
            model_name="escalationrecord",
            name="level",
            field=models.PositiveSmallIntegerField(verbose_name="step number"),
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
                ],
                max_length=20,
                verbose_name="kind",
            ),
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(
                condition=models.Q(("legal_running", True)),
                fields=["legal_due_on", "id"],
                include=("service", "is_sensitive"),
                name="ticket_legal_running",
            ),
        ),
        migrations.AddField(
            model_name="deadline",
            name="policy",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="tickets.slapolicy",
            ),
        ),
    ]
