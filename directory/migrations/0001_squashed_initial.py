"""The town, its services, agents and people. What cards are compared by is computed by PostgreSQL itself (docs/adr/0012 and 0013)."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

FUNCTIONS = r"""
CREATE FUNCTION f_deletions(word text) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
  SELECT ARRAY(
    SELECT word UNION SELECT left(word, i - 1) || substr(word, i + 1) FROM generate_series(1, length(word)) i)
$$;
CREATE FUNCTION f_name_words(VARIADIC names text[]) RETURNS SETOF text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT DISTINCT found[1] FROM regexp_matches(public.f_unaccent(lower(array_to_string(names, ' '))), '[a-z]{3,40}', 'g') found
$$;

CREATE FUNCTION f_name_key(
  first_name text, last_name text, organisation text, address text, birth_date date) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
  IF first_name <> '' OR last_name <> '' THEN
    IF address = '' AND birth_date IS NULL THEN
      RETURN '';  -- nothing to compare: most cards that mails make, which must cost nothing
    END IF;
    RETURN (
      SELECT coalesce(string_agg(word, ' ' ORDER BY word COLLATE "C"), '')
      FROM regexp_split_to_table(lower(public.f_unaccent(first_name || ' ' || last_name)), '[^a-z0-9]+') AS word
      WHERE word NOT IN ('', 'm', 'mr', 'mme', 'mlle', 'monsieur', 'madame', 'mademoiselle'));
  ELSIF organisation = '' THEN
    RETURN '';
  END IF;
  RETURN '=' || (
    SELECT coalesce(string_agg(DISTINCT word COLLATE "C", ' ' ORDER BY word COLLATE "C"), '')
    FROM regexp_split_to_table(lower(public.f_unaccent(organisation)), '[^a-z0-9]+') AS word
    WHERE word NOT IN ('', 'l', 'd', 'la', 'le', 'les', 'de', 'du', 'des', 'et'));
END $$;

CREATE FUNCTION f_street_key(address text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT AS $$
BEGIN
  IF address = '' THEN
    RETURN '';
  END IF;
  RETURN (SELECT coalesce(string_agg(
    CASE word
      WHEN 'av' THEN 'avenue' WHEN 'ave' THEN 'avenue' WHEN 'bd' THEN 'boulevard' WHEN 'bld' THEN 'boulevard'
      WHEN 'blvd' THEN 'boulevard' WHEN 'boul' THEN 'boulevard' WHEN 'r' THEN 'rue' WHEN 'pl' THEN 'place'
      WHEN 'imp' THEN 'impasse' WHEN 'ch' THEN 'chemin' WHEN 'che' THEN 'chemin' WHEN 'chem' THEN 'chemin'
      WHEN 'all' THEN 'allee' WHEN 'rte' THEN 'route' WHEN 'sq' THEN 'square' WHEN 'fg' THEN 'faubourg'
      WHEN 'fbg' THEN 'faubourg' WHEN 'qu' THEN 'quai' WHEN 'res' THEN 'residence' WHEN 'lot' THEN 'lotissement'
      WHEN 'st' THEN 'saint' WHEN 'ste' THEN 'sainte' WHEN 'dr' THEN 'docteur' WHEN 'gal' THEN 'general'
      WHEN 'mal' THEN 'marechal' WHEN 'b' THEN 'bis' ELSE word END, ' ' ORDER BY place), '')
  FROM regexp_split_to_table(
    regexp_replace(regexp_replace(regexp_replace(regexp_replace(
      lower(public.f_unaccent(address)),
      '^[^a-z]*\m\d{5}\M.*$', ''),                                  -- a town without a street says too little
      '^(.*[a-z].*?)\m\d{5}\M.*$', '\1'),                           -- the postal code and what follows it
      '^(.*\d.*[a-z]{2,} +[a-z].*),[^,0-9]*$', '\1'),               -- the town after a last comma
      '(\d)([a-z])', '\1 \2', 'g'),                                 -- 12bis
    '[^a-z0-9]+') WITH ORDINALITY AS t(word, place)
  WHERE word NOT IN ('', 'l', 'd', 'la', 'le', 'les', 'de', 'du', 'des', 'n', 'no', 'france'));
END $$;

CREATE FUNCTION f_match_key(name_key text, street_key text, birth_date date) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE name_key WHEN '' THEN ''
    ELSE name_key || '|' || street_key || '|' || coalesce((birth_date - DATE '2000-01-01')::text, '') END
$$;

CREATE FUNCTION f_name_key(
  kind text, first_name text, last_name text, organisation text, address text, birth_date date) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN kind <> 'person' AND organisation <> ''
    THEN public.f_name_key('', '', organisation, '', NULL::date)
    ELSE public.f_name_key(first_name, last_name, organisation, address, birth_date) END
$$;
"""

TRIGGER = """
-- In order, so that two transactions that write the same new words never wait for each other.
CREATE FUNCTION directory_name_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO public.directory_nameword (word)
  SELECT w FROM public.f_name_words(NEW.first_name, NEW.last_name, NEW.organisation) w
  WHERE NOT EXISTS (SELECT FROM public.directory_nameword known WHERE known.word = w)
  ORDER BY w ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
CREATE TRIGGER citizen_name_words AFTER INSERT OR UPDATE OF first_name, last_name, organisation ON directory_citizen
FOR EACH ROW EXECUTE FUNCTION directory_name_words();
"""


class Migration(migrations.Migration):

    replaces = [('directory', '0001_initial'), ('directory', '0002_citizen_name_search'), ('directory', '0003_request_type_regime_delay'), ('directory', '0004_town_accent'), ('directory', '0005_calendars'), ('directory', '0006_every_channel'), ('directory', '0007_town_tribunal'), ('directory', '0008_workspace'), ('directory', '0009_names_and_lookups'), ('directory', '0010_people'), ('directory', '0011_organisations_by_name'), ('directory', '0012_functions_by_their_whole_name')]

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
        ('core', '0002_words_of_a_month'),
    ]

    operations = [
        migrations.RunSQL(FUNCTIONS),
        migrations.CreateModel(
            name='Calendar',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120, unique=True, verbose_name='name')),
                ('region', models.CharField(blank=True, choices=[('metropole', 'Metropolitan France'), ('alsace-moselle', 'Alsace-Moselle'), ('guadeloupe', 'Guadeloupe'), ('martinique', 'Martinique'), ('guyane', 'Guyane'), ('reunion', 'La Réunion'), ('mayotte', 'Mayotte'), ('saint-barthelemy', 'Saint-Barthélemy'), ('saint-martin', 'Saint-Martin'), ('saint-pierre-et-miquelon', 'Saint-Pierre-et-Miquelon'), ('nouvelle-caledonie', 'Nouvelle-Calédonie'), ('polynesie', 'Polynésie française'), ('wallis-et-futuna', 'Wallis-et-Futuna')], help_text='When empty, those of the town.', max_length=30, verbose_name='public holidays')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
            ],
            options={
                'verbose_name': 'calendar',
                'verbose_name_plural': 'calendars',
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='Household',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('address', models.CharField(blank=True, max_length=250, verbose_name='address')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='created at')),
            ],
            options={
                'verbose_name': 'household',
                'verbose_name_plural': 'households',
                'ordering': ['name', 'id'],
            },
        ),
        migrations.CreateModel(
            name='RequestType',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(max_length=60, unique=True, verbose_name='code')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('description', models.CharField(blank=True, max_length=300, verbose_name='description for citizens')),
                ('channels', models.CharField(blank=True, help_text='W web, T telephone, M e-mail, G counter, C letter', max_length=20, verbose_name='usual channels')),
                ('target', models.PositiveSmallIntegerField(verbose_name='target delay')),
                ('target_unit', models.CharField(choices=[('hours', 'hours'), ('working_days', 'working days'), ('days', 'calendar days'), ('months', 'months')], max_length=15, verbose_name='unit')),
                ('regime', models.CharField(choices=[('none', 'No legal clock'), ('SVA', 'Silence means acceptance'), ('SVR', 'Silence means refusal'), ('RGPD', 'Data protection right (one month)'), ('special', 'Special regime')], default='none', max_length=8, verbose_name='legal regime')),
                ('delay_months', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='legal delay (months)')),
                ('delay_days', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='legal delay (days)')),
                ('is_sensitive', models.BooleanField(default=False, help_text='Seen only by those who process it (social, health…).', verbose_name='sensitive')),
                ('is_public', models.BooleanField(default=True, verbose_name="offered in the citizens' form")),
                ('keywords', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=80), blank=True, default=list, size=None, verbose_name='keywords')),
                ('questions', models.JSONField(blank=True, default=list, help_text="Asked in the citizens' form: see `directory.questions` for the shape.", verbose_name='questions of the form')),
                ('note', models.CharField(blank=True, max_length=300, verbose_name='note for the administrators')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
            ],
            options={
                'verbose_name': 'request type',
                'verbose_name_plural': 'request types',
                'ordering': ['name'],
                'constraints': [models.CheckConstraint(condition=models.Q(('delay_months__isnull', True), ('delay_days__isnull', True), _connector='OR'), name='request_type_one_delay', violation_error_message='Give the legal delay in months or in days, not both.'), models.CheckConstraint(condition=models.Q(models.Q(('regime__in', ['SVA', 'SVR', 'RGPD']), _negated=True), models.Q(('delay_months__gt', 0), ('delay_months__isnull', False)), models.Q(('delay_days__gt', 0), ('delay_days__isnull', False)), _connector='OR'), name='request_type_regime_has_delay', violation_error_message='This legal regime needs a delay.')],
            },
        ),
        migrations.CreateModel(
            name='Agent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                ('email', models.EmailField(max_length=254, unique=True, verbose_name='professional e-mail')),
                ('first_name', models.CharField(max_length=80, verbose_name='first name')),
                ('last_name', models.CharField(max_length=80, verbose_name='last name')),
                ('title', models.CharField(blank=True, help_text='The « qualité » that CRPA L111-2 wants on letters.', max_length=120, verbose_name='position')),
                ('phone', models.CharField(blank=True, max_length=30, verbose_name='telephone')),
                ('is_anonymous_for_safety', models.BooleanField(default=False, help_text='CRPA L111-2: only for reasons of public or personal security. Shown as an identifier.', verbose_name='anonymous for safety')),
                ('anonymity_reason', models.CharField(blank=True, max_length=250, verbose_name='reason of the anonymity')),
                ('languages', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=5), blank=True, default=list, help_text='Spoken besides French (ISO 639-1 codes).', size=None, verbose_name='languages')),
                ('is_available', models.BooleanField(default=True, help_text="The agent's own switch: absent, no ticket is given to them.", verbose_name='takes new tickets')),
                ('last_assigned_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('preferences', models.JSONField(blank=True, default=dict, editable=False)),
                ('is_staff', models.BooleanField(default=False, verbose_name='can open the administration')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='created at')),
                ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
                ('skills', models.ManyToManyField(blank=True, help_text='Request types given first to this agent. None means any.', related_name='skilled_agents', to='directory.requesttype', verbose_name='skills')),
            ],
            options={
                'verbose_name': 'agent',
                'verbose_name_plural': 'agents',
                'ordering': ['last_name', 'first_name'],
                'constraints': [models.UniqueConstraint(django.db.models.functions.text.Lower('email'), name='agent_email_once')],
            },
        ),
        migrations.CreateModel(
            name='Citizen',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('person', 'Person'), ('association', 'Association'), ('business', 'Shop or company'), ('notary', 'Notary'), ('public_body', 'Public body'), ('other', 'Other organisation')], default='person', max_length=12, verbose_name='kind')),
                ('first_name', models.CharField(blank=True, max_length=80, verbose_name='first name')),
                ('last_name', models.CharField(blank=True, max_length=120, verbose_name='last name')),
                ('organisation', models.CharField(blank=True, max_length=160, verbose_name='organisation')),
                ('address', models.CharField(blank=True, max_length=250, verbose_name='address')),
                ('birth_date', models.DateField(blank=True, null=True, verbose_name='date of birth')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='created at')),
                ('name_key', models.GeneratedField(db_persist=True, expression=models.Func(models.F('kind'), models.F('first_name'), models.F('last_name'), models.F('organisation'), models.F('address'), models.F('birth_date'), function='f_name_key', output_field=models.TextField()), output_field=models.TextField())),
                ('street_key', models.GeneratedField(db_persist=True, expression=models.Func(models.F('address'), function='f_street_key', output_field=models.TextField()), output_field=models.TextField())),
                ('compared_key', models.TextField(default='', editable=False)),
                ('member_of', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='members', to='directory.citizen', verbose_name='writes for')),
                ('merged_into', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='merged_citizens', to='directory.citizen')),
                ('household', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='members', to='directory.household', verbose_name='household')),
            ],
            options={
                'verbose_name': 'citizen',
                'verbose_name_plural': 'citizens',
                'indexes': [django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.search.SearchVector(models.Func(django.db.models.functions.text.Concat(models.F('first_name'), models.Value(' '), models.F('last_name'), models.Value(' '), models.F('organisation'), output_field=models.CharField()), function='f_unaccent', output_field=models.CharField()), config='simple'), name='citizen_name_search'), models.Index(condition=models.Q(('street_key', ''), _negated=True), fields=['street_key', 'name_key', 'id'], name='citizen_alike'), models.Index(condition=models.Q(('birth_date__isnull', False)), fields=['name_key', 'birth_date', 'id'], name='citizen_born'), models.Index(condition=models.Q(('name_key__startswith', '=')), fields=['name_key', 'id'], name='citizen_organisation'), models.Index(condition=models.Q(('compared_key', models.Func(models.F('name_key'), models.F('street_key'), models.F('birth_date'), function='f_match_key', output_field=models.TextField())), _negated=True), fields=['id'], name='citizen_to_compare')],
            },
        ),
        migrations.CreateModel(
            name='LikelyDuplicate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('found_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('first', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='directory.citizen')),
                ('second', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='directory.citizen')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('first', 'second'), name='likely_duplicate_once'), models.CheckConstraint(condition=models.Q(('first__lt', models.F('second'))), name='likely_duplicate_in_order')],
            },
        ),
        migrations.CreateModel(
            name='NameWord',
            fields=[
                ('word', models.CharField(max_length=40, primary_key=True, serialize=False)),
                ('deletions', models.GeneratedField(db_persist=True, expression=models.Func(models.F('word'), function='f_deletions'), output_field=django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None))),
            ],
            options={
                'indexes': [django.contrib.postgres.indexes.GinIndex(fastupdate=False, fields=['deletions'], name='name_word_deletions')],
            },
        ),
        migrations.CreateModel(
            name='Service',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(max_length=60, unique=True, verbose_name='code')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('kind', models.CharField(choices=[('town', 'Town hall'), ('direction', 'Direction'), ('service', 'Service')], default='service', max_length=12, verbose_name='kind')),
                ('postal_address', models.TextField(blank=True, verbose_name='postal address')),
                ('phone', models.CharField(blank=True, max_length=30, verbose_name='telephone')),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='e-mail')),
                ('opening_hours', models.TextField(blank=True, verbose_name='opening hours')),
                ('works_by_email', models.BooleanField(default=False, help_text='Not on the tool yet: receives its requests by e-mail and answers them by e-mail.', verbose_name='works by e-mail')),
                ('assignment', models.CharField(choices=[('manual', 'By hand'), ('round_robin', 'In turn'), ('least_loaded', 'To who has the fewest open tickets')], default='manual', help_text='To agents of the service who are present and have the skill and the language.', max_length=12, verbose_name='assignment of new tickets')),
                ('is_pilot', models.BooleanField(default=False, help_text='Receives the tickets that no rule sends elsewhere. There is exactly one.', verbose_name='pilot service')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('calendar', models.ForeignKey(blank=True, help_text='When empty, that of the level above, then the town’s.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='services', to='directory.calendar', verbose_name='calendar')),
                ('manager', models.ForeignKey(blank=True, help_text='Hears of late tickets last. When empty, the manager of the level above.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='manages', to=settings.AUTH_USER_MODEL, verbose_name='manager')),
                ('parent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='children', to='directory.service', verbose_name='part of')),
                ('referent', models.ForeignKey(blank=True, help_text='Hears of late tickets after their assignee, and of those nobody took.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='refers_for', to=settings.AUTH_USER_MODEL, verbose_name='référent')),
            ],
            options={
                'verbose_name': 'service',
                'verbose_name_plural': 'services',
                'ordering': ['name'],
                'permissions': [('view_tickets', 'Can see the tickets of the service'), ('view_sensitive', 'Can see the sensitive tickets of the service'), ('work_tickets', 'Can take, answer, transfer and close the tickets of the service'), ('assign_tickets', 'Can assign the tickets of the service to another agent'), ('log_contacts', 'Can log calls and visits for the service'), ('view_dashboard', 'Can see the dashboard of the service'), ('lookup_requests', 'Can look up where the requests of a person stand'), ('administer', 'Can configure the service')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('is_pilot', True)), fields=('is_pilot',), name='service_one_pilot')],
            },
        ),
        migrations.AddField(
            model_name='requesttype',
            name='service',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='request_types', to='directory.service', verbose_name='service'),
        ),
        migrations.CreateModel(
            name='Membership',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(choices=[('counter', 'Counter agent'), ('phone', 'Phone agent'), ('back_office', 'Back office'), ('referent', 'Référent'), ('manager', 'Manager'), ('pilot', 'Pilot'), ('elected', 'Elected official'), ('admin', 'Administrator')], max_length=20, verbose_name='role')),
                ('agent', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to=settings.AUTH_USER_MODEL, verbose_name='agent')),
                ('service', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to='directory.service', verbose_name='service')),
            ],
            options={
                'verbose_name': 'membership',
                'verbose_name_plural': 'memberships',
                'constraints': [models.UniqueConstraint(fields=('agent', 'service', 'role'), name='membership_once')],
            },
        ),
        migrations.AddField(
            model_name='agent',
            name='services',
            field=models.ManyToManyField(related_name='agents', through='directory.Membership', to='directory.service'),
        ),
        migrations.CreateModel(
            name='Site',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(max_length=60, unique=True, verbose_name='code')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('postal_address', models.TextField(blank=True, verbose_name='postal address')),
                ('phone', models.CharField(blank=True, max_length=30, verbose_name='telephone')),
                ('opening_hours', models.TextField(blank=True, verbose_name='opening hours')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('calendar', models.ForeignKey(blank=True, help_text='When empty, the town’s usual calendar.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='sites', to='directory.calendar', verbose_name='calendar')),
            ],
            options={
                'verbose_name': 'site',
                'verbose_name_plural': 'sites',
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='Town',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('email', models.EmailField(max_length=254, verbose_name='general mailbox')),
                ('phone', models.CharField(blank=True, max_length=30, verbose_name='telephone')),
                ('postal_address', models.TextField(blank=True, verbose_name='postal address')),
                ('opening_hours', models.TextField(blank=True, verbose_name='opening hours')),
                ('accent', models.CharField(default='#0f5c6e', max_length=7, validators=[django.core.validators.RegexValidator('^#[0-9a-fA-F]{6}\\Z', 'A colour is written #rrggbb, such as #0f5c6e.')], verbose_name='accent colour')),
                ('is_fictional', models.BooleanField(default=False, verbose_name='fictional demonstration town')),
                ('answer_hours', models.PositiveSmallIntegerField(default=72, help_text='Where no policy says otherwise, day and night.', verbose_name='answer commitment (hours)')),
                ('holiday_region', models.CharField(choices=[('metropole', 'Metropolitan France'), ('alsace-moselle', 'Alsace-Moselle'), ('guadeloupe', 'Guadeloupe'), ('martinique', 'Martinique'), ('guyane', 'Guyane'), ('reunion', 'La Réunion'), ('mayotte', 'Mayotte'), ('saint-barthelemy', 'Saint-Barthélemy'), ('saint-martin', 'Saint-Martin'), ('saint-pierre-et-miquelon', 'Saint-Pierre-et-Miquelon'), ('nouvelle-caledonie', 'Nouvelle-Calédonie'), ('polynesie', 'Polynésie française'), ('wallis-et-futuna', 'Wallis-et-Futuna')], default='metropole', max_length=30, verbose_name='public holidays')),
                ('tribunal_name', models.CharField(blank=True, help_text='Named in acknowledgements and refusals: without it the delays of appeal do not run (CRPA R112-5).', max_length=120, verbose_name='administrative court')),
                ('tribunal_address', models.TextField(blank=True, verbose_name='address of the administrative court')),
                ('commitments_version', models.PositiveIntegerField(default=0, editable=False, help_text='Grows with each change of policy, calendar or escalation: processes then read them again.')),
                ('calendar', models.ForeignKey(blank=True, help_text='Of the services and sites that have none of their own.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.calendar', verbose_name='usual calendar')),
            ],
            options={
                'verbose_name': 'town',
                'verbose_name_plural': 'town',
                'constraints': [models.CheckConstraint(condition=models.Q(('pk', 1)), name='town_is_single')],
            },
        ),
        migrations.CreateModel(
            name='Absence',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('starts_on', models.DateField(verbose_name='from')),
                ('ends_on', models.DateField(verbose_name='until')),
                ('keeps_tickets', models.BooleanField(default=False, help_text='For a short absence: nothing is given back.', verbose_name='keeps their tickets')),
                ('released_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='tickets given back at')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('agent', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='absences', to=settings.AUTH_USER_MODEL, verbose_name='agent')),
                ('created_by', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'absence',
                'verbose_name_plural': 'absences',
                'ordering': ['-starts_on', '-id'],
                'indexes': [models.Index(condition=models.Q(('released_at__isnull', True)), fields=['starts_on'], name='absence_to_begin')],
                'constraints': [models.CheckConstraint(condition=models.Q(('ends_on__gte', models.F('starts_on'))), name='absence_ends_after_it_starts', violation_error_message='The last day is before the first one.')],
            },
        ),
        migrations.CreateModel(
            name='CalendarHours',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('effective_from', models.DateField(blank=True, help_text='When empty, since always.', null=True, verbose_name='in force from')),
                ('week', models.JSONField(verbose_name='weekly hours')),
                ('calendar', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='hours', to='directory.calendar', verbose_name='calendar')),
            ],
            options={
                'verbose_name': 'weekly hours',
                'verbose_name_plural': 'weekly hours',
                'ordering': ['effective_from'],
                'constraints': [models.UniqueConstraint(fields=('calendar', 'effective_from'), name='calendar_hours_once', nulls_distinct=False)],
            },
        ),
        migrations.CreateModel(
            name='CitizenMerge',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('moved', models.JSONField(default=dict)),
                ('merged_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('undone_at', models.DateTimeField(blank=True, null=True)),
                ('merged_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('source', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='merges_out', to='directory.citizen')),
                ('target', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='merges_in', to='directory.citizen')),
                ('undone_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('undone_at__isnull', True)), fields=('source',), name='citizen_merged_once')],
            },
        ),
        migrations.CreateModel(
            name='Closure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('starts_on', models.DateField(verbose_name='first day')),
                ('ends_on', models.DateField(verbose_name='last day')),
                ('label', models.CharField(blank=True, max_length=120, verbose_name='reason')),
                ('calendar', models.ForeignKey(blank=True, help_text='When empty, the whole town hall is closed.', null=True, on_delete=django.db.models.deletion.CASCADE, related_name='closures', to='directory.calendar', verbose_name='calendar')),
            ],
            options={
                'verbose_name': 'exceptional closure',
                'verbose_name_plural': 'exceptional closures',
                'ordering': ['starts_on', 'id'],
                'constraints': [models.CheckConstraint(condition=models.Q(('ends_on__gte', models.F('starts_on'))), name='closure_ends_after_start')],
            },
        ),
        migrations.CreateModel(
            name='ContactPoint',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('email', 'E-mail'), ('phone', 'Telephone')], max_length=10, verbose_name='kind')),
                ('value', models.CharField(max_length=254, verbose_name='value')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='created at')),
                ('failing_since', models.DateTimeField(blank=True, help_text='What we sent there came back (RFC 3464).', null=True, verbose_name='failing since')),
                ('failure', models.CharField(blank=True, max_length=250, verbose_name='why it fails')),
                ('citizen', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='contact_points', to='directory.citizen', verbose_name='citizen')),
            ],
            options={
                'verbose_name': 'contact point',
                'verbose_name_plural': 'contact points',
                'ordering': ['id'],
                'indexes': [models.Index(django.contrib.postgres.indexes.OpClass('value', name='text_pattern_ops'), condition=models.Q(('kind', 'email')), name='contact_email_start'), models.Index(django.contrib.postgres.indexes.OpClass(models.Func(models.F('value'), function='reverse', output_field=models.CharField()), name='text_pattern_ops'), condition=models.Q(('kind', 'phone')), name='contact_phone_end')],
                'constraints': [models.UniqueConstraint(fields=('kind', 'value'), name='contact_point_once')],
            },
        ),
        migrations.CreateModel(
            name='DistinctCitizens',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('said_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('first', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='directory.citizen')),
                ('said_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('second', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='directory.citizen')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('first', 'second'), name='distinct_citizens_once'), models.CheckConstraint(condition=models.Q(('first__lt', models.F('second'))), name='distinct_citizens_in_order')],
            },
        ),
        migrations.RunSQL(TRIGGER),
    ]
