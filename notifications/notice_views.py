"""« My alerts »: what Guichet told this agent, and nobody else's."""

from datetime import timedelta
from typing import Any, cast
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from core.guards import agent_required
from core.pagination import keyset_page
from directory.models import Agent
from notifications.actions.notices import digest_choose, notices_read, wants_digest
from notifications.models import Notice
from notifications.selectors import notices_of, notices_unread, unread_shown
from notifications.visibility import readable_references

ALL = "all"
FRESH = timedelta(minutes=10)  # an urgent alert older than this waits in the list
MOST_ALARMS = 3
ORDER = ("-id",)


@require_GET
@agent_required
def notices(request: HttpRequest) -> HttpResponse:
    """The alerts not read yet, the newest first; with ``?show=all``, those read too."""
    agent = cast(Agent, request.user)
    show = ALL if request.GET.get("show") == ALL else ""
    page = keyset_page(notices_of(agent, unread_only=not show), order=ORDER, cursor=request.GET.get("cursor"))
    readable = readable_references(agent, [notice.ticket_reference for notice in page.rows])

    def link(**changed: str | None) -> str:
        return "?" + urlencode({name: value for name, value in ({"show": show} | changed).items() if value})

    context = {
        "rows": [_row(notice, readable) for notice in page.rows],
        "views": [
            {"label": _("Unread"), "url": link(show=None), "current": not show},
            {"label": _("All alerts"), "url": link(show=ALL), "current": bool(show)},
        ],
        "show": show,
        "in_digest": wants_digest(agent),
        "next_url": link(cursor=page.next) if page.next else "",
        "previous_url": link(cursor=page.previous) if page.previous else "",
    }
    return render(request, "notifications/notices.html", context)


def _row(notice: Notice, readable: set[str]) -> dict[str, Any]:
    """An alert whose ticket has left the agent's reach since then keeps its reference alone."""
    within_reach = not notice.ticket_reference or not notice.path or notice.ticket_reference in readable
    return {"notice": notice, "within_reach": within_reach}


@require_GET
@agent_required
def bell(request: HttpRequest) -> HttpResponse:
    """The bell, and the urgent alerts of the last minutes past the id ``after``: what an open page asks on an event."""
    agent, after = cast(Agent, request.user), request.GET.get("after", "")
    unread = notices_of(agent, unread_only=True).filter(is_urgent=True, created_at__gt=timezone.now() - FRESH)
    known = int(after) if after.isascii() and after.isdigit() and len(after) < 19 else 0
    urgent = list(unread.filter(pk__gt=known).order_by("id")[:MOST_ALARMS])
    readable = readable_references(agent, [notice.ticket_reference for notice in urgent]) if urgent else set()
    context = {
        "unread_notices": unread_shown(notices_unread(agent).count()),
        "live_url": settings.LIVE_URL,
        "alarms": [row["notice"] for row in (_row(notice, readable) for notice in urgent) if row["within_reach"]],
        "csrf_token": get_token(request),
    }
    # without the request: the menu of a whole page costs more than this
    response = HttpResponse(render_to_string("notifications/bell.html", context))
    response["Cache-Control"] = "private, no-store"
    return response


@require_POST
@agent_required
def open_notice(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark it as read and go where it leads."""
    agent = cast(Agent, request.user)
    notice = get_object_or_404(notices_of(agent), pk=pk)
    notices_read(agent=agent, now=timezone.now(), notice_id=pk)
    return redirect(notice.path or reverse("notices:list"))


@require_POST
@agent_required
def read(request: HttpRequest, pk: int) -> HttpResponse:
    agent = cast(Agent, request.user)
    get_object_or_404(notices_of(agent), pk=pk)
    notices_read(agent=agent, now=timezone.now(), notice_id=pk)
    return _back(request)


@require_POST
@agent_required
def read_all(request: HttpRequest) -> HttpResponse:
    count = notices_read(agent=cast(Agent, request.user), now=timezone.now())
    told = ngettext("%(count)s alert marked as read.", "%(count)s alerts marked as read.", count) % {"count": count}
    messages.success(request, told)
    return _back(request)


@require_POST
@agent_required
def digest(request: HttpRequest) -> HttpResponse:
    """Whether the morning's mail tells of one's own tickets too."""
    wanted = request.POST.get("wanted") == "1"
    digest_choose(agent=cast(Agent, request.user), wanted=wanted)
    told = _("You will be told each morning by e-mail.") if wanted else _("You will be told here only.")
    messages.success(request, told)
    return _back(request)


def _back(request: HttpRequest) -> HttpResponse:
    show = "?show=all" if request.POST.get("show") == ALL else ""
    return redirect(reverse("notices:list") + show)
