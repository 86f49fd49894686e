"""The dashboard of managers and elected officials. GET only: nothing here writes."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from core.errors import NotAllowed
from core.guards import agent_required
from core.pagination import keyset_page
from dashboard import presentation
from dashboard.exports import board_csv
from dashboard.figures import FIGURES
from dashboard.forms import Asked, asked_of
from dashboard.selectors import board, calls_answered, counter_waits, figure_tickets, legal_clocks_due, may_list
from directory.models import Agent
from directory.permissions import has_right
from directory.roles import DASHBOARD


def _reader(request: HttpRequest) -> tuple[Agent, Asked, datetime, ZoneInfo]:
    agent = request.user
    assert isinstance(agent, Agent)
    if not has_right(agent, DASHBOARD):
        raise NotAllowed(gettext_lazy("The dashboard is for managers, référents and elected officials."))
    now, zone = timezone.now(), ZoneInfo(timezone.get_default_timezone_name())
    return agent, asked_of(request.GET, agent, now.astimezone(zone).date()), now, zone


@require_safe
@agent_required
def home(request: HttpRequest) -> HttpResponse:
    agent, asked, now, zone = _reader(request)
    counts = board(agent, asked.scope, now=now, zone=zone)
    lists = may_list(agent, asked.scope)
    waits = counter_waits(agent, asked.scope, pilot=asked.has_pilot, now=now, zone=zone)
    calls = calls_answered(agent, asked.scope, pilot=asked.has_pilot, zone=zone)
    context: dict[str, Any] = {
        "asked": asked,
        "filters": presentation.filters(asked),
        "tiles": presentation.tiles(counts, asked, lists, waits, calls),
        "trend": presentation.trend(counts, asked),
        "services": presentation.by_service(counts, asked, lists),
        "channels": presentation.by_channel(counts, asked, lists),
        "sites": presentation.by_site(waits),
        "legal": legal_clocks_due(agent, asked.scope, now=now, zone=zone) if lists else [],
        "lists": lists,
        "now": now,
        "csv_url": f"{reverse('dashboard:csv')}?{asked.query()}",
    }
    return render(request, "dashboard/home.html", context)


@require_safe
@agent_required
def export(request: HttpRequest) -> HttpResponse:
    """The same figures as the page, as CSV that French spreadsheets open as it is (``;``, UTF-8 with BOM)."""
    agent, asked, now, zone = _reader(request)
    waits = counter_waits(agent, asked.scope, pilot=asked.has_pilot, now=now, zone=zone)
    calls = calls_answered(agent, asked.scope, pilot=asked.has_pilot, zone=zone)
    content = board_csv(board(agent, asked.scope, now=now, zone=zone), asked, waits, calls)
    response = HttpResponse(content, content_type="text/csv; charset=utf-8")
    period = asked.scope.period
    response["Content-Disposition"] = f'attachment; filename="guichet-{period.first}-{period.last}.csv"'
    return response


@require_safe
@agent_required
def figure_list(request: HttpRequest, figure: str) -> HttpResponse:
    """The tickets behind one figure, with the same filters."""
    agent, asked, now, zone = _reader(request)
    if figure not in FIGURES:
        raise Http404
    if not may_list(agent, asked.scope):
        raise NotAllowed(_("You can read these figures, not the tickets behind them."))
    tickets = figure_tickets(agent, asked.scope, figure, now=now, zone=zone)
    in_period = FIGURES[figure].in_period
    order = ("-received_at", "-id") if in_period else ("queue_at", "id")
    page = keyset_page(tickets, order=order, cursor=request.GET.get("cursor"), size=50)
    query = asked.query()
    context = {
        "asked": asked,
        "figure": FIGURES[figure],
        "tickets": page.rows,
        "total": tickets.count(),
        "now": now,
        "next_url": f"?{query}&cursor={page.next}" if page.next else "",
        "previous_url": f"?{query}&cursor={page.previous}" if page.previous else "",
        "back_url": f"{reverse('dashboard:home')}?{query}",
    }
    return render(request, "dashboard/figure.html", context)
