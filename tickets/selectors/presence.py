"""Who is there: absences day by day, and the agents of a service to whom tickets may be given without asking."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from directory.models import Absence, Agent, Membership
from directory.roles import ROLE_PERMISSIONS, SENSITIVE, VIEW, WORK, Role
from tickets.enums import OPEN_STATUSES
from tickets.models import Ticket
from tickets.routing.assignment import Candidate
from tickets.timezones import town_zone

# Those who process the tickets of a service. Managers, pilots and administrators may, and nothing is pushed to them.
HANDS = (Role.BACK_OFFICE, Role.REFERENT, Role.COUNTER, Role.PHONE)


def local_day(now: datetime) -> date:
    return now.astimezone(town_zone()).date()


def absences_on(day: date) -> QuerySet[Absence]:
    return Absence.objects.filter(starts_on__lte=day, ends_on__gte=day)


def absences_from(day: date) -> QuerySet[Absence]:
    """Those that run that day or begin later, the next first."""
    return Absence.objects.filter(ends_on__gte=day).order_by("starts_on", "id")


def agents_managed(service_ids: Iterable[int]) -> QuerySet[Agent]:
    """The active agents who hold a role on one of these services, by name."""
    held = Membership.objects.filter(agent=OuterRef("pk"), service__in=sorted(service_ids))
    return Agent.objects.filter(Exists(held), is_active=True).order_by("last_name", "first_name", "pk")


@dataclass(frozen=True)
class Presence:
    """An agent as a manager looks for them: away until which day (None: there), and what is on their hands."""

    agent: Agent
    until: date | None
    open_tickets: int


def team_presence(agents: QuerySet[Agent], day: date) -> list[Presence]:
    """Two queries, whatever the number of agents."""
    until = absent_until(day)
    counted = agents.annotate(load=Count("assigned_tickets", filter=Q(assigned_tickets__status__in=OPEN_STATUSES)))
    return [Presence(agent, until.get(agent.pk), agent.load) for agent in counted]


def absent_ids(day: date) -> frozenset[int]:
    """The ids of the agents away that day. One query."""
    return frozenset(absences_on(day).order_by().values_list("agent_id", flat=True))


def absent_until(day: date) -> dict[int, date]:
    """Agent id → the last day of the absence they are in; those present are not there. One query."""
    return dict(absences_on(day).order_by("ends_on").values_list("agent_id", "ends_on"))


def candidates_for(ticket: Ticket, day: date) -> list[Candidate]:
    """The agents of the ticket's own service who are present, take new tickets and may open this one. Two queries.

    Roles held higher in the tree do not count: a pilot sees the whole town hall and is not a pair of hands of each
    service.
    """
    needed = {VIEW, WORK} | ({SENSITIVE} if ticket.is_sensitive else set())
    roles = [role for role in HANDS if needed <= ROLE_PERMISSIONS[role]]
    own = Membership.objects.filter(agent=OuterRef("pk"), service=ticket.service_id, role__in=roles)
    away = absences_on(day).filter(agent=OuterRef("pk"))
    agents = (
        Agent.objects.filter(is_active=True, is_available=True)
        .filter(Exists(own), ~Exists(away))
        .annotate(load=Count("assigned_tickets", filter=Q(assigned_tickets__status__in=OPEN_STATUSES)))
        .prefetch_related("skills")
        .only("pk", "languages", "last_assigned_at")
        .order_by()
    )
    return [
        Candidate(
            agent_id=agent.pk,
            skills=frozenset(skill.pk for skill in agent.skills.all()),
            languages=frozenset(agent.languages),
            open_tickets=agent.load,
            last_assigned_at=agent.last_assigned_at,
        )
        for agent in agents
    ]
