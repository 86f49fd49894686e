"""« Où l'on me cite »: the notes that name the agent, and the colleagues a note may name."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core.guards import agent_required
from core.pagination import keyset_page
from core.text import fold
from directory.roles import WORK
from tickets.actions.rights.access import list_log
from tickets.actions.teamwork.mentions import mentions_seen
from tickets.models import Ticket
from tickets.permissions import may_see, require
from tickets.selectors.assignable import agents_who_see
from tickets.selectors.collaboration import mentions_of
from tickets.selectors.visible import ticket_get
from tickets.views.common import agent_of, back_to, posted_on_ticket, require_workspace

ALL = "all"
PROPOSED = 8


@require_safe
@agent_required
def mentions(request: HttpRequest) -> HttpResponse:
    """The mentions not seen yet, the last ones first; with ``?show=all``, the others too."""
    agent, now = agent_of(request), timezone.now()
    require_workspace(agent)
    show = ALL if request.GET.get("show") == ALL else ""
    page = keyset_page(mentions_of(agent, unseen_only=not show), order=["-id"], cursor=request.GET.get("cursor"))

    def link(**changed: str | None) -> str:
        return "?" + urlencode({name: value for name, value in ({"show": show} | changed).items() if value})

    list_log(agent, [row.ticket for row in page.rows if may_see(agent, row.ticket)])
    context = {
        "rows": [{"mention": row, "within_reach": may_see(agent, row.ticket)} for row in page.rows],
        "now": now,
        "show": show,
        "views": [
            {"label": _("Not seen yet"), "url": link(show=None), "current": not show},
            {"label": _("All mentions"), "url": link(show=ALL), "current": bool(show)},
        ],
        "next_url": link(cursor=page.next) if page.next else "",
        "previous_url": link(cursor=page.previous) if page.previous else "",
    }
    return render(request, "tickets/cited.html", context)


@require_POST
@agent_required
def all_seen(request: HttpRequest) -> HttpResponse:
    mentions_seen(agent=agent_of(request), now=timezone.now())
    messages.success(request, _("Every mention is marked as seen."))
    return redirect("tickets:mentions")


@posted_on_ticket
def seen(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """The agent has the ticket open: its page says so by itself, or by its « Seen » button without script."""
    mentions_seen(agent=agent_of(request), ticket=ticket, now=timezone.now())
    if getattr(request, "htmx", False):
        return HttpResponse(status=204)
    return back_to(request, ticket)


@require_safe
@agent_required
def colleagues(request: HttpRequest, reference: str) -> HttpResponse:
    """The names that begin like ``?q=`` (any word of them) of those who may open this ticket, for « @ » in a note."""
    agent = agent_of(request)
    ticket = ticket_get(agent, reference)
    require(agent, WORK, ticket)
    typed = fold(request.GET.get("q", "")[:60])
    found = []
    for each in agents_who_see(ticket).exclude(pk=agent.pk).only("first_name", "last_name", "title"):
        name = f"{each.first_name} {each.last_name}"
        whole = fold(name)
        if whole.startswith(typed) or any(word.startswith(typed) for word in whole.split()):
            found.append({"name": name, "title": each.title})
    return JsonResponse({"agents": found[:PROPOSED]})
