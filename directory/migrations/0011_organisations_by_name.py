"""An organisation's card is compared by the organisation's name, whoever its contact is."""

from django.db import migrations, models
from django.db.models import F, Q

CREATE = r"""
CREATE FUNCTION f_name_key(
  kind text, first_name text, last_name text, organisation text, address text, birth_date date) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN kind <> 'person' AND organisation <> ''
    THEN public.f_name_key('', '', organisation, '', NULL::date)
    ELSE public.f_name_key(first_name, last_name, organisation, address, birth_date) END
$$;
"""
DROP = "DROP FUNCTION f_name_key(text, text, text, text, text, date);"
WAITS = ~Q(
    compared_key=models.Func(
        F("name_key"), F("street_key"), F("birth_date"), function="f_match_key", output_field=models.TextField()
    )
)


def _key(*fields):
    expression = models.Func(*(F(field) for field in fields), function="f_name_key", output_field=models.TextField())
    return models.GeneratedField(expression=expression, output_field=models.TextField(), db_persist=True)


class Migration(migrations.Migration):
    dependencies = [("directory", "0010_people")]

    operations = [
        migrations.RunSQL(CREATE, DROP),
        migrations.RemoveIndex("citizen", "citizen_to_compare"),
        migrations.RemoveIndex("citizen", "citizen_organisation"),
        migrations.RemoveIndex("citizen", "citizen_born"),
        migrations.RemoveIndex("citizen", "citizen_alike"),
        # PostgreSQL does not change the expression of a generated column: it is made again
        migrations.RemoveField("citizen", "name_key"),
        migrations.AddField(
            "citizen", "name_key", _key("kind", "first_name", "last_name", "organisation", "address", "birth_date")
        ),
        migrations.AddIndex(
            "citizen",
            models.Index(fields=["street_key", "name_key", "id"], condition=~Q(street_key=""), name="citizen_alike"),
        ),
        migrations.AddIndex(
            "citizen",
            models.Index(
                fields=["name_key", "birth_date", "id"], condition=Q(birth_date__isnull=False), name="citizen_born"
            ),
        ),
        migrations.AddIndex(
            "citizen",
            models.Index(fields=["name_key", "id"], condition=Q(name_key__startswith="="), name="citizen_organisation"),
        ),
        migrations.AddIndex("citizen", models.Index(fields=["id"], condition=WAITS, name="citizen_to_compare")),
    ]
