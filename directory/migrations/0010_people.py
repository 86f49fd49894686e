"""Keys by which two cards of one person meet. The columns are generated, so that no writer can forget them, and adding
them fills those of the cards that exist."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models
from django.db.models import F, Q

CREATE = r"""
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
"""

DROP = """
DROP FUNCTION f_match_key(text, text, date);
DROP FUNCTION f_street_key(text);
DROP FUNCTION f_name_key(text, text, text, text, date);
"""


def _generated(function, *fields):
    expression = models.Func(*(F(field) for field in fields), function=function, output_field=models.TextField())
    return models.GeneratedField(expression=expression, output_field=models.TextField(), db_persist=True)


NAMED = ("first_name", "last_name", "organisation", "address", "birth_date")
WAITS = ~Q(
    compared_key=models.Func(
        F("name_key"), F("street_key"), F("birth_date"), function="f_match_key", output_field=models.TextField()
    )
)


class Migration(migrations.Migration):
    dependencies = [("directory", "0009_names_and_lookups"), ("core", "0001_text_search")]

    operations = [
        migrations.RunSQL(CREATE, DROP),
        migrations.AddField("citizen", "name_key", _generated("f_name_key", *NAMED)),
        migrations.AddField("citizen", "street_key", _generated("f_street_key", "address")),
        migrations.AddField("citizen", "compared_key", models.TextField(default="", editable=False)),
        migrations.CreateModel(
            name="LikelyDuplicate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("found_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "first",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="directory.citizen",
                    ),
                ),
                (
                    "second",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="directory.citizen"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("first", "second"), name="likely_duplicate_once"),
                    models.CheckConstraint(condition=Q(first__lt=F("second")), name="likely_duplicate_in_order"),
                ]
            },
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
