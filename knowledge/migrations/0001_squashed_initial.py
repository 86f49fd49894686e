import core.search
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('knowledge', '0001_initial'), ('knowledge', '0002_article_heads'), ('knowledge', '0003_reply_templates')]

    initial = True

    dependencies = [
        ('directory', '0001_squashed_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='ReplyTemplate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.CharField(max_length=120, verbose_name='title')),
                ('body', models.TextField(verbose_name='text')),
                ('language', models.CharField(default='fr', max_length=5, verbose_name='language')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('use_count', models.PositiveIntegerField(default=0, editable=False, verbose_name='times used')),
                ('updated_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='updated at')),
                ('request_type', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='reply_templates', to='directory.requesttype', verbose_name='request type')),
                ('service', models.ForeignKey(blank=True, help_text='When empty, of every service.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reply_templates', to='directory.service', verbose_name='service')),
                ('updated_by', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'reply template',
                'verbose_name_plural': 'reply templates',
                'ordering': ['title', 'id'],
            },
        ),
        migrations.CreateModel(
            name='Article',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('question', models.CharField(max_length=200, verbose_name='question')),
                ('answer', models.TextField(verbose_name='answer')),
                ('audience', models.CharField(choices=[('public', 'Public'), ('internal', 'Internal')], default='public', max_length=10, verbose_name='audience')),
                ('keywords', models.CharField(blank=True, max_length=400, verbose_name='other words people use')),
                ('is_published', models.BooleanField(default=True, verbose_name='published')),
                ('answer_count', models.PositiveIntegerField(default=0, editable=False, verbose_name='answers given with it')),
                ('updated_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='updated at')),
                ('search_text', models.TextField(default='', editable=False)),
                ('search_vector', models.GeneratedField(db_persist=True, expression=core.search.FrenchVector(models.F('search_text')), output_field=django.contrib.postgres.search.SearchVectorField())),
                ('question_vector', models.GeneratedField(db_persist=True, expression=core.search.FrenchVector(models.F('question')), output_field=django.contrib.postgres.search.SearchVectorField())),
                ('keywords_vector', models.GeneratedField(db_persist=True, expression=core.search.FrenchVector(models.F('keywords')), output_field=django.contrib.postgres.search.SearchVectorField())),
                ('request_type', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='articles', to='directory.requesttype', verbose_name='request type')),
                ('service', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='articles', to='directory.service', verbose_name='service')),
                ('updated_by', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'article',
                'verbose_name_plural': 'articles',
                'ordering': ['question'],
                'indexes': [django.contrib.postgres.indexes.GinIndex(fields=['search_vector'], name='article_search')],
            },
        ),
    ]
