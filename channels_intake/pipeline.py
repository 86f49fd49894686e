"""The one way in. Every channel parses what it heard into a `Draft` and gives it here with a key of its own.

Idempotent on (source, key): the same mail, form or call sent twice makes one ticket.
"""

from collections.abc import Callable
from datetime import datetime

from django.db import IntegrityError, transaction

from channels_intake.models import IntakeKey
from directory.models import Agent
from tickets.actions.opening import Draft, ticket_open
from tickets.models import Ticket


def intake(
    *,
    source: str,
    key: str,
    draft: Draft,
    actor: Agent | None,
    now: datetime,
    open_with: Callable[..., Ticket] = ticket_open,
    **extra: object,
) -> tuple[Ticket, bool]:
    """The ticket of this intake, and whether it was made now.

    ``source`` names the channel and its origin (``web_form``, ``email:mairie@…``, ``api:12``); ``key`` is at most 200
    characters and unique there; an empty key means the caller cannot repeat itself. ``open_with`` is the action that
    opens the ticket (`ticket_open`, or `contact_answered` with its ``extra`` arguments).
    """
    if not key:
        return open_with(draft=draft, actor=actor, now=now, **extra), True
    known = IntakeKey.objects.filter(source=source[:60], key=key[:200])
    before = known.values_list("ticket_id", flat=True).first()
    if before is not None:
        return Ticket.objects.get(pk=before), False
    try:
        with transaction.atomic(savepoint=False):
            ticket = open_with(draft=draft, actor=actor, now=now, **extra)
            IntakeKey.objects.create(source=source[:60], key=key[:200], ticket=ticket)
    except IntegrityError:
        if transaction.get_connection().in_atomic_block:
            raise  # the caller's transaction is lost; it holds a lock of its own against the other click
        twin = known.first()  # the other click was first by a hair
        if twin is None:
            raise
        return twin.ticket, False
    return ticket, True
