"""Giving a ticket to an agent of its service without anybody asking; and taking it back from who is not there."""

from datetime import datetime

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from directory.models import Absence, Agent
from directory.models.organisation import Assignment
from tickets.actions.teamwork.watching import assignee_tell
from tickets.actions.timeline import event_add
from tickets.enums import EventKind, Status
from tickets.models import Ticket, TicketEvent
from tickets.routing.assignment import choose
from tickets.selectors.presence import absences_on, candidates_for, local_day


def assign_on_arrival(ticket: Ticket, *, now: datetime) -> TicketEvent | None:
    """Give a locked ticket to an agent, in memory (``assignee``, ``status``: whoever calls saves them), as its service
    says. None, and no query, where the service assigns by hand or somebody has it already; None when nobody is present.

    Call it last: whoever gives out the tickets of a service waits for whoever does so already, until the transaction
    ends, so that turns are fair and loads counted right.
    """
    service = ticket.service
    if service.assignment == Assignment.MANUAL or ticket.assignee_id is not None or not ticket.is_open:
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 2))", [f"assign:{service.pk}"])
    chosen = choose(
        service.assignment,
        candidates_for(ticket, local_day(now)),
        type_id=ticket.request_type_id,
        language=ticket.language,
    )
    if chosen is None:
        return None
    # the moment of the turn is taken under the lock: ``now`` may be older than that of whoever came before
    Agent.objects.filter(pk=chosen.agent_id).update(last_assigned_at=timezone.now())
    agent = Agent.objects.get(pk=chosen.agent_id)
    ticket.assignee = agent
    if ticket.status == Status.NEW:
        ticket.status = Status.OPEN
    assignee_tell(ticket, "assigned", _("this request is given to you"), now=now)
    return event_add(
        ticket, EventKind.ASSIGNED, actor=None, at=now, assignee=agent.full_name, reason=service.assignment
    )


def release_from(ticket: Ticket, *, why: str, now: datetime, until: str = "") -> None:
    """Take a locked, open ticket back from its assignee, in memory, and give it again where the service does so.

    ``why``: ``absent`` (``until``: ISO day), ``inactive`` or ``sensitive`` (they may not open it).
    """
    former = ticket.assignee
    if former is None:
        return
    ticket.assignee = None
    event_add(ticket, EventKind.RELEASED, actor=None, at=now, former=former.full_name, why=why, until=until)
    assign_on_arrival(ticket, now=now)


def release_if_away(ticket: Ticket, *, now: datetime) -> bool:
    """Take a locked ticket back, in memory, when its assignee is away without keeping their tickets, or deactivated:
    the citizen has just written, and nobody would read it. Whether it was. One query, none without an assignee."""
    agent = ticket.assignee
    if agent is None or not ticket.is_open:
        return False
    if not agent.is_active:
        release_from(ticket, why="inactive", now=now)
        return True
    absence = absence_of(agent.pk, now)
    if absence is None:
        return False
    release_from(ticket, why="absent", until=absence.ends_on.isoformat(), now=now)
    return True


def absence_of(agent_id: int, now: datetime) -> Absence | None:
    """The absence an agent is in, of those during which they do not keep their tickets; the longest."""
    away = absences_on(local_day(now)).filter(agent_id=agent_id, keeps_tickets=False)
    return away.order_by("-ends_on").first()
