"""What the counters said becomes history: steps taken by their number, pauses as rows."""

from django.db import migrations

FORWARD = """
UPDATE tickets_deadline SET taken = ARRAY(SELECT generate_series(1, level)) WHERE level > 0;
UPDATE tickets_deadline SET amount = town.answer_hours, unit = 'hours'
  FROM directory_town town WHERE kind = 'answer';
UPDATE tickets_deadline d SET amount = t.target, unit = t.target_unit
  FROM tickets_ticket k JOIN directory_requesttype t ON t.id = k.request_type_id
  WHERE d.kind = 'target' AND k.id = d.ticket_id;
INSERT INTO tickets_clockpause (ticket_id, started_at, ended_at)
  SELECT ticket_id, min(paused_at), NULL FROM tickets_deadline
  WHERE state = 'paused' AND paused_at IS NOT NULL GROUP BY ticket_id;
INSERT INTO tickets_clockpause (ticket_id, started_at, ended_at)
  SELECT ticket_id, min(started_at), min(started_at) + max(paused_seconds) * interval '1 second' FROM tickets_deadline
  WHERE paused_seconds > 0 AND state IN ('running', 'paused') GROUP BY ticket_id;
UPDATE tickets_ticket SET legal_running = true
  WHERE id IN (SELECT ticket_id FROM tickets_deadline WHERE kind = 'legal' AND state = 'running');
"""

BACKWARD = """
UPDATE tickets_deadline SET level = coalesce(cardinality(taken), 0);
UPDATE tickets_deadline d SET paused_at = p.started_at
  FROM tickets_clockpause p WHERE p.ticket_id = d.ticket_id AND p.ended_at IS NULL AND d.state = 'paused';
"""


class Migration(migrations.Migration):
    dependencies = [("tickets", "0005_two_clocks"), ("directory", "0005_calendars")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
