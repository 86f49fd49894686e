"""The scan itself, for the page beside it: shown in a frame of ours, and never run as a part of the site."""

from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from channels_intake.desk.views import log_required
from channels_intake.models import Scan, ScanState
from channels_intake.post.kinds import SHOWN_AS_IMAGE
from core.files import PDF
from core.guards import agent_required
from tickets.views.attachments import CSP_FILE, require_out_of_quarantine
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
    scan = Scan.objects.filter(pk=pk).exclude(state=ScanState.ENTERED).first()
    if scan is None:
        raise Http404
    require_out_of_quarantine(agent_of(request), is_quarantined=scan.is_quarantined, virus=scan.virus)
    shown = not scan.is_quarantined and (scan.content_type == PDF or scan.content_type in SHOWN_AS_IMAGE)
    inline = shown and request.GET.get("inline") == "1"
    try:
        content = scan.file.open("rb")
    except (OSError, ValueError) as error:
        raise Http404 from error
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
