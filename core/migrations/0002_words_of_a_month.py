"""The SQL functions of the index of words month after month (docs/adr/0012): words are looked for in the newest months
first, and the others are not read when those fill a page. Core PostgreSQL only."""

from django.db import migrations

CREATE = r"""
-- Months since the year 0, in UTC.
CREATE FUNCTION f_month(moment timestamptz) RETURNS smallint
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
  SELECT (extract(year FROM moment AT TIME ZONE 'UTC') * 12
    + extract(month FROM moment AT TIME ZONE 'UTC') - 1)::smallint
$$;

-- Each word led by the four figures of its month: every month has its own list of texts for a word.
CREATE FUNCTION f_month_vector(value tsvector, month smallint) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
  SELECT array_to_tsvector(ARRAY(
    SELECT lpad(to_hex(month::integer), 4, '0') || word FROM unnest(tsvector_to_array(value)) AS word))
$$;

CREATE FUNCTION f_month_query(value tsquery, month integer) RETURNS tsquery
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
  SELECT regexp_replace(
    value::text, '''((?:[^'']|'''')*)''', '''' || lpad(to_hex(month), 4, '0') || '\1''', 'g')::tsquery
$$;
"""

DROP = """
DROP FUNCTION f_month_query(tsquery, integer);
DROP FUNCTION f_month_vector(tsvector, smallint);
DROP FUNCTION f_month(timestamptz);
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0001_text_search")]
    operations = [migrations.RunSQL(CREATE, DROP)]
