"""The search among every ticket the agent may see, closed ones included."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_safe

from core.guards import agent_required
from core.text import one_line
from tickets.context_processors import view_in_use
from tickets.listing import tickets_in
from tickets.references import parse_reference
from tickets.selectors.visible import tickets_visible_to
from tickets.views.columns import SEARCH_COLUMNS
from tickets.views.common import agent_of, require_workspace
from tickets.views.listing import editor_only, list_response, listing


@require_safe
@agent_required
def search(request: HttpRequest) -> HttpResponse:
    """Every ticket the agent may see, the newest first. A whole reference opens its ticket."""
    agent = agent_of(request)
    require_workspace(agent)
    text = one_line(request.GET.get("q", ""), 200)
    reference = parse_reference(text)
    if reference and tickets_visible_to(agent).filter(reference=reference).exists():
        return redirect("tickets:detail", reference)
    now = timezone.now()
    tickets, form = tickets_in("", agent, request.GET, now)
    if (part := editor_only(request, agent, form)) is not None:
        return part
    view = view_in_use(request, agent)
    context = listing(request, agent, tickets, form, now, usual_columns=SEARCH_COLUMNS, view=view)
    context |= {"is_search": True, "global_query": text, "query": text}
    return list_response(request, "tickets/search.html", context)
