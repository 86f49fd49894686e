"""What happens to a visitor, from the door to the end of the visit.

waiting → called → serving → done; called → no_show; called or serving → waiting again, by a transfer;
waiting → left. Somebody who did not come, or left, may come back the same day. Each action locks the visit it changes,
so two agents never act on the same one.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Max, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from channels_intake.counter.selectors import ACTIVE, waiting_for
from channels_intake.models import Desk, Visit, VisitPriority, VisitReason, VisitState
from core.errors import Conflict, NotAllowed
from directory.models import Agent, Service, Site
from tickets.models import Ticket


@dataclass(frozen=True)
class Arrival:
    """Somebody who comes in. ``key``: of the form, so that a form sent twice is one visitor."""

    key: uuid.UUID
    reason: VisitReason | None = None
    name: str = ""
    priority: int = VisitPriority.USUAL
    appointment_at: datetime | None = None
    by_kiosk: bool = False


@transaction.atomic
def visit_arrive(*, site: Site, arrival: Arrival, now: datetime) -> Visit:
    """Give the next number of the day, for this site and the letter of the reason."""
    Site.objects.select_for_update(no_key=True).get(pk=site.pk)  # one number at a time: no hole, no twin
    twin = Visit.objects.filter(key=arrival.key).first()
    if twin is not None:
        return twin
    day, letter = timezone.localdate(now), arrival.reason.letter if arrival.reason else "A"
    last = Visit.objects.filter(site=site, day=day, letter=letter).aggregate(last=Max("number"))["last"] or 0
    return Visit.objects.create(
        key=arrival.key,
        site=site,
        day=day,
        letter=letter,
        number=last + 1,
        reason=arrival.reason,
        service=arrival.reason.service if arrival.reason else None,
        priority=arrival.priority,
        appointment_at=arrival.appointment_at,
        name=arrival.name,
        by_kiosk=arrival.by_kiosk,
        arrived_at=now,
        waiting_since=now,
    )


def visit_call_next(*, desk: Desk, agent: Agent, now: datetime) -> Visit | None:
    """Call whoever is first for this desk; None when nobody waits for it.

    A visitor another agent is calling at this very moment is passed over, never waited for. Raises `Conflict` when the
    agent already receives somebody, or when somebody else receives at this desk.
    """
    return _call(waiting_for(desk, now), desk=desk, agent=agent, now=now)


def visit_call(*, visit_id: int, desk: Desk, agent: Agent, now: datetime) -> Visit:
    """Call one visitor of the desk's site out of turn. Raises `Conflict` as above, or when they no longer wait."""
    chosen = Visit.objects.filter(pk=visit_id, site=desk.site_id, state=VisitState.WAITING)
    visit = _call(chosen, desk=desk, agent=agent, now=now)
    if visit is None:
        raise Conflict(_("This person no longer waits: somebody else called them."))
    return visit


def _call(queue: QuerySet[Visit], *, desk: Desk, agent: Agent, now: datetime) -> Visit | None:
    try:
        with transaction.atomic():
            Desk.objects.select_for_update(no_key=True).get(pk=desk.pk)  # two agents at one desk, one after the other
            busy = Visit.objects.filter(state__in=ACTIVE).select_related("agent")
            if mine := busy.filter(agent=agent).first():
                raise Conflict(_("You are receiving %(number)s: finish this visit first.") % {"number": mine.label})
            if other := busy.filter(desk=desk, day=timezone.localdate(now)).first():
                who = other.agent.full_name if other.agent else _("Somebody")
                words = {"agent": who, "number": other.label}
                raise Conflict(_("%(agent)s is receiving %(number)s at this desk: choose another desk.") % words)
            visit = queue.select_for_update(skip_locked=True, of=("self",)).first()
            if visit is None:
                return None
            visit.state, visit.desk, visit.agent = VisitState.CALLED, desk, agent
            visit.called_at, visit.first_called_at = now, visit.first_called_at or now
            visit.save(update_fields=["state", "desk", "agent", "called_at", "first_called_at"])
            return visit
    except IntegrityError as error:  # the same agent, at two desks in the same instant: `visit_one_per_agent`
        raise Conflict(_("You are already receiving somebody: finish this visit first.")) from error


@transaction.atomic
def visit_recall(*, visit_id: int, agent: Agent, now: datetime) -> Visit:
    """Show the number again on the display."""
    visit = _own(visit_id, agent, VisitState.CALLED)
    visit.called_at = now
    visit.save(update_fields=["called_at"])
    return visit


@transaction.atomic
def visit_serve(*, visit_id: int, agent: Agent, now: datetime) -> Visit:
    """The person is at the desk."""
    visit = _own(visit_id, agent, *ACTIVE)
    if visit.state == VisitState.CALLED:
        visit.state, visit.served_at = VisitState.SERVING, now
        visit.save(update_fields=["state", "served_at"])
    return visit


@transaction.atomic
def visit_no_show(*, visit_id: int, agent: Agent, now: datetime) -> Visit:
    visit = _own(visit_id, agent, VisitState.CALLED)
    return _end(visit, VisitState.NO_SHOW, now)


@transaction.atomic
def visit_finish(*, visit_id: int, agent: Agent, now: datetime, ticket: Ticket | None = None) -> Visit:
    """The visit is over; ``ticket`` is what it made, if anything was recorded. Told twice, the first one stands."""
    visit = _own(visit_id, agent, *ACTIVE, VisitState.DONE)
    if visit.state == VisitState.DONE:
        return visit
    visit.served_at = visit.served_at or now
    if ticket is not None:
        visit.ticket, visit.citizen_id = ticket, ticket.requester_id
    visit.save(update_fields=["served_at", "ticket", "citizen"])
    return _end(visit, VisitState.DONE, now)


@transaction.atomic
def visit_transfer(*, visit_id: int, agent: Agent, service: Service | None, note: str, now: datetime) -> Visit:
    """Send the visitor to the desks of ``service`` (any desk when None), with a word for whoever calls them next.

    The wait starts again and the arrival stays. They do not queue twice: they pass before the people without
    appointment who have not been received yet (`VisitPriority.TRANSFERRED`), after appointments and reduced mobility.
    """
    visit = _own(visit_id, agent, *ACTIVE)
    visit.state, visit.desk, visit.agent = VisitState.WAITING, None, None
    visit.service, visit.note = service, note.strip()[:250]
    visit.priority = min(visit.priority, VisitPriority.TRANSFERRED)
    visit.waiting_since, visit.served_at = now, None
    visit.save()
    return visit


@transaction.atomic
def visit_leave(*, visit_id: int, now: datetime) -> Visit:
    """They left without being received."""
    visit = _locked(visit_id, VisitState.WAITING)
    return _end(visit, VisitState.LEFT, now)


@transaction.atomic
def visit_return(*, visit_id: int, now: datetime) -> Visit:
    """They are here after all: back in the list, in their former place."""
    visit = _locked(visit_id, VisitState.NO_SHOW, VisitState.LEFT)
    if visit.day != timezone.localdate(now):
        raise Conflict(_("This visit is not of today: give the person a new number."))
    visit.state, visit.ended_at, visit.desk, visit.agent = VisitState.WAITING, None, None, None
    visit.save(update_fields=["state", "ended_at", "desk", "agent"])
    return visit


@transaction.atomic
def visit_prioritise(*, visit_id: int, priority: int) -> Visit:
    """Correct who passes first: the kiosk believes what it is told."""
    visit = _locked(visit_id, VisitState.WAITING)
    visit.priority = VisitPriority(priority)
    visit.save(update_fields=["priority"])
    return visit


def day_close(*, now: datetime) -> int:
    """The end of the day: who still waits has left, who was called did not come, who was served is done. How many."""
    today = Visit.objects.filter(day__lte=timezone.localdate(now))
    ends = (
        (VisitState.WAITING, VisitState.LEFT),
        (VisitState.CALLED, VisitState.NO_SHOW),
        (VisitState.SERVING, VisitState.DONE),
    )
    return sum(today.filter(state=state).update(state=end, ended_at=now) for state, end in ends)


def _end(visit: Visit, state: str, now: datetime) -> Visit:
    visit.state, visit.ended_at = VisitState(state), now
    visit.save(update_fields=["state", "ended_at"])
    return visit


def _locked(visit_id: int, *states: str) -> Visit:
    """The visit, locked; `Conflict` when it is gone or in none of ``states``."""
    visit = Visit.objects.select_for_update().filter(pk=visit_id).first()
    if visit is None:
        raise Conflict(_("This visit no longer exists."))
    if visit.state not in states:
        words = {"number": visit.label, "state": visit.get_state_display()}
        raise Conflict(_("%(number)s: this is no longer possible (%(state)s).") % words)
    return visit


def _own(visit_id: int, agent: Agent, *states: str) -> Visit:
    """The same, for the agent who receives this visitor; `NotAllowed` for another one."""
    visit = _locked(visit_id, *states)
    if visit.agent_id != agent.pk:
        raise NotAllowed(_("Another agent receives this person."))
    return visit
