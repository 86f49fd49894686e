"""The implicit decisions that were only events become rows, and their clocks stop."""

from django.db import migrations

FORWARD = """
INSERT INTO tickets_decision (ticket_id, kind, outcome, decided_on, reasons, appeals_told, created_at)
  SELECT t.id, 'implicit', CASE t.legal_regime WHEN 'SVA' THEN 'accepted' ELSE 'refused' END,
         t.legal_effective_on, '', false, min(r.at)
  FROM tickets_escalationrecord r
  JOIN tickets_deadline d ON d.id = r.deadline_id
  JOIN tickets_ticket t ON t.id = d.ticket_id
  WHERE r.step = 'implicit_decision' AND d.kind = 'legal' AND d.state <> 'cancelled'
    AND t.legal_regime IN ('SVA', 'SVR') AND t.legal_effective_on IS NOT NULL
  GROUP BY t.id
  ON CONFLICT DO NOTHING;
UPDATE tickets_deadline d SET state = 'missed', stopped_at = d.due_at, next_step_at = NULL
  FROM tickets_decision x
  WHERE x.ticket_id = d.ticket_id AND x.kind = 'implicit' AND d.kind = 'legal' AND d.state = 'running';
UPDATE tickets_ticket t SET legal_running = false
  FROM tickets_decision x WHERE x.ticket_id = t.id AND x.kind = 'implicit' AND t.legal_running;
"""


class Migration(migrations.Migration):
    dependencies = [("tickets", "0008_implicit_once")]
    operations = [migrations.RunSQL(FORWARD, migrations.RunSQL.noop)]
