"""After log-in: each role lands where its work is."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_safe

from core.guards import agent_required
from directory.permissions import has_right
from directory.roles import DASHBOARD, VIEW, Role
from tickets.selectors.queues import queue_counts
from tickets.views.common import agent_of


@require_safe
@agent_required
def start(request: HttpRequest) -> HttpResponse:
    """The phone or counter desk, the dashboard of those who see no ticket, else the first queue with work in it."""
    agent = agent_of(request)
    roles = set(agent.memberships.values_list("role", flat=True))
    if Role.PHONE in roles:
        return redirect("phone:desk")
    if Role.COUNTER in roles:
        return redirect("counter:desk")
    if not has_right(agent, VIEW) and not has_right(agent, DASHBOARD) and agent.is_staff:
        return redirect("admin:index")  # the first account of a new town: there is everything to configure
    if Role.ELECTED in roles and not has_right(agent, VIEW):
        return redirect("dashboard:home")
    counts = queue_counts(agent, timezone.now())
    return redirect("tickets:queue", next((key for key in ("mine", "unassigned") if counts[key]), "all"))
