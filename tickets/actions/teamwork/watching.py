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
from notifications.actions.notices import notice_build
from notifications.models import Notice
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


def watchers_tell(ticket: Ticket, text: object, *, now: datetime, but: Agent | None = None) -> None:
    """Tell those who follow ``ticket`` and still see it, ``but`` whoever did it. ``text``: one sentence, lazy or not.

    One query when nobody follows it.
    """
    watching = Watcher.objects.filter(ticket=ticket)
    if but is not None:
        watching = watching.exclude(agent=but)
    ids = list(watching.values_list("agent_id", flat=True))
    if ids:
        agents_tell(agents_who_see(ticket).filter(pk__in=ids), ticket, text, now=now)


def agents_tell(agents: Iterable[Agent], ticket: Ticket, text: object, *, now: datetime, urgent: bool = False) -> None:
    """An alert to each of ``agents`` that leads to the ticket. Nothing but the reference of a sensitive one."""
    told = list(agents)
    with translation.override("fr"):
        sentence = str(text)
    Notice.objects.bulk_create(
        notice_build(
            agent_id=agent.pk,
            title=f"{ticket.reference} : {sentence}",
            body="" if ticket.is_sensitive else one_line(ticket.subject, 250),
            path=reverse("tickets:detail", args=[ticket.reference]),
            ticket_reference=ticket.reference,
            is_urgent=urgent,
            created_at=now,
        )
        for agent in told
    )
    live_publish("ticket", ticket.pk, agent_ids=[agent.pk for agent in told])
