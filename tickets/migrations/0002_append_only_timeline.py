"""The timeline is append-only in the database itself. A purge says so: ``SET LOCAL guichet.purge = 'on'``."""

from django.db import migrations

CREATE = """
CREATE FUNCTION guichet_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_setting('guichet.purge', true) = 'on' THEN
    RETURN COALESCE(NEW, OLD);
  END IF;
  RAISE EXCEPTION 'the timeline is append-only' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER ticket_event_append_only BEFORE UPDATE OR DELETE ON tickets_ticketevent
FOR EACH ROW EXECUTE FUNCTION guichet_refuse_change();
"""

DROP = """
DROP TRIGGER ticket_event_append_only ON tickets_ticketevent;
DROP FUNCTION guichet_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("tickets", "0001_initial")]
    operations = [migrations.RunSQL(CREATE, DROP)]
