"""What left the town hall, what waits and what failed."""

from typing import Any, cast
from urllib.parse import urlencode

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core.errors import NotAllowed
from core.pagination import keyset_page
from directory.models import Agent
from notifications.actions.delivery import outbound_retry
from notifications.attachments import file_ensure
from notifications.guards import mail_watcher_required
from notifications.models import OutboundAttachment, OutboundKind, OutboundMessage, OutboundStatus
from notifications.selectors import outbound_list, shown_body
from notifications.visibility import readable_references

LOOKS = {
    OutboundStatus.QUEUED: ("hourglass", "soon"),
    OutboundStatus.SENDING: ("send", "accent"),
    OutboundStatus.SENT: ("circle-check", "ok"),
    OutboundStatus.FAILED: ("triangle-alert", "late"),
}
ORDER = ("-created_at", "-id")


@require_GET
@mail_watcher_required
def outgoing(request: HttpRequest) -> HttpResponse:
    agent = cast(Agent, request.user)
    kept = {name: request.GET[name] for name in ("status", "kind") if request.GET.get(name)}
    page = keyset_page(outbound_list(**kept), order=ORDER, cursor=request.GET.get("cursor"))
    readable = readable_references(agent, [row.ticket_reference for row in page.rows])
    rows = [_row(message, readable) for message in page.rows]

    def link(**changed: str | None) -> str:
        return "?" + urlencode({name: value for name, value in (kept | changed).items() if value})

    states = [{"label": _("Every status"), "url": link(status=None), "current": not kept.get("status")}]
    states += [
        {"label": label, "url": link(status=value), "current": kept.get("status") == value}
        for value, label in OutboundStatus.choices
    ]
    context = {
        "rows": rows,
        "states": states,
        "kinds": OutboundKind.choices,
        "kind": kept.get("kind", ""),
        "status": kept.get("status", ""),
        "next_url": link(cursor=page.next) if page.next else "",
        "previous_url": link(cursor=page.previous) if page.previous else "",
    }
    return render(request, "notifications/list.html", context)


@require_GET
@mail_watcher_required
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    message, row = _readable(request, pk)
    files = [
        {"name": each.name, "size": _size(each), "url": reverse("notifications:attachment", args=[pk, each.pk])}
        for each in message.attachments.all()
    ]
    return render(request, "notifications/detail.html", row | {"body": shown_body(message), "files": files})


@require_GET
@mail_watcher_required  # type: ignore[arg-type]  # a streamed answer is no HttpResponse, and is returned as it is
def attachment(request: HttpRequest, pk: int, file_pk: int) -> HttpResponseBase:
    """A file that leaves with a message, as a download, for those who may read the message."""
    message, _row_shown = _readable(request, pk)
    found = get_object_or_404(message.attachments, pk=file_pk)
    try:
        if not file_ensure(found):
            raise Http404
        content = found.file.open("rb")
    except OSError as error:
        raise Http404 from error
    response = FileResponse(content, as_attachment=True, filename=found.name, content_type="application/octet-stream")
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


@require_POST
@mail_watcher_required
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    """Send again a message that failed for good."""
    _readable(request, pk)
    if outbound_retry(outbound_id=pk, now=timezone.now()):
        messages.success(request, _("The message will be sent again."))
    else:
        messages.info(request, _("This message has not failed: there is nothing to send again."))
    return redirect(reverse("notifications:detail", args=[pk]))


def _readable(request: HttpRequest, pk: int) -> tuple[OutboundMessage, dict[str, Any]]:
    """The message and its row. Http404 without one, `NotAllowed` when its ticket is out of the agent's sight."""
    message = get_object_or_404(OutboundMessage, pk=pk)
    row = _row(message, readable_references(cast(Agent, request.user), [message.ticket_reference]))
    if not row["readable"]:
        raise NotAllowed(_("This message belongs to a ticket that you may not see."))
    return message, row


def _size(attachment: OutboundAttachment) -> int:
    """In bytes; 0 when the file is not made yet, or gone."""
    try:
        return int(attachment.file.size) if attachment.file else 0
    except OSError:
        return 0


def _row(message: OutboundMessage, readable: set[str]) -> dict[str, Any]:
    icon, tone = LOOKS[OutboundStatus(message.status)]
    return {
        "message": message,
        "icon": icon,
        "tone": tone,
        "readable": not message.ticket_reference or message.ticket_reference in readable,
    }
