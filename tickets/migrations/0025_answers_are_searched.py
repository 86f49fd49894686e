"""What citizens answered to the forms is searched with the rest of their requests; new ones are since this version."""

from django.db import migrations

ADD_ANSWERS = """
UPDATE tickets_tickettext AS t SET body = left(t.body || E'\\n' || a.said, 200000)
FROM (
    SELECT k.id, string_agg(e.row ->> 2, E'\\n' ORDER BY e.number) AS said
    FROM tickets_ticket k,
        jsonb_array_elements(CASE jsonb_typeof(k.answers) WHEN 'array' THEN k.answers ELSE '[]' END)
            WITH ORDINALITY AS e(row, number)
    WHERE k.answers <> '[]' AND e.row ->> 2 NOT IN ('', 'Oui', 'Non')
    GROUP BY k.id
) AS a
WHERE t.ticket_id = a.id
"""


class Migration(migrations.Migration):
    dependencies = [("tickets", "0024_images_events")]
    operations = [migrations.RunSQL(ADD_ANSWERS, migrations.RunSQL.noop)]
