"""The language of a requester, as agents correct it."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core.errors import Invalid
from directory.models import Agent
from directory.roles import WORK
from tickets.actions.locking import ticket_lock
from tickets.actions.timeline import event_add
from tickets.enums import EventKind
from tickets.models import Ticket
from tickets.permissions import require
from tickets.routing.language import FRENCH


@transaction.atomic
def ticket_language_set(*, ticket: Ticket, language: str, actor: Agent, now: datetime) -> Ticket:
    """Correct the language of the requester (ISO 639-1), which was told by the request itself. Nothing is routed again.
    Raises `Invalid` for what is no code of a language."""
    ticket = ticket_lock(ticket.pk)
    require(actor, WORK, ticket)
    if not (language.isascii() and language.isalpha() and len(language) in (2, 3)):
        raise Invalid(_("This is not the code of a language."), field="language")
    language = "" if language.lower() == FRENCH else language.lower()
    if language == ticket.language:
        return ticket
    former, ticket.language, ticket.updated_at = ticket.language, language, now
    ticket.save(update_fields=["language", "updated_at"])
    event_add(ticket, EventKind.LANGUAGE, actor=actor, at=now, former=former, current=language)
    return ticket
