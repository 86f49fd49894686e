"""What every view of the workspace starts and ends with."""

import re
from collections.abc import Callable
from functools import wraps

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from core.errors import Conflict, DomainError, Invalid, NotAllowed
from core.guards import agent_required
from directory.models import Agent
from directory.permissions import has_right
from directory.roles import VIEW
from tickets.models import Ticket
from tickets.permissions import may_see
from tickets.selectors.visible import ticket_get

_PK = re.compile(r"[0-9]{1,18}")


def agent_of(request: HttpRequest) -> Agent:
    """The agent behind a view guarded by `agent_required`."""
    agent = request.user
    assert isinstance(agent, Agent)
    return agent


def require_workspace(agent: Agent) -> None:
    """Raise `NotAllowed` for those who see the tickets of no service (elected officials, newcomers without a role)."""
    if not has_right(agent, VIEW):
        raise NotAllowed(_("Your role does not give access to the tickets."))


def posted_on_ticket(
    view: Callable[[HttpRequest, Ticket], HttpResponse],
) -> Callable[[HttpRequest, str], HttpResponse]:
    """A POST on a ticket the agent sees (404 otherwise). A refusal is told on the page the agent came from.

    GET leads to the ticket: the address of an action is where the log-in page brings back those whose session ended.
    """

    @require_http_methods(["GET", "HEAD", "POST"])
    @agent_required
    @wraps(view)
    def guarded(request: HttpRequest, reference: str) -> HttpResponse:
        ticket = ticket_get(agent_of(request), reference)
        if request.method != "POST":
            return redirect("tickets:detail", ticket.reference)
        try:
            return view(request, ticket)
        except (Conflict, Invalid) as refusal:
            messages.error(request, refusal.message)
            return back_to(request, ticket)

    return guarded


def posted_numbers(request: HttpRequest, name: str) -> list[int]:
    """The ids sent under ``name``; what is no id is not there."""
    return [int(value) for value in request.POST.getlist(name) if _PK.fullmatch(value)]


def refuse(form: forms.Form, refusal: DomainError) -> int:
    """Write the refusal of an action beside its field; returns the HTTP status of the page that shows it."""
    field = getattr(refusal, "field", None)
    form.add_error(field if field in form.fields else None, refusal.message)
    return 422 if isinstance(refusal, Invalid) else refusal.status


def back_to(request: HttpRequest, ticket: Ticket, anchor: str = "") -> HttpResponse:
    """After an action: the page it came from when it says so, else the ticket; the queues when it is out of sight."""
    wanted = request.POST.get("next", "")
    if wanted and url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure()):
        return redirect(wanted)
    if not may_see(agent_of(request), ticket):
        return redirect("tickets:queue")
    response = redirect("tickets:detail", ticket.reference)
    if anchor:
        response["Location"] += f"#{anchor}"
    return response
