"""Absences of agents and their switch « I take new tickets »; tickets and tasks come back while they are away."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.errors import Invalid, NotAllowed
from core.jobs import enqueue
from directory.models import Absence, Agent, Service
from directory.permissions import has_right
from directory.roles import ASSIGN
from notifications.actions.notices import notice_add
from tickets.actions.locking import ticket_lock
from tickets.actions.routing.assignment import absence_of, release_from
from tickets.actions.teamwork.tasks import task_release
from tickets.enums import OPEN_STATUSES
from tickets.models import Ticket, TicketTask
from tickets.selectors.presence import absences_on, local_day

LONGEST = timedelta(days=3 * 366)


@dataclass
class Back:
    """What came back to one service: tickets given to others at once, tickets nobody has, tasks."""

    given: int = 0
    kept: int = 0
    tasks: int = 0


def availability_set(*, agent: Agent, is_available: bool, actor: Agent) -> None:
    """Whether ``agent`` takes new tickets. Those they have stay with them. Raises `NotAllowed`."""
    require_manages(actor, agent)
    agent.is_available = is_available
    agent.save(update_fields=["is_available"])


def manages(actor: Agent, agent: Agent) -> bool:
    """Oneself, or an agent of a service where ``actor`` assigns tickets."""
    if actor == agent:
        return True
    return any(has_right(actor, ASSIGN, pk) for pk in agent.memberships.values_list("service_id", flat=True))


def require_manages(actor: Agent, agent: Agent) -> None:
    if not manages(actor, agent):
        raise NotAllowed(_("You do not manage this agent’s absences."))


@transaction.atomic
def absence_add(
    *, agent: Agent, starts_on: date, ends_on: date, keeps_tickets: bool, actor: Agent, now: datetime
) -> Absence:
    """Note that ``agent`` is away from ``starts_on`` to ``ends_on``, both included. Raises `NotAllowed`, `Invalid`.

    When it begins their open tickets come back to their services (unless ``keeps_tickets``): at once when it is today,
    else by the sweep.
    """
    require_manages(actor, agent)
    today = local_day(now)
    if ends_on < starts_on:
        raise Invalid(_("The last day is before the first one."), field="ends_on")
    if ends_on < today:
        raise Invalid(_("This absence is over already."), field="ends_on")
    if ends_on - starts_on > LONGEST:
        raise Invalid(_("More than three years: deactivate the account instead."), field="ends_on")
    Agent.objects.select_for_update(of=("self",), no_key=True).get(pk=agent.pk)
    if Absence.objects.filter(agent=agent, starts_on__lte=ends_on, ends_on__gte=starts_on).exists():
        raise Invalid(_("An absence is noted already on some of these days."), field="starts_on")
    if starts_on <= today and not keeps_tickets:
        enqueue("tickets.begin_absences")
    return Absence.objects.create(
        agent=agent,
        starts_on=starts_on,
        ends_on=ends_on,
        keeps_tickets=keeps_tickets,
        created_by=actor,
        created_at=now,
    )


@transaction.atomic
def absence_end(*, absence: Absence, actor: Agent, now: datetime) -> None:
    """Remove an absence to come; end yesterday one that began: the agent is back. Raises `NotAllowed`."""
    require_manages(actor, absence.agent)
    absence = Absence.objects.select_for_update(of=("self",), no_key=True).get(pk=absence.pk)
    today = local_day(now)
    if absence.starts_on >= today:
        absence.delete()
    elif absence.ends_on >= today:
        absence.ends_on = today - timedelta(days=1)
        absence.save(update_fields=["ends_on"])


def absences_begin(now: datetime) -> int:
    """Take back the open tickets and tasks of those who are away and keep none, and of deactivated agents; how many.

    What was given to them meanwhile comes back at the next turn. A ticket a transaction: killed at any moment, it goes
    on where it stopped. The référent of each service is told, once a day for one agent, of how many came back.
    """
    today, count = local_day(now), 0
    busy = Exists(_tickets_of(OuterRef("agent"))) | Exists(_tasks_of(OuterRef("agent")))
    away = absences_on(today).filter(keeps_tickets=False).filter(Q(released_at=None) | busy)
    for absence in away.select_related("agent").order_by("id"):
        count += _take_back(absence.agent, "absent", now, absence.ends_on)
        if absence.released_at is None:
            Absence.objects.filter(pk=absence.pk).update(released_at=now)
    closed = Agent.objects.filter(
        Exists(_tickets_of(OuterRef("pk"))) | Exists(_tasks_of(OuterRef("pk"))), is_active=False
    )
    for agent in closed.order_by("pk"):
        count += _take_back(agent, "inactive", now, None)
    return count


def _tickets_of(agent: Any) -> QuerySet[Ticket]:
    return Ticket.objects.filter(assignee=agent, status__in=OPEN_STATUSES)


def _tasks_of(agent: Any) -> QuerySet[TicketTask]:
    return TicketTask.objects.filter(assignee=agent, done_at=None, cancelled_at=None)


def _take_back(agent: Agent, why: str, now: datetime, until: date | None) -> int:
    """Release every open ticket and task of one agent, then tell."""
    back: dict[int, Back] = defaultdict(Back)
    for pk in list(_tickets_of(agent).order_by("queue_at", "id").values_list("pk", flat=True)):
        service_id, is_given = _release(pk, agent, why=why, now=now, until=until)
        if service_id is not None:
            back[service_id].given += is_given
            back[service_id].kept += not is_given
    for pk in list(_tasks_of(agent).order_by("due_at", "id").values_list("pk", flat=True)):
        if why == "absent" and absence_of(agent.pk, now) is None:  # back meanwhile
            break
        service_id = task_release(task_id=pk, agent=agent, why=why, now=now, until=until)
        if service_id is not None:
            back[service_id].tasks += 1
    for service in Service.objects.filter(pk__in=back).select_related("referent", "manager"):
        _tell(service, agent, why, until, back[service.pk], now)
    return sum(one.given + one.kept + one.tasks for one in back.values())


@transaction.atomic
def _release(pk: int, agent: Agent, *, why: str, now: datetime, until: date | None) -> tuple[int | None, bool]:
    """(the service of the ticket, whether somebody else has it now); (None, False) when nothing was to be done."""
    ticket = ticket_lock(pk)
    if ticket.assignee_id != agent.pk or not ticket.is_open:
        return None, False
    if why == "absent" and absence_of(agent.pk, now) is None:  # back meanwhile
        return None, False
    release_from(ticket, why=why, now=now, until=until.isoformat() if until else "")
    ticket.updated_at = now
    ticket.save(update_fields=["assignee", "status", "updated_at"])
    return ticket.service_id, ticket.assignee_id is not None


def _tell(service: Service, agent: Agent, why: str, until: date | None, back: Back, now: datetime) -> None:
    """One alert to the référent, else to the manager of the service."""
    chief = next((one for one in (service.referent, service.manager) if one and one.is_active and one != agent), None)
    if chief is None:
        return
    has_tickets = bool(back.given + back.kept)
    with translation.override("fr"):
        names = {"name": agent.full_name, "service": service.name, "given": back.given, "kept": back.kept}
        if why == "absent" and until is not None:
            names["until"] = date_format(until, "j F Y")
            title = (
                gettext("%(name)s is away until %(until)s: tickets came back to %(service)s")
                if has_tickets
                else gettext("%(name)s is away until %(until)s: tasks came back to %(service)s")
            )
        elif has_tickets:
            title = gettext("%(name)s’s account is closed: tickets came back to %(service)s")
        else:
            title = gettext("%(name)s’s account is closed: tasks came back to %(service)s")
        told = [gettext("Unassigned: %(kept)d. Given to colleagues: %(given)d.") % names] if has_tickets else []
        told += [gettext("Tasks without anybody: %(n)d.") % {"n": back.tasks}] if back.tasks else []
    notice_add(
        agent_id=chief.pk,
        title=title % names,
        body=" ".join(told),
        path=reverse("tickets:queue", args=["unassigned"]) if has_tickets else reverse("tickets:tasks"),
        created_at=now,
        in_digest=True,
        dedupe_key=f"released:{agent.pk}:{service.pk}:{why}:{local_day(now)}",
    )
