"""Writing down who opened what is sensitive: the one thing that a page which only reads writes."""

from collections.abc import Iterable
from datetime import timedelta

from django.db import connection
from django.utils import timezone

from core.text import one_line
from directory.models import Agent
from tickets.models import AccessKind, AccessLog, Ticket

SAME_VISIT = timedelta(minutes=5)


def access_log(agent: Agent, ticket: Ticket, kind: AccessKind) -> None:
    """Write that ``agent`` was shown ``ticket``, if it is sensitive. Every access counts, not only the first."""
    if ticket.is_sensitive:
        AccessLog.objects.create(agent=agent, ticket=ticket, kind=kind)


def visit_log(agent: Agent, ticket: Ticket) -> None:
    """The same for what goes with the page (its second column, a form over it): written unless the agent has opened the
    ticket a moment ago, so that one visit is one line and no way around the page goes unseen."""
    if not ticket.is_sensitive:
        return
    since = timezone.now() - SAME_VISIT
    if not AccessLog.objects.filter(ticket=ticket, agent=agent, kind=AccessKind.PAGE, at__gte=since).exists():
        access_log(agent, ticket, AccessKind.PAGE)


def accesses_log(agent: Agent, tickets: Iterable[Ticket], kind: AccessKind) -> None:
    """The same for a list of tickets given at once (an export, a page of the API): one statement, or none."""
    AccessLog.objects.bulk_create(
        AccessLog(agent=agent, ticket=ticket, kind=kind) for ticket in tickets if ticket.is_sensitive
    )


def list_log(agent: Agent, tickets: Iterable[Ticket | None]) -> None:
    """Write that ``agent`` saw these tickets in a list, a card or a hint: one statement for the sensitive ones, none
    without. One who opened the ticket or saw it so a moment ago is not written again."""
    shown = {ticket.pk for ticket in tickets if ticket is not None and ticket.is_sensitive}
    if not shown:
        return
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(_SEEN, [agent.pk, now, sorted(shown), agent.pk, now - SAME_VISIT])


_SEEN = f"""
INSERT INTO {AccessLog._meta.db_table} (agent_id, ticket_id, kind, subject, at)
SELECT %s, shown.id, '{AccessKind.LIST}', '', %s FROM unnest(%s::bigint[]) shown (id)
WHERE NOT EXISTS (
  SELECT 1 FROM {AccessLog._meta.db_table} before
  WHERE before.ticket_id = shown.id AND before.agent_id = %s AND before.at >= %s
    AND before.kind IN ('{AccessKind.PAGE}', '{AccessKind.LIST}')
)
"""  # noqa: S608 — names of tables and kinds only


def lookup_log(agent: Agent, typed: str) -> None:
    """Write what an agent typed to look a person up, before any answer is given."""
    AccessLog.objects.create(agent=agent, kind=AccessKind.LOOKUP, subject=one_line(typed, 200))
