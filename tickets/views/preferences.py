"""Small choices remembered for an agent: the columns of the lists, the folded groups of the sidebar."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from core.guards import agent_required
from tickets.actions.lists.preferences import columns_choose, group_fold
from tickets.actions.lists.saved_views import view_columns_set
from tickets.context_processors import views_of
from tickets.views.columns import columns_of
from tickets.views.common import agent_of, require_workspace


@require_POST
@agent_required
def columns(request: HttpRequest) -> HttpResponse:
    """The columns of the list one comes from: of the view it shows when that view is the agent's own, else of every
    list of the agent."""
    agent = agent_of(request)
    require_workspace(agent)
    chosen = () if request.POST.get("usual") else columns_of(request.POST.getlist("columns"), ())
    wanted = request.POST.get("view", "")
    view = next(
        (view for view in views_of(request, agent) if str(view.pk) == wanted and view.owner_id == agent.pk), None
    )
    if view is not None:
        view_columns_set(view=view, columns=chosen, actor=agent)
    else:
        columns_choose(actor=agent, columns=chosen)
    return redirect(next_address(request))


@require_POST
@agent_required
def fold(request: HttpRequest) -> HttpResponse:
    group_fold(actor=agent_of(request), group=request.POST.get("group", ""), folded=request.POST.get("folded") == "1")
    return HttpResponse(status=204)


def next_address(request: HttpRequest, default: str = "tickets:queue") -> str:
    """Where the form came from, when that is an address of ours."""
    wanted = request.POST.get("next", "")
    if wanted and url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure()):
        return wanted
    return default
