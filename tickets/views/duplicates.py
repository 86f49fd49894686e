"""« Doublons probables »: two cards side by side, merged, told apart, or a merge undone."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.errors import Conflict, Invalid, NotAllowed
from core.guards import agent_required
from core.pagination import keyset_page
from directory.actions.people_duplicates import citizens_distinct
from directory.likeness import Reason, likeness
from directory.models import Agent, Citizen, CitizenMerge
from tickets.actions.people.merging import citizens_merge, citizens_unmerge
from tickets.people_forms import MergeForm, differing
from tickets.selectors.people import (
    citizen_get,
    knows_everybody,
    likely_duplicates,
    may_keep_people,
    tickets_of,
)
from tickets.views.common import agent_of
from tickets.views.people import point_row

PAGE = 10
REASONS = {
    Reason.ADDRESS: gettext_lazy("Same name, same address"),
    Reason.BIRTH: gettext_lazy("Same name, same date of birth"),
    Reason.ORGANISATION: gettext_lazy("Same name of organisation"),
}
FIELDS = {
    "name": gettext_lazy("Name"),
    "kind": gettext_lazy("Kind"),
    "organisation": gettext_lazy("Organisation"),
    "address": gettext_lazy("Postal address"),
    "birth_date": gettext_lazy("Date of birth"),
    "household": gettext_lazy("Household"),
    "member_of": gettext_lazy("Writes for"),
}


@require_safe
@agent_required
def duplicates(request: HttpRequest) -> HttpResponse:
    """The pairs that wait for a decision, the last found first. For the desks and the administrators."""
    agent = agent_of(request)
    if not knows_everybody(agent):
        raise NotAllowed(_("This list is for those who receive the public: it names people you may not know."))
    page = keyset_page(likely_duplicates(), order=("-id",), cursor=request.GET.get("cursor"), size=PAGE)
    counts = _counts(agent, [citizen for pair in page.rows for citizen in (pair.first, pair.second)])
    pairs = [
        {
            "cards": [card_of(citizen, counts.get(citizen.pk, 0)) for citizen in (pair.first, pair.second)],
            "reasons": [REASONS[reason] for reason in likeness(pair.first, pair.second)],
            "one": pair.first,
            "other": pair.second,
        }
        for pair in page.rows
    ]
    context = {
        # a card corrected since is compared again within a minute: what no longer holds is not shown meanwhile
        "pairs": [pair for pair in pairs if pair["reasons"]],
        "next_url": f"?{urlencode({'cursor': page.next})}" if page.next else "",
        "previous_url": f"?{urlencode({'cursor': page.previous})}" if page.previous else "",
    }
    return render(request, "tickets/people/duplicates.html", context)


def _counts(agent: Agent, citizens: Sequence[Citizen]) -> dict[int, int]:
    """How many tickets of each the agent may see; counted up to 200 for a page."""
    counts: dict[int, int] = {}
    for requester in tickets_of(agent, citizens).order_by().values_list("requester_id", flat=True)[:200]:
        counts[requester] = counts.get(requester, 0) + 1
    return counts


def card_of(citizen: Citizen, tickets: int) -> dict[str, Any]:
    """One of two cards side by side."""
    return {
        "citizen": citizen,
        "points": [point_row(point) for point in citizen.contact_points.all()],
        "tickets": tickets,
    }


@require_http_methods(["GET", "HEAD", "POST"])
@agent_required
def merge(request: HttpRequest, one: int, other: int) -> HttpResponse:
    """Both cards side by side, and the choice of what is kept. POST merges. 404 for somebody out of sight."""
    agent = agent_of(request)
    first, second = citizen_get(agent, one), citizen_get(agent, other)
    if not may_keep_people(agent):
        raise NotAllowed(_("You may not change the cards of people."))
    if first.pk == second.pk:
        messages.info(request, _("These cards are one already."))
        return redirect("tickets:person", first.pk)
    status = 200
    form = MergeForm(request.POST or None, one=first, other=second)
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                citizens_merge(
                    source=form.source,
                    target=form.target,
                    from_source=form.from_source,
                    actor=agent,
                    now=timezone.now(),
                )
            except (Conflict, Invalid) as refusal:
                messages.error(request, refusal.message)
                return redirect("tickets:person", first.pk)
            messages.success(request, _("The two cards are one. You can undo it at the bottom of this page."))
            return redirect("tickets:person", form.target.pk)
    counts = _counts(agent, [first, second])
    # the card with the longest history is proposed: fewer rows change hands
    kept = first if counts.get(first.pk, 0) >= counts.get(second.pk, 0) else second
    context = {
        "cards": [card_of(citizen, counts.get(citizen.pk, 0)) for citizen in (first, second)],
        "one": first,
        "other": second,
        "kept": kept,
        "fields": [_field(name, first, second, kept) for name in differing(first, second)],
        "reasons": [REASONS[reason] for reason in likeness(first, second)],
        "form": form,
    }
    return render(request, "tickets/people/merge.html", context, status=status)


def _field(name: str, first: Citizen, second: Citizen, kept: Citizen) -> dict[str, Any]:
    return {
        "name": name,
        "label": FIELDS[name],
        "options": [{"pk": card.pk, "text": _value(card, name), "checked": card == kept} for card in (first, second)],
    }


def _value(card: Citizen, name: str) -> str:
    if name == "name":
        return f"{card.first_name} {card.last_name}".strip()
    if name == "kind":
        return str(card.get_kind_display())
    if name == "birth_date":
        return date_format(card.birth_date, "j F Y") if card.birth_date else ""
    return str(getattr(card, name))


@require_POST
@agent_required
def distinct(request: HttpRequest, one: int, other: int) -> HttpResponse:
    """« These are two people »."""
    agent = agent_of(request)
    first, second = citizen_get(agent, one), citizen_get(agent, other)
    if not may_keep_people(agent):
        raise NotAllowed(_("You may not change the cards of people."))
    if first.pk != second.pk:
        citizens_distinct(one=first, other=second, actor=agent, now=timezone.now())
        messages.success(request, _("Noted: these are two people. They are not proposed again."))
    if request.POST.get("next") == "list" and knows_everybody(agent):
        return redirect("tickets:duplicates")
    return redirect("tickets:person", first.pk)


@require_POST
@agent_required
def unmerge(request: HttpRequest, pk: int) -> HttpResponse:
    """Undo a merge."""
    agent = agent_of(request)
    done = get_object_or_404(CitizenMerge.objects.select_related("target", "source"), pk=pk)
    target = citizen_get(agent, done.target_id)
    try:
        citizens_unmerge(merge=done, actor=agent, now=timezone.now())
    except (Conflict, Invalid) as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("The merge is undone: there are two cards again."))
    return redirect("tickets:person", target.pk)
