"""The right column's second part, that the page asks for once it is there: ready answers, links, tasks, history."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from core.guards import agent_required
from directory.models import Agent
from knowledge.selectors import articles_search
from tickets.actions.rights.access import list_log, visit_log
from tickets.models import Ticket
from tickets.selectors.access import access_summary
from tickets.selectors.collaboration import links_seen_by, merges_of, open_mentions, tasks_on, watchers_of
from tickets.selectors.detail import events_of
from tickets.selectors.similar import similar_answered
from tickets.selectors.visible import ticket_get
from tickets.views.common import agent_of
from tickets.views.person_hints import person_hints
from tickets.views.task_rows import task_rows
from tickets.views.ticket import Abilities
from tickets.views.wording import lines_of

RECENT_EVENTS = 6


@require_safe
@agent_required
def aside(request: HttpRequest, reference: str) -> HttpResponse:
    """The fragment for htmx; a page of its own for who follows the link without script."""
    agent = agent_of(request)
    ticket = ticket_get(agent, reference)
    visit_log(agent, ticket)
    htmx = getattr(request, "htmx", None)
    name = "tickets/partials/_aside.html" if htmx and htmx.target == "aside" else "tickets/aside.html"
    response = render(request, name, aside_context(ticket, agent))
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


def aside_context(ticket: Ticket, agent: Agent) -> dict[str, Any]:
    now = timezone.now()
    can = Abilities.of(agent, ticket)
    lines = lines_of(list(events_of(ticket))[::-1])
    watchers = watchers_of(ticket)
    person, links = person_hints(ticket, agent), links_seen_by(ticket, agent)
    similar = similar_answered(ticket, agent) if can.reply else []
    beside = [*person.family_tickets, *(each.ticket for each in similar), *(each.other for each in links)]
    list_log(agent, [person.repeat, *beside])
    return {
        "ticket": ticket,
        "now": now,
        "can": can,
        "person": person,
        "articles": list(articles_search(ticket.subject, public_only=False, limit=4)) if can.reply else [],
        "similar": similar,
        "insertable": can.reply,
        "links": links,
        "merges": merges_of(ticket),
        "tasks": task_rows(tasks_on(ticket), agent),
        "watchers": watchers,
        "watching": any(watcher.agent_id == agent.pk for watcher in watchers),
        "mentions": open_mentions(ticket, agent),
        "accesses": access_summary(ticket),
        "lines": lines[:RECENT_EVENTS],
        "older_lines": lines[RECENT_EVENTS:],
    }
