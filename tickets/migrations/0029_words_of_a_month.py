"""Index the words of the requests month after month. The requests of a populated town are written again once: about
four minutes for a million, after which ``VACUUM FULL tickets_tickettext`` gives back the place they had."""

import django.contrib.postgres.indexes
from django.db import migrations, models

import core.search


class Migration(migrations.Migration):
    dependencies = [("core", "0002_words_of_a_month"), ("tickets", "0028_vectors_in_line")]
    operations = [
        migrations.RemoveIndex("tickettext", "ticket_text_search"),
        migrations.AddField("tickettext", "month", models.SmallIntegerField(default=0), preserve_default=False),
        migrations.RunSQL(
            "UPDATE tickets_tickettext text SET month = f_month(ticket.received_at)"
            " FROM tickets_ticket ticket WHERE ticket.id = text.ticket_id",
            migrations.RunSQL.noop,
        ),
        migrations.AddIndex(
            "tickettext",
            django.contrib.postgres.indexes.GinIndex(
                core.search.MonthVector("vector", "month"), fastupdate=False, name="ticket_text_search"
            ),
        ),
    ]
