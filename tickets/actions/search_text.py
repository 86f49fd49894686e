"""Keeping what full-text search reads up to date."""

from django.db import connection

from tickets.models import Ticket, TicketText

LIMIT = 200_000  # characters: a tsvector may not pass 1 MB


def search_text_create(ticket: Ticket, *texts: str) -> None:
    """Written by hand: the ORM would bring the vector back, which nobody reads."""
    who = ticket.requester.display_name if ticket.requester else ""
    parts = [ticket.subject, who, ticket.location, *texts]
    body = "\n".join(part for part in parts if part)[:LIMIT]
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO tickets_tickettext (ticket_id, body) VALUES (%s, %s)", [ticket.pk, body])


def search_text_append(ticket: Ticket, text: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE tickets_tickettext SET body = left(body || E'\\n' || %s, %s) WHERE ticket_id = %s",
            [text[:LIMIT], LIMIT, ticket.pk],
        )


def search_text_rebuild(ticket: Ticket) -> None:
    """Write again what is searched of a ticket whose messages moved away."""
    who = ticket.requester.display_name if ticket.requester else ""
    bodies = ticket.messages.order_by("id").values_list("body", flat=True)
    merged = ticket.merged_tickets.order_by("id").values_list("subject", flat=True)
    parts = [ticket.subject, who, ticket.location, *merged, *bodies]
    TicketText.objects.filter(ticket=ticket).update(body="\n".join(part for part in parts if part)[:LIMIT])
