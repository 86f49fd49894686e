"""« Tâches »: what my services are asked for, and saying that it is done."""

from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core.errors import Conflict, NotAllowed
from core.guards import agent_required
from core.pagination import keyset_page
from directory.models import Agent
from directory.permissions import has_right
from directory.roles import WORK
from tickets.actions.rights.access import list_log
from tickets.actions.teamwork.tasks import may_do, task_cancel, task_done
from tickets.collaboration_forms import TaskDoneForm
from tickets.models import TicketTask
from tickets.permissions import may
from tickets.selectors.collaboration import tasks_for, to_do
from tickets.views.common import agent_of
from tickets.views.task_rows import task_rows

MINE, OVER = "mine", "over"
WITH = ("ticket", "ticket__service", "service", "assignee", "created_by", "done_by")


@require_safe
@agent_required
def tasks(request: HttpRequest) -> HttpResponse:
    """To do, the most pressing first; ``?show=mine``: given to me; ``?show=over``: done or given up, the last first."""
    agent, now = agent_of(request), timezone.now()
    if not has_right(agent, WORK):
        raise NotAllowed(_("Your role does not give access to the tasks."))
    show = request.GET.get("show", "")
    show = show if show in {MINE, OVER} else ""
    rows = tasks_for(agent)
    if show == OVER:
        rows, order = rows.filter(Q(done_at__isnull=False) | Q(cancelled_at__isnull=False)), ["-due_at", "-id"]
    else:
        rows, order = to_do(rows.filter(assignee=agent) if show == MINE else rows), ["due_at", "id"]
    page = keyset_page(rows.select_related(*WITH), order=order, cursor=request.GET.get("cursor"))

    def link(**changed: str | None) -> str:
        return "?" + urlencode({name: value for name, value in ({"show": show} | changed).items() if value})

    shown = task_rows(page.rows, agent)
    list_log(agent, [row.ticket for row in shown])
    context = {
        "rows": shown,
        "now": now,
        "show": show,
        "views": [
            {"label": _("To do"), "url": link(show=None), "current": not show},
            {"label": _("Given to me"), "url": link(show=MINE), "current": show == MINE},
            {"label": _("Over"), "url": link(show=OVER), "current": show == OVER},
        ],
        "next_url": link(cursor=page.next) if page.next else "",
        "previous_url": link(cursor=page.previous) if page.previous else "",
    }
    return render(request, "tickets/tasks.html", context)


@require_POST
@agent_required
def done(request: HttpRequest, pk: int) -> HttpResponse:
    """Say that a task is done. 404 for a task that is not the agent's to do."""
    agent, task = agent_of(request), _task(request, pk)
    form = TaskDoneForm(request.POST, task=task)
    if not may_do(agent, task):
        raise Http404
    if not form.is_valid():
        messages.error(request, _("This text is too long."))
        return _back(request)
    try:
        task_done(task=task, actor=agent, now=timezone.now(), result=form.cleaned_data["result"])
    except Conflict as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("The task is done. Whoever asked for it is told."))
    return _back(request)


@require_POST
@agent_required
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a task up. 404 for who does not see its ticket."""
    agent, task = agent_of(request), _task(request, pk)
    if not may(agent, WORK, task.ticket):
        raise Http404
    try:
        task_cancel(task=task, actor=agent, now=timezone.now())
    except Conflict as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("The task is given up."))
    return _back(request)


def _task(request: HttpRequest, pk: int) -> TicketTask:
    agent: Agent = agent_of(request)
    found = TicketTask.objects.select_related("ticket", "service").filter(pk=pk).first()
    if found is None or not (may_do(agent, found) or may(agent, WORK, found.ticket)):
        raise Http404
    return found


def _back(request: HttpRequest) -> HttpResponse:
    wanted = request.POST.get("next", "")
    if wanted and url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure()):
        return redirect(wanted)
    return redirect("tickets:tasks")
