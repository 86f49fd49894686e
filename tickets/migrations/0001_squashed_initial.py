"""Tickets. The timeline and the log of accesses are append-only in the database itself: only a purge, which says so
(``SET LOCAL guichet.purge = 'on'``), changes them."""

import core.search
import datetime
import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
import django.db.models.functions.comparison
import django.utils.timezone
import tickets.models.legal
import tickets.models.lists
import tickets.models.messages
from django.conf import settings
from django.db import migrations, models

APPEND_ONLY = """
CREATE FUNCTION guichet_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_setting('guichet.purge', true) = 'on' THEN
    RETURN COALESCE(NEW, OLD);
  END IF;
  RAISE EXCEPTION 'the timeline is append-only' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER ticket_event_append_only BEFORE UPDATE OR DELETE ON tickets_ticketevent
FOR EACH ROW EXECUTE FUNCTION guichet_refuse_change();
CREATE TRIGGER access_log_append_only BEFORE UPDATE OR DELETE ON tickets_accesslog
FOR EACH ROW EXECUTE FUNCTION guichet_refuse_change();
"""

IN_THE_ROW = """
-- The vector stays in the row, and the body leaves it: a search then reads one page for each text instead of three.
ALTER TABLE tickets_tickettext ALTER COLUMN vector SET STORAGE MAIN;
"""


class Migration(migrations.Migration):

    replaces = [('tickets', '0001_initial'), ('tickets', '0002_append_only_timeline'), ('tickets', '0003_author_email'), ('tickets', '0004_cover_counts'), ('tickets', '0005_two_clocks'), ('tickets', '0006_clocks_from_history'), ('tickets', '0007_remove_counters'), ('tickets', '0008_implicit_once'), ('tickets', '0009_implicit_decisions'), ('tickets', '0010_callback_queue'), ('tickets', '0011_receipts_waiting'), ('tickets', '0012_services_by_email'), ('tickets', '0013_workspace'), ('tickets', '0014_append_only_access_log'), ('tickets', '0015_file_checks'), ('tickets', '0016_saved_view_queue_and_orders'), ('tickets', '0017_what_rules_read'), ('tickets', '0018_answered_by_type'), ('tickets', '0019_learned_routing'), ('tickets', '0020_sensitive_marks_and_numbers'), ('tickets', '0021_indexes_for_a_million'), ('tickets', '0022_files_of_drafts'), ('tickets', '0023_language_events'), ('tickets', '0024_images_events'), ('tickets', '0025_answers_are_searched'), ('tickets', '0026_districts'), ('tickets', '0027_described_events'), ('tickets', '0028_vectors_in_line'), ('tickets', '0029_words_of_a_month')]

    initial = True

    dependencies = [
        ('directory', '0001_squashed_initial'),
        ('knowledge', '0001_squashed_initial'),
        ('notifications', '0001_squashed_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Deadline',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('acknowledge', 'Acknowledgement'), ('answer', 'First answer'), ('callback', 'Callback'), ('target', 'Resolution'), ('legal', 'Silence of the administration'), ('receipt', 'Legal acknowledgement (AR, ARE)'), ('reasons', 'Reasons of an implicit refusal')], max_length=12, verbose_name='kind')),
                ('cycle', models.PositiveSmallIntegerField(default=1)),
                ('state', models.CharField(choices=[('running', 'Running'), ('paused', 'Paused'), ('met', 'Met'), ('missed', 'Missed'), ('cancelled', 'Cancelled')], default='running', max_length=10, verbose_name='state')),
                ('started_at', models.DateTimeField(verbose_name='started at')),
                ('due_at', models.DateTimeField(verbose_name='due at')),
                ('amount', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='delay')),
                ('unit', models.CharField(blank=True, choices=[('hours', 'hours, day and night'), ('open_hours', 'opening hours'), ('working_days', 'working days'), ('days', 'calendar days'), ('months', 'months')], max_length=15, verbose_name='counted in')),
                ('pauses', models.BooleanField(default=True)),
                ('stopped_at', models.DateTimeField(blank=True, null=True, verbose_name='stopped at')),
                ('taken', django.contrib.postgres.fields.ArrayField(base_field=models.PositiveSmallIntegerField(), blank=True, default=list, size=None)),
                ('next_step_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'verbose_name': 'deadline',
                'verbose_name_plural': 'deadlines',
                'ordering': ['id'],
                'indexes': [models.Index(condition=models.Q(('state', 'running')), fields=['next_step_at', 'id'], name='deadline_to_sweep')],
            },
        ),
        migrations.CreateModel(
            name='District',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120, unique=True, verbose_name='name')),
                ('streets', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=80), size=None, verbose_name='streets')),
            ],
            options={
                'verbose_name': 'district',
                'verbose_name_plural': 'districts',
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='Emergency',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('words', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=80), help_text='One word or short phrase a line; accents and inflections are forgiven.', size=None, verbose_name='words')),
                ('unless', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=80), blank=True, default=list, help_text='A text that holds one of these is about something else. One a line.', size=None, verbose_name='unless')),
                ('instruction', models.TextField(verbose_name='what to do at once')),
                ('priority', models.PositiveSmallIntegerField(choices=[(1, 'Low'), (2, 'Normal'), (3, 'High'), (4, 'Immediate')], default=4, verbose_name='priority')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
            ],
            options={
                'verbose_name': 'emergency',
                'verbose_name_plural': 'emergencies',
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='RoutingRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('position', models.PositiveIntegerField(default=0, verbose_name='position')),
                ('conditions', models.JSONField(blank=True, default=dict, verbose_name='conditions')),
                ('effects', models.JSONField(blank=True, default=dict, verbose_name='effects')),
                ('is_final', models.BooleanField(default=False, help_text='Later rules are not looked at.', verbose_name='stop there')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('updated_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='updated at')),
            ],
            options={
                'verbose_name': 'routing rule',
                'verbose_name_plural': 'routing rules',
                'ordering': ['position', 'id'],
            },
        ),
        migrations.CreateModel(
            name='Ticket',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reference', models.CharField(max_length=13, unique=True, verbose_name='reference')),
                ('channel', models.CharField(choices=[('web', 'Web form'), ('email', 'E-mail'), ('phone', 'Telephone'), ('counter', 'Counter'), ('post', 'Letter'), ('api', 'API')], max_length=10, verbose_name='channel')),
                ('status', models.CharField(choices=[('new', 'New'), ('open', 'In progress'), ('waiting', 'Waiting for the citizen'), ('answered', 'Answered'), ('closed', 'Closed'), ('merged', 'Merged'), ('cancelled', 'Cancelled')], default='new', max_length=10, verbose_name='status')),
                ('subject', models.CharField(max_length=250, verbose_name='subject')),
                ('location', models.CharField(blank=True, max_length=250, verbose_name='place')),
                ('priority', models.PositiveSmallIntegerField(choices=[(1, 'Low'), (2, 'Normal'), (3, 'High'), (4, 'Immediate')], default=2, verbose_name='priority')),
                ('is_sensitive', models.BooleanField(default=False, verbose_name='sensitive')),
                ('flag', models.CharField(blank=True, help_text='Why a person must look at this ticket.', max_length=250, verbose_name='to be checked')),
                ('tags', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), blank=True, default=list, size=None, verbose_name='tags')),
                ('language', models.CharField(blank=True, help_text='ISO 639-1; empty for French.', max_length=5, verbose_name='language of the requester')),
                ('answers', models.JSONField(blank=True, default=list, help_text='[code, question, answer] triples.', verbose_name='answers to the form')),
                ('mailbox', models.EmailField(blank=True, db_default='', default='', help_text='Of the town hall, where the e-mail that opened it came.', max_length=254, verbose_name='mailbox')),
                ('latitude', models.DecimalField(blank=True, decimal_places=6, max_digits=9, null=True, verbose_name='latitude')),
                ('longitude', models.DecimalField(blank=True, decimal_places=6, max_digits=9, null=True, verbose_name='longitude')),
                ('transfer_count', models.PositiveSmallIntegerField(default=0, verbose_name='times transferred')),
                ('received_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='received at')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='entered at')),
                ('routed_at', models.DateTimeField(blank=True, null=True, verbose_name='routed at')),
                ('first_answered_at', models.DateTimeField(blank=True, null=True, verbose_name='first answered at')),
                ('closed_at', models.DateTimeField(blank=True, null=True, verbose_name='closed at')),
                ('last_inbound_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='last message of the citizen')),
                ('updated_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='updated at')),
                ('answer_due_at', models.DateTimeField(verbose_name='answer due at')),
                ('next_due_at', models.DateTimeField(blank=True, null=True, verbose_name='next commitment due at')),
                ('queue_at', models.GeneratedField(db_persist=True, expression=django.db.models.functions.comparison.Coalesce('next_due_at', models.Value(datetime.datetime(9999, 1, 1, 0, 0, tzinfo=datetime.timezone.utc))), help_text='The order of the queues: the next commitment, or the end of times when none runs.', output_field=models.DateTimeField())),
                ('answer_kept', models.BooleanField(blank=True, null=True, verbose_name='answered in time')),
                ('legal_regime', models.CharField(blank=True, max_length=8, verbose_name='legal regime')),
                ('legal_due_on', models.DateField(blank=True, null=True, verbose_name='legal last day')),
                ('legal_effective_on', models.DateField(blank=True, null=True, verbose_name='implicit decision on')),
                ('legal_running', models.BooleanField(default=False, help_text='No decision yet: answering or closing does not stop it.', verbose_name='legal clock running')),
                ('escalation_level', models.PositiveSmallIntegerField(default=0, verbose_name='escalation level')),
                ('reopen_count', models.PositiveSmallIntegerField(default=0, verbose_name='times reopened')),
                ('is_first_contact', models.BooleanField(default=False, verbose_name='resolved at first contact')),
                ('assignee', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='assigned_tickets', to=settings.AUTH_USER_MODEL, verbose_name='assignee')),
                ('created_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('emergency', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='tickets.emergency', verbose_name='emergency')),
                ('merged_into', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='merged_tickets', to='tickets.ticket')),
                ('request_type', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='tickets', to='directory.requesttype', verbose_name='request type')),
                ('requester', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='tickets', to='directory.citizen', verbose_name='requester')),
                ('resolved_with', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='resolved_tickets', to='knowledge.article', verbose_name='answered with')),
                ('service', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='tickets', to='directory.service', verbose_name='service')),
            ],
            options={
                'verbose_name': 'ticket',
                'verbose_name_plural': 'tickets',
                'indexes': [models.Index(condition=models.Q(('status__in', ['new', 'open', 'waiting'])), fields=['queue_at', 'id'], include=('service', 'is_sensitive', 'assignee', 'status'), name='ticket_open_due'), models.Index(condition=models.Q(('status__in', ['new', 'open', 'waiting'])), fields=['service', 'is_sensitive', 'queue_at'], include=('assignee', 'status', 'channel', 'legal_due_on'), name='ticket_open_service'), models.Index(condition=models.Q(('status__in', ['new', 'open', 'waiting'])), fields=['assignee', 'queue_at', 'id'], include=('service', 'is_sensitive', 'status'), name='ticket_open_assignee'), models.Index(condition=models.Q(('status__in', ['new', 'open', 'waiting'])), fields=['received_at', 'id'], name='ticket_open_received'), models.Index(condition=models.Q(('status__in', ['new', 'open', 'waiting'])), fields=['-priority', 'queue_at', 'id'], name='ticket_open_priority'), models.Index(condition=models.Q(('status__in', ['new', 'open', 'waiting'])), fields=['last_inbound_at', 'id'], name='ticket_open_spoke'), models.Index(condition=models.Q(('status', 'waiting')), fields=['service', 'is_sensitive', 'queue_at', 'id'], name='ticket_waiting'), models.Index(condition=models.Q(('routed_at__isnull', True)), fields=['id'], name='ticket_unrouted'), models.Index(fields=['-received_at', '-id'], name='ticket_recent'), models.Index(fields=['service', '-received_at', '-id'], name='ticket_service_recent'), models.Index(fields=['requester', '-received_at'], name='ticket_requester'), models.Index(condition=models.Q(('assignee__isnull', False)), fields=['assignee'], name='ticket_assignee'), models.Index(condition=models.Q(('closed_at__isnull', False)), fields=['closed_at'], include=('service', 'is_sensitive', 'status', 'channel'), name='ticket_closed'), models.Index(fields=['received_at'], include=('service', 'channel', 'status', 'is_sensitive', 'answer_kept', 'answer_due_at', 'is_first_contact'), name='ticket_period'), models.Index(condition=models.Q(('legal_running', True)), fields=['legal_due_on', 'id'], include=('service', 'is_sensitive'), name='ticket_legal_running'), models.Index(condition=models.Q(('status', 'answered')), fields=['updated_at'], name='ticket_answered_quiet'), models.Index(condition=models.Q(('first_answered_at__isnull', False)), fields=['request_type', '-first_answered_at'], name='ticket_answered_type'), django.contrib.postgres.indexes.GinIndex(condition=models.Q(('tags', []), _negated=True), fastupdate=False, fields=['tags'], name='ticket_tags')],
                'constraints': [models.CheckConstraint(condition=models.Q(('closed_at__isnull', True), models.Q(('status__in', ['new', 'open', 'waiting']), _negated=True), _connector='OR'), name='ticket_open_has_no_closing_date'), models.CheckConstraint(condition=models.Q(('merged_into__isnull', False), models.Q(('status', 'merged'), _negated=True), _connector='OR'), name='ticket_merged_has_target')],
            },
        ),
        migrations.CreateModel(
            name='BulkJob',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('assign', 'Assign'), ('transfer', 'Transfer'), ('reply', 'Reply'), ('close', 'Close'), ('tag', 'Add a tag')], max_length=10, verbose_name='action')),
                ('params', models.JSONField(default=dict)),
                ('status', models.CharField(choices=[('waiting', 'Waiting'), ('running', 'Running'), ('done', 'Finished'), ('failed', 'Failed'), ('undone', 'Undone')], default='waiting', max_length=10, verbose_name='status')),
                ('total', models.PositiveIntegerField(default=0, verbose_name='tickets')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='asked at')),
                ('worked_at', models.DateTimeField(blank=True, null=True)),
                ('finished_at', models.DateTimeField(blank=True, null=True, verbose_name='finished at')),
                ('undo_asked_at', models.DateTimeField(blank=True, null=True, verbose_name='undo asked at')),
                ('actor', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='bulk_jobs', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'action on many tickets',
                'verbose_name_plural': 'actions on many tickets',
                'indexes': [models.Index(fields=['actor', '-id'], name='bulk_job_recent'), models.Index(condition=models.Q(('status__in', ['waiting', 'running'])), fields=['id'], name='bulk_job_unfinished')],
            },
        ),
        migrations.CreateModel(
            name='EscalationRecord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('level', models.PositiveSmallIntegerField(verbose_name='step number')),
                ('step', models.CharField(max_length=20, verbose_name='step')),
                ('at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='at')),
                ('deadline', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='escalations', to='tickets.deadline')),
                ('recipient', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'escalation',
                'verbose_name_plural': 'escalations',
                'ordering': ['id'],
                'constraints': [models.UniqueConstraint(fields=('deadline', 'level'), name='escalation_once')],
            },
        ),
        migrations.CreateModel(
            name='Export',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('format', models.CharField(choices=[('csv', 'CSV'), ('xlsx', 'XLSX')], max_length=5, verbose_name='format')),
                ('query', models.CharField(blank=True, max_length=1000, verbose_name='filters')),
                ('queue', models.CharField(blank=True, max_length=20, verbose_name='queue')),
                ('columns', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=30), blank=True, default=list, size=None)),
                ('status', models.CharField(choices=[('waiting', 'Waiting'), ('running', 'Running'), ('done', 'Finished'), ('failed', 'Failed'), ('undone', 'Undone')], default='waiting', max_length=10, verbose_name='status')),
                ('rows', models.PositiveIntegerField(default=0, verbose_name='lines')),
                ('file', models.FileField(blank=True, max_length=120, upload_to=tickets.models.lists.export_path)),
                ('error', models.CharField(blank=True, max_length=300, verbose_name='why not')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='asked at')),
                ('worked_at', models.DateTimeField(blank=True, null=True)),
                ('finished_at', models.DateTimeField(blank=True, null=True, verbose_name='finished at')),
                ('actor', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='exports', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'export',
                'verbose_name_plural': 'exports',
                'indexes': [models.Index(fields=['actor', '-id'], name='export_recent'), models.Index(condition=models.Q(('status__in', ['waiting', 'running'])), fields=['id'], name='export_unfinished')],
            },
        ),
        migrations.CreateModel(
            name='Letter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('receipt', 'Acknowledgement of receipt'), ('registration', 'Registration of an electronic request'), ('incomplete', 'Request for missing pieces'), ('transmission', 'Transmission to the competent administration'), ('attestation', 'Attestation of implicit acceptance'), ('reasons', 'Reasons of an implicit refusal'), ('answer', 'Answer')], max_length=16, verbose_name='letter')),
                ('reference', models.CharField(max_length=24, unique=True, verbose_name='reference')),
                ('subject', models.CharField(max_length=250, verbose_name='subject')),
                ('data', models.JSONField(default=dict)),
                ('text', models.TextField(verbose_name='text')),
                ('pdf', models.FileField(max_length=120, upload_to=tickets.models.legal.letter_path)),
                ('sha256', models.CharField(max_length=64)),
                ('by_email', models.BooleanField(default=False, verbose_name='by e-mail')),
                ('registered_number', models.CharField(blank=True, max_length=40, verbose_name='registered letter no.')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='written at')),
                ('sent_at', models.DateTimeField(blank=True, null=True, verbose_name='sent at')),
                ('actor', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('outbound', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='notifications.outboundmessage')),
                ('ticket', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='letters', to='tickets.ticket')),
            ],
            options={
                'verbose_name': 'letter',
                'verbose_name_plural': 'letters',
                'ordering': ['created_at', 'id'],
            },
        ),
        migrations.CreateModel(
            name='Message',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('inbound', 'From the citizen'), ('reply', 'Reply'), ('note', 'Internal note')], max_length=10, verbose_name='kind')),
                ('channel', models.CharField(choices=[('web', 'Web form'), ('email', 'E-mail'), ('phone', 'Telephone'), ('counter', 'Counter'), ('post', 'Letter'), ('api', 'API')], max_length=10, verbose_name='channel')),
                ('author_name', models.CharField(blank=True, max_length=200, verbose_name='author')),
                ('author_email', models.EmailField(blank=True, help_text='The answer goes there (CRPA R112-11-1).', max_length=254, verbose_name='address it came from')),
                ('author_phone', models.CharField(blank=True, help_text='As it was typed: nobody checked whose it is.', max_length=40, verbose_name='number it gave')),
                ('subject', models.CharField(blank=True, max_length=250, verbose_name='subject')),
                ('body', models.TextField(verbose_name='text')),
                ('quoted', models.TextField(blank=True, verbose_name='quoted text')),
                ('body_html', models.TextField(blank=True, verbose_name='sanitised HTML')),
                ('is_automatic', models.BooleanField(default=False, verbose_name='automatic')),
                ('email_message_id', models.CharField(blank=True, max_length=250)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='at')),
                ('author', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='agent')),
                ('outbound', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='messages', to='notifications.outboundmessage')),
                ('service', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='directory.service', verbose_name='service that answered by e-mail')),
                ('ticket', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='messages', to='tickets.ticket')),
            ],
            options={
                'verbose_name': 'message',
                'verbose_name_plural': 'messages',
                'ordering': ['created_at', 'id'],
                'indexes': [models.Index(fields=['ticket', 'created_at'], name='message_ticket'), models.Index(condition=models.Q(('email_message_id', ''), _negated=True), fields=['email_message_id'], name='message_email_id')],
            },
        ),
        migrations.CreateModel(
            name='Attachment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('file', models.FileField(max_length=120, upload_to=tickets.models.messages.attachment_path)),
                ('name', models.CharField(max_length=200, verbose_name='file name')),
                ('content_type', models.CharField(max_length=100, verbose_name='type')),
                ('size', models.PositiveIntegerField(verbose_name='size in bytes')),
                ('sha256', models.CharField(max_length=64)),
                ('is_risky', models.BooleanField(db_default=False, default=False, verbose_name='may run something when it is opened')),
                ('virus_check', models.CharField(blank=True, choices=[('waiting', 'Not checked yet'), ('clean', 'No virus found'), ('infected', 'Virus found'), ('impossible', 'Could not be checked')], db_default='', max_length=10, verbose_name='antivirus')),
                ('virus', models.CharField(blank=True, db_default='', max_length=120, verbose_name='virus')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('message', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='attachments', to='tickets.message')),
            ],
            options={
                'verbose_name': 'attachment',
                'verbose_name_plural': 'attachments',
                'ordering': ['id'],
                'indexes': [models.Index(condition=models.Q(('virus_check', 'waiting')), fields=['id'], name='attachment_to_check')],
            },
        ),
        migrations.CreateModel(
            name='Recomputation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.CharField(max_length=200, verbose_name='reason')),
                ('total', models.PositiveIntegerField(default=0, verbose_name='requests')),
                ('done', models.PositiveIntegerField(default=0, verbose_name='done')),
                ('changed', models.PositiveIntegerField(default=0, verbose_name='deadlines moved')),
                ('cursor', models.BigIntegerField(default=0)),
                ('skipped', models.JSONField(default=list)),
                ('last_error', models.CharField(blank=True, max_length=300, verbose_name='last error')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='asked at')),
                ('updated_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('finished_at', models.DateTimeField(blank=True, null=True, verbose_name='finished at')),
                ('actor', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'recomputation of deadlines',
                'verbose_name_plural': 'recomputations of deadlines',
                'ordering': ['-id'],
                'indexes': [models.Index(condition=models.Q(('finished_at__isnull', True)), fields=['id'], name='recomputation_unfinished')],
            },
        ),
        migrations.CreateModel(
            name='RoutingModel',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('trained_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='trained at')),
                ('samples', models.PositiveIntegerField(default=0, verbose_name='tickets learned from')),
                ('weights', models.BinaryField()),
                ('judged', models.BinaryField(default=b'')),
                ('judged_until', models.DateTimeField(blank=True, null=True)),
                ('report', models.JSONField(default=dict, verbose_name='report')),
                ('is_current', models.BooleanField(default=False, verbose_name='in use')),
            ],
            options={
                'verbose_name': 'learned routing',
                'verbose_name_plural': 'learned routing',
                'ordering': ['-id'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('is_current', True)), fields=('is_current',), name='routing_model_current')],
            },
        ),
        migrations.CreateModel(
            name='RoutingSettings',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('confidence', models.PositiveSmallIntegerField(default=75, help_text='Below it nothing is suggested and the ticket goes on to the pilot service.', verbose_name='confidence wanted (%)')),
                ('applies_alone', models.BooleanField(default=True, help_text='Otherwise it is only proposed to the agent.', verbose_name='applied without asking')),
            ],
            options={
                'verbose_name': 'learned routing settings',
                'verbose_name_plural': 'learned routing settings',
                'constraints': [models.CheckConstraint(condition=models.Q(('pk', 1)), name='routing_settings_single')],
            },
        ),
        migrations.CreateModel(
            name='RoutingTraining',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('asked_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='asked at')),
                ('worked_at', models.DateTimeField(blank=True, null=True)),
                ('finished_at', models.DateTimeField(blank=True, null=True, verbose_name='finished at')),
                ('step', models.CharField(blank=True, max_length=40)),
                ('percent', models.PositiveSmallIntegerField(default=0)),
                ('megabytes', models.PositiveIntegerField(default=0, verbose_name='memory (MB)')),
                ('error', models.CharField(blank=True, max_length=300, verbose_name='why not')),
                ('asked_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('model', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='tickets.routingmodel')),
            ],
            options={
                'verbose_name': 'training of the routing',
                'verbose_name_plural': 'trainings of the routing',
                'ordering': ['-id'],
                'constraints': [models.UniqueConstraint(models.Value(1), condition=models.Q(('finished_at__isnull', True)), name='routing_training_one_at_a_time')],
            },
        ),
        migrations.CreateModel(
            name='SavedView',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80, verbose_name='name')),
                ('queue', models.CharField(blank=True, help_text='Empty: every ticket, closed ones included.', max_length=20, verbose_name='queue')),
                ('query', models.CharField(blank=True, max_length=1000, verbose_name='filters')),
                ('sort', models.CharField(blank=True, max_length=30, verbose_name='order')),
                ('columns', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=30), blank=True, default=list, size=None, verbose_name='columns')),
                ('position', models.PositiveIntegerField(default=0, verbose_name='position')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='created at')),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='saved_views', to=settings.AUTH_USER_MODEL)),
                ('shared_with', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='directory.service', verbose_name='shared with')),
            ],
            options={
                'verbose_name': 'saved view',
                'verbose_name_plural': 'saved views',
                'ordering': ['position', 'name', 'id'],
            },
        ),
        migrations.CreateModel(
            name='ScheduledReply',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('body', models.TextField(verbose_name='text')),
                ('then', models.CharField(max_length=10)),
                ('outcome', models.CharField(blank=True, max_length=10)),
                ('enclosed', models.JSONField(default=list)),
                ('to_address', models.EmailField(blank=True, db_default='', max_length=254, verbose_name='to')),
                ('seen_message_id', models.BigIntegerField(blank=True, null=True)),
                ('send_at', models.DateTimeField(verbose_name='leaves at')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('sent_at', models.DateTimeField(blank=True, null=True)),
                ('cancelled_at', models.DateTimeField(blank=True, null=True)),
                ('refusal', models.CharField(blank=True, max_length=300, verbose_name='why it did not leave')),
                ('author', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='scheduled_replies', to=settings.AUTH_USER_MODEL)),
                ('ticket', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='scheduled_replies', to='tickets.ticket')),
            ],
            options={
                'verbose_name': 'scheduled reply',
                'verbose_name_plural': 'scheduled replies',
                'ordering': ['send_at', 'id'],
                'indexes': [models.Index(condition=models.Q(('cancelled_at__isnull', True), ('refusal', ''), ('sent_at__isnull', True)), fields=['send_at', 'id'], name='scheduled_reply_due')],
            },
        ),
        migrations.CreateModel(
            name='SlaPolicy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120, unique=True, verbose_name='name')),
                ('position', models.PositiveSmallIntegerField(default=100, help_text='The first policy that fits a request wins; small numbers first.', verbose_name='order')),
                ('channel', models.CharField(blank=True, choices=[('web', 'Web form'), ('email', 'E-mail'), ('phone', 'Telephone'), ('counter', 'Counter'), ('post', 'Letter'), ('api', 'API')], max_length=10, verbose_name='channel')),
                ('priority', models.PositiveSmallIntegerField(blank=True, choices=[(1, 'Low'), (2, 'Normal'), (3, 'High'), (4, 'Immediate')], null=True, verbose_name='priority')),
                ('effective_from', models.DateField(blank=True, help_text='For requests received from this day on.', null=True, verbose_name='in force from')),
                ('effective_until', models.DateField(blank=True, help_text='Last day included.', null=True, verbose_name='in force until')),
                ('preset', models.SlugField(blank=True, editable=False, max_length=40, verbose_name='preset')),
                ('note', models.CharField(blank=True, max_length=300, verbose_name='note for the administrators')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('calendar', models.ForeignKey(blank=True, help_text='When empty, the service’s, then the town’s.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.calendar', verbose_name='calendar')),
                ('request_type', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.requesttype', verbose_name='request type')),
                ('service', models.ForeignKey(blank=True, help_text='And every service below it.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.service', verbose_name='service')),
            ],
            options={
                'verbose_name': 'SLA policy',
                'verbose_name_plural': 'SLA policies',
                'ordering': ['position', 'id'],
            },
        ),
        migrations.CreateModel(
            name='EscalationStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('acknowledge', 'Acknowledgement'), ('answer', 'First answer'), ('callback', 'Callback'), ('target', 'Resolution'), ('legal', 'Silence of the administration'), ('receipt', 'Legal acknowledgement (AR, ARE)'), ('reasons', 'Reasons of an implicit refusal')], max_length=12, verbose_name='clock')),
                ('number', models.PositiveSmallIntegerField(editable=False, verbose_name='number')),
                ('offset', models.IntegerField(verbose_name='moment')),
                ('offset_unit', models.CharField(choices=[('hours', 'hours'), ('days', 'days'), ('percent', 'percent of the time allowed')], default='hours', max_length=10, verbose_name='counted in')),
                ('audience', models.CharField(choices=[('assignee', 'Assignee'), ('referent', 'Référent'), ('direction', 'Direction'), ('manager', 'Manager'), ('pilot', 'Pilot service'), ('agent', 'A given agent')], max_length=10, verbose_name='who')),
                ('escalation', models.PositiveSmallIntegerField(default=0, help_text='0: a reminder. 1 and more: shown on the request.', verbose_name='escalation level')),
                ('delivery', models.CharField(choices=[('in_app', 'In the application only'), ('mail', 'E-mail at once'), ('digest', 'In the morning’s digest')], default='mail', max_length=10, verbose_name='how')),
                ('in_open_hours', models.BooleanField(default=True, help_text='An alert that falls when the service is closed comes at the previous closing (before the due date) or at the next opening (after it).', verbose_name='during opening hours')),
                ('agent', models.ForeignKey(blank=True, help_text='When « who » is a given agent.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='agent')),
                ('policy', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='steps', to='tickets.slapolicy', verbose_name='policy')),
            ],
            options={
                'verbose_name': 'escalation step',
                'verbose_name_plural': 'escalation steps',
                'ordering': ['kind', 'number'],
                'constraints': [models.UniqueConstraint(fields=('policy', 'kind', 'number'), name='escalation_step_once', nulls_distinct=False), models.CheckConstraint(condition=models.Q(models.Q(('audience', 'agent'), _negated=True), ('agent__isnull', False), _connector='OR'), name='escalation_step_has_agent', violation_error_message='Choose the agent who is told.')],
            },
        ),
        migrations.AddField(
            model_name='deadline',
            name='policy',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='tickets.slapolicy'),
        ),
        migrations.CreateModel(
            name='SlaTarget',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('acknowledge', 'Acknowledgement'), ('answer', 'First answer'), ('callback', 'Callback'), ('target', 'Resolution')], max_length=12, verbose_name='promise')),
                ('amount', models.PositiveSmallIntegerField(verbose_name='delay')),
                ('unit', models.CharField(choices=[('hours', 'hours, day and night'), ('open_hours', 'opening hours'), ('working_days', 'working days'), ('days', 'calendar days'), ('months', 'months')], default='hours', max_length=15, verbose_name='counted in')),
                ('pauses', models.BooleanField(default=True, verbose_name='pauses while the citizen must act')),
                ('policy', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='targets', to='tickets.slapolicy')),
            ],
            options={
                'verbose_name': 'target',
                'verbose_name_plural': 'targets',
                'ordering': ['id'],
                'constraints': [models.UniqueConstraint(fields=('policy', 'kind'), name='sla_target_once'), models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='sla_target_positive')],
            },
        ),
        migrations.CreateModel(
            name='TicketSuggestion',
            fields=[
                ('ticket', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='suggestion', serialize=False, to='tickets.ticket')),
                ('confidence', models.FloatField(verbose_name='confidence')),
                ('words', models.JSONField(default=list)),
                ('is_applied', models.BooleanField(default=False, verbose_name='applied')),
                ('is_right', models.BooleanField(blank=True, null=True, verbose_name='right')),
            ],
            options={
                'verbose_name': 'suggestion',
                'verbose_name_plural': 'suggestions',
            },
        ),
        migrations.CreateModel(
            name='TicketText',
            fields=[
                ('ticket', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='text', serialize=False, to='tickets.ticket')),
                ('body', models.TextField()),
                ('vector', models.GeneratedField(db_persist=True, expression=core.search.FrenchVector(models.F('body')), output_field=django.contrib.postgres.search.SearchVectorField())),
                ('month', models.SmallIntegerField()),
            ],
            options={
                'indexes': [django.contrib.postgres.indexes.GinIndex(core.search.MonthVector('vector', 'month'), fastupdate=False, name='ticket_text_search')],
            },
        ),
        migrations.CreateModel(
            name='RoutingHit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='at')),
                ('rule', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='hits', to='tickets.routingrule')),
                ('ticket', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tickets.ticket')),
            ],
            options={
                'indexes': [models.Index(fields=['rule', '-at'], name='routing_hit_recent')],
            },
        ),
        migrations.CreateModel(
            name='PieceRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('asked_on', models.DateField(verbose_name='asked on')),
                ('due_on', models.DateField(blank=True, null=True, verbose_name='to be sent by')),
                ('received_on', models.DateField(blank=True, null=True, verbose_name='received on')),
                ('pieces', models.JSONField(default=list, verbose_name='pieces')),
                ('required_by_text', models.BooleanField(default=True, verbose_name='required by a text in force')),
                ('list_sent', models.BooleanField(default=True, verbose_name='list sent')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('actor', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('letter', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='piece_requests', to='tickets.letter')),
                ('ticket', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='piece_requests', to='tickets.ticket')),
            ],
            options={
                'verbose_name': 'request for missing pieces',
                'verbose_name_plural': 'requests for missing pieces',
                'ordering': ['asked_on', 'id'],
            },
        ),
        migrations.CreateModel(
            name='Mention',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('seen_at', models.DateTimeField(blank=True, null=True)),
                ('agent', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='mentions', to=settings.AUTH_USER_MODEL)),
                ('message', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='mentions', to='tickets.message')),
                ('ticket', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='mentions', to='tickets.ticket')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('seen_at__isnull', True)), fields=['agent', '-id'], name='mention_unseen'), models.Index(fields=['agent', '-created_at'], name='mention_recent')],
                'constraints': [models.UniqueConstraint(fields=('message', 'agent'), name='mention_once')],
            },
        ),
        migrations.CreateModel(
            name='LegalRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('attestation', 'Attestation of implicit acceptance'), ('reasons', 'Reasons of the implicit refusal')], max_length=12, verbose_name='asked for')),
                ('asked_on', models.DateField(verbose_name='asked on')),
                ('due_on', models.DateField(blank=True, null=True, verbose_name='owed by')),
                ('met_on', models.DateField(blank=True, null=True, verbose_name='given on')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('letter', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='legal_requests', to='tickets.letter')),
                ('ticket', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='legal_requests', to='tickets.ticket')),
            ],
            options={
                'verbose_name': 'request after a silence',
                'verbose_name_plural': 'requests after a silence',
                'ordering': ['asked_on', 'id'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('met_on__isnull', True)), fields=('ticket', 'kind'), name='legal_request_open_once')],
            },
        ),
        migrations.CreateModel(
            name='DraftFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('file', models.FileField(max_length=120, upload_to=tickets.models.messages.attachment_path)),
                ('name', models.CharField(max_length=200, verbose_name='file name')),
                ('content_type', models.CharField(max_length=100, verbose_name='type')),
                ('size', models.PositiveIntegerField(verbose_name='size in bytes')),
                ('sha256', models.CharField(max_length=64)),
                ('is_risky', models.BooleanField(db_default=False, default=False, verbose_name='may run something when it is opened')),
                ('virus_check', models.CharField(blank=True, choices=[('waiting', 'Not checked yet'), ('clean', 'No virus found'), ('infected', 'Virus found'), ('impossible', 'Could not be checked')], db_default='', max_length=10, verbose_name='antivirus')),
                ('virus', models.CharField(blank=True, db_default='', max_length=120, verbose_name='virus')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('kind', models.CharField(max_length=10)),
                ('agent', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('scheduled', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='files', to='tickets.scheduledreply')),
                ('ticket', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='draft_files', to='tickets.ticket')),
            ],
            options={
                'ordering': ['id'],
                'indexes': [models.Index(fields=['ticket', 'agent'], name='draft_file_ticket')],
            },
        ),
        migrations.CreateModel(
            name='Decision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('express', 'Express decision'), ('implicit', 'Implicit decision'), ('withdrawal', 'Withdrawal')], max_length=10, verbose_name='kind')),
                ('outcome', models.CharField(choices=[('accepted', 'Granted'), ('partly', 'Granted in part'), ('refused', 'Refused'), ('moot', 'Without object: the person gave up, or there is nothing to decide')], max_length=10, verbose_name='outcome')),
                ('decided_on', models.DateField(verbose_name='decided on')),
                ('notified_on', models.DateField(blank=True, null=True, verbose_name='notified on')),
                ('reasons', models.TextField(blank=True, verbose_name='reasons')),
                ('appeals_told', models.BooleanField(default=False, verbose_name='appeals told')),
                ('annulled_at', models.DateTimeField(blank=True, null=True, verbose_name='no longer stands since')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('actor', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('withdraws', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='withdrawn_by', to='tickets.decision')),
                ('letter', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='decisions', to='tickets.letter')),
                ('ticket', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='decisions', to='tickets.ticket')),
            ],
            options={
                'verbose_name': 'decision',
                'verbose_name_plural': 'decisions',
                'ordering': ['decided_on', 'id'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('annulled_at__isnull', True), ('kind', 'implicit')), fields=('ticket',), name='decision_implicit_once'), models.CheckConstraint(condition=models.Q(('annulled_at__isnull', True), ('kind', 'implicit'), _connector='OR'), name='decision_annulled_is_implicit'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'withdrawal'), ('withdraws__isnull', False)), models.Q(models.Q(('kind', 'withdrawal'), _negated=True), ('withdraws', None)), _connector='OR'), name='decision_withdrawal_has_target')],
            },
        ),
        migrations.AddField(
            model_name='deadline',
            name='ticket',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='deadlines', to='tickets.ticket'),
        ),
        migrations.CreateModel(
            name='ClockPause',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('started_at', models.DateTimeField(verbose_name='from')),
                ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='until')),
                ('ticket', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='clock_pauses', to='tickets.ticket')),
            ],
            options={
                'verbose_name': 'pause',
                'verbose_name_plural': 'pauses',
                'ordering': ['started_at'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('ticket',), name='clock_pause_one_open'), models.CheckConstraint(condition=models.Q(('ended_at__isnull', True), ('ended_at__gte', models.F('started_at')), _connector='OR'), name='clock_pause_ends_after_start')],
            },
        ),
        migrations.CreateModel(
            name='BulkItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('before', models.JSONField(default=dict)),
                ('error', models.CharField(blank=True, max_length=300, verbose_name='why not')),
                ('done_at', models.DateTimeField(blank=True, null=True)),
                ('undone_at', models.DateTimeField(blank=True, null=True)),
                ('job', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='items', to='tickets.bulkjob')),
                ('ticket', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tickets.ticket')),
            ],
            options={
                'indexes': [models.Index(fields=['job', 'id'], name='bulk_item_order')],
                'constraints': [models.UniqueConstraint(fields=('job', 'ticket'), name='bulk_item_once')],
            },
        ),
        migrations.CreateModel(
            name='AccessLog',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('page', 'Page of the ticket'), ('file', 'Attached file'), ('letter', 'Letter'), ('api', 'API'), ('export', 'Export'), ('list', 'Seen in a list'), ('marked', 'Marked sensitive'), ('unmarked', 'No longer marked sensitive'), ('lookup', 'Look-up of a person')], max_length=10, verbose_name='what was opened')),
                ('subject', models.CharField(blank=True, max_length=200, verbose_name='what was typed')),
                ('at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='at')),
                ('agent', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='agent')),
                ('ticket', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='accesses', to='tickets.ticket', verbose_name='ticket')),
            ],
            options={
                'verbose_name': 'access to a sensitive ticket',
                'verbose_name_plural': 'accesses to sensitive tickets',
                'indexes': [models.Index(fields=['ticket', '-at'], name='access_ticket'), models.Index(fields=['agent', '-at'], name='access_agent'), models.Index(fields=['-at', '-id'], name='access_recent')],
            },
        ),
        migrations.CreateModel(
            name='TicketEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('opened', 'Received'), ('routed', 'Sent to a service'), ('typed', 'Classified'), ('assigned', 'Assigned'), ('transferred', 'Transferred'), ('status', 'Status changed'), ('message', 'Message received'), ('replied', 'Reply sent'), ('noted', 'Note added'), ('acknowledged', 'Acknowledgement sent'), ('reminded', 'Reminder'), ('escalated', 'Escalated'), ('implicit_decision', 'Implicit decision'), ('flagged', 'To be checked by a person'), ('send_failed', 'Sending failed'), ('priority', 'Priority changed'), ('pieces_asked', 'Missing pieces asked for'), ('pieces_received', 'Missing pieces received'), ('transmitted', 'Forwarded to another administration'), ('decided', 'Decision recorded'), ('withdrawn', 'Decision withdrawn'), ('legal_request', 'Asked after a silence'), ('letter', 'Letter written'), ('callback', 'Callback'), ('pause', 'Pause corrected'), ('linked', 'Linked to another ticket'), ('unlinked', 'Link removed'), ('merged', 'Merged'), ('unmerged', 'Merge undone'), ('split', 'Split into two requests'), ('task_added', 'Task asked of a service'), ('task_done', 'Task done'), ('tagged', 'Tags changed'), ('scheduled', 'Reply to leave later'), ('released', 'Back from an absent agent'), ('sensitive', 'Marked sensitive, or no longer'), ('emergency', 'Emergency recognised'), ('requester', 'Requester changed'), ('service_asked', 'Sent to the service by e-mail'), ('service_answered', 'Answer of the service (by e-mail)'), ('language', 'Language changed'), ('images', 'Remote images loaded'), ('described', 'Subject or place corrected')], max_length=20, verbose_name='kind')),
                ('data', models.JSONField(default=dict)),
                ('at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='at')),
                ('actor', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('ticket', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='events', to='tickets.ticket')),
            ],
            options={
                'verbose_name': 'event',
                'verbose_name_plural': 'events',
                'ordering': ['at', 'id'],
                'indexes': [models.Index(fields=['ticket', 'at'], name='event_ticket')],
            },
        ),
        migrations.CreateModel(
            name='TicketLink',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('related', 'Related to'), ('duplicate', 'Duplicate of'), ('part', 'Part of')], default='related', max_length=10, verbose_name='kind')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('target', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='linked_from', to='tickets.ticket')),
                ('ticket', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='links', to='tickets.ticket')),
            ],
            options={
                'verbose_name': 'link between tickets',
                'verbose_name_plural': 'links between tickets',
                'constraints': [models.UniqueConstraint(fields=('ticket', 'target'), name='ticket_link_once'), models.CheckConstraint(condition=models.Q(('ticket', models.F('target')), _negated=True), name='ticket_link_not_itself')],
            },
        ),
        migrations.CreateModel(
            name='TicketMerge',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('before', models.JSONField(default=dict)),
                ('merged_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('undone_at', models.DateTimeField(blank=True, null=True)),
                ('merged_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('source', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='merges_out', to='tickets.ticket')),
                ('target', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='merges_in', to='tickets.ticket')),
                ('undone_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('undone_at__isnull', True)), fields=('source',), name='ticket_merged_once')],
            },
        ),
        migrations.CreateModel(
            name='TicketTask',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.CharField(max_length=200, verbose_name='task')),
                ('details', models.TextField(blank=True, verbose_name='details')),
                ('due_at', models.DateTimeField(verbose_name='due at')),
                ('result', models.TextField(blank=True, verbose_name='what was done')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('done_at', models.DateTimeField(blank=True, null=True, verbose_name='done at')),
                ('cancelled_at', models.DateTimeField(blank=True, null=True, verbose_name='cancelled at')),
                ('late_told_at', models.DateTimeField(blank=True, null=True)),
                ('assignee', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='tasks', to=settings.AUTH_USER_MODEL, verbose_name='assignee')),
                ('created_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('done_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('service', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='tasks', to='directory.service', verbose_name='service')),
                ('ticket', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tasks', to='tickets.ticket')),
            ],
            options={
                'verbose_name': 'task',
                'verbose_name_plural': 'tasks',
                'ordering': ['due_at', 'id'],
                'indexes': [models.Index(condition=models.Q(('cancelled_at__isnull', True), ('done_at__isnull', True)), fields=['service', 'due_at', 'id'], name='ticket_task_open'), models.Index(condition=models.Q(('cancelled_at__isnull', True), ('done_at__isnull', True), ('late_told_at__isnull', True)), fields=['due_at', 'id'], name='ticket_task_to_tell')],
            },
        ),
        migrations.CreateModel(
            name='TrackingLink',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('token_hash', models.CharField(max_length=64, unique=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('expires_at', models.DateTimeField()),
                ('used_at', models.DateTimeField(blank=True, null=True)),
                ('ticket', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tracking_links', to='tickets.ticket')),
            ],
        ),
        migrations.CreateModel(
            name='Transmission',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('is_inbound', models.BooleanField(default=False, verbose_name='received from another administration')),
                ('administration', models.CharField(max_length=160, verbose_name='administration')),
                ('address', models.TextField(blank=True, verbose_name='postal address')),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='e-mail')),
                ('first_received_on', models.DateField(verbose_name='first received on')),
                ('sent_on', models.DateField(blank=True, null=True, verbose_name='forwarded on')),
                ('received_on', models.DateField(blank=True, null=True, verbose_name='received by the competent administration on')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('actor', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('letter', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='transmissions', to='tickets.letter')),
                ('ticket', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='transmissions', to='tickets.ticket')),
            ],
            options={
                'verbose_name': 'transmission',
                'verbose_name_plural': 'transmissions',
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='Watcher',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('since', models.DateTimeField(default=django.utils.timezone.now)),
                ('agent', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='watching', to=settings.AUTH_USER_MODEL)),
                ('ticket', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='watchers', to='tickets.ticket')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('ticket', 'agent'), name='watcher_once')],
            },
        ),
        migrations.CreateModel(
            name='WrittenDraft',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(default='reply', max_length=10)),
                ('body', models.TextField(blank=True)),
                ('updated_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('agent', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='drafts', to=settings.AUTH_USER_MODEL)),
                ('ticket', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='drafts', to='tickets.ticket')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('ticket', 'agent', 'kind'), name='written_draft_once')],
            },
        ),
        migrations.AddField(
            model_name='ticketsuggestion',
            name='model',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='tickets.routingmodel'),
        ),
        migrations.AddField(
            model_name='ticketsuggestion',
            name='request_type',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='directory.requesttype'),
        ),
        migrations.AddIndex(
            model_name='deadline',
            index=models.Index(condition=models.Q(('kind', 'receipt'), ('state', 'running')), fields=['ticket'], name='deadline_receipt_waiting'),
        ),
        migrations.AddIndex(
            model_name='deadline',
            index=models.Index(condition=models.Q(('kind', 'callback'), ('state__in', ['running', 'paused'])), fields=['due_at', 'id'], include=('ticket',), name='deadline_callback'),
        ),
        migrations.AddConstraint(
            model_name='deadline',
            constraint=models.UniqueConstraint(fields=('ticket', 'kind', 'cycle'), name='deadline_once_per_cycle'),
        ),
        migrations.RunSQL(APPEND_ONLY),
        migrations.RunSQL(IN_THE_ROW),
    ]
