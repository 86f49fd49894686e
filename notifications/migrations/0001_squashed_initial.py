import django.db.models.deletion
import django.utils.timezone
import notifications.models
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('notifications', '0001_initial'), ('notifications', '0002_notices_and_attachments'), ('notifications', '0003_automatic_answers'), ('notifications', '0004_services_by_email')]

    initial = True

    dependencies = [
        ('directory', '0001_squashed_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='OutboundMessage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('reply', 'Reply to a citizen'), ('acknowledgement', 'Acknowledgement'), ('tracking_link', 'Tracking link'), ('escalation', 'Deadline alert'), ('notice', 'Notice to an agent'), ('digest', 'Digest of alerts'), ('letter', 'Letter to a citizen'), ('refusal', 'E-mail that could not be accepted'), ('service', 'Request sent to a service')], max_length=20, verbose_name='kind')),
                ('to_address', models.EmailField(max_length=254, verbose_name='to')),
                ('to_name', models.CharField(blank=True, max_length=160, verbose_name='recipient')),
                ('from_address', models.EmailField(max_length=254, verbose_name='from')),
                ('from_name', models.CharField(blank=True, max_length=160, verbose_name='sender')),
                ('reply_to', models.EmailField(blank=True, max_length=254, verbose_name='reply to')),
                ('subject', models.CharField(max_length=250, verbose_name='subject')),
                ('body', models.TextField(verbose_name='text')),
                ('message_id', models.CharField(max_length=200, unique=True)),
                ('in_reply_to', models.CharField(blank=True, max_length=998)),
                ('references', models.TextField(blank=True)),
                ('is_automatic', models.BooleanField(default=True)),
                ('ticket_reference', models.CharField(blank=True, db_index=True, max_length=20, verbose_name='ticket')),
                ('dedupe_key', models.CharField(editable=False, max_length=120, null=True, unique=True)),
                ('status', models.CharField(choices=[('queued', 'Waiting to leave'), ('sending', 'Leaving'), ('sent', 'Sent'), ('failed', 'Failed')], default='queued', max_length=10, verbose_name='status')),
                ('attempts', models.PositiveSmallIntegerField(default=0, verbose_name='attempts')),
                ('next_attempt_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('last_error', models.CharField(blank=True, max_length=300, verbose_name='last error')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='created at')),
                ('sent_at', models.DateTimeField(blank=True, null=True, verbose_name='sent at')),
            ],
            options={
                'verbose_name': 'outgoing message',
                'verbose_name_plural': 'outgoing messages',
                'indexes': [models.Index(condition=models.Q(('status__in', ['queued', 'sending'])), fields=['next_attempt_at', 'id'], name='outbox_to_deliver'), models.Index(fields=['-created_at', '-id'], name='outbox_recent'), models.Index(condition=models.Q(('kind__in', ['acknowledgement', 'refusal'])), fields=['to_address', 'created_at'], name='outbox_automatic_to'), models.Index(condition=models.Q(('kind__in', ['acknowledgement', 'refusal'])), fields=['created_at'], name='outbox_automatic')],
            },
        ),
        migrations.CreateModel(
            name='OutboundAttachment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200, verbose_name='file name')),
                ('content_type', models.CharField(max_length=100, verbose_name='type')),
                ('file', models.FileField(max_length=120, upload_to=notifications.models.outbound_path)),
                ('message', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='attachments', to='notifications.outboundmessage')),
            ],
            options={
                'verbose_name': 'attached file',
                'verbose_name_plural': 'attached files',
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='Notice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.CharField(max_length=200, verbose_name='alert')),
                ('body', models.CharField(blank=True, max_length=500, verbose_name='text')),
                ('path', models.CharField(blank=True, max_length=200)),
                ('ticket_reference', models.CharField(blank=True, max_length=20, verbose_name='ticket')),
                ('is_urgent', models.BooleanField(default=False, verbose_name='urgent')),
                ('in_digest', models.BooleanField(default=False)),
                ('dedupe_key', models.CharField(editable=False, max_length=120, null=True, unique=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='at')),
                ('read_at', models.DateTimeField(blank=True, null=True, verbose_name='read at')),
                ('agent', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='notices', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'alert',
                'verbose_name_plural': 'alerts',
                'indexes': [models.Index(fields=['agent', '-id'], name='notice_recent'), models.Index(condition=models.Q(('read_at__isnull', True)), fields=['agent'], name='notice_unread'), models.Index(condition=models.Q(('in_digest', True)), fields=['agent', 'id'], name='notice_digest')],
            },
        ),
    ]
