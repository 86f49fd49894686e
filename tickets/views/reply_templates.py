"""Reply templates: the pages of those who write them, and the list a composer picks from."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.errors import Invalid, NotAllowed
from core.fragments import render_page
from core.guards import agent_required
from core.pagination import keyset_page
from directory.models import Agent
from directory.permissions import has_right
from directory.roles import ADMINISTER, WORK
from directory.selectors import town_get
from knowledge.models import ReplyTemplate
from knowledge.selectors import articles_search, writable_services
from tickets.actions.replies.templates import may_write_template, template_retire, template_save
from tickets.actions.rights.access import visit_log
from tickets.models import Ticket
from tickets.permissions import require
from tickets.reply_template_forms import ReplyTemplateForm
from tickets.reply_variables import VARIABLES, fill
from tickets.selectors.reply_templates import OFFERED, template_values, templates_for, templates_found
from tickets.selectors.visible import ticket_get
from tickets.views.common import agent_of, require_workspace

PAGE = 30
FOUND_AT_MOST = 50
SHOWS = ("active", "retired")


@require_safe
@agent_required
def templates(request: HttpRequest) -> HttpResponse:
    """Templates by title, or those with the words of ``q``. ``show``: active or retired."""
    agent = agent_of(request)
    require_workspace(agent)
    text = request.GET.get("q", "").strip()[:200]
    show = request.GET.get("show", "active")
    show = show if show in SHOWS else "active"
    rows = ReplyTemplate.objects.filter(is_active=show == "active").select_related("service", "request_type")
    context: dict[str, Any] = {"query": text, "may_write": _writes(agent), "retired": show == "retired"}
    context["tabs"] = _tabs(show, has_query=bool(text))
    if text:
        context["templates"] = list(templates_found(rows, text).order_by("-use_count", "title")[:FOUND_AT_MOST])
    else:
        page = keyset_page(rows, order=("title", "id"), cursor=request.GET.get("cursor"), size=PAGE)
        context |= {
            "templates": page.rows,
            "previous_url": _address(show=show, cursor=page.previous) if page.previous else "",
            "next_url": _address(show=show, cursor=page.next) if page.next else "",
        }
    parts = {"templates": "tickets/partials/_templates.html"}
    return render_page(request, "tickets/templates.html", context, partials=parts)


@require_http_methods(["GET", "HEAD", "POST"])
@agent_required
def new(request: HttpRequest) -> HttpResponse:
    agent = agent_of(request)
    if not _writes(agent):
        raise NotAllowed(_("You cannot write templates: ask for a role in a service."))
    return _edit(request, agent, ReplyTemplate())


@require_http_methods(["GET", "HEAD", "POST"])
@agent_required
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    agent = agent_of(request)
    require_workspace(agent)
    template = get_object_or_404(ReplyTemplate, pk=pk)
    if not may_write_template(agent, template.service_id):
        raise NotAllowed(_("You cannot write templates for this service."))
    return _edit(request, agent, template)


def _edit(request: HttpRequest, agent: Agent, template: ReplyTemplate) -> HttpResponse:
    form = ReplyTemplateForm(request.POST or None, instance=template, agent=agent)
    status = 200
    if request.method == "POST":
        if form.is_valid():
            try:
                template_save(template=form.instance, actor=agent, now=timezone.now())
            except Invalid as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
            else:
                messages.success(request, _("The template is saved."))
                return redirect("tickets:templates")
        status = 422
    context = {"form": form, "template": template, "variables": VARIABLES}
    return render(request, "tickets/template_form.html", context, status=status)


@require_POST
@agent_required
def retire(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a template away, or back with ``active=1``."""
    agent = agent_of(request)
    require_workspace(agent)
    get_object_or_404(ReplyTemplate, pk=pk)
    is_active = request.POST.get("active") == "1"
    template_retire(template_id=pk, actor=agent, is_active=is_active, now=timezone.now())
    said = (
        _("The template is offered again.") if is_active else _("The template is put away: replies no longer offer it.")
    )
    messages.success(request, said)
    return redirect("tickets:templates")


@require_safe
@agent_required
def pick(request: HttpRequest, reference: str) -> HttpResponse:
    """What can be inserted in a reply to this ticket; ``q`` narrows it. ``what``: templates, filled with its values, or
    articles of the knowledge base."""
    agent, now = agent_of(request), timezone.now()
    ticket = ticket_get(agent, reference)
    require(agent, WORK, ticket)
    visit_log(agent, ticket)
    text = request.GET.get("q", "").strip()[:200]
    what = "articles" if request.GET.get("what") == "articles" else "templates"
    offers = _articles(text) if what == "articles" else _templates(ticket, text, agent, now)
    context = {"ticket": ticket, "query": text, "what": what, "offers": offers}
    htmx = getattr(request, "htmx", None)
    is_part = htmx and htmx.target == "template-options"
    name = "tickets/partials/_template_options.html" if is_part else "tickets/template_pick.html"
    response = render(request, name, context)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


def _templates(ticket: Ticket, text: str, agent: Agent, now: datetime) -> list[dict[str, Any]]:
    values = template_values(ticket, agent, town_get(), now=now)
    return [
        {
            "pk": each.pk,
            "title": each.title,
            "text": fill(each.body, values),
            "meta": (each.request_type or each.service or _("Every service")),
            "count": each.use_count,
        }
        for each in templates_for(ticket, text=text).select_related("service", "request_type")
    ]


def _articles(text: str) -> list[dict[str, Any]]:
    """Published articles; those for agents alone say so, and are inserted in the note, never in a reply."""
    return [
        {
            "pk": each.pk,
            "title": each.question,
            "text": each.answer,
            "meta": "" if not each.is_public else each.get_audience_display(),
            "count": each.answer_count,
            "article": each,
            "is_internal": not each.is_public,
        }
        for each in articles_search(text, public_only=False, limit=OFFERED)
    ]


def _writes(agent: Agent) -> bool:
    return bool(writable_services(agent)) or has_right(agent, ADMINISTER)


def _tabs(show: str, *, has_query: bool) -> list[dict[str, Any]]:
    labels = {"active": pgettext("templates", "Offered"), "retired": pgettext("templates", "Put away")}
    return [
        {"label": label, "url": _address(show=key), "current": key == show and not has_query}
        for key, label in labels.items()
    ]


def _address(**query: str | None) -> str:
    kept = {name: value for name, value in query.items() if value and value != "active"}
    return reverse("tickets:templates") + (f"?{urlencode(kept)}" if kept else "")
