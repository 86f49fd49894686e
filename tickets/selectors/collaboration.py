"""Several people on one ticket: links, merges, tasks, watchers, mentions."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from core.navigation import capped
from directory.models import Agent
from directory.permissions import service_ids_with
from directory.roles import WORK
from tickets.models import LinkKind, Mention, Ticket, TicketLink, TicketMerge, TicketTask, Watcher
from tickets.permissions import may_see
from tickets.selectors.queues import CAP

FROM_HERE = {
    LinkKind.RELATED: _("Related to"),
    LinkKind.DUPLICATE: _("Duplicate of"),
    LinkKind.PART: _("Part of"),
}
FROM_THERE = {
    LinkKind.RELATED: _("Related to"),
    LinkKind.DUPLICATE: _("Has a duplicate"),
    LinkKind.PART: _("Has a part"),
}


@dataclass(frozen=True)
class SeenLink:
    """A link as it reads from one of its ends: ``other`` is the ticket at the other end."""

    link: TicketLink
    other: Ticket
    words: object

    @property
    def is_duplicate(self) -> bool:
        return self.link.kind == LinkKind.DUPLICATE


def links_seen_by(ticket: Ticket, agent: Agent) -> list[SeenLink]:
    """The links of a ticket, either way, whose other end the agent sees; the others do not exist. One query."""
    rows = (
        TicketLink.objects.filter(Q(ticket=ticket) | Q(target=ticket))
        .select_related("ticket", "ticket__service", "target", "target__service")
        .order_by("created_at", "id")
    )
    seen = []
    for link in rows:
        here = link.ticket_id == ticket.pk
        other = link.target if here else link.ticket
        if may_see(agent, other):
            seen.append(SeenLink(link, other, (FROM_HERE if here else FROM_THERE)[LinkKind(link.kind)]))
    return seen


def merges_of(ticket: Ticket) -> list[TicketMerge]:
    """The merges that stand: those this ticket received, and the one it went into. One query."""
    rows = TicketMerge.objects.filter(Q(target=ticket) | Q(source=ticket), undone_at__isnull=True)
    return list(rows.select_related("source", "target", "merged_by").order_by("merged_at", "id"))


def tasks_on(ticket: Ticket) -> list[TicketTask]:
    """The tasks of a ticket: those to do first, then the others, the last ones first. One query."""
    rows = list(ticket.tasks.select_related("service", "assignee", "created_by", "done_by"))
    over = [task for task in rows if task.done_at or task.cancelled_at]
    over.sort(key=lambda task: task.done_at or task.cancelled_at or task.created_at, reverse=True)
    return [task for task in rows if task not in over] + over


def tasks_for(agent: Agent) -> QuerySet[TicketTask]:
    """The tasks of the services where ``agent`` works, and those given to them."""
    services = sorted(service_ids_with(agent, WORK))
    return TicketTask.objects.filter(Q(service__in=services) | Q(assignee=agent))


def to_do(tasks: QuerySet[TicketTask]) -> QuerySet[TicketTask]:
    return tasks.filter(done_at__isnull=True, cancelled_at__isnull=True)


def tasks_open_on(ticket: Ticket) -> int:
    return TicketTask.objects.filter(ticket=ticket, done_at__isnull=True, cancelled_at__isnull=True).count()


def tasks_counted(agent: Agent) -> list[QuerySet[Any, Any]]:
    """The tasks to do of the agent's services, and one that is past its date, for the sidebar."""
    tasks = to_do(tasks_for(agent)).order_by()
    return [tasks.values("pk")[: CAP + 1], tasks.filter(due_at__lt=Now()).values("pk")[:1]]


def tasks_counter(counts: Sequence[int]) -> tuple[str, str]:
    """The counter of `tasks_counted`, and its tone."""
    to_be_done, late = counts
    return capped(to_be_done, CAP), "late" if late else ""


def watchers_of(ticket: Ticket) -> list[Watcher]:
    return list(ticket.watchers.select_related("agent").order_by("since", "id"))


def open_mentions(ticket: Ticket, agent: Agent) -> list[Mention]:
    """The notes of this ticket that name the agent and that they have not seen."""
    rows = Mention.objects.filter(ticket=ticket, agent=agent, seen_at__isnull=True)
    return list(rows.select_related("message").order_by("id"))


def mentions_of(agent: Agent, *, unseen_only: bool) -> QuerySet[Mention]:
    """Where the agent was named, with what a list shows."""
    rows = Mention.objects.filter(agent=agent).select_related("message", "ticket", "ticket__service")
    return rows.filter(seen_at__isnull=True) if unseen_only else rows
