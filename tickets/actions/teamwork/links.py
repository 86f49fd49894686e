"""Tickets that belong together: related, duplicate, part. A link moves nothing; see `merging` for what does."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.errors import Conflict, Invalid, NotAllowed
from directory.models import Agent
from directory.roles import WORK
from tickets.actions.locking import tickets_lock
from tickets.actions.timeline import event_add
from tickets.enums import EventKind
from tickets.models import LinkKind, Ticket, TicketLink
from tickets.permissions import may_see, require


@transaction.atomic
def ticket_link(*, ticket: Ticket, target: Ticket, kind: str, actor: Agent, now: datetime) -> TicketLink:
    """Say that ``ticket`` is related to, a duplicate of, or a part of ``target``; both histories tell it.

    Linked already, either way: the kind changes. Raises `Invalid` for a ticket and itself or an unknown kind.
    """
    if kind not in LinkKind.values:
        raise Invalid(_("This kind of link is not known."), field="kind")
    if ticket.pk == target.pk:
        raise Invalid(_("A ticket cannot be linked to itself."), field="reference")
    ticket, target = tickets_lock(ticket.pk, target.pk)
    require(actor, WORK, ticket)
    if not may_see(actor, target):
        raise NotAllowed(_("You do not see this ticket."))
    existing = _between(ticket, target)
    if existing is not None and (existing.kind, existing.ticket_id) == (kind, ticket.pk):
        return existing
    if existing is not None:
        existing.delete()
    link = TicketLink.objects.create(ticket=ticket, target=target, kind=kind, created_by=actor, created_at=now)
    link_tell(link, EventKind.LINKED, actor=actor, now=now)
    return link


def ticket_link_found(ticket: Ticket, target: Ticket, kind: str, *, now: datetime) -> None:
    """The same, found by a program and not by an agent. A link that exists, either way, stands."""
    if _between(ticket, target) is None:
        link = TicketLink.objects.create(ticket=ticket, target=target, kind=kind, created_by=None, created_at=now)
        link_tell(link, EventKind.LINKED, actor=None, now=now)


def link_tell(link: TicketLink, event: str, *, actor: Agent | None, now: datetime) -> None:
    """Write the line of both histories. ``here``: whether the link reads from that ticket."""
    event_add(link.ticket, event, actor=actor, at=now, link=link.kind, other=link.target.reference, here=True)
    event_add(link.target, event, actor=actor, at=now, link=link.kind, other=link.ticket.reference, here=False)


@transaction.atomic
def ticket_unlink(*, link: TicketLink, actor: Agent, now: datetime) -> None:
    """Remove a link, from either end where the agent works."""
    ticket, target = tickets_lock(link.ticket_id, link.target_id)
    try:
        require(actor, WORK, ticket)
    except NotAllowed:
        require(actor, WORK, target)
    link.ticket, link.target = ticket, target
    if not TicketLink.objects.filter(pk=link.pk).exists():
        raise Conflict(_("This link was removed already."), code="link_gone")
    link_tell(link, EventKind.UNLINKED, actor=actor, now=now)
    link.delete()


def _between(one: Ticket, other: Ticket) -> TicketLink | None:
    return TicketLink.objects.filter(Q(ticket=one, target=other) | Q(ticket=other, target=one)).first()
