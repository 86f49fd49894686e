"""Who waits at a site: arrivals, calls, the state of the desks, refreshed by itself."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from channels_intake.counter import actions
from channels_intake.counter.forms import ArrivalForm
from channels_intake.counter.place import place_of
from channels_intake.counter.selectors import desks_now, gone_lately, pulse, waiting_list
from channels_intake.counter.views import DESK, agent_of, back
from channels_intake.counter.waiting import GOAL, TARGET
from channels_intake.desk.views import log_required
from channels_intake.models import SiteScreens, VisitPriority
from core.errors import Conflict
from core.fragments import render_page
from core.guards import agent_required

PARTIALS = {"queue": "channels_intake/counter/_queue.html"}


@require_http_methods(["GET", "POST"])
@agent_required
@log_required
def queue(request: HttpRequest) -> HttpResponse:
    """The waiting list of the agent's site. POST: somebody comes in."""
    place, now = place_of(request), timezone.now()
    if place.site is None:
        if not place.sites:
            return redirect("counter:desk")
        context = {"desk": DESK, "sites": place.sites, "back": "queue"}
        return render(request, "channels_intake/desk/choose_site.html", context)
    form = ArrivalForm(request.POST or None, site=place.site)
    if request.method == "POST" and form.is_valid():
        visit = actions.visit_arrive(site=place.site, arrival=form.arrival(now), now=now)
        messages.success(request, _("Number to give: %(number)s") % {"number": visit.label})
        return redirect("counter:queue")
    agent, at_desks = agent_of(request), desks_now(place.desks, place.site, now)
    context = {
        "site": place.site,
        "sites": place.sites,
        "desks": place.desks,
        "my_desk": place.desk,
        "form": form,
        "visits": waiting_list(place.site, now),
        "gone": gone_lately(place.site, now),
        "desks_now": at_desks,
        "pulse": pulse(place.site, now),
        "visit": next((one.visit for one in at_desks if one.visit and one.visit.agent_id == agent.pk), None),
        "screens": SiteScreens.objects.filter(site=place.site).first(),
        "target": int(TARGET.total_seconds() // 60),
        "goal": GOAL,
        "now": now,
    }
    status = 422 if form.is_bound and not form.is_valid() else 200
    return render_page(request, "channels_intake/counter/queue.html", context, partials=PARTIALS, status=status)


@require_POST
@agent_required
@log_required
def step(request: HttpRequest, pk: int, step: str) -> HttpResponse:
    """What any agent of the counter may do with somebody who waits, or waited."""
    now = timezone.now()
    try:
        if step == "leave":
            actions.visit_leave(visit_id=pk, now=now)
        elif step == "return":
            actions.visit_return(visit_id=pk, now=now)
        elif step == "priority":
            priority = request.POST.get("priority", "")
            if priority not in {str(one.value) for one in VisitPriority}:
                raise Http404
            actions.visit_prioritise(visit_id=pk, priority=int(priority))
        else:
            raise Http404
    except Conflict as error:
        messages.warning(request, error.message)
    return back(request)
