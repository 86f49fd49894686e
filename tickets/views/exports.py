"""Exports of lists, and the page where long actions are found again."""

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core.errors import Conflict, Invalid
from core.fragments import render_page
from core.guards import agent_required
from directory.models import Agent
from tickets.actions.lists.bulk import UNFINISHED
from tickets.actions.lists.exports import export_delete, export_start
from tickets.models import Export, ExportFormat, JobStatus
from tickets.selectors.jobs import SHOWN, exports_of, jobs_of
from tickets.selectors.queues import QUEUE_KEYS
from tickets.views.addresses import kept
from tickets.views.columns import columns_of
from tickets.views.common import agent_of, require_workspace
from tickets.views.job_rows import export_row, job_row

TYPES = {
    ExportFormat.CSV: "text/csv; charset=utf-8",
    ExportFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_FORM_ONLY = {"csrfmiddlewaretoken", "scope", "columns", "format", "view"}


@require_POST
@agent_required
def export(request: HttpRequest) -> HttpResponse:
    """Ask for the list one comes from as a file."""
    agent = agent_of(request)
    require_workspace(agent)
    queue = request.POST.get("scope", "")
    if queue and queue not in QUEUE_KEYS:
        raise Http404
    query = QueryDict(mutable=True)
    for name, value in kept(request.POST):
        if name not in _FORM_ONLY:
            query.appendlist(name, value)
    try:
        export_start(
            actor=agent,
            queue=queue,
            query=query.urlencode(),
            columns=columns_of(request.POST.getlist("columns"), ()),
            format=request.POST.get("format", ""),
            now=timezone.now(),
        )
    except (Conflict, Invalid) as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("Your export is being written. You may leave this page: it stays listed here."))
    return redirect("tickets:jobs")


@require_safe
@agent_required
def jobs(request: HttpRequest) -> HttpResponse:
    """The agent's latest grouped actions and exports."""
    agent = agent_of(request)
    require_workspace(agent)
    exports = [export_row(one) for one in exports_of(agent)[:SHOWN]]
    actions = [job_row(one) for one in jobs_of(agent)[:SHOWN]]
    states = [row.export.status for row in exports] + [row.job.status for row in actions]
    is_over = not any(status in UNFINISHED for status in states)
    context = {"exports": exports, "actions": actions, "is_over": is_over}
    response = render_page(request, "tickets/jobs.html", context, partials={"progress": "tickets/partials/_jobs.html"})
    if is_over:
        response["X-Over"] = "1"
    return response


@require_safe
@agent_required  # type: ignore[arg-type]  # a streamed answer is no HttpResponse, and is returned as it is
def download(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The file, for who asked for it only; 404 for others, and once it is deleted."""
    agent = agent_of(request)
    require_workspace(agent)
    found = _own(agent, pk)
    if found.status != JobStatus.DONE:
        raise Http404
    try:
        content = found.file.open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    day = timezone.localdate(found.created_at).isoformat()
    name = _("requests-%(day)s") % {"day": day}
    response = FileResponse(
        content,
        as_attachment=True,
        filename=f"{name}.{found.format}",
        content_type=TYPES[ExportFormat(found.format)],
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


@require_POST
@agent_required
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    agent = agent_of(request)
    export_delete(export=_own(agent, pk), actor=agent)
    messages.success(request, _("The export and its file are deleted."))
    return redirect("tickets:jobs")


def _own(agent: Agent, pk: int) -> Export:
    found = Export.objects.filter(pk=pk, actor=agent).first()
    if found is None:
        raise Http404
    return found
