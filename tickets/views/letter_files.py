"""The PDF of a letter, served to those who may read it: agents and the requester."""

from django.http import FileResponse, Http404

from core.files import PDF
from tickets.actions.letters.files import pdf_ensure
from tickets.letters.render import RenderError
from tickets.models import Letter
from tickets.views.attachments import CSP_FILE, CSP_PDF


def letter_file(found: Letter, *, inline: bool = False) -> FileResponse:
    """The file as a download that no page runs as its own. Http404 when it is gone."""
    try:
        content = pdf_ensure(found.pk).pdf.open("rb")
    except (OSError, RenderError) as error:
        raise Http404 from error
    response = FileResponse(content, as_attachment=not inline, filename=f"{found.reference}.pdf", content_type=PDF)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = CSP_PDF if inline else CSP_FILE
    response["Cache-Control"] = "private, no-store"
    return response
