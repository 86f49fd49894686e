"""The post desk: letters to enter, one after the other, the scan beside the form."""

import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext
from django.views.decorators.http import require_http_methods, require_POST

from channels_intake.desk.people import NEW, Lookup, desk_lookup, desk_person
from channels_intake.desk.views import again_of, log_required, lookup_seen
from channels_intake.models import Scan, ScanState
from channels_intake.phone.views import agent_of
from channels_intake.post.drop import Dropped, scans_drop
from channels_intake.post.entering import scan_enter, text_of
from channels_intake.post.forms import DiscardForm, LetterForm
from channels_intake.post.hints import hints_of, suggested_type
from channels_intake.post.holding import scan_discard, scan_leave, scan_next, scan_renew, scan_restore, scan_take
from channels_intake.post.joining import Sheet, scan_join, scan_separate, sheets_joined, sheets_to_join
from channels_intake.post.kinds import ACCEPTED
from channels_intake.post.reading import FROM_OCR
from channels_intake.post.selectors import CAP, STATES, entered_of, row_of, scan_counts, scan_get, scans_in
from core.errors import DomainError, Invalid
from core.fragments import render_page
from core.guards import agent_required
from core.navigation import capped
from core.pagination import keyset_page
from core.uploads import size_words
from directory.models import Agent, Citizen
from tickets.enums import Channel
from tickets.permissions import may_see
from tickets.selectors.routing import alarms_told

LIST, LETTER = "channels_intake/post/list.html", "channels_intake/post/letter.html"
PARTIALS = {"caller": "channels_intake/post/_sender.html", "again": "channels_intake/post/_again.html"}
FIELDS = {
    "body": "subject",
    "subject": "subject",
    "received_at": "received_on",
    "received_on": "received_on",
    "service": "service",
}
# the words of the desks' panel that finds a person (`channels_intake/desk/_ticket.html`)
DESK = {
    "channel": Channel.POST,
    "add": gettext_lazy("Add this letter to this request"),
    "add_and_reopen": gettext_lazy("Add this letter and reopen"),
}


@require_http_methods(["GET", "POST"])
@agent_required
@log_required
def desk(request: HttpRequest) -> HttpResponse:
    """The list, and where scans are dropped. Files refused are named with the reason (422); the others are kept."""
    if request.method != "POST":
        return _list(request)
    uploads = request.FILES.getlist("scans")
    dropped = scans_drop(
        uploads, key=request.POST.get("key", "")[:40] or uuid.uuid4().hex, actor=agent_of(request), now=timezone.now()
    )
    if not uploads:
        dropped.refused.append(("", _("Choose the files first.")))
    if dropped.refused:
        return _list(request, dropped=dropped, status=422)
    messages.success(request, _told(dropped))
    return redirect("post:desk")


def _told(dropped: Dropped) -> str:
    told = ngettext("%(n)s letter added.", "%(n)s letters added.", dropped.stored) % {"n": dropped.stored}
    if dropped.duplicates:
        known = ngettext("%(n)s was known already.", "%(n)s were known already.", dropped.duplicates)
        told = f"{told} {known % {'n': dropped.duplicates}}"
    return told


def _list(request: HttpRequest, *, dropped: Dropped | None = None, status: int = 200) -> HttpResponse:
    agent, now = agent_of(request), timezone.now()
    state = request.GET.get("state", "")
    state = state if state in STATES else ScanState.NEW
    order = ("id",) if state == ScanState.NEW else ("-id",)
    page = keyset_page(scans_in(state), order=order, cursor=request.GET.get("cursor"))
    counts = scan_counts()

    def link(**given: str | None) -> str:
        return "?" + urlencode({name: value for name, value in given.items() if value})

    kept = "" if state == ScanState.NEW else str(state)
    context = {
        "rows": [row_of(scan, agent, now) for scan in page.rows],
        "state": str(state),
        "states": [
            {
                "label": label,
                "url": link(state="" if value == ScanState.NEW else str(value)),
                "current": value == state,
                "count": capped(counts[str(value)], CAP),
            }
            for value, label in ((ScanState.NEW, _("To enter")), (ScanState.DISCARDED, pgettext("letter", "Set aside")))
        ],
        "to_enter": counts[ScanState.NEW],
        "dropped": dropped,
        "told": _told(dropped) if dropped and dropped.stored else "",
        "key": uuid.uuid4().hex,
        "limits": {"count": settings.SCAN_MAX_COUNT, "size": size_words(settings.SCAN_MAX_BYTES), "types": ACCEPTED},
        "done": entered_of(agent, request.GET.get("done", "")),
        "now": now,
        "next_url": link(state=kept, cursor=page.next) if page.next else "",
        "previous_url": link(state=kept, cursor=page.previous) if page.previous else "",
    }
    return render(request, LIST, context, status=status)


@require_http_methods(["GET", "POST"])
@agent_required
@log_required
def letter(request: HttpRequest, pk: int) -> HttpResponse:
    """One letter. GET with ``q``: who sends it. POST: entered; the next one comes at once (``then`` = ``next``).

    POST with ``do``: a sheet is joined or separated, what was typed is kept. Only whoever holds the letter has
    the form; a refused one comes back filled, with status 422.
    """
    agent, now = agent_of(request), timezone.now()
    scan = scan_get(pk)
    if scan is None:
        raise Http404
    if request.method == "POST" and "do" in request.POST:
        return _sheet(request, scan, now)
    if request.method == "POST":
        form = LetterForm(request.POST, agent=agent, scan_id=pk)
        if form.is_valid() and form.letter is not None:
            try:
                ticket = scan_enter(scan_id=pk, letter=form.letter, actor=agent, now=now)
            except Invalid as error:
                form.add_error(FIELDS.get(error.field or ""), error.message)
            except DomainError as error:
                form.add_error(None, error.message)
            else:
                return _go_on(request, done=ticket.reference)
        scan_renew(scan_id=pk, actor=agent, now=now)
        return _page(request, scan, form, _posted_lookup(agent, form.data), status=422)
    if scan.state == ScanState.ENTERED:
        if scan.ticket is not None and may_see(agent, scan.ticket):
            return redirect("tickets:detail", scan.ticket.reference)
        raise Http404
    if scan.joined_to_id is not None:
        return redirect("post:letter", scan.joined_to_id)
    lookup = desk_lookup(agent, request.GET.get("q", ""))
    return _page(request, scan, LetterForm(agent=agent, initial=_prefilled(scan) | lookup.prefill), lookup)


def _sheet(request: HttpRequest, scan: Scan, now: datetime) -> HttpResponse:
    """Join or separate a sheet (``do``: ``join`` with ``sheet``, or ``separate-`` and its number)."""
    agent, before = agent_of(request), _prefilled(scan)
    order, _dash, number = request.POST["do"].partition("-")
    number = request.POST.get("sheet", "") if order == "join" else number
    sheet = int(number) if number.isdecimal() and len(number) < 18 else 0
    try:
        change = scan_join if order == "join" else scan_separate
        change(scan_id=scan.pk, sheet_id=sheet, actor=agent, now=now)
    except DomainError as error:
        messages.warning(request, error.message)
    scan = scan_get(scan.pk) or scan
    if scan.state != ScanState.NEW:
        return redirect("post:letter", scan.pk)
    posted = {name: str(value).replace("\r\n", "\n") for name, value in request.POST.items()}
    typed = {name: value for name, value in posted.items() if value and value != str(before.get(name, ""))}
    form = LetterForm(agent=agent, initial=_prefilled(scan) | typed)
    return _page(request, scan, form, _posted_lookup(agent, request.POST))


def _prefilled(scan: Scan) -> dict[str, Any]:
    text = text_of([scan, *sheets_joined(scan)])
    hints = hints_of(text)
    found = {"subject": hints.subject, "body": hints.body, "request_type": suggested_type(text)}
    return {name: value for name, value in found.items() if value}


def _page(request: HttpRequest, scan: Scan, form: LetterForm, lookup: Lookup, *, status: int = 200) -> HttpResponse:
    agent, now = agent_of(request), timezone.now()
    lookup_seen(agent, lookup)
    first, sheets = scan.duplicate_of, [scan, *sheets_joined(scan)]
    row = row_of(scan, agent, now)
    to_join = sheets_to_join(scan, agent, now) if row.is_mine else []
    given = form.data if form.is_bound else request.GET
    subject, body = (given.get(name, form.initial.get(name, "")) for name in ("subject", "body"))
    text = text_of(sheets)
    context = {
        "scan": scan,
        "row": row,
        "sheets": [Sheet(one) for one in sheets],
        "to_join": to_join,
        "is_sorting": "do" in request.POST,
        "next_sheet": next((one.pk for one in to_join if one.pk > sheets[-1].pk), None),
        "text": text,
        "is_recognised": any(one.text_source == FROM_OCR for one in sheets),
        "is_being_read": scan.state == ScanState.NEW and any(one.text_read_at is None for one in sheets),
        "first_ticket": first.ticket if first and first.ticket and may_see(agent, first.ticket) else None,
        "form": form,
        "discard": DiscardForm(initial={"reason": "duplicate"} if first else None),
        "lookup": lookup,
        "alarms": SimpleLazyObject(lambda: alarms_told("\n\n".join((subject, body, text)))),
        "typed_alarms": SimpleLazyObject(lambda: alarms_told(subject, is_hint=True)),
        "again": again_of(agent, given, subject, chosen=lookup.chosen, now=now),
        "desk": DESK,
        "done": entered_of(agent, request.GET.get("done", "")),
        "now": now,
    }
    return render_page(request, LETTER, context, partials=PARTIALS, status=status)


def _posted_lookup(agent: Agent, data: Mapping[str, Any]) -> Lookup:
    """The sender panel of a form that comes back, as it was."""
    text, chosen = data.get("q", ""), data.get("citizen", "")
    if chosen.isdecimal() and len(chosen) < 18:
        citizen = Citizen.objects.prefetch_related("contact_points").filter(pk=int(chosen)).first()
        if citizen is not None:
            return desk_person(agent, citizen, text)
    found = desk_lookup(agent, text)
    return Lookup(text, found.cards, chosen if chosen == NEW else found.chosen, {}, found.problem, found.has_more)


@require_POST
@agent_required
@log_required
def following(request: HttpRequest) -> HttpResponse:
    """« Enter the next one »: a letter no colleague holds. ``after``: skip that one."""
    after = request.POST.get("after", "")
    return _following(request, after=int(after) if after.isdecimal() and len(after) < 18 else None)


def _following(request: HttpRequest, *, after: int | None = None, done: str = "") -> HttpResponse:
    scan = scan_next(actor=agent_of(request), now=timezone.now(), after=after)
    query = f"?{urlencode({'done': done})}" if done else ""
    if scan is None:
        messages.info(request, _("No letter is left to enter."))
        return redirect(f"{reverse('post:desk')}{query}")
    if scan.pk == after:
        messages.info(request, _("This letter is the only one left to enter."))
    return redirect(f"{reverse('post:letter', args=[scan.pk])}{query}")


def _go_on(request: HttpRequest, *, done: str = "") -> HttpResponse:
    if request.POST.get("then") == "list":
        return redirect(f"{reverse('post:desk')}?{urlencode({'done': done})}" if done else "post:desk")
    return _following(request, done=done)


@require_POST
@agent_required
@log_required
def take(request: HttpRequest, pk: int) -> HttpResponse:
    return _tried(request, pk, lambda: scan_take(scan_id=pk, actor=agent_of(request), now=timezone.now()))


@require_POST
@agent_required
@log_required
def leave(request: HttpRequest, pk: int) -> HttpResponse:
    scan_leave(scan_id=pk, actor=agent_of(request))
    return redirect("post:desk")


@require_POST
@agent_required
@log_required
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Set aside, then the next letter; the message offers to put it back."""
    form = DiscardForm(request.POST)
    if not form.is_valid():
        for errors in form.errors.values():
            messages.error(request, str(errors[0]))
        return redirect("post:letter", pk)
    try:
        scan = scan_discard(scan_id=pk, reason=form.words, actor=agent_of(request), now=timezone.now())
    except DomainError as error:
        return _refused(request, error)
    messages.success(
        request, _("« %(name)s » is set aside: the list « Set aside » gives it back.") % {"name": scan.name}
    )
    return _go_on(request)


@require_POST
@agent_required
@log_required
def restore(request: HttpRequest, pk: int) -> HttpResponse:
    return _tried(request, pk, lambda: scan_restore(scan_id=pk))


def _tried(request: HttpRequest, pk: int, action: Callable[[], object]) -> HttpResponse:
    try:
        action()
    except DomainError as error:
        return _refused(request, error)
    return redirect("post:letter", pk)


def _refused(request: HttpRequest, error: DomainError) -> HttpResponse:
    if error.status == 404:
        raise Http404
    messages.warning(request, error.message)
    return redirect("post:desk")
