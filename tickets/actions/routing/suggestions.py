"""What agents say of the learned suggestions: yes, or no. Both teach."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from core.errors import Conflict
from directory.models import Agent
from directory.roles import WORK
from tickets.actions.locking import ticket_lock
from tickets.actions.processing import ticket_classify, ticket_transfer
from tickets.models import Ticket, TicketSuggestion
from tickets.permissions import require


@transaction.atomic
def suggestion_accept(*, ticket: Ticket, actor: Agent, now: datetime) -> Ticket:
    """The suggestion is right: give the ticket its type, and send it to the service of that type when it is elsewhere.

    Raises `NotAllowed`, and `Conflict` when there is no suggestion or the ticket was given another type meanwhile.
    """
    ticket = ticket_lock(ticket.pk)
    require(actor, WORK, ticket)
    suggestion = _suggestion(ticket)
    given = suggestion.request_type
    if ticket.request_type_id not in (None, given.pk):
        raise Conflict(_("This request was given another type meanwhile."), code="already_typed")
    _judge(suggestion, is_right=True)
    if ticket.request_type_id is None:
        ticket = ticket_classify(ticket=ticket, request_type=given, actor=actor, now=now)
        if ticket.service_id != given.service_id and given.service.is_active:
            reason = _("Handles “%(type)s”.") % {"type": given.name}
            ticket = ticket_transfer(ticket=ticket, service=given.service, reason=reason, actor=actor, now=now)
    return ticket


@transaction.atomic
def suggestion_dismiss(*, ticket: Ticket, actor: Agent) -> None:
    """The suggestion is wrong. What the right type is, `ticket_classify` says. Raises `NotAllowed`, `Conflict`."""
    ticket = ticket_lock(ticket.pk)
    require(actor, WORK, ticket)
    _judge(_suggestion(ticket), is_right=False)


def _suggestion(ticket: Ticket) -> TicketSuggestion:
    found = TicketSuggestion.objects.select_related("request_type__service").filter(pk=ticket.pk).first()
    if found is None:
        raise Conflict(_("There is no suggestion for this request."), code="no_suggestion")
    return found


def _judge(suggestion: TicketSuggestion, *, is_right: bool) -> None:
    suggestion.is_right = is_right
    suggestion.save(update_fields=["is_right"])
