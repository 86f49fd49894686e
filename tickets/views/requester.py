"""« This is not the right person »: choosing another requester for a ticket."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core.errors import Conflict, DomainError, Invalid
from core.guards import agent_required
from directory.actions.citizens import citizen_identify
from directory.models import Agent, Citizen
from directory.roles import WORK
from directory.selectors import citizens_matching
from tickets.actions.people.requester import ticket_requester_set
from tickets.actions.rights.access import visit_log
from tickets.models import Ticket
from tickets.people_forms import NewRequesterForm
from tickets.permissions import require
from tickets.selectors.people import citizen_get, citizens_visible_to
from tickets.selectors.visible import ticket_get
from tickets.views.common import agent_of, back_to
from tickets.views.people import point_row

MOST = 8


@require_http_methods(["GET", "HEAD", "POST"])
@agent_required
def requester(request: HttpRequest, reference: str) -> HttpResponse:
    """GET with ``q`` looks for people. POST: ``citizen`` (an id, or ``nobody``), else somebody new."""
    agent = agent_of(request)
    ticket = ticket_get(agent, reference)
    require(agent, WORK, ticket)
    visit_log(agent, ticket)
    form, status, problem = NewRequesterForm(), 200, ""
    if request.method == "POST":
        form = NewRequesterForm(request.POST if "citizen" not in request.POST else None)
        try:
            if "citizen" in request.POST or form.is_valid():
                with transaction.atomic():
                    chosen = _chosen(request, agent, form)
                    ticket_requester_set(ticket=ticket, citizen=chosen, actor=agent, now=timezone.now())
                messages.success(request, _("The requester is changed."))
                return back_to(request, ticket)
            status = 422
        except (Conflict, Invalid) as refusal:
            problem, status = refusal.message, _status(refusal)
    text = " ".join(request.GET.get("q", "").replace("\x00", "").split())[:120]
    context = {
        "ticket": ticket,
        "form": form,
        "text": text,
        "problem": problem,
        "people": _found(agent, ticket, text) if len(text) > 1 else [],
    }
    return render(request, "tickets/people/requester.html", context, status=status)


def _status(refusal: DomainError) -> int:
    return 422 if isinstance(refusal, Invalid) else refusal.status


def _chosen(request: HttpRequest, agent: Agent, form: NewRequesterForm) -> Citizen | None:
    typed = request.POST.get("citizen")
    if typed == "nobody":
        return None
    if typed is not None:
        if not typed.isdecimal() or len(typed) > 18:
            raise Invalid(_("Choose somebody in the list."))
        return citizen_get(agent, int(typed))
    return citizen_identify(form.requester)


def _found(agent: Agent, ticket: Ticket, text: str) -> list[dict[str, object]]:
    """Of those the agent may know: looking somebody up here says nothing more than the lists do."""
    people = citizens_matching(text).filter(pk__in=citizens_visible_to(agent).values("pk"))
    if ticket.requester_id is not None:
        people = people.exclude(pk=ticket.requester_id)
    return [
        {"citizen": citizen, "points": [point_row(point) for point in citizen.contact_points.all()]}
        for citizen in people[:MOST]
    ]
