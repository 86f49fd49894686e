"""Keeping what full-text search reads up to date."""

from collections.abc import Iterable

from django.db import connection

from core.search import month_number
from directory.questions import NO, YES
from tickets.enums import Channel, EventKind
from tickets.models import Ticket, TicketText

LIMIT = 200_000  # characters: a tsvector may not pass 1 MB


def search_text_create(ticket: Ticket, *texts: str) -> None:
    """Written by hand: the ORM would bring the vector back, which nobody reads."""
    body = _joined([*_own(ticket), *texts])
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO tickets_tickettext (ticket_id, body, month) VALUES (%s, %s, %s)",
            [ticket.pk, body, month_number(ticket.received_at)],
        )


def search_text_append(ticket: Ticket, text: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE tickets_tickettext SET body = left(body || E'\\n' || %s, %s) WHERE ticket_id = %s",
            [text[:LIMIT], LIMIT, ticket.pk],
        )


def search_text_rebuild(ticket: Ticket) -> None:
    """Write again what is searched of a ticket whose messages moved away."""
    merged = [text for source in ticket.merged_tickets.order_by("id") for text in subject_said(source)]
    own = [*_own(ticket), *_formerly(ticket)]
    TicketText.objects.filter(ticket=ticket).update(body=_joined([*own, *merged, *messages_said(ticket)]))


def subject_said(ticket: Ticket) -> list[str]:
    """What a ticket says beside its messages and who it is from: merged into another, it is found there by that."""
    return [ticket.subject, *answers_said(ticket), *_formerly(ticket)]


def messages_said(ticket: Ticket) -> list[str]:
    """Its messages, in order. What a machine read of a letter is searched, what a mail quotes is not."""
    return [
        text
        for body, quoted, channel in ticket.messages.order_by("id").values_list("body", "quoted", "channel")
        for text in (body, quoted if channel == Channel.POST else "")
    ]


def _formerly(ticket: Ticket) -> list[str]:
    """The subjects and places that agents corrected: it is found by them still."""
    corrected = ticket.events.filter(kind=EventKind.DESCRIBED).order_by("id").values_list("data", flat=True)
    return [data[name][0] for data in corrected for name in ("subject", "location") if name in data]


def answers_said(ticket: Ticket) -> list[str]:
    """The answers to the form that words can find: not a bare yes or no."""
    return [str(row[2]) for row in ticket.answers if len(row) == 3 and row[2] not in ("", YES, NO)]


def _own(ticket: Ticket) -> list[str]:
    who = ticket.requester.display_name if ticket.requester else ""
    return [ticket.subject, who, ticket.location, *answers_said(ticket)]


def _joined(parts: Iterable[str]) -> str:
    return "\n".join(part for part in parts if part)[:LIMIT]
