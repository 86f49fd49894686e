"""Who else is on the ticket: told by each open page, shown near the composer."""

import re
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _

from core.live import live_publish
from directory.models import Agent
from directory.roles import WORK
from notifications.actions.notices import notices_read
from tickets.models import Ticket
from tickets.permissions import require
from tickets.presence import NOTE, REPLY, STATES, Present, presence_done, presence_leave, presence_tell
from tickets.selectors.detail import last_message_id
from tickets.views.common import agent_of, posted_on_ticket

_PAGE = re.compile(r"[a-z0-9-]{4,36}")
SHOWN = 4


@posted_on_ticket
def presence(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """Note what this page does (``state``: view, note, reply, or gone) and show the others, who hear of a change.

    The header ``X-Last-Message`` tells the page whether it shows what came last."""
    agent, now = agent_of(request), timezone.now()
    require(agent, WORK, ticket)
    page, state = request.POST.get("page", ""), request.POST.get("state", "")
    if not _PAGE.fullmatch(page) or state not in (*STATES, "gone"):
        return HttpResponse(status=400)
    moment = int(now.timestamp())
    if state == "gone":
        others = presence_leave(ticket.pk, agent.pk, page, now=moment)
        live_publish("presence", ticket.pk, agent_ids=[each.agent_id for each in others])
        return HttpResponse(status=204)
    changed, others = presence_tell(ticket.pk, agent.pk, page, state, now=moment)
    if changed:
        notices_read(agent=agent, now=now, about=ticket.reference)  # the page shows what they say
        live_publish("presence", ticket.pk, agent_ids=[each.agent_id for each in others])
    # without the request: what every page shows (menu, counters) costs more than this line, asked every 15 seconds
    response = HttpResponse(render_to_string("tickets/partials/_presence.html", _shown(others)) if others else "")
    response["X-Last-Message"] = str(last_message_id(ticket, but=agent))
    response["Cache-Control"] = "private, no-store"
    return response


def writing_over(ticket: Ticket, agent: Agent) -> None:
    """The agent's text has left: colleagues who wait for it hear of it."""
    others = presence_done(ticket.pk, agent.pk, now=int(timezone.now().timestamp()))
    live_publish("presence", ticket.pk, agent_ids=[each.agent_id for each in others])


def _shown(others: list[Present]) -> dict[str, Any]:
    """The lines shown, and ``locks``: the colleague who writes a reply, if any. No query when nobody else is there."""
    agents = Agent.objects.in_bulk([each.agent_id for each in others]) if others else {}
    people = [
        {"agent": agents[each.agent_id], "state": each.state, "for": _length(each)}
        for each in others
        if each.agent_id in agents
    ]
    return {
        "people": people[:SHOWN],
        "more": max(0, len(people) - SHOWN),
        "locks": next((each for each in people if each["state"] == REPLY), None),
        "key": ",".join(f"{each.agent_id}{each.state}" for each in others),
        "REPLY": REPLY,
        "NOTE": NOTE,
    }


def _length(present: Present) -> str:
    """« depuis 2 min »; nothing in the first minute."""
    minutes = int(timezone.now().timestamp() - present.since) // 60
    return _("for %(n)d min") % {"n": minutes} if minutes else ""
