"""Files beside a draft: added at once by the page, or with the form where there is no script; taken out."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from core.files import ACCEPTED
from core.uploads import size_words
from directory.models import Agent
from tickets.actions.by_email.service_mail import FILES_MAX_BYTES
from tickets.actions.replies.draft_files import draft_file_remove, draft_files_add
from tickets.actions.replies.drafts import draft_save
from tickets.models import Ticket
from tickets.selectors.composing import draft_files_of
from tickets.views.common import agent_of, back_to, posted_numbers, posted_on_ticket


@posted_on_ticket
def draft_files(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """Add what is sent, take out ``remove``. The script of the page gets the list; without it the whole form comes
    along, and its text is kept."""
    agent, kind = agent_of(request), request.POST.get("kind", "")
    problems = draft_files_add(
        ticket=ticket, actor=agent, kind=kind, uploads=request.FILES.getlist("files"), now=timezone.now()
    )[1]
    for pk in posted_numbers(request, "remove"):
        draft_file_remove(ticket=ticket, actor=agent, pk=pk)
    if getattr(request, "htmx", None):
        context = {"files": draft_files_of(ticket, agent).get(kind, []), "problems": problems, "ticket": ticket}
        return render(request, "tickets/partials/_draft_files.html", context, status=422 if problems else 200)
    body = request.POST.get("body", "").replace("\r\n", "\n")
    if body.strip():
        draft_save(ticket=ticket, actor=agent, kind=kind, body=body, now=timezone.now())
    for problem in problems:
        messages.error(request, problem)
    return back_to(request, ticket, "compose")


def posted_files(request: HttpRequest, ticket: Ticket, agent: Agent, kind: str) -> tuple[list[int], list[str]]:
    """(ids of the files the message encloses: those of the page, and those that came with the form itself; one sentence
    per file that was refused)."""
    rows, problems = draft_files_add(
        ticket=ticket, actor=agent, kind=kind, uploads=request.FILES.getlist("files"), now=timezone.now()
    )
    return list({*posted_numbers(request, "file"), *(row.pk for row in rows)}), problems


def file_limits() -> dict[str, object]:
    """What the composer says beside its file field."""
    return {
        "count": settings.ATTACHMENT_MAX_COUNT,
        "size": size_words(settings.ATTACHMENT_MAX_BYTES),
        "total": size_words(FILES_MAX_BYTES),
        "types": ACCEPTED,
    }
