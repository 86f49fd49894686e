"""Grouped actions: what is asked once for many tickets, then how far it is."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.errors import Conflict, Invalid, NotAllowed
from core.guards import agent_required
from directory.models import Agent
from directory.permissions import has_right
from directory.roles import WORK
from directory.selectors import town_get
from knowledge.models import ReplyTemplate
from tickets.actions.lists.bulk import MOST, bulk_start, bulk_stop, bulk_undo
from tickets.actions.rights.access import list_log
from tickets.bulk_forms import FORMS, BulkForm
from tickets.listing import tickets_in
from tickets.models import BulkJob, BulkKind, Ticket
from tickets.reply_mail import ReplyMail, reply_mail
from tickets.reply_variables import fill, leftovers
from tickets.selectors.reply_templates import template_values, templates_for
from tickets.selectors.visible import tickets_visible_to, with_names
from tickets.views.common import agent_of, refuse, require_workspace
from tickets.views.job_rows import job_context

SHOWN = 5  # tickets named on the page that asks


@dataclass(frozen=True)
class Ask:
    """The words of one kind of grouped action."""

    title: object
    submit: object
    icon: str
    note: object


ASKS = {
    BulkKind.ASSIGN: Ask(
        gettext_lazy("Assign these requests"),
        gettext_lazy("Assign them"),
        "user-round-plus",
        gettext_lazy("It can be undone for a day, where nothing happened since."),
    ),
    BulkKind.TRANSFER: Ask(
        gettext_lazy("Transfer these requests"),
        gettext_lazy("Transfer them"),
        "arrow-right-left",
        gettext_lazy("It can be undone for a day, where nothing happened since."),
    ),
    BulkKind.REPLY: Ask(
        gettext_lazy("Reply to these people"),
        gettext_lazy("Send to each of them"),
        "send",
        gettext_lazy(
            "Each person gets a message of their own. You have 30 seconds to cancel; then it cannot be undone."
        ),
    ),
    BulkKind.CLOSE: Ask(
        gettext_lazy("Close these requests"),
        gettext_lazy("Close them"),
        "circle-check",
        gettext_lazy("It can be undone for a day, where nothing happened since."),
    ),
    BulkKind.TAG: Ask(
        gettext_lazy("Tag these requests"),
        gettext_lazy("Add the tags"),
        "tag",
        gettext_lazy("It can be undone for a day, where nothing happened since."),
    ),
}


@require_http_methods(["GET", "HEAD", "POST"])
@agent_required
def new(request: HttpRequest) -> HttpResponse:
    """Ask for a grouped action. GET comes from a list, with its selection; POST carries the tickets shown then, so
    that nothing that came in meanwhile is done unseen."""
    agent = agent_of(request)
    require_workspace(agent)
    if not has_right(agent, WORK):
        raise NotAllowed(_("Your role does not let you process tickets."))
    data = request.POST if request.method == "POST" else request.GET
    kind = data.get("kind", "")
    if kind not in FORMS:
        raise Http404
    try:
        ids = _ids(data) if request.method == "POST" else _selected(request.GET, agent)
    except Invalid as refusal:
        messages.error(request, refusal.message)
        return redirect(_back(request, data))
    tickets = tickets_visible_to(agent).filter(pk__in=ids)
    services = set(tickets.order_by().values_list("service_id", flat=True).distinct())
    if request.method != "POST":
        form = FORMS[kind](service_ids=services, initial=_initial(request, kind))
        return _show(request, agent, kind, ids, form)
    form = FORMS[kind](request.POST, service_ids=services)
    if not form.is_valid():
        return _show(request, agent, kind, ids, form, status=422)
    if request.POST.get("preview"):
        return _show(request, agent, kind, ids, form, preview=True)
    try:
        seen = list(tickets.order_by().values_list("pk", flat=True))
        job = bulk_start(actor=agent, kind=kind, params=form.params(), ticket_ids=seen, now=timezone.now())
    except (Conflict, Invalid) as refusal:
        return _show(request, agent, kind, ids, form, status=refuse(form, refusal))
    return redirect(f"{reverse('tickets:bulk', args=[job.pk])}?{urlencode({'back': _back(request, data)})}")


def _selected(data: QueryDict, agent: Agent) -> list[int]:
    """The ids a list asks for: those checked, or everything it shows. Raises `Invalid` for none, or past MOST."""
    if data.get("all"):
        try:
            tickets, form = tickets_in(data.get("scope", ""), agent, data, timezone.now())
        except KeyError:
            raise Http404 from None
        if form.errors:
            raise Invalid(_("A filter of this list is not valid: remove it first."))
    else:
        tickets = tickets_visible_to(agent).filter(pk__in=_numbers(data.getlist("selected")))
    ids = list(tickets.order_by("pk").values_list("pk", flat=True)[: MOST + 1])
    if not ids:
        raise Invalid(_("Select at least one request."))
    if len(ids) > MOST:
        raise Invalid(_("At most %(most)d requests at once: narrow the list with filters.") % {"most": MOST})
    return ids


def _ids(data: QueryDict) -> list[int]:
    ids = _numbers(data.get("ids", "").split(","))
    if not ids:
        raise Invalid(_("Select at least one request."))
    return ids[: MOST + 1]


def _numbers(values: list[str]) -> list[int]:
    return [int(one) for one in values if one.isascii() and one.isdecimal() and len(one) < 19]


def _initial(request: HttpRequest, kind: str) -> dict[str, Any]:
    chosen = request.GET.get("template", "")
    if kind != BulkKind.REPLY or not (chosen.isascii() and chosen.isdecimal() and len(chosen) < 10):
        return {}
    template = ReplyTemplate.objects.filter(pk=chosen, is_active=True).first()
    return {"body": template.body} if template else {}


def _show(
    request: HttpRequest,
    agent: Agent,
    kind: str,
    ids: list[int],
    form: BulkForm,
    *,
    preview: bool = False,
    status: int = 200,
) -> HttpResponse:
    data = request.POST if request.method == "POST" else request.GET
    first = list(with_names(tickets_visible_to(agent).filter(pk__in=ids)).order_by("pk")[:SHOWN])
    list_log(agent, first)
    context = {
        "ask": ASKS[BulkKind(kind)],
        "kind": kind,
        "form": form,
        "ids": ",".join(map(str, ids)),
        "count": len(ids),
        "first": first,
        "others": len(ids) - len(first),
        "back": _back(request, data),
        "templates": templates_for(first[0]) if kind == BulkKind.REPLY and first else [],
        "kept": [(name, value) for name, values in request.GET.lists() for value in values if name != "template"],
        "preview": _preview(first[0], agent, form.cleaned_data["body"]) if preview and first else None,
    }
    return render(request, "tickets/bulk_new.html", context, status=status)


@dataclass(frozen=True)
class Preview:
    ticket: Ticket
    mail: ReplyMail
    lacks: list[str]


def _preview(ticket: Ticket, agent: Agent, body: str) -> Preview:
    """The message as the first of these people would read it, and what would keep it from leaving."""
    town = town_get()
    text = fill(body, template_values(ticket, agent, town, now=timezone.now()))
    mail = reply_mail(ticket=ticket, actor=agent, body=text, outcome="", town=town)
    return Preview(ticket, mail, leftovers(text))


@require_safe
@agent_required
def count(request: HttpRequest) -> HttpResponse:
    """How many tickets the whole list holds: exact up to MOST."""
    agent = agent_of(request)
    require_workspace(agent)
    if not request.GET.get("all"):
        return HttpResponse("")
    try:
        tickets, _form = tickets_in(request.GET.get("scope", ""), agent, request.GET, timezone.now())
    except KeyError:
        raise Http404 from None
    found = len(tickets.order_by().values_list("pk", flat=True)[: MOST + 1])
    if found > MOST:
        return HttpResponse(_("(more than %(most)d: narrow it with filters)") % {"most": MOST})
    return HttpResponse(f"({found})")


@require_safe
@agent_required
def job(request: HttpRequest, pk: int) -> HttpResponse:
    """How far a grouped action is: it goes on when the page is left. Only for who asked; 404 for others. ``back``: the
    list it was asked from."""
    agent = agent_of(request)
    found = _own(agent, pk)
    context = job_context(found, agent, timezone.now())
    htmx = getattr(request, "htmx", None)
    if htmx and htmx.target == "progress":
        response = render(request, "tickets/partials/_job_progress.html", context)
        if context["is_over"]:
            response["X-Over"] = "1"  # the page reloads: what can be done with it has changed
        return response
    back = _back(request, request.GET) if "back" in request.GET else ""
    return render(request, "tickets/bulk_job.html", context | {"back": back})


@require_POST
@agent_required
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    return _change(request, pk, bulk_undo)


@require_POST
@agent_required
def stop(request: HttpRequest, pk: int) -> HttpResponse:
    return _change(request, pk, bulk_stop)


def _change(request: HttpRequest, pk: int, action: Any) -> HttpResponse:
    agent = agent_of(request)
    found = _own(agent, pk)
    try:
        action(job=found, actor=agent, now=timezone.now())
    except Conflict as refusal:
        messages.error(request, refusal.message)
    return redirect("tickets:bulk", pk)


def _own(agent: Agent, pk: int) -> BulkJob:
    found = BulkJob.objects.filter(pk=pk, actor=agent).first()
    if found is None:
        raise Http404
    return found


def _back(request: HttpRequest, data: QueryDict) -> str:
    wanted = data.get("back", "")
    if wanted and url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure()):
        return wanted
    return reverse("tickets:queue")
