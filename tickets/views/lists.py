"""The queues and the search: the same list of tickets, under the same permission queryset."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.fragments import render_page
from core.guards import agent_required
from core.pagination import Page, keyset_page
from core.text import one_line
from directory.models import Agent, RequestType, Service
from directory.permissions import service_ids_with
from directory.roles import VIEW
from tickets.context_processors import count_label, queue_counts_of
from tickets.forms import ME, NOBODY, TicketFilterForm
from tickets.models import Ticket
from tickets.references import parse_reference
from tickets.selectors.assignable import agents_of
from tickets.selectors.queues import QUEUE_KEYS, QUEUES, queue_tickets
from tickets.selectors.search import tickets_matching
from tickets.selectors.visible import tickets_visible_to, with_names
from tickets.views.common import agent_of, require_workspace
from tickets.views.rows import rows_of

PAGE_SIZE = 25
BY_DUE_DATE = ("queue_at", "id")
BY_LEGAL_DAY = ("legal_due_on", "id")
NEWEST_FIRST = ("-received_at", "-id")
PARTIALS = {"tickets": "tickets/partials/_list.html", "filters": "tickets/partials/_filters.html"}


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
    order = BY_LEGAL_DAY if key == "legal" else BY_DUE_DATE
    context = _listing(request, agent, queue_tickets(key, agent, now), order, now)
    chosen = next(entry for entry in QUEUES if entry.key == key)
    if not context["active"] and not getattr(request, "htmx", False):
        context["total"] = count_label(queue_counts_of(request, agent, now)[key])
    return render_page(request, "tickets/queue.html", {**context, "queue": chosen}, partials=PARTIALS)


@require_safe
@agent_required
def search(request: HttpRequest) -> HttpResponse:
    """Every ticket the agent may see, closed ones included, the newest first. A whole reference opens its ticket."""
    agent = agent_of(request)
    require_workspace(agent)
    text = one_line(request.GET.get("q", ""), 200)
    visible = tickets_visible_to(agent)
    reference = parse_reference(text)
    if reference and visible.filter(reference=reference).exists():
        return redirect("tickets:detail", reference)
    context = _listing(request, agent, tickets_matching(visible, text), NEWEST_FIRST, timezone.now())
    context |= {"is_search": True, "global_query": text, "query": text}
    return render_page(request, "tickets/search.html", context, partials=PARTIALS)


def _listing(
    request: HttpRequest, agent: Agent, tickets: QuerySet[Ticket], order: tuple[str, ...], now: datetime
) -> dict[str, Any]:
    form = TicketFilterForm(request.GET)
    valid = form.is_valid()
    # the choices cost four queries: only those who filter pay for them
    filtering = bool(request.GET.get("filters")) or not valid or any(form.cleaned_data.values())
    options = _options(agent) if filtering else None
    page = keyset_page(
        with_names(tickets.filter(form.condition(agent, now))),
        order=order,
        cursor=request.GET.get("cursor") or None,
        size=PAGE_SIZE,
    )
    return {
        "form": form,
        "options": options,
        "active": _active(request, form, options) if options else [],
        "filter_url": _address(request, filters="1"),
        "problems": [] if valid else [error for errors in form.errors.values() for error in errors],
        "rows": rows_of(page.rows, agent, now),
        "is_first_page": not request.GET.get("cursor"),
        "here": request.get_full_path(),
        **_links(request, page),
    }


def _links(request: HttpRequest, page: Page[Ticket]) -> dict[str, str]:
    return {
        "next_url": _address(request, cursor=page.next) if page.next else "",
        "previous_url": _address(request, cursor=page.previous) if page.previous else "",
    }


def _address(request: HttpRequest, **changes: str) -> str:
    """This list with other parameters; an empty value removes one. A change of filter goes back to the first page."""
    kept = {key: value for key, value in request.GET.items() if value and key != "cursor"}
    kept.update(changes)
    query = urlencode({key: value for key, value in kept.items() if value})
    return f"{request.path}?{query}" if query else request.path


@dataclass(frozen=True)
class Options:
    """What each filter offers: [(value, label)]."""

    service: list[tuple[str, str]]
    type: list[tuple[str, str]]
    assignee: list[tuple[str, str]]
    status: list[tuple[str, str]]
    channel: list[tuple[str, str]]


def _options(agent: Agent) -> Options:
    seen = service_ids_with(agent, VIEW)
    people = [(str(other.pk), other.full_name) for other in agents_of(seen).only("first_name", "last_name", "email")]
    fields = TicketFilterForm.base_fields
    return Options(
        service=list(Service.objects.filter(pk__in=seen).values_list("code", "name")),
        type=list(RequestType.objects.filter(is_active=True).values_list("code", "name")),
        assignee=[(ME, _("Me")), (NOBODY, _("Nobody")), *people],
        status=[(value, str(label)) for value, label in fields["status"].choices if value],  # type: ignore[attr-defined]
        channel=[(value, str(label)) for value, label in fields["channel"].choices if value],  # type: ignore[attr-defined]
    )


def _active(request: HttpRequest, form: TicketFilterForm, options: Options) -> list[dict[str, str]]:
    """The filters in force, each with the address of the list without it."""
    found = []
    for name, field in form.fields.items():
        value = form.cleaned_data.get(name)
        if not value:
            continue
        label = str(field.label)
        if hasattr(options, name):
            label = f"{label} : {dict(getattr(options, name)).get(value, value)}"
        elif value is not True:
            label = f"{label} {value:%d/%m/%Y}"
        found.append({"label": label, "url": _address(request, **{name: ""})})
    return found
