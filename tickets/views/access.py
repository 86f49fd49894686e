"""« Accès aux demandes sensibles »: who opened what, for those who answer for it. References only, no subject."""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from core.errors import NotAllowed
from core.guards import agent_required
from core.pagination import keyset_page
from core.spreadsheets import csv_response
from directory.models import Agent
from tickets.access_forms import AccessFilterForm
from tickets.models import AccessLog
from tickets.permissions import may_see
from tickets.selectors.access import accesses_to, audited_service_ids
from tickets.views.addresses import address
from tickets.views.common import agent_of

PAGE_SIZE, MOST_EXPORTED, USUAL_DAYS = 50, 20_000, 90


@require_safe
@agent_required
def accesses(request: HttpRequest) -> HttpResponse:
    """The log, the newest first, with its filters."""
    agent = _require_auditor(request)
    form, asked = _asked(request)
    page = keyset_page(
        accesses_to(agent, **asked), order=("-id",), cursor=request.GET.get("cursor") or None, size=PAGE_SIZE
    )
    context = {
        "form": form,
        "rows": [_row(entry, agent) for entry in page.rows],
        "filtered": any(asked.values()),
        "next_url": address(request, cursor=page.next) if page.next else "",
        "previous_url": address(request, cursor=page.previous) if page.previous else "",
        "csv_url": address(request, export="csv"),
    }
    if request.GET.get("export") == "csv":
        return _export(agent, asked)
    return render(request, "tickets/accesses.html", context)


def _require_auditor(request: HttpRequest) -> Agent:
    agent = agent_of(request)
    if not audited_service_ids(agent):
        raise NotAllowed(
            gettext_lazy("The log of accesses is for administrators and for the référents of sensitive requests.")
        )
    return agent


def _asked(request: HttpRequest) -> tuple[AccessFilterForm, dict[str, Any]]:
    form = AccessFilterForm(request.GET)
    form.is_valid()
    data = form.cleaned_data
    return form, {
        "who": data["agent"].pk if data.get("agent") else None,
        "reference": data.get("ticket") or "",
        "kind": data.get("kind") or "",
        "since": data.get("since"),
        "until": data.get("until"),
    }


def _row(entry: AccessLog, reader: Agent) -> dict[str, Any]:
    """``url`` is empty when the reader may not open the ticket themselves: an administrator audits without seeing."""
    ticket = entry.ticket
    assert ticket is not None  # look-ups are in a log of their own
    return {"entry": entry, "ticket": ticket, "openable": may_see(reader, ticket)}


def _export(agent: Agent, asked: dict[str, Any]) -> HttpResponse:
    """The same lines as CSV, of the last USUAL_DAYS days when no first day is asked."""
    asked = asked | {"since": asked["since"] or timezone.localdate() - timedelta(days=USUAL_DAYS)}
    rows: list[list[Any]] = [[_("Date"), _("Agent"), _("E-mail"), _("Reference"), _("Service"), _("What was opened")]]
    for entry in accesses_to(agent, **asked).order_by("-id")[:MOST_EXPORTED]:
        assert entry.ticket is not None
        at = timezone.localtime(entry.at).strftime("%Y-%m-%d %H:%M:%S")
        who = entry.agent
        rows.append(
            [at, who.full_name, who.email, entry.ticket.reference, entry.ticket.service.name, entry.get_kind_display()]
        )
    return csv_response(rows, f"acces-sensibles-{timezone.localdate():%Y-%m-%d}")
