"""The search vector stays in the row, and the body leaves it: a walk of the newest tickets (`tickets.selectors.search`)
then reads one page for each text instead of three. Rows already written move when they are written again;
``VACUUM FULL tickets_tickettext`` moves them all (the table is locked meanwhile)."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("tickets", "0027_described_events")]
    operations = [
        migrations.RunSQL(
            "ALTER TABLE tickets_tickettext ALTER COLUMN vector SET STORAGE MAIN",
            "ALTER TABLE tickets_tickettext ALTER COLUMN vector SET STORAGE EXTENDED",
        )
    ]
