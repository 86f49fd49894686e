"""What came in since a list was opened, and the counts of the saved views: asked by the page once it is shown."""

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.utils import timezone
from django.views.decorators.http import require_safe

from core.guards import agent_required
from tickets.context_processors import count_label, views_of
from tickets.listing import found_in, tickets_in
from tickets.selectors.counting import count_within
from tickets.selectors.news import arrivals, last_event_id
from tickets.views.common import agent_of, require_workspace


@require_safe
@agent_required
def news(request: HttpRequest) -> HttpResponse:
    """``{"since": last event, "tickets": [ids]}``: what entered the list of this address after ``since``."""
    agent = agent_of(request)
    require_workspace(agent)
    since = request.GET.get("since", "")
    last = last_event_id()
    if not (since.isascii() and since.isdecimal() and len(since) < 19):
        return JsonResponse({"since": last, "tickets": []})
    if int(since) >= last:
        return JsonResponse({"since": int(since), "tickets": []})
    try:
        found, _form = found_in(request.GET.get("scope", ""), agent, request.GET, timezone.now())
    except KeyError:
        raise Http404 from None
    return JsonResponse({"since": int(since), "tickets": arrivals(found.checked, agent, int(since))})


@require_safe
@agent_required
def view_counts(request: HttpRequest) -> HttpResponse:
    """``{view id: "12"}`` for each saved view of the sidebar; « … » for one that takes too long to count."""
    agent = agent_of(request)
    require_workspace(agent)
    now = timezone.now()
    counts = {}
    for view in views_of(request, agent):
        try:
            tickets, _form = tickets_in(view.queue, agent, QueryDict(view.query), now)
        except KeyError:
            continue
        count = count_within(tickets)
        counts[str(view.pk)] = "…" if count is None else count_label(count)
    return JsonResponse(counts)
