"""Tracking: a link is asked for, used once, then the citizen reads and writes on their ticket."""

import uuid

from django.contrib import messages
from django.core.cache import cache
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from channels_intake.web_form.forms import MessageForm
from channels_intake.web_form.pending import Gone, Pending, limits, pending_add, pending_remove, pending_uploads
from channels_intake.web_form.promises import promises_of
from core.errors import Conflict, Invalid
from core.guards import rate_limit_hit, rate_limited
from portal.access import access_end, access_grant, ticket_or_404
from portal.conversation import conversation_of
from portal.forms import TrackForm
from portal.legal import legal_view
from portal.timeline import STATUS_WORDS, TOLD, steps_of
from tickets.actions.legal.requests import attestation_ask, reasons_ask
from tickets.actions.messages import Incoming, message_receive
from tickets.actions.tracking import link_open, link_request, token_digest
from tickets.enums import Channel, Status
from tickets.models import Ticket
from tickets.selectors.letters import letters_for_citizen
from tickets.selectors.tracking import (
    events_for_citizen,
    link_is_valid,
    public_attachment,
    public_messages,
    tracked_instead,
)
from tickets.views.letter_files import letter_file

HOUR = 3600


@never_cache
@require_http_methods(["GET", "POST"])
@rate_limited("track", limit=20, seconds=HOUR)
def track(request: HttpRequest) -> HttpResponse:
    """Ask for a link. The answer is the same whether the request exists or not. ``?reference=`` fills the field."""
    form = TrackForm(request.POST or None, initial={"reference": request.GET.get("reference", "")[:40]})
    if request.method == "POST" and form.is_valid():
        wanted = form.cleaned_data
        if not rate_limit_hit("track_email", wanted["email"], limit=10, seconds=HOUR):
            link_request(reference=wanted["reference"], email=wanted["email"], now=timezone.now())
        return render(request, "portal/track_sent.html", {"email": wanted["email"]})
    return render(request, "portal/track.html", {"form": form}, status=422 if form.errors else 200)


@never_cache
@require_http_methods(["GET", "POST"])
@rate_limited("track_open", limit=60, seconds=HOUR)
def track_open(request: HttpRequest, token: str) -> HttpResponse:
    """The mailed link. GET shows a button and uses nothing (mail scanners follow links); POST uses it."""
    now = timezone.now()
    if request.method == "POST":
        try:
            ticket = link_open(token=token, now=now)
        except Invalid:
            return render(request, "portal/track_expired.html", status=410)
        access_grant(request.session, ticket, now=now)
        return redirect("portal:ticket", ticket.reference)
    if not link_is_valid(token_digest(token), now=now):
        return render(request, "portal/track_expired.html", status=410)
    return render(request, "portal/track_open.html", {"token": token})


@never_cache
@require_GET
def ticket(request: HttpRequest, reference: str) -> HttpResponse:
    found = ticket_or_404(request.session, reference, now=timezone.now())
    kept = tracked_instead(found)
    if kept is not None:
        return redirect("portal:ticket", kept.reference)
    return _ticket_page(request, found, MessageForm())


@never_cache
@require_POST
@rate_limited("citizen_message", limit=60, seconds=HOUR)
def message(request: HttpRequest, reference: str) -> HttpResponse:
    """The citizen writes again. A wrong message comes back filled, files included."""
    now = timezone.now()
    found = ticket_or_404(request.session, reference, now=now)
    form = MessageForm(request.POST, request.FILES)
    valid = form.is_valid()
    files, refused = pending_add(
        _files(request, found),
        request.FILES.getlist("documents"),
        sender=f"citizen:{found.requester_id or found.reference}",
        now=now,
    )
    for sentence in refused:
        form.add_error("documents", sentence)
    if "remove" in request.POST:
        _keep(request, found, pending_remove(files, only=request.POST["remove"]))
        return _ticket_page(request, found, MessageForm(initial={"body": request.POST.get("body", "")}))
    _keep(request, found, files)
    if valid and not refused:
        body = form.cleaned_data["body"].strip()
        if body or files:
            return _send(request, found, body, files)
        form.add_error("body", _("Write your message, or add a document."))
    return _ticket_page(request, found, form, status=422)


def _send(request: HttpRequest, found: Ticket, body: str, files: list[Pending]) -> HttpResponse:
    now = timezone.now()
    try:
        uploads = pending_uploads(files)
    except Gone:
        _keep(request, found, [])
        form = MessageForm(initial={"body": body})
        messages.error(request, _("Your files were kept too long. Please add them again."))
        return _ticket_page(request, found, form, status=422)
    if _first_click(request.POST.get("key", "")):
        incoming = Incoming(channel=Channel.WEB, body=body or _("(documents attached)"), uploads=uploads)
        message_receive(ticket=found, incoming=incoming, now=now)
    pending_remove(files)
    _keep(request, found, [])
    messages.success(request, _("Your message has been added to your request."))
    return redirect("portal:ticket", found.reference)


def _first_click(key: str) -> bool:
    """True the first time a form's key is seen within an hour: a double click writes one message."""
    if not key:
        return True
    try:
        return bool(cache.add(f"citizen-message:{key[:64]}", 1, timeout=HOUR))
    except Exception:  # the cache is a courtesy: a message must not be lost because it is down
        return True


@never_cache
@require_POST
@rate_limited("citizen_legal", limit=20, seconds=HOUR)
def attestation(request: HttpRequest, reference: str) -> HttpResponse:
    """Ask for the attestation of an acceptance by silence (CRPA L232-3)."""
    found = ticket_or_404(request.session, reference, now=timezone.now())
    try:
        attestation_ask(ticket=found, actor=None, now=timezone.now())
    except Conflict as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("Your request for an attestation is recorded. It will be sent to you."))
    return redirect("portal:ticket", found.reference)


@never_cache
@require_POST
@rate_limited("citizen_legal", limit=20, seconds=HOUR)
def reasons(request: HttpRequest, reference: str) -> HttpResponse:
    """Ask for the reasons of a refusal by silence (CRPA L232-4)."""
    found = ticket_or_404(request.session, reference, now=timezone.now())
    try:
        asked = reasons_ask(ticket=found, actor=None, now=timezone.now())
    except Conflict as refusal:
        messages.error(request, refusal.message)
    else:
        due = date_format(asked.due_on, "j F Y") if asked.due_on else ""
        messages.success(request, _("Your request is recorded: the reasons are owed to you by %(due)s.") % {"due": due})
    return redirect("portal:ticket", found.reference)


@require_GET
def attachment(request: HttpRequest, reference: str, pk: int) -> HttpResponseBase:
    """A file of a public message, as a download: it is never shown inside our pages."""
    found = ticket_or_404(request.session, reference, now=timezone.now())
    file = public_attachment(found, pk)
    if file is None:
        raise Http404
    try:
        content = file.file.open("rb")
    except OSError as error:
        raise Http404 from error
    response = FileResponse(content, as_attachment=True, filename=file.name, content_type="application/octet-stream")
    response["Cache-Control"] = "private, no-store"
    return response


@require_GET
def letter(request: HttpRequest, reference: str, pk: int) -> HttpResponseBase:
    """A letter that was sent to the requester, as a download."""
    found = ticket_or_404(request.session, reference, now=timezone.now())
    sent = letters_for_citizen(found).filter(pk=pk).first()
    if sent is None:
        raise Http404
    return letter_file(sent)


@require_POST
def leave(request: HttpRequest, reference: str) -> HttpResponse:
    """Close the tracking on this device."""
    access_end(request.session, reference)
    messages.success(request, _("The tracking of your request is closed on this device."))
    return redirect("portal:track")


def _ticket_page(request: HttpRequest, found: Ticket, form: MessageForm, status: int = 200) -> HttpResponse:
    context = {
        "ticket": found,
        "steps": steps_of(found, events_for_citizen(found, TOLD)),
        "conversation": conversation_of(found, public_messages(found)),
        "letters": letters_for_citizen(found),
        "promises": promises_of(found, now=timezone.now()),
        "legal": legal_view(found),
        "status_word": STATUS_WORDS[Status(found.status)],
        "form": form,
        "files": _files(request, found),
        "limits": limits(),
        "key": uuid.uuid4().hex,
    }
    return render(request, "portal/ticket.html", context, status=status)


def _files(request: HttpRequest, found: Ticket) -> list[Pending]:
    kept: dict[str, list[Pending]] = request.session.get("message_files", {})
    return list(kept.get(found.reference, []))


def _keep(request: HttpRequest, found: Ticket, files: list[Pending]) -> None:
    kept = {**request.session.get("message_files", {}), found.reference: files}
    request.session["message_files"] = {reference: names for reference, names in kept.items() if names}
