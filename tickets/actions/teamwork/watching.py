"""Agents who want to hear of everything that happens on a ticket."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.urls import reverse
from django.utils import translation

from core.live import live_publish
from core.text import one_line
from directory.models import Agent
from directory.roles import VIEW
from notifications.actions.notices import notice_build, notices_add, unread_key, wants_digest
from tickets.models import Ticket, Watcher
from tickets.permissions import require
from tickets.selectors.assignable import agents_who_see


@transaction.atomic
def ticket_watch(*, ticket: Ticket, agent: Agent, now: datetime, watching: bool = True) -> None:
    """Follow a ticket one sees, or stop. Asked twice, it is done once."""
    if not watching:
        Watcher.objects.filter(ticket=ticket, agent=agent).delete()
        return
    require(agent, VIEW, ticket)
    Watcher.objects.bulk_create([Watcher(ticket=ticket, agent=agent, since=now)], ignore_conflicts=True)


def watchers_tell(
    ticket: Ticket, text: object, *, now: datetime, but: Agent | None = None, told: Agent | None = None
) -> None:
    """Tell those who follow ``ticket`` and still see it, ``but`` whoever did it and whoever is ``told`` already.
    ``text``: one sentence, lazy or not.

    One query when nobody follows it.
    """
    watching = Watcher.objects.filter(ticket=ticket)
    without = [agent for agent in (but, told) if agent is not None]
    if without:
        watching = watching.exclude(agent__in=without)
    ids = list(watching.values_list("agent_id", flat=True))
    if ids:
        agents_tell(agents_who_see(ticket).filter(pk__in=ids), ticket, text, now=now)


def assignee_tell(ticket: Ticket, what: str, text: object, *, now: datetime, but: Agent | None = None) -> Agent | None:
    """Tell the agent the ticket is given to, unless they did it (``but``) or are gone; returns whom. ``what`` as in
    `agents_tell`."""
    agent = ticket.assignee
    if agent is None or agent == but or not agent.is_active:
        return None
    agents_tell([agent], ticket, text, now=now, what=what)
    return agent


def agents_tell(
    agents: Iterable[Agent], ticket: Ticket, text: object, *, now: datetime, urgent: bool = False, what: str = ""
) -> None:
    """An alert to each of ``agents`` that leads to the ticket. Nothing but the reference of a sensitive one.

    ``what``: it is about the agent's own work: told once until it is read, and by the morning's mail to who wants it.
    """
    told = list(agents)
    with translation.override("fr"):
        sentence = str(text)
    notices_add(
        [
            notice_build(
                agent_id=agent.pk,
                title=f"{ticket.reference} : {sentence}",
                body="" if ticket.is_sensitive else one_line(ticket.subject, 250),
                path=reverse("tickets:detail", args=[ticket.reference]),
                ticket_reference=ticket.reference,
                is_urgent=urgent,
                in_digest=bool(what) and wants_digest(agent),
                dedupe_key=unread_key(what, ticket.pk, agent.pk) if what else None,
                created_at=now,
            )
            for agent in told
        ]
    )
    live_publish("ticket", ticket.pk, agent_ids=[agent.pk for agent in told])
