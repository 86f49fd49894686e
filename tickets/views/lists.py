"""The queues of the workspace."""

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from core.guards import agent_required
from tickets.context_processors import count_label, queue_counts_of, view_in_use
from tickets.listing import found_in
from tickets.selectors.queues import QUEUE_KEYS, QUEUES
from tickets.views.common import agent_of, require_workspace
from tickets.views.listing import editor_only, list_response, listing


@require_safe
@agent_required
def queue(request: HttpRequest, key: str = "all") -> HttpResponse:
    """One queue of the services where the agent works, the most urgent first."""
    if key not in QUEUE_KEYS:
        raise Http404
    agent = agent_of(request)
    require_workspace(agent)
    request.queue_key = key  # type: ignore[attr-defined]
    now = timezone.now()
    found, form = found_in(key, agent, request.GET, now)
    if (part := editor_only(request, agent, form)) is not None:
        return part
    view = view_in_use(request, agent)
    context = listing(request, agent, found, form, now, queue=key, view=view)
    if not context["active"] and not getattr(request, "htmx", False):
        context["total"] = count_label(queue_counts_of(request, agent, now)[key])
    context["queue"] = next(entry for entry in QUEUES if entry.key == key)
    return list_response(request, "tickets/queue.html", context)
