"""« Droits »: who may see and do what on which service, and why; and who may see one ticket."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from core.errors import NotAllowed
from core.guards import agent_required
from core.spreadsheets import csv_response
from directory.models import Agent, Service
from directory.permissions import service_ids_with
from directory.rights_matrix import RIGHT_LABELS, Reason, RightsTable, Why
from directory.roles import ADMINISTER, ASSIGN, SENSITIVE, VIEW, WORK
from tickets.actions.rights.access import visit_log
from tickets.selectors.access import access_summary
from tickets.selectors.visible import ticket_get
from tickets.views.common import agent_of


@dataclass(frozen=True)
class Line:
    """One row of the matrix: an agent or a service, the reasons, and for each right whether it is held."""

    label: str
    sub: str
    url: str
    depth: int
    reasons: list[str]
    cells: list[tuple[str, bool]]  # (label of the right, held)


@require_safe
@agent_required
def rights(request: HttpRequest) -> HttpResponse:
    """The matrix of one service (« Qui peut quoi ici ? ») or of one agent (« Que peut voir Camille ? »)."""
    reader = agent_of(request)
    perimeter = service_ids_with(reader, ADMINISTER) | service_ids_with(reader, ASSIGN)
    if not perimeter:
        raise NotAllowed(gettext_lazy("The rights are shown to administrators and to those who assign requests."))
    table = RightsTable.load()
    if request.GET.get("export") == "csv":
        return _export(table, perimeter)
    tree = [(service, depth) for service, depth in table.tree() if service.pk in perimeter]
    people = [agent for agent in table.agents.values() if table.of_agent(agent, perimeter)]
    agent = next((one for one in people if str(one.pk) == request.GET.get("agent")), None)
    service = next((one for one, _depth in tree if one.code == request.GET.get("service")), tree[0][0])
    base = min(depth for _service, depth in tree)
    context: dict[str, Any] = {
        "services": [(one, "\u2003" * (depth - base)) for one, depth in tree],
        "people": people,
        "agent": agent,
        "service": None if agent else service,
        "labels": list(RIGHT_LABELS.values()),
        "lines": _of_agent(table, agent, perimeter) if agent else _of_service(table, service),
    }
    return render(request, "tickets/rights.html", context)


def _of_service(table: RightsTable, service: Service) -> list[Line]:
    address = reverse("tickets:rights")
    return [
        _line(agent.full_name, agent.title, f"{address}?agent={agent.pk}", why)
        for agent, why in table.of_service(service.pk)
    ]


def _of_agent(table: RightsTable, agent: Agent, perimeter: Iterable[int]) -> list[Line]:
    address, depths = reverse("tickets:rights"), {service.pk: depth for service, depth in table.tree()}
    rows = table.of_agent(agent, perimeter)
    base = min((depths[service.pk] for service, _why in rows), default=0)
    return [
        _line(service.name, "", f"{address}?service={service.code}", why, depth=depths[service.pk] - base)
        for service, why in rows
    ]


def _line(label: str, sub: str, url: str, why: Why, *, depth: int = 0) -> Line:
    cells = [(str(name), right in why) for right, name in RIGHT_LABELS.items()]
    return Line(label, sub, url, min(depth, 4), reasons_of(why), cells)


def reasons_of(why: Why, rights: Iterable[str] = ()) -> list[str]:
    """The distinct reasons of the ``rights`` (of all when none is given), in words, the nearest first."""
    wanted = set(rights) or set(why)
    found = [reason for right, reasons in why.items() if right in wanted for reason in reasons]
    found.sort(key=lambda reason: reason.inherited)
    return list(dict.fromkeys(in_words(reason) for reason in found))


def in_words(reason: Reason) -> str:
    """« Référent — Voirie », « Référent — Direction technique (hérité) »."""
    if reason.service is None:
        return reason.role_label
    words = {"role": reason.role_label, "service": reason.service.name}
    if reason.inherited:
        return _("%(role)s — %(service)s (inherited)") % words
    return _("%(role)s — %(service)s") % words


def _export(table: RightsTable, perimeter: frozenset[int]) -> HttpResponse:
    """One line for each agent and service with any right: the reasons, then a column a right."""
    names = [str(label) for label in RIGHT_LABELS.values()]
    rows: list[list[Any]] = [[_("Agent"), _("E-mail"), _("Service"), _("Why"), *names]]
    for agent in table.agents.values():
        for service, why in table.of_agent(agent, perimeter):
            cells = ["x" if right in why else "" for right in RIGHT_LABELS]
            rows.append([agent.full_name, agent.email, service.name, " ; ".join(reasons_of(why)), *cells])
    return csv_response(rows, f"droits-{timezone.localdate():%Y-%m-%d}")


@require_safe
@agent_required
def ticket_rights(request: HttpRequest, reference: str) -> HttpResponse:
    """« Qui peut voir cette demande ? », to whoever sees it; with those whom only its sensitivity keeps out."""
    agent = agent_of(request)
    ticket = ticket_get(agent, reference)
    visit_log(agent, ticket)
    seeing, kept_out = [], []
    for other, why in RightsTable.load().of_service(ticket.service_id):
        if VIEW not in why:
            continue
        if ticket.is_sensitive and SENSITIVE not in why:
            kept_out.append({"agent": other, "reasons": reasons_of(why, [VIEW])})
            continue
        needed = [VIEW, SENSITIVE] if ticket.is_sensitive else [VIEW]
        seeing.append({"agent": other, "reasons": reasons_of(why, needed), "works": WORK in why})
    context = {"ticket": ticket, "seeing": seeing, "kept_out": kept_out, "accesses": access_summary(ticket)}
    return render(request, "tickets/ticket_rights.html", context)
