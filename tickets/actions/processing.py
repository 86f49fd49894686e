"""What agents do with a ticket besides talking: take, assign, classify, transfer, close, reopen."""

from datetime import datetime

from django.db import transaction
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from core.errors import Conflict, Invalid, NotAllowed
from core.text import one_line
from directory.models import Agent, RequestType, Service
from directory.permissions import has_right
from directory.roles import ASSIGN, SENSITIVE, VIEW, WORK
from tickets.actions.by_email.service_mail import service_mail_queue
from tickets.actions.clocks.deadlines import clocks_change, clocks_recompute
from tickets.actions.legal.clock import legal_clock_refresh
from tickets.actions.legal.decisions import Verdict, decision_add, decision_owed
from tickets.actions.locking import status_set, ticket_lock
from tickets.actions.messages import answered, ticket_reopen_locked
from tickets.actions.replies.acknowledgement import receipt_ensure
from tickets.actions.replies.recipients import Recipients
from tickets.actions.rights.compartments import NOBODY, compartment_close, require_openable
from tickets.actions.routing.assignment import assign_on_arrival
from tickets.actions.teamwork.watching import agents_tell, assignee_tell, watchers_tell
from tickets.actions.timeline import event_add
from tickets.deadlines import escalation
from tickets.deadlines.escalation import Step
from tickets.enums import DeadlineKind, EventKind, Status
from tickets.models import Ticket
from tickets.permissions import may, require
from tickets.selectors.assignable import somebody_opens

PING_PONG = 3  # the transfer that goes to the pilot service


@transaction.atomic
def ticket_assign(*, ticket: Ticket, assignee: Agent | None, actor: Agent, now: datetime) -> Ticket:
    """Give the ticket to an agent (oneself: take it) or to nobody. Giving it to another needs the right to assign.

    Raises `NotAllowed` when the assignee could not see the ticket, `Conflict` when a colleague has just taken it.
    """
    seen = ticket.assignee_id
    ticket = ticket_lock(ticket.pk)
    require(actor, WORK if assignee in (actor, None) else ASSIGN, ticket)
    if assignee == ticket.assignee:
        return ticket
    if assignee == actor and ticket.assignee is not None and ticket.assignee_id != seen:
        raise Conflict(
            _("%(name)s has just taken this ticket.") % {"name": ticket.assignee.full_name}, code="already_taken"
        )
    if assignee is not None and not _can_process(assignee, ticket):
        raise NotAllowed(_("%(name)s cannot see this ticket.") % {"name": assignee.full_name})
    ticket.assignee = assignee
    if assignee is not None and ticket.status == Status.NEW:
        ticket.status = Status.OPEN
    ticket.updated_at = now
    ticket.save(update_fields=["assignee", "status", "updated_at"])
    event_add(ticket, EventKind.ASSIGNED, actor=actor, at=now, assignee=assignee.full_name if assignee else "")
    given = _("this request is given to you")
    words = format_lazy(_("{name} gave you this request"), name=actor.full_name) if actor else given
    assignee_tell(ticket, "assigned", words, now=now, but=actor)
    return ticket


def _can_process(agent: Agent, ticket: Ticket) -> bool:
    if not has_right(agent, WORK, ticket.service_id) or not has_right(agent, VIEW, ticket.service_id):
        return False
    return not ticket.is_sensitive or has_right(agent, SENSITIVE, ticket.service_id)


@transaction.atomic
def ticket_transfer(*, ticket: Ticket, service: Service, reason: str, actor: Agent | None, now: datetime) -> Ticket:
    """Send the ticket to another service, with the reason colleagues will read. Nobody is assigned there
    yet, but where the service gives out its tickets by itself.

    The third transfer by an agent, and the next ones, go to the pilot service instead, which alone then decides: the
    ticket returned says where it is. ``actor`` None (a transfer undone) does not count.

    Clocks keep running from their start: an internal transfer is not the citizen's concern (L114-2 is about another
    administration). They are counted as the policies and the calendar of the new service say.

    Raises `Invalid` without a reason, and for a sensitive ticket that nobody there may open.
    """
    ticket = ticket_lock(ticket.pk)
    require(actor, WORK, ticket)
    reason = one_line(reason, 500)
    if not reason:
        raise Invalid(_("Say why you transfer this ticket."), field="reason")
    if service == ticket.service:
        raise Invalid(_("The ticket is already with this service."), field="service")
    if not service.is_active:
        raise Invalid(_("This service no longer receives tickets."), field="service")
    require_openable(ticket, service)
    former, asked = ticket.service, service
    if actor is not None:
        ticket.transfer_count += 1
        service = _arbitrated(ticket, asked)
    ticket.service, ticket.assignee, ticket.updated_at = service, None, now
    clocks_recompute(ticket, now=now, create=[DeadlineKind.TARGET])
    ticket.save(
        update_fields=["service", "assignee", "transfer_count", "updated_at", "next_due_at", "answer_due_at"],
    )
    told = {"former": former.name, "service": service.name, "reason": reason}
    if asked != service:
        told["asked"] = asked.name
    event_add(ticket, EventKind.TRANSFERRED, actor=actor, at=now, **told)
    if asked != service:
        _pilot_tell(ticket, now=now)
    if actor is not None and assign_on_arrival(ticket, now=now) is not None:
        ticket.save(update_fields=["assignee", "status"])
    elif actor is not None and asked == service and service.referent_id is not None:
        _service_tell(ticket, former, actor, now=now)
    service_mail_queue(ticket, now=now, reason=reason)
    return ticket


def _service_tell(ticket: Ticket, former: Service, actor: Agent, *, now: datetime) -> None:
    """Whoever answers for the service hears of a ticket that came to it and that nobody there has."""
    step = Step(1, "transfer", 0, escalation.HOURS, escalation.REFERENT)
    chiefs = Recipients.load(now).of_step(ticket, step)
    told = [agent for agent in chiefs if agent != actor and may(agent, VIEW, ticket)]
    words = format_lazy(_("sent by the service “{name}”"), name=former.name)
    agents_tell(told, ticket, words, now=now, what="transfer")


def _arbitrated(ticket: Ticket, asked: Service) -> Service:
    """Where a transfer really goes: from the third on, the pilot service decides, and its own decision stands. A
    sensitive ticket stays within its compartment: it goes where it was asked when nobody of the pilot may open it."""
    if ticket.transfer_count < PING_PONG or asked.is_pilot or ticket.service.is_pilot:
        return asked
    pilot = Service.objects.filter(is_pilot=True, is_active=True).first()
    if pilot is None or (ticket.is_sensitive and not somebody_opens(pilot.pk)):
        return asked
    return pilot


def _pilot_tell(ticket: Ticket, *, now: datetime) -> None:
    """Those who answer for the pilot service hear that a ticket goes from service to service."""
    step = Step(1, "ping_pong", 0, escalation.HOURS, escalation.PILOT)
    seeing = [agent for agent in Recipients.load(now).of_step(ticket, step) if may(agent, VIEW, ticket)]
    agents_tell(seeing, ticket, _("transferred again, the pilot service decides"), now=now, urgent=True)


@transaction.atomic
def ticket_classify(*, ticket: Ticket, request_type: RequestType | None, actor: Agent, now: datetime) -> Ticket:
    """Correct the request type: the commitments and the legal clock are counted again from the same reception. The
    service does not change: transferring is another decision, but for a compartment that nobody here may open.

    A sensitive type closes the compartment, on whoever corrects too; an ordinary one never opens it: it may have been
    closed by a rule or by hand (`ticket_unmark`). Raises `Invalid` when no service could open it any more."""
    ticket = ticket_lock(ticket.pk)
    require(actor, WORK, ticket)
    if request_type == ticket.request_type:
        return ticket
    former = ticket.request_type
    ticket.request_type = request_type
    closes = request_type is not None and request_type.is_sensitive and not ticket.is_sensitive
    moved = closes and compartment_close(ticket, now=now, actor=actor)
    clocks_recompute(ticket, now=now, create=[DeadlineKind.TARGET])
    legal_clock_refresh(ticket, now=now, actor=actor)
    event_add(
        ticket,
        EventKind.TYPED,
        actor=actor,
        at=now,
        former=former.name if former else "",
        request_type=request_type.name if request_type else "",
    )
    receipt_ensure(ticket, now=now)
    ticket.updated_at = now
    ticket.save()
    if moved:
        service_mail_queue(ticket, now=now, reason=str(NOBODY))
    return ticket


@transaction.atomic
def ticket_close(
    *,
    ticket: Ticket,
    actor: Agent | None,
    now: datetime,
    cancel: bool = False,
    reason: str = "",
    verdict: Verdict | None = None,
) -> Ticket:
    """Close a ticket (or cancel it: spam, duplicate, mistake). Its commitments stop.

    Closing without a reply is closing with an answer given otherwise (by telephone, at the desk), so it counts as the
    answer; cancelling does not. While the legal clock runs, closing needs the ``verdict`` it waits for: `Invalid`
    otherwise. Cancelling stops that clock; reopening counts it again from the reception.
    """
    ticket = ticket_lock(ticket.pk)
    require(actor, WORK, ticket)
    target = Status.CANCELLED if cancel else Status.CLOSED
    if ticket.legal_running and not cancel and ticket.status != target:
        if verdict is None or actor is None:
            raise decision_owed(ticket)
        decision_add(ticket, actor=actor, verdict=verdict, now=now)
    former = status_set(ticket, target)
    if former == target:
        return ticket
    if cancel:
        clocks_change(ticket, now=now, cancel=DeadlineKind)
        legal_clock_refresh(ticket, now=now, actor=actor)
    else:
        kept = [DeadlineKind.ACKNOWLEDGE, DeadlineKind.ANSWER, DeadlineKind.TARGET]
        clocks_change(ticket, now=now, stop=kept, cancel=[DeadlineKind.CALLBACK])
        answered(ticket, now=now)
    ticket.closed_at = ticket.updated_at = now
    ticket.save()
    event_add(
        ticket, EventKind.STATUS, actor=actor, at=now, former=former, current=target, reason=one_line(reason, 500)
    )
    watchers_tell(ticket, Status(target).label, now=now, but=actor)
    return ticket


@transaction.atomic
def ticket_reopen(*, ticket: Ticket, actor: Agent, now: datetime) -> Ticket:
    """Open again a ticket that was answered, closed or cancelled, with a new answer clock."""
    ticket = ticket_lock(ticket.pk)
    require(actor, WORK, ticket)
    ticket_reopen_locked(ticket, actor=actor, now=now)
    ticket.updated_at = now
    ticket.save()
    watchers_tell(ticket, _("reopened"), now=now, but=actor)
    return ticket


@transaction.atomic
def ticket_wait(*, ticket: Ticket, actor: Agent, now: datetime, waiting: bool) -> Ticket:
    """Pause the commitments while the citizen must act, or resume them. The law's clock is not paused by this."""
    ticket = ticket_lock(ticket.pk)
    require(actor, WORK, ticket)
    target = Status.WAITING if waiting else Status.OPEN
    former = status_set(ticket, target)
    if former == target:
        return ticket
    clocks_change(ticket, now=now)
    ticket.updated_at = now
    ticket.save()
    event_add(ticket, EventKind.STATUS, actor=actor, at=now, former=former, current=target)
    watchers_tell(ticket, Status(target).label, now=now, but=actor)
    return ticket
