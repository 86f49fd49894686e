"""Saved views: keep the list one reads under a name, find them again in order, share them, delete them."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.errors import Conflict, Invalid
from core.guards import agent_required
from directory.models import Agent, Service
from directory.permissions import service_ids_with
from directory.roles import ASSIGN
from tickets.actions.lists.saved_views import view_delete, view_move, view_save
from tickets.models import SavedView
from tickets.permissions import may_change_view
from tickets.selectors.queues import QUEUE_KEYS, QUEUES
from tickets.selectors.saved_views import views_visible_to
from tickets.views.addresses import kept, view_url
from tickets.views.columns import columns_of
from tickets.views.common import agent_of, refuse, require_workspace

_NOT_OF_THE_VIEW = {"view", "sort", "scope", "name", "shared_with", "csrfmiddlewaretoken", "kept"}


class ViewForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Name of the view"),
        max_length=80,
        error_messages={"required": gettext_lazy("Give this view a name.")},
    )
    shared_with = forms.ModelChoiceField(
        label=gettext_lazy("Share it with a service"),
        queryset=Service.objects.none(),
        required=False,
        empty_label=gettext_lazy("Nobody: only me"),
        help_text=gettext_lazy("And those under it. Each colleague finds in it the requests they may see, no other."),
    )

    def __init__(self, *args: Any, agent: Agent, view: SavedView | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.auto_id = "view-%s"
        ids = set(service_ids_with(agent, ASSIGN)) | ({view.shared_with_id} if view and view.shared_with_id else set())
        if ids:
            field: Any = self.fields["shared_with"]
            field.queryset = Service.objects.filter(pk__in=ids)
            if view is not None and view.owner_id != agent.pk:  # the service's own, whoever made it
                field.required, field.empty_label = True, None
        else:
            del self.fields["shared_with"]


@require_safe
@agent_required
def views(request: HttpRequest) -> HttpResponse:
    """The agent's views, in their order, and those shared with their services."""
    agent = agent_of(request)
    require_workspace(agent)
    context: dict[str, list[dict[str, Any]]] = {"mine": [], "shared": []}
    for view in views_visible_to(agent).select_related("owner", "shared_with"):
        row = {"view": view, "url": view_url(view), "list": _list_name(view.queue)}
        row["may_change"] = may_change_view(agent, view)
        context["mine" if view.owner_id == agent.pk else "shared"].append(row)
    return render(request, "tickets/views.html", context)


def _list_name(queue: str) -> str:
    return next((str(entry.label) for entry in QUEUES if entry.key == queue), _("All requests"))


@require_http_methods(["GET", "HEAD", "POST"])
@agent_required
def new(request: HttpRequest) -> HttpResponse:
    """Keep the list whose address is in the parameters."""
    agent = agent_of(request)
    require_workspace(agent)
    return _form(request, agent, None)


@require_http_methods(["GET", "HEAD", "POST"])
@agent_required
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Rename or share a view, one's own or the service's; with the parameters of a list, keep that list in it."""
    agent = agent_of(request)
    require_workspace(agent)
    return _form(request, agent, _changed(agent, pk))


def _form(request: HttpRequest, agent: Agent, view: SavedView | None) -> HttpResponse:
    queue, query, sort = _list(request.GET, view)
    if request.method == "POST":
        form = ViewForm(request.POST, agent=agent, view=view)
        if form.is_valid():
            try:
                saved = view_save(
                    actor=agent,
                    name=form.cleaned_data["name"],
                    queue=queue,
                    query=query,
                    sort=sort,
                    columns=view.columns if view else columns_of(agent.preferences.get("columns", ()), ()),
                    shared_with=form.cleaned_data.get("shared_with"),
                    view=view,
                )
            except (Conflict, Invalid) as refusal:
                refuse(form, refusal)
            else:
                messages.success(request, _("The view “%(name)s” is in your menu.") % {"name": saved.name})
                return redirect(view_url(saved))
        return _show(request, form, view, queue, status=422)
    initial = {"name": view.name, "shared_with": view.shared_with_id} if view else {}
    return _show(request, ViewForm(initial=initial, agent=agent, view=view), view, queue)


def _show(
    request: HttpRequest, form: ViewForm, view: SavedView | None, queue: str, *, status: int = 200
) -> HttpResponse:
    context = {"form": form, "view": view, "list": _list_name(queue), "here": request.get_full_path()}
    return render(request, "tickets/view_form.html", context, status=status)


def _list(data: QueryDict, view: SavedView | None) -> tuple[str, str, str]:
    """(queue, filters, order) of the list described by the parameters; those of the view when they describe none."""
    if "scope" not in data:
        return (view.queue, view.query, view.sort) if view else ("all", "", "")
    queue = data.get("scope", "")
    if queue and queue not in QUEUE_KEYS:
        raise Http404
    query = QueryDict(mutable=True)
    for name, value in kept(data):
        if name not in _NOT_OF_THE_VIEW:
            query.appendlist(name, value)
    return queue, query.urlencode(), data.get("sort", "")[:30]


@require_POST
@agent_required
def move(request: HttpRequest, pk: int) -> HttpResponse:
    agent = agent_of(request)
    view_move(view=_changed(agent, pk), up=request.POST.get("way") == "up", actor=agent)
    return redirect(reverse("tickets:views"))


@require_POST
@agent_required
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    agent = agent_of(request)
    view = _changed(agent, pk)
    view_delete(view=view, actor=agent)
    messages.success(request, _("The view “%(name)s” is deleted.") % {"name": view.name})
    return redirect(reverse("tickets:views"))


def _changed(agent: Agent, pk: int) -> SavedView:
    """The view, for who may change it; 404 for others."""
    view = SavedView.objects.filter(pk=pk).first()
    if view is None or not may_change_view(agent, view):
        raise Http404
    return view
