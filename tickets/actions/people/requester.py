"""« This is not the right person »: the requester of a ticket is somebody else."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core.errors import Invalid, NotAllowed
from directory.models import Agent, Citizen
from directory.roles import WORK
from directory.selectors import citizen_current
from tickets.actions.locking import ticket_lock
from tickets.actions.search_text import search_text_append
from tickets.actions.timeline import event_add
from tickets.enums import EventKind
from tickets.models import Ticket
from tickets.permissions import require
from tickets.selectors.people import citizens_visible_to


@transaction.atomic
def ticket_requester_set(*, ticket: Ticket, citizen: Citizen | None, actor: Agent, now: datetime) -> Ticket:
    """Give the ticket to ``citizen``, or to nobody known. The links that were mailed to follow it open it no more.

    The person is one the agent may know (`NotAllowed` otherwise) or has just recorded. Raises `Invalid` when nothing
    would change.
    """
    if citizen is not None:
        # locked before the ticket, as a merge does
        locked = Citizen.objects.select_for_update(of=("self",), no_key=True).get(pk=citizen.pk)
        citizen = citizen_current(locked)
    ticket = ticket_lock(ticket.pk)
    require(actor, WORK, ticket)
    if citizen == ticket.requester:
        raise Invalid(_("This person is the requester already."), field="citizen")
    if citizen is not None and not _may_name(actor, citizen):
        raise NotAllowed(_("You may not name this person."))
    former = ticket.requester
    ticket.requester, ticket.updated_at = citizen, now
    ticket.save(update_fields=["requester", "updated_at"])
    ticket.tracking_links.filter(used_at=None, expires_at__gt=now).update(expires_at=now)
    if citizen is not None:
        search_text_append(ticket, citizen.display_name)
    event_add(
        ticket,
        EventKind.REQUESTER,
        actor=actor,
        at=now,
        former=former.display_name if former else "",
        current=citizen.display_name if citizen else "",
        why="corrected",
    )
    return ticket


def _may_name(actor: Agent, citizen: Citizen) -> bool:
    """A person the agent may know; or one without any ticket, who was recorded for this one."""
    if not Ticket.objects.filter(requester=citizen).exists():
        return True
    return citizens_visible_to(actor).filter(pk=citizen.pk).exists()
