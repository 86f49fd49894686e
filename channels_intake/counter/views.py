"""The counter desk: the visitor an agent calls and receives, above the page the telephone desk has too."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from channels_intake.counter import actions
from channels_intake.counter.forms import TransferForm
from channels_intake.counter.place import Place, desk_choose, place_of, site_choose
from channels_intake.counter.selectors import current_visit, pulse, special_services, waiting_for
from channels_intake.desk.views import Begun, Desk, desk_page, log_required
from channels_intake.models import Visit
from core.errors import Conflict, NotAllowed
from core.guards import agent_required
from directory.models import Agent
from tickets.enums import Channel
from tickets.models import Ticket

DESK = Desk(
    channel=Channel.COUNTER,
    namespace="counter",
    title=gettext_lazy("Counter desk"),
    intro=gettext_lazy("A visit is logged while the person is in front of you."),
    who=gettext_lazy("Who is in front of you?"),
    fresh=gettext_lazy("New visit"),
    add=gettext_lazy("Add this visit to this request"),
    add_and_reopen=gettext_lazy("Add this visit and reopen"),
    template="channels_intake/counter/desk.html",
)
VISITOR = "channels_intake/counter/_visitor.html"


@require_http_methods(["GET", "POST"])
@agent_required
@log_required
def desk(request: HttpRequest) -> HttpResponse:
    """The counter desk of the site chosen for this session; asks for it when there are several and none is chosen.

    Opened for the visitor the agent has called, if any; recording the outcome ends that visit.
    """
    place = place_of(request)
    if place.sites and place.site is None:
        return render(request, "channels_intake/desk/choose_site.html", {"desk": DESK, "sites": place.sites})
    source = f"counter:{place.site.code}"[:60] if place.site else "counter"
    agent = agent_of(request)
    context = visitor_context(agent, place)
    return desk_page(request, DESK, source=source, begun=_begun(request, agent, context["visit"]), extra=context)


def _begun(request: HttpRequest, agent: Agent, visit: Visit | None) -> Begun:
    posted = request.POST.get("visit", "")

    def recorded(ticket: Ticket) -> None:
        if posted.isdecimal() and len(posted) < 18:
            actions.visit_finish(visit_id=int(posted), agent=agent, now=timezone.now(), ticket=ticket)

    if visit is None:
        return Begun(recorded=recorded)
    kind = visit.reason.request_type if visit.reason else None
    fits = kind is not None and kind.is_active
    return Begun(text=visit.name, initial={"request_type": kind} if fits else {}, recorded=recorded)


def visitor_context(agent: Agent, place: Place) -> dict[str, Any]:
    """What the strip above the desk shows: the visitor, or how many wait for this desk."""
    now = timezone.now()
    visit = current_visit(agent)
    return {
        "site": place.site,
        "sites": place.sites,
        "desks": place.desks,
        "my_desk": place.desk,
        "visit": visit,
        "transfer": TransferForm(services=special_services(visit.site_id)) if visit else None,
        "pulse": pulse(place.site, now) if place.desks and place.site else None,
        "for_me": waiting_for(place.desk, now).count() if place.desk and not visit else 0,
        "now": now,
    }


@require_safe
@agent_required
@log_required
def visitor(request: HttpRequest) -> HttpResponse:
    """The strip alone, asked again every few seconds while nobody is at the desk."""
    return render(request, VISITOR, visitor_context(agent_of(request), place_of(request)))


@require_POST
@agent_required
@log_required
def choose_site(request: HttpRequest) -> HttpResponse:
    """Remember where this agent receives people, until they log out."""
    site_choose(request, request.POST.get("site", ""))
    return back(request)


@require_POST
@agent_required
@log_required
def choose_desk(request: HttpRequest) -> HttpResponse:
    """Remember at which desk of the site, until they log out."""
    desk_choose(request, request.POST.get("desk", ""))
    return back(request)


@require_POST
@agent_required
@log_required
def call(request: HttpRequest) -> HttpResponse:
    """Call the next visitor for the agent's desk (or ``visit``, out of turn), and open the desk for them."""
    place, agent, now = place_of(request), agent_of(request), timezone.now()
    if place.desk is None:
        messages.warning(request, _("Say first at which desk you receive."))
        return redirect("counter:desk")
    chosen = request.POST.get("visit", "")
    try:
        if chosen.isdecimal() and len(chosen) < 18:
            actions.visit_call(visit_id=int(chosen), desk=place.desk, agent=agent, now=now)
        elif actions.visit_call_next(desk=place.desk, agent=agent, now=now) is None:
            messages.info(request, _("Nobody waits for this desk."))
            return back(request)
    except Conflict as error:
        messages.warning(request, error.message)
        return back(request)
    return redirect("counter:desk")


@require_POST
@agent_required
@log_required
def step(request: HttpRequest, pk: int, step: str) -> HttpResponse:
    """What the agent does with the visitor they called. To an htmx request, the strip as it is now."""
    agent, now = agent_of(request), timezone.now()
    try:
        if step == "transfer":
            _transfer(request, pk, agent)
        elif step in STEPS:
            STEPS[step](visit_id=pk, agent=agent, now=now)
        else:
            raise Http404
    except (Conflict, NotAllowed) as error:
        messages.warning(request, error.message)
        return back(request)
    if getattr(request, "htmx", False):
        return render(request, VISITOR, visitor_context(agent, place_of(request)))
    return back(request)


STEPS = {
    "recall": actions.visit_recall,
    "serve": actions.visit_serve,
    "no-show": actions.visit_no_show,
    "finish": actions.visit_finish,
}


def _transfer(request: HttpRequest, pk: int, agent: Agent) -> None:
    visit = current_visit(agent)
    if visit is None or visit.pk != pk:
        raise Conflict(_("You no longer receive this person."))
    form = TransferForm(request.POST, services=special_services(visit.site_id))
    if not form.is_valid():
        raise Conflict(_("Choose one of the services that have a desk here."))
    data = form.cleaned_data
    actions.visit_transfer(visit_id=pk, agent=agent, service=data["service"], note=data["note"], now=timezone.now())
    where = data["service"].name if data["service"] else _("Any desk")
    messages.success(request, _("%(number)s waits for: %(where)s.") % {"number": visit.label, "where": where})


def back(request: HttpRequest) -> HttpResponse:
    """To the page the form stood on: the waiting list or the desk. By a full load, also for htmx."""
    page = "counter:queue" if request.POST.get("back") == "queue" else "counter:desk"
    response = redirect(page)
    if getattr(request, "htmx", False):
        htmx = HttpResponse(status=204)
        htmx["HX-Redirect"] = response["Location"]
        return htmx
    return response


def agent_of(request: HttpRequest) -> Agent:
    if not isinstance(request.user, Agent):  # the views are guarded; this tells the type checker
        raise NotAllowed(_("Log in first."))
    return request.user
