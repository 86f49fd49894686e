"""The log of accesses is append-only like the timeline; only a purge (``SET LOCAL guichet.purge = 'on'``) removes lines."""

from django.db import migrations

CREATE = """
CREATE TRIGGER access_log_append_only BEFORE UPDATE OR DELETE ON tickets_accesslog
FOR EACH ROW EXECUTE FUNCTION guichet_refuse_change();
"""
DROP = "DROP TRIGGER access_log_append_only ON tickets_accesslog;"


class Migration(migrations.Migration):
    dependencies = [("tickets", "0013_workspace")]
    operations = [migrations.RunSQL(CREATE, DROP)]
