"""Files sent by citizens: only to those who see the ticket, and never run by the browser as part of the site."""

from typing import Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from core.errors import NotAllowed
from core.files import HEAD, PDF, TIFF, inline_type, sniff
from core.guards import agent_required
from core.pictures import page_shown, pages_of
from directory.models import Agent
from directory.permissions import has_right
from directory.roles import ADMINISTER
from tickets.actions.rights.access import access_log, visit_log
from tickets.models import AccessKind, Attachment
from tickets.permissions import may_see
from tickets.views.common import agent_of

CSP_FILE = "sandbox; default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'"
# a browser's own PDF viewer does not start inside a sandbox
CSP_PDF = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'"
SHOWN_TEXT = 200_000  # bytes of a text file shown in its preview


@require_safe
@agent_required  # type: ignore[arg-type]  # a streamed answer is no HttpResponse, and is returned as it is
@xframe_options_exempt  # the files say themselves who may frame them: our own pages
def attachment(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Download a file; ``?inline=1`` shows images, PDF and plain text in the browser, as their bytes say they are.

    Http404 when the ticket is out of sight, `NotAllowed` for a file with a virus, but for administrators.
    """
    found, content = _opened(request, pk)
    shown = ""
    if request.GET.get("inline") == "1" and not found.is_quarantined:
        shown = inline_type(content.read(HEAD))
        content.seek(0)
    access_log(agent=agent_of(request), ticket=found.message.ticket, kind=AccessKind.FILE)
    response = FileResponse(
        content,
        as_attachment=not shown,
        filename=f"{found.name}.virus" if found.is_quarantined else found.name,
        content_type=shown or "application/octet-stream",
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = CSP_PDF if shown == PDF else CSP_FILE
    response["X-Frame-Options"] = "SAMEORIGIN" if shown else "DENY"
    response["Cache-Control"] = "private, no-store"
    return response


@require_safe
@agent_required
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """A file as it looks, in the window of the ticket's page or on a page of its own without script."""
    found, content = _opened(request, pk)
    with content:
        head = content.read(SHOWN_TEXT)
        is_tiff = sniff(head[:HEAD]).content_type == TIFF and not found.is_quarantined
        pages = pages_of(head + content.read()) if is_tiff else None
    shown = "" if found.is_quarantined else inline_type(head[:HEAD])
    kind = {"image": "image", "text": "text", "application": "pdf"}.get(shown.partition("/")[0], "")
    kind = "pages" if pages and pages.count else kind
    if kind == "text":
        access_log(agent=agent_of(request), ticket=found.message.ticket, kind=AccessKind.FILE)
    context: dict[str, Any] = {
        "file": found,
        "kind": kind,
        "pages": pages,
        "text": head.decode("utf-8-sig", "replace") if kind == "text" else "",
        "is_cut": kind == "text" and found.size > SHOWN_TEXT,
        "ticket": found.message.ticket,
    }
    htmx = getattr(request, "htmx", None)
    name = "tickets/partials/_preview.html" if htmx and htmx.target == "preview-body" else "tickets/preview.html"
    response = render(request, name, context)
    response["Cache-Control"] = "private, no-store"
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


@require_safe
@agent_required
def page(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """One page of a TIFF, from 1, as a picture that browsers show. Http404 as for the file."""
    found, content = _opened(request, pk)
    with content:
        whole = content.read()
    if found.is_quarantined or sniff(whole[:HEAD]).content_type != TIFF:
        raise Http404
    if number == 1:
        access_log(agent=agent_of(request), ticket=found.message.ticket, kind=AccessKind.FILE)
    else:  # it mostly comes with the first one, of the page of the ticket
        visit_log(agent_of(request), found.message.ticket)
    return page_answer(whole, number, is_kept=not found.message.ticket.is_sensitive)


def page_answer(content: bytes, number: int, *, is_kept: bool = False) -> HttpResponse:
    """Page ``number`` of a TIFF, that the browser may keep for some minutes if ``is_kept``. Http404 when there is no
    such page or it cannot be read."""
    picture = page_shown(content, number)
    if not picture:
        raise Http404
    response = HttpResponse(picture, content_type=inline_type(picture[:HEAD]))
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = CSP_FILE
    # it costs a second to make, and scrolling asks again
    response["Cache-Control"] = "private, max-age=300" if is_kept else "private, no-store"
    return response


def require_out_of_quarantine(agent: Agent, *, is_quarantined: bool, virus: str) -> None:
    """Raise `NotAllowed` for a file in which the antivirus found ``virus``, but to administrators."""
    if is_quarantined and not has_right(agent, ADMINISTER):
        raise NotAllowed(
            _("The antivirus found %(virus)s in this file: only administrators may download it.") % {"virus": virus}
        )


def _opened(request: HttpRequest, pk: int) -> tuple[Attachment, Any]:
    """The file and its open content; Http404 when either is out of sight or gone."""
    found = Attachment.objects.select_related("message__ticket").filter(pk=pk).first()
    if found is None or not may_see(agent_of(request), found.message.ticket):
        raise Http404
    require_out_of_quarantine(agent_of(request), is_quarantined=found.is_quarantined, virus=found.virus)
    try:
        return found, found.file.open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
