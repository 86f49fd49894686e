"""Drafts: kept while one types, found again on any computer, listed."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import time_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.guards import agent_required
from core.pagination import keyset_page
from directory.roles import WORK
from tickets.actions.replies.draft_files import draft_files_discard
from tickets.actions.replies.drafts import draft_discard, draft_save
from tickets.actions.rights.access import list_log
from tickets.models import Ticket
from tickets.permissions import require
from tickets.selectors.composing import drafts_by, planned_by
from tickets.views.common import agent_of, back_to, posted_on_ticket
from tickets.views.draft_files import posted_files

PLANNED = 50


@posted_on_ticket
def save(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """Keep what is written. A page that saves by itself hears when: {"at": "12 h 04"}, or null when nothing is kept."""
    now = timezone.now()
    seen = request.POST.get("seen", "")
    draft = draft_save(
        ticket=ticket,
        actor=agent_of(request),
        kind=request.POST.get("kind", ""),
        body=request.POST.get("body", "").replace("\r\n", "\n"),
        seen_message_id=int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 19 else None,
        now=now,
    )
    if request.POST.get("do") != "keep":
        at = time_format(timezone.localtime(draft.updated_at), "G \\h i") if draft else None
        return JsonResponse({"at": at})
    problems = posted_files(request, ticket, agent_of(request), request.POST.get("kind", ""))[1]
    for problem in problems:
        messages.error(request, problem)
    kept = draft is not None or bool(request.FILES)
    messages.success(request, _("Your draft is kept.") if kept else _("There was nothing to keep."))
    return back_to(request, ticket, "compose")


@posted_on_ticket
def discard(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    require(agent_of(request), WORK, ticket)
    draft_discard(ticket=ticket, actor=agent_of(request), kind=request.POST.get("kind", ""))
    draft_files_discard(ticket=ticket, actor=agent_of(request), kind=request.POST.get("kind", ""))
    messages.success(request, _("Your draft is deleted."))
    return back_to(request, ticket, "compose")


@require_safe
@agent_required
def mine(request: HttpRequest) -> HttpResponse:
    """The agent's drafts, the last written first, and their replies that wait to leave."""
    agent = agent_of(request)
    page = keyset_page(drafts_by(agent), order=("-updated_at", "-id"), cursor=request.GET.get("cursor"), size=30)
    planned = list(planned_by(agent)[:PLANNED])
    list_log(agent, [*(draft.ticket for draft in page.rows), *(reply.ticket for reply in planned)])
    context: dict[str, Any] = {
        "drafts": page.rows,
        "planned": planned,
        "previous_url": f"?cursor={page.previous}" if page.previous else "",
        "next_url": f"?cursor={page.next}" if page.next else "",
        "now": timezone.now(),
    }
    return render(request, "tickets/drafts.html", context)
