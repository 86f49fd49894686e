"""Names with a mistake in them, the beginning of an address, the end of a number; the look-up of elected officials."""

import django.contrib.postgres.fields
from django.apps.registry import Apps
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

DELETIONS = """
CREATE FUNCTION f_deletions(word text) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
  SELECT ARRAY(
    SELECT word UNION SELECT left(word, i - 1) || substr(word, i + 1) FROM generate_series(1, length(word)) i)
$$;
CREATE FUNCTION f_name_words(VARIADIC names text[]) RETURNS SETOF text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT DISTINCT found[1] FROM regexp_matches(f_unaccent(lower(array_to_string(names, ' '))), '[a-z]{3,40}', 'g') found
$$;
"""
DROP_DELETIONS = """
DROP FUNCTION f_name_words(text[]);
DROP FUNCTION f_deletions(text);
"""

# In order, so that two transactions that write the same new words never wait for each other.
TRIGGER = """
CREATE FUNCTION directory_name_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO directory_nameword (word)
  SELECT w FROM f_name_words(NEW.first_name, NEW.last_name, NEW.organisation) w
  WHERE NOT EXISTS (SELECT FROM directory_nameword known WHERE known.word = w)
  ORDER BY w ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
CREATE TRIGGER citizen_name_words AFTER INSERT OR UPDATE OF first_name, last_name, organisation ON directory_citizen
FOR EACH ROW EXECUTE FUNCTION directory_name_words();
INSERT INTO directory_nameword (word)
SELECT DISTINCT w FROM directory_citizen c, f_name_words(c.first_name, c.last_name, c.organisation) w
ON CONFLICT DO NOTHING;
"""
DROP_TRIGGER = """
DROP TRIGGER citizen_name_words ON directory_citizen;
DROP FUNCTION directory_name_words();
"""


def give_lookup(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """The role of elected official now carries the look-up: those who hold it get the permission."""
    content_type, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
        app_label="directory", model="service"
    )
    permission, _ = apps.get_model("auth", "Permission").objects.get_or_create(
        codename="lookup_requests",
        content_type=content_type,
        defaults={"name": "Can look up where the requests of a person stand"},
    )
    held = apps.get_model("guardian", "UserObjectPermission").objects
    elected = apps.get_model("directory", "Membership").objects.filter(role="elected")
    for agent_id, service_id in elected.values_list("agent_id", "service_id").distinct():
        held.get_or_create(
            user_id=agent_id, content_type=content_type, permission=permission, object_pk=str(service_id)
        )


def take_lookup(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("guardian", "UserObjectPermission").objects.filter(permission__codename="lookup_requests").delete()


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0001_text_search"),
        ("directory", "0008_workspace"),
        ("guardian", "0003_remove_groupobjectpermission_guardian_gr_content_ae6aec_idx_and_more"),
    ]

    operations = [
        migrations.RunSQL(DELETIONS, DROP_DELETIONS),
        migrations.CreateModel(
            name="NameWord",
            fields=[
                ("word", models.CharField(max_length=40, primary_key=True, serialize=False)),
                (
                    "deletions",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.Func(models.F("word"), function="f_deletions"),
                        output_field=django.contrib.postgres.fields.ArrayField(
                            base_field=models.TextField(), size=None
                        ),
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="nameword",
            index=GinIndex(fastupdate=False, fields=["deletions"], name="name_word_deletions"),
        ),
        migrations.RunSQL(TRIGGER, DROP_TRIGGER),
        migrations.AddIndex(
            model_name="contactpoint",
            index=models.Index(
                OpClass("value", name="text_pattern_ops"),
                condition=models.Q(("kind", "email")),
                name="contact_email_start",
            ),
        ),
        migrations.AddIndex(
            model_name="contactpoint",
            index=models.Index(
                OpClass(
                    models.Func(models.F("value"), function="reverse", output_field=models.CharField()),
                    name="text_pattern_ops",
                ),
                condition=models.Q(("kind", "phone")),
                name="contact_phone_end",
            ),
        ),
        migrations.AlterModelOptions(
            name="service",
            options={
                "ordering": ["name"],
                "permissions": [
                    ("view_tickets", "Can see the tickets of the service"),
                    ("view_sensitive", "Can see the sensitive tickets of the service"),
                    ("work_tickets", "Can take, answer, transfer and close the tickets of the service"),
                    ("assign_tickets", "Can assign the tickets of the service to another agent"),
                    ("log_contacts", "Can log calls and visits for the service"),
                    ("view_dashboard", "Can see the dashboard of the service"),
                    ("lookup_requests", "Can look up where the requests of a person stand"),
                    ("administer", "Can configure the service"),
                ],
                "verbose_name": "service",
                "verbose_name_plural": "services",
            },
        ),
        migrations.RunPython(give_lookup, take_lookup),
    ]
