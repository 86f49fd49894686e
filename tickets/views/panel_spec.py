"""A panel: an action that asks for something first, in a form above the conversation.

Each has one address. GET opens its form (the fragment for htmx, the whole page without script); POST does it, or gives
the form back filled.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers

from core.errors import Conflict, Invalid
from directory.models import Agent
from tickets.actions.rights.access import list_log, visit_log
from tickets.forms import PanelForm
from tickets.models import Ticket
from tickets.permissions import require
from tickets.selectors.visible import ticket_get
from tickets.views.common import agent_of, back_to, refuse
from tickets.views.ticket import OpenPanel, ticket_page

Apply = Callable[[Ticket, Agent, dict[str, Any], datetime], Ticket]


@dataclass(frozen=True)
class Panel:
    right: str
    form: type[PanelForm]
    title: object
    submit: object
    done: object  # a sentence, or what writes it from the ticket and the cleaned form
    icon: str
    apply: Apply
    danger: bool = False
    intro: object = ""
    proposes: Callable[[Ticket, Agent], Sequence[Ticket]] | None = None  # what its form offers first


def panel_run(request: HttpRequest, reference: str, name: str, spec: Panel) -> HttpResponse:
    """What `panel` does, for any panel: ``name`` is that of its address."""
    agent = agent_of(request)
    ticket = ticket_get(agent, reference, with_file=request.method != "POST")
    require(agent, spec.right, ticket)
    visit_log(agent, ticket)
    if request.method != "POST":
        given = {key: request.GET[key] for key in spec.form.prefilled if key in request.GET}
        return _show(request, ticket, name, spec, spec.form(ticket=ticket, initial=given))
    form = spec.form(request.POST, ticket=ticket)
    if not form.is_valid():
        return _show(request, ticket, name, spec, form, status=422)
    try:
        with transaction.atomic():
            ticket = spec.apply(ticket, agent, form.cleaned_data, timezone.now())
    except (Conflict, Invalid) as refusal:
        return _show(request, ticket_get(agent, reference), name, spec, form, status=refuse(form, refusal))
    done = spec.done(ticket, form.cleaned_data) if callable(spec.done) else spec.done
    messages.success(request, str(done))
    return back_to(request, ticket)


def _show(
    request: HttpRequest, ticket: Ticket, name: str, spec: Panel, form: PanelForm, *, status: int = 200
) -> HttpResponse:
    agent = agent_of(request)
    proposed = spec.proposes(ticket, agent) if spec.proposes else ()
    list_log(agent, proposed)
    opened = OpenPanel(
        name=name,
        title=spec.title,
        submit=spec.submit,
        icon=spec.icon,
        danger=spec.danger,
        intro=spec.intro,
        form=form,
        proposed=proposed,
        url=reverse(f"tickets:{name}", args=[ticket.reference]),
    )
    htmx = getattr(request, "htmx", None)
    if htmx and htmx.target in {"panel", "panel-assignee"}:
        context = {"ticket": ticket, "panel": opened, "now": timezone.now()}
        response = render(request, "tickets/partials/_panel.html", context, status=status)
    else:
        response = ticket_page(request, ticket, panel=opened, status=status)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response
