"""The SQL functions of accent-insensitive French search. Core PostgreSQL only: the embedded server has no extension."""

from django.db import migrations

CREATE = r"""
CREATE FUNCTION f_unaccent(value text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
  SELECT CASE WHEN value ~ '[^\x01-\x7f]' THEN
    normalize(regexp_replace(normalize(
      replace(replace(replace(replace(value, 'œ', 'oe'), 'Œ', 'OE'), 'æ', 'ae'), 'Æ', 'AE'),
      NFD), '[\u0300-\u036f]', '', 'g'), NFC)
  ELSE value END
$$;

-- With the C locale PostgreSQL's parser takes every character beyond ASCII for a letter, « and ’ included.
CREATE FUNCTION f_words(value text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
  SELECT CASE WHEN value ~ '[^\x01-\x7f]'
    THEN regexp_replace(normalize(value, NFC), '[^[:alnum:]\x01-\x7f]', ' ', 'g') ELSE value END
$$;

-- Each step once and in lower case: this runs at every message received, and is a good part of its cost.
CREATE FUNCTION f_vector(value text) RETURNS tsvector
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT AS $$
DECLARE words text; stems text; plain text;
BEGIN
  IF value !~ '[^\x01-\x7f]' THEN
    RETURN strip(to_tsvector('pg_catalog.french', value) || to_tsvector('pg_catalog.simple', value));
  END IF;
  words := public.f_words(lower(value));
  stems := strip(to_tsvector('pg_catalog.french', words))::text;
  stems := regexp_replace(
    normalize(replace(replace(stems, 'œ', 'oe'), 'æ', 'ae'), NFD), '[\u0300-\u036f]+', '', 'g');
  plain := regexp_replace(
    normalize(replace(replace(words, 'œ', 'oe'), 'æ', 'ae'), NFD), '[\u0300-\u036f]+', '', 'g');
  RETURN strip(
    normalize(stems, NFC)::tsvector
    || to_tsvector('pg_catalog.french', normalize(plain, NFC))
    || to_tsvector('pg_catalog.simple', normalize(plain, NFC)));
END $$;

CREATE FUNCTION f_query(value text, prefix text) RETURNS tsquery
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
  SELECT public.f_unaccent(plainto_tsquery('pg_catalog.french', public.f_words(value))::text)::tsquery
    || plainto_tsquery('pg_catalog.french', public.f_unaccent(public.f_words(value)))
    || to_tsquery('pg_catalog.simple', prefix)
$$;

CREATE FUNCTION f_any_query(value text) RETURNS tsquery
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
  SELECT replace(plainto_tsquery('pg_catalog.french', public.f_unaccent(value))::text, '&', '|')::tsquery
$$;
"""

DROP = """
DROP FUNCTION f_any_query(text);
DROP FUNCTION f_query(text, text);
DROP FUNCTION f_vector(text);
DROP FUNCTION f_words(text);
DROP FUNCTION f_unaccent(text);
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [migrations.RunSQL(CREATE, DROP)]
