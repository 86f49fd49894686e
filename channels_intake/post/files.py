"""The scan itself, for the page beside it: shown in a frame of ours, and never run as a part of the site."""

from typing import Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from channels_intake.desk.views import log_required
from channels_intake.models import Scan, ScanState
from channels_intake.post.kinds import SHOWN_AS_IMAGE
from core.files import PDF, TIFF
from core.guards import agent_required
from tickets.views.attachments import CSP_FILE, page_answer, require_out_of_quarantine
from tickets.views.common import agent_of

# the only page that may frame it is ours; a browser's own PDF viewer does not start inside a sandbox
CSP_FRAMED_PDF = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'"


@require_safe
@agent_required
@log_required  # type: ignore[arg-type]  # a streamed answer is no HttpResponse, and is returned as it is
@xframe_options_sameorigin
def scan_file(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Download the scan; ``?inline=1`` shows PDF and images. Http404 once it is entered: its ticket has it then.

    `NotAllowed` for a scan with a virus, but for administrators.
    """
    scan, content = _opened(request, pk)
    shown = not scan.is_quarantined and (scan.content_type == PDF or scan.content_type in SHOWN_AS_IMAGE)
    inline = shown and request.GET.get("inline") == "1"
    response = FileResponse(
        content,
        as_attachment=not inline,
        filename=f"{scan.name}.virus" if scan.is_quarantined else scan.name,
        content_type=scan.content_type if inline else "application/octet-stream",
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = CSP_FRAMED_PDF if inline and scan.content_type == PDF else CSP_FILE
    response["Cache-Control"] = "private, no-store"
    return response


@require_safe
@agent_required
@log_required
def scan_page(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """One page of a TIFF, from 1, as a picture that browsers show. Http404 for another kind of scan, and as above."""
    scan, content = _opened(request, pk)
    with content:
        if scan.content_type != TIFF or scan.is_quarantined:
            raise Http404
        return page_answer(content.read(), number)  # not kept: what it will be, maybe sensitive, is not known yet


def _opened(request: HttpRequest, pk: int) -> tuple[Scan, Any]:
    """The scan and its open file; Http404 when it is entered or its file is gone."""
    scan = Scan.objects.filter(pk=pk).exclude(state=ScanState.ENTERED).first()
    if scan is None:
        raise Http404
    require_out_of_quarantine(agent_of(request), is_quarantined=scan.is_quarantined, virus=scan.virus)
    try:
        return scan, scan.file.open("rb")
    except (OSError, ValueError) as error:
        raise Http404 from error
