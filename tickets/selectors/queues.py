"""The queues of the workspace and their counters."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from directory.models import Agent
from directory.permissions import service_ids_with
from directory.roles import WORK
from tickets.enums import OPEN_STATUSES, Status
from tickets.models import Ticket
from tickets.selectors.visible import tickets_visible_to

CAP = 999  # a counter past this shows « 999+ »: counting more costs more and tells no more
LEGAL_WINDOW = timedelta(days=15)


@dataclass(frozen=True)
class Queue:
    key: str
    label: object
    icon: str


QUEUES = (
    Queue("mine", _("My tickets"), "user-round"),
    Queue("unassigned", _("Unassigned"), "inbox"),
    Queue("today", _("Due today"), "calendar-clock"),
    Queue("late", _("Late"), "triangle-alert"),
    Queue("legal", _("Legal deadlines"), "scale"),
    Queue("waiting", _("Waiting"), "circle-pause"),
    Queue("all", _("All open"), "list"),
)
QUEUE_KEYS = frozenset(queue.key for queue in QUEUES)


def end_of_today(now: datetime) -> datetime:
    """The first instant of tomorrow in the town's time zone."""
    local = timezone.localtime(now, timezone.get_default_timezone())
    return (local + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)


def late_q(now: datetime) -> Q:
    """Late: open, with a running commitment past its due date."""
    return Q(status__in=OPEN_STATUSES, queue_at__lt=now)


def due_today_q(now: datetime) -> Q:
    return Q(status__in=OPEN_STATUSES, queue_at__gte=now, queue_at__lt=end_of_today(now))


def legal_q(now: datetime) -> Q:
    """With a legal clock that runs and ends within fifteen days, even answered: an answer is not a decision."""
    return Q(legal_running=True, legal_due_on__lte=legal_limit(now))


def legal_limit(now: datetime) -> date:
    """The last day of the window in which a legal clock asks for attention."""
    return timezone.localtime(now, timezone.get_default_timezone()).date() + LEGAL_WINDOW


def queue_q(key: str, agent: Agent, now: datetime) -> Q:
    """The condition of a queue. KeyError for a key that is not in QUEUE_KEYS."""
    conditions = {
        "mine": Q(status__in=OPEN_STATUSES, assignee=agent),
        "unassigned": Q(status__in=OPEN_STATUSES, assignee__isnull=True),
        "today": due_today_q(now),
        "late": late_q(now),
        "legal": legal_q(now),
        "waiting": Q(status=Status.WAITING),
        "all": Q(status__in=OPEN_STATUSES),
    }
    return conditions[key]


def queue_tickets(key: str, agent: Agent, now: datetime) -> QuerySet[Ticket]:
    """The tickets of a queue: those of the services where the agent works, under the agent's rights."""
    return tickets_visible_to(agent, within=service_ids_with(agent, WORK)).filter(queue_q(key, agent, now))


def queue_counts(agent: Agent, now: datetime) -> dict[str, int]:
    """Tickets in each queue, each capped at CAP + 1, in one query whose cost does not grow with the tickets."""
    parts, kept = counts_sql(agent)
    actual = actual_values(now)
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(parts), [actual.get(value, value) for value in kept])
        row = cursor.fetchone()
    return dict(zip((queue.key for queue in QUEUES), row, strict=True))


# what stands for the moment in a statement that is written once and kept
_ANY_TIME = datetime(2000, 1, 1, 12, tzinfo=UTC)


def actual_values(now: datetime) -> dict[Any, Any]:
    """What to put for each value of `counts_sql` that stands for another."""
    return {
        _ANY_TIME: now,
        end_of_today(_ANY_TIME): end_of_today(now),
        legal_limit(_ANY_TIME): legal_limit(now),
    }


def counts_sql(agent: Agent) -> tuple[list[str], list[Any]]:
    """(a scalar for each of QUEUES, their parameters) under the rights of ``agent``, to be selected together."""
    parts, params = [], list[Any]()
    tickets = tickets_visible_to(agent, within=service_ids_with(agent, WORK))
    for queue in QUEUES:
        rows = tickets.filter(queue_q(queue.key, agent, _ANY_TIME)).order_by().values("pk")
        sql, arguments = count_sql(rows[: CAP + 1])
        parts.append(sql)
        params += arguments
    return parts, params


def count_sql(rows: QuerySet[Any, Any]) -> tuple[str, list[Any]]:
    """(a scalar: how many ``rows`` there are, its parameters)."""
    try:
        sql, arguments = rows.query.sql_with_params()
    except EmptyResultSet:  # an agent with no service: nothing to ask the database
        return "0", []
    return f"(SELECT count(*) FROM ({sql}) q)", list(arguments)  # noqa: S608 — built by the ORM
