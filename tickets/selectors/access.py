"""Who opened what is sensitive, for those who answer for it."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from directory.models import Agent
from directory.permissions import has_right, service_ids_with
from directory.roles import ADMINISTER, ASSIGN, SENSITIVE
from tickets.models import AccessKind, AccessLog, Ticket

SHOWN = 5


def audited_service_ids(agent: Agent) -> frozenset[int]:
    """The services whose accesses the agent may read: those they administer, and those they are the référent of (who
    processes the sensitive tickets and assigns them)."""
    processed = service_ids_with(agent, SENSITIVE) & service_ids_with(agent, ASSIGN)
    return service_ids_with(agent, ADMINISTER) | processed


def accesses_to(
    agent: Agent,
    *,
    who: int | None = None,
    reference: str = "",
    kind: str = "",
    since: date | None = None,
    until: date | None = None,
) -> QuerySet[AccessLog]:
    """The accesses to sensitive tickets that ``agent`` may read, with agent and ticket. Both days are included."""
    rows = AccessLog.objects.filter(ticket__service_id__in=sorted(audited_service_ids(agent)))
    if who:
        rows = rows.filter(agent_id=who)
    if reference:
        rows = rows.filter(ticket__reference=reference)
    if kind:
        rows = rows.filter(kind=kind)
    return rows.filter(_period(since, until)).select_related("agent", "ticket", "ticket__service")


def lookups_by(agent: Agent, *, who: int | None = None) -> QuerySet[AccessLog]:
    """What was looked up of people, with its agent: by oneself, by those who hold a role on services one manages, and
    by anybody for an administrator."""
    rows = AccessLog.objects.filter(kind=AccessKind.LOOKUP)
    if not has_right(agent, ADMINISTER):
        managed = Agent.objects.filter(memberships__service_id__in=sorted(service_ids_with(agent, ASSIGN))).values("pk")
        rows = rows.filter(Q(agent_id=agent.pk) | Q(agent_id__in=managed))
    if who:
        rows = rows.filter(agent_id=who)
    return rows.select_related("agent")


@dataclass(frozen=True)
class AccessSummary:
    """``count``: accesses in all, those who only saw it in a list left out; ``people``: by how many agents; ``last``:
    the newest, with their agent."""

    count: int
    people: int
    last: list[AccessLog]


def access_summary(ticket: Ticket) -> AccessSummary | None:
    """The accesses to a sensitive ticket, None for another one. Two queries on one index."""
    if not ticket.is_sensitive:
        return None
    rows = AccessLog.objects.filter(ticket=ticket).exclude(kind=AccessKind.LIST)
    agents = list(rows.order_by().values_list("agent_id", flat=True))
    return AccessSummary(
        len(agents), len(set(agents)), list(rows.select_related("agent").order_by("-at", "-id")[:SHOWN])
    )


def _period(since: date | None, until: date | None) -> Q:
    zone, condition = timezone.get_default_timezone(), Q()
    if since:
        condition &= Q(at__gte=datetime.combine(since, time.min, tzinfo=zone))
    if until:
        condition &= Q(at__lt=datetime.combine(until + timedelta(days=1), time.min, tzinfo=zone))
    return condition
