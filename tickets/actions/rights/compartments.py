"""Closing and opening the compartment of one ticket. A sensitive ticket stays where somebody may open it."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core.errors import Invalid
from core.text import one_line
from directory.models import Agent, Service
from directory.permissions import has_right
from directory.roles import ASSIGN, SENSITIVE, VIEW, WORK
from directory.selectors import pilot_service
from notifications.actions.withdrawing import mails_withdraw
from notifications.models import Notice
from tickets.actions.by_email.service_mail import service_mail_queue
from tickets.actions.clocks.deadlines import clocks_recompute
from tickets.actions.locking import ticket_lock
from tickets.actions.routing.assignment import release_from
from tickets.actions.timeline import event_add
from tickets.enums import DeadlineKind, EventKind
from tickets.models import AccessKind, AccessLog, Ticket
from tickets.permissions import may_see, require
from tickets.selectors.assignable import somebody_opens

NOBODY = _("Nobody there may open sensitive requests.")


@transaction.atomic
def ticket_mark(*, ticket: Ticket, actor: Agent, now: datetime, reason: str = "") -> Ticket:
    """Make one ticket sensitive, whatever its type: whoever may work on it may close its compartment, on themselves
    too. Nothing when it is sensitive already. Raises `Invalid` when no service could open it any more."""
    ticket = ticket_lock(ticket.pk)
    require(actor, WORK, ticket)
    if ticket.is_sensitive:
        return ticket
    reason = one_line(reason, 200)
    event_add(ticket, EventKind.SENSITIVE, actor=actor, at=now, marked=True, reason=reason)
    moved = compartment_close(ticket, now=now, actor=actor)
    if moved:
        clocks_recompute(ticket, now=now, create=[DeadlineKind.TARGET])
    ticket.updated_at = now
    ticket.save()
    AccessLog.objects.create(agent=actor, ticket=ticket, kind=AccessKind.MARKED, subject=reason)
    if moved:
        service_mail_queue(ticket, now=now, reason=str(NOBODY))
    return ticket


@transaction.atomic
def ticket_unmark(*, ticket: Ticket, reason: str, actor: Agent, now: datetime) -> Ticket:
    """Open the compartment of one ticket to its whole service: for those who process sensitive tickets and assign them.

    Raises `Invalid` without a reason, and while its type is a sensitive one: the type is then corrected first.
    """
    ticket = ticket_lock(ticket.pk)
    require(actor, SENSITIVE, ticket)
    require(actor, ASSIGN, ticket)
    if not ticket.is_sensitive:
        return ticket
    reason = one_line(reason, 200)
    if not reason:
        raise Invalid(_("Say why it is no longer sensitive."), field="reason")
    if ticket.request_type is not None and ticket.request_type.is_sensitive:
        raise Invalid(_("Its type is a sensitive one: correct the type first."))
    ticket.is_sensitive, ticket.updated_at = False, now
    ticket.save(update_fields=["is_sensitive", "updated_at"])
    joined = Ticket.objects.filter(merged_into=ticket).exclude(request_type__is_sensitive=True)
    joined.update(is_sensitive=False)
    event_add(ticket, EventKind.SENSITIVE, actor=actor, at=now, marked=False, reason=reason)
    AccessLog.objects.create(agent=actor, ticket=ticket, kind=AccessKind.UNMARKED, subject=reason)
    return ticket


def compartment_close(ticket: Ticket, *, now: datetime, actor: Agent | None) -> bool:
    """Make a locked ticket sensitive, in memory (whoever calls saves it), with the tickets merged into it; the alerts
    already given name their references only, and those who may not open it have none, nor a mail that waits to leave.

    Where nobody of its service may open it, it moves to the service of its type, else to the pilot: True, and its
    clocks are to be counted again. Raises `Invalid` when neither may. An agent who may no longer open it gives it back.
    """
    ticket.is_sensitive = True
    joined = Ticket.objects.filter(merged_into=ticket)
    joined.update(is_sensitive=True)
    moved = not somebody_opens(ticket.service_id)
    if moved:
        refuge = refuge_of(ticket)
        if refuge is None:
            raise Invalid(nowhere())
        former = ticket.service
        ticket.service, ticket.assignee = refuge, None
        told = {"former": former.name, "service": refuge.name, "reason": str(NOBODY)}
        event_add(ticket, EventKind.TRANSFERRED, actor=actor, at=now, **told)
    assignee = ticket.assignee
    if assignee is not None and not all(
        has_right(assignee, right, ticket.service_id) for right in (VIEW, WORK, SENSITIVE)
    ):
        release_from(ticket, why="sensitive", now=now)
    alerts_close(ticket)
    return moved


def alerts_close(ticket: Ticket) -> None:
    """What alerts said of a ticket that has just become sensitive, and of those merged into it."""
    joined = Ticket.objects.filter(merged_into=ticket).values_list("reference", flat=True)
    references = [ticket.reference, *joined]
    Notice.objects.filter(ticket_reference__in=references).exclude(body="").update(body="")
    mails_withdraw(references, lambda agent: may_see(agent, ticket))


def refuge_of(ticket: Ticket) -> Service | None:
    """The service that keeps a sensitive ticket nobody of its own may open: that of its type, else the pilot."""
    wanted = [ticket.request_type.service] if ticket.request_type is not None else []
    for service in [*wanted, pilot_service()]:
        if service.is_active and service.pk != ticket.service_id and somebody_opens(service.pk):
            return service
    return None


def nowhere() -> str:
    """Why a ticket is not made sensitive: a sentence for the agent."""
    return str(
        _(
            "No agent could open it any more: neither here, nor in the service of its type, nor in the pilot service. "
            "Transfer it first, or have an administrator give somebody here the role that processes sensitive requests."
        )
    )


def require_openable(ticket: Ticket, service: Service) -> None:
    """Raise `Invalid` when a sensitive ticket would be sent where nobody may open it."""
    if ticket.is_sensitive and not somebody_opens(service.pk):
        raise Invalid(
            _("Nobody in %(service)s may open sensitive requests: this one stays here.") % {"service": service.name},
            field="service",
        )
