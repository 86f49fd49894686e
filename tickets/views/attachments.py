"""Files sent by citizens: only to those who see the ticket, and never run by the browser as part of the site."""

from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase
from django.views.decorators.http import require_safe

from core.guards import agent_required
from tickets.models import Attachment
from tickets.permissions import may_see
from tickets.views.common import agent_of

PDF = "application/pdf"
SHOWN_INLINE = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", PDF})
CSP_FILE = "sandbox; default-src 'none'; img-src 'self'; style-src 'unsafe-inline'"
# a browser's own PDF viewer does not start inside a sandbox
CSP_PDF = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'"


@require_safe
@agent_required  # type: ignore[arg-type]  # a streamed answer is no HttpResponse, and is returned as it is
def attachment(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Download a file; ``?inline=1`` shows images and PDF in the browser. Http404 when the ticket is out of sight."""
    found = Attachment.objects.select_related("message__ticket").filter(pk=pk).first()
    if found is None or not may_see(agent_of(request), found.message.ticket):
        raise Http404
    inline = request.GET.get("inline") == "1" and found.content_type in SHOWN_INLINE
    try:
        content = found.file.open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    response = FileResponse(
        content,
        as_attachment=not inline,
        filename=found.name,
        content_type=found.content_type if inline else "application/octet-stream",
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = CSP_PDF if inline and found.content_type == PDF else CSP_FILE
    response["Cache-Control"] = "private, no-store"
    return response
