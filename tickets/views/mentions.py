"""« Mentions manquantes »: what keeps letters from leaving, and where to mend it."""

from itertools import groupby
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from core.errors import NotAllowed
from core.guards import agent_required
from directory.admin.base import may_configure
from directory.selectors import town_get
from tickets.actions.replies.acknowledgement import receipts_send
from tickets.letters.mentions import Where
from tickets.selectors.letters import receipts_waiting, town_hall_lacks, types_without_regime
from tickets.views.mending import form_url

TITLES = {
    Where.TOWN: (gettext_lazy("Town hall"), "landmark"),
    Where.SERVICE: (gettext_lazy("Services"), "building-2"),
    Where.AGENT: (gettext_lazy("Agents"), "users"),
}


@require_safe
@agent_required
def mentions(request: HttpRequest) -> HttpResponse:
    """Every row that lacks a mention, by kind then by name."""
    _require_administrator(request)
    found = town_hall_lacks(town_get())
    order = list(TITLES)
    found.sort(key=lambda each: (order.index(each.where), each.owner, each.pk or 0))
    groups = []
    for where, rows in groupby(found, key=lambda each: each.where):
        owners = []
        for _key, lacks in groupby(rows, key=lambda each: (each.owner, each.pk)):
            listed = list(lacks)
            owners.append({"name": listed[0].owner, "url": form_url(listed[0]), "lacks": listed})
        title, icon = TITLES[where]
        groups.append({"title": title, "icon": icon, "owners": owners})
    context: dict[str, Any] = {
        "groups": groups,
        "types": types_without_regime(),
        "waiting": receipts_waiting().count(),
    }
    return render(request, "tickets/mentions.html", context)


@require_POST
@agent_required
def send_waiting(request: HttpRequest) -> HttpResponse:
    """Send now the acknowledgements whose mentions are there; the sweep does it too, every few minutes."""
    _require_administrator(request)
    sent = receipts_send(now=timezone.now())
    if sent:
        text = ngettext("%(n)d acknowledgement is on its way.", "%(n)d acknowledgements are on their way.", sent)
        messages.success(request, text % {"n": sent})
    else:
        messages.info(request, _("No waiting acknowledgement is complete yet."))
    return redirect("tickets:missing_mentions")


def _require_administrator(request: HttpRequest) -> None:
    if not may_configure(request):
        raise NotAllowed(_("This page is for those who administer the whole town hall."))
