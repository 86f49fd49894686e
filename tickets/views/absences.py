"""« My profile »: the switch and one's absences; « Absences »: those of the agents one assigns tickets to."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core.errors import Invalid, NotAllowed
from core.guards import agent_required
from directory.models import Absence, Agent
from directory.permissions import has_right, service_ids_with
from directory.roles import ASSIGN
from tickets.absence_forms import AbsenceForm, TeamAbsenceForm
from tickets.actions.routing.absences import absence_add, absence_end, availability_set, manages
from tickets.selectors.presence import absences_from, agents_managed, local_day, team_presence
from tickets.views.common import agent_of, refuse


@require_http_methods(["GET", "HEAD", "POST"])
@agent_required
def me(request: HttpRequest) -> HttpResponse:
    """The agent's own page; POST notes an absence."""
    agent, now = agent_of(request), timezone.now()
    form = AbsenceForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = _added(request, form, agent, agent, now)
        if not status:
            return redirect("tickets:me")
    rows = absences_from(local_day(now)).filter(agent=agent)
    context = {"agent": agent, "form": form, "today": local_day(now), "absences": rows, "skills": agent.skills.all()}
    return render(request, "tickets/me.html", context, status=status or 200)


@require_http_methods(["GET", "HEAD", "POST"])
@agent_required
def team(request: HttpRequest) -> HttpResponse:
    """Who is there in the services where one assigns tickets; POST notes somebody's absence."""
    actor, now = agent_of(request), timezone.now()
    if not has_right(actor, ASSIGN):
        raise NotAllowed(_("Only those who assign tickets see the absences of their agents."))
    services = service_ids_with(actor, ASSIGN)
    agents = agents_managed(services)
    form = TeamAbsenceForm(request.POST or None, agents=agents)
    status = 200
    if request.method == "POST":
        status = _added(request, form, None, actor, now)
        if not status:
            return redirect("tickets:absences")
    today = local_day(now)
    context = {
        "form": form,
        "today": today,
        "absences": absences_from(today).filter(agent__in=agents).select_related("agent"),
        "people": team_presence(agents, today),
    }
    return render(request, "tickets/absences.html", context, status=status or 200)


def _added(request: HttpRequest, form: AbsenceForm, agent: Agent | None, actor: Agent, now: datetime) -> int:
    """Note the absence of a sent form; the HTTP status of a refused one, 0 when it is noted."""
    if not form.is_valid():
        return 422
    fields: dict[str, Any] = {"agent": agent, **form.cleaned_data}
    try:
        absence = absence_add(**fields, actor=actor, now=now)
    except Invalid as refusal:
        return refuse(form, refusal)
    begins = absence.starts_on <= local_day(now) and not absence.keeps_tickets
    messages.success(
        request,
        _("The absence is noted: the open requests are being given back.") if begins else _("The absence is noted."),
    )
    return 0


@require_POST
@agent_required
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove an absence, or end the one that runs."""
    actor = agent_of(request)
    absence = get_object_or_404(Absence.objects.select_related("agent"), pk=pk)
    absence_end(absence=absence, actor=actor, now=timezone.now())
    messages.success(request, _("The absence is over: new requests may come again."))
    return _back(request, "tickets:me" if absence.agent == actor else "tickets:absences")


@require_POST
@agent_required
def availability(request: HttpRequest) -> HttpResponse:
    """Turn the switch of oneself, or of an agent one manages (``agent``: their id)."""
    actor = agent_of(request)
    wanted = request.POST.get("agent", "")
    known = wanted.isascii() and wanted.isdecimal()
    agent = get_object_or_404(Agent, pk=int(wanted), is_active=True) if known else actor
    if not manages(actor, agent):
        raise NotAllowed(_("You do not manage this agent’s absences."))
    is_available = request.POST.get("available") == "1"
    availability_set(agent=agent, is_available=is_available, actor=actor)
    if agent == actor:
        said = _("You take new requests.") if is_available else _("No new request will be given to you.")
    else:
        said = (_("%(name)s takes new requests.") if is_available else _("No new request goes to %(name)s.")) % {
            "name": agent.full_name
        }
    messages.success(request, said)
    return _back(request, "tickets:me" if agent == actor else "tickets:absences")


def _back(request: HttpRequest, fallback: str) -> HttpResponse:
    wanted = request.POST.get("next", "")
    if wanted and url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure()):
        return redirect(wanted)
    return redirect(fallback)
