"""A person's page: who they are, how to reach them, everything they asked, and what agents correct."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.errors import Conflict, Invalid
from core.guards import agent_required
from core.pagination import keyset_page
from directory.contacts import display_phone
from directory.models import Citizen, CitizenKind, ContactKind, ContactPoint
from tickets.actions.people.cards import (
    citizen_edit,
    contact_add,
    contact_remove,
    contact_repaired,
    household_join,
    household_leave,
)
from tickets.actions.rights.access import list_log
from tickets.people_forms import IdentityForm
from tickets.selectors.people import (
    citizen_get,
    contacts_of,
    household_of,
    last_contacts,
    look_alikes,
    may_keep_people,
    members_of,
    merges_of,
    neighbours,
    tickets_of,
)
from tickets.selectors.visible import references_visible_to
from tickets.views.common import agent_of, refuse
from tickets.views.preferences import next_address

ORDER = ("-received_at", "-id")
PAGE, MOST_OF_HOUSEHOLD = 15, 6


@require_safe
@agent_required
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of somebody the agent may know; a merged card leads to the one it became."""
    citizen = citizen_get(agent_of(request), pk)
    if citizen.pk != pk:
        return redirect("tickets:person", citizen.pk)
    return _page(request, citizen)


def _page(request: HttpRequest, citizen: Citizen, *, typed: str = "", problem: str = "") -> HttpResponse:
    agent = agent_of(request)
    is_person = citizen.kind == CitizenKind.PERSON
    members = [] if is_person else members_of(agent, citizen)
    family = household_of(agent, citizen) if is_person else []
    # what a member of an organisation asks for themselves is not the organisation's: it stays on their own card
    page = keyset_page(tickets_of(agent, [citizen]), order=ORDER, cursor=request.GET.get("cursor"), size=PAGE)
    family_tickets = list(tickets_of(agent, family).order_by(*ORDER)[:MOST_OF_HOUSEHOLD]) if family else []
    list_log(agent, [*page.rows, *family_tickets])
    contacts = contacts_of(citizen)
    seen = references_visible_to(agent, [each.reference for each in contacts if each.reference]) if contacts else set()
    may = may_keep_people(agent)
    alike = look_alikes(agent, citizen) if may else []
    twins = {each.citizen.pk for each in alike}

    def link(cursor: str | None) -> str:
        return f"?{urlencode({'cursor': cursor})}#demandes" if cursor else ""

    context: dict[str, Any] = {
        "citizen": citizen,
        "is_person": is_person,
        "points": [point_row(point) for point in citizen.contact_points.all()],
        "rows": page.rows,
        "next_url": link(page.next),
        "previous_url": link(page.previous),
        "contacts": [{"contact": each, "visible": each.reference in seen} for each in contacts],
        "members": members,
        "family": family,
        "family_tickets": family_tickets,
        # a look-alike is a decision to take first, not somebody who lives there too
        "neighbours": [each for each in neighbours(agent, citizen) if each.pk not in twins]
        if is_person and may
        else [],
        "alike": alike,
        "merges": merges_of(citizen) if may else [],
        "may": may,
        "typed": typed,
        "problem": problem,
        "now": timezone.now(),
    }
    return render(request, "tickets/people/person.html", context, status=422 if problem else 200)


@require_safe
@agent_required
def last(request: HttpRequest, pk: int) -> HttpResponse:
    """The last contacts of somebody the agent may know, as the card of a desk shows them."""
    agent = agent_of(request)
    contacts = last_contacts(agent, citizen_get(agent, pk))
    return render(request, "tickets/people/_last.html", {"contacts": contacts, "now": timezone.now()})


def point_row(point: ContactPoint) -> dict[str, Any]:
    """A way to reach somebody, as pages show it."""
    is_email = point.kind == ContactKind.EMAIL
    return {
        "point": point,
        "icon": "mail" if is_email else "phone",
        "text": point.value if is_email else display_phone(point.value),
        "url": f"mailto:{point.value}" if is_email else f"tel:{point.value}",
    }


@require_http_methods(["GET", "HEAD", "POST"])
@agent_required
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct the card. 404 for somebody the agent may not know."""
    agent = agent_of(request)
    citizen = citizen_get(agent, pk)
    status = 200
    if request.method == "POST":
        form = IdentityForm(request.POST, citizen=citizen)
        status = 422
        if form.is_valid():
            try:
                citizen_edit(citizen=citizen, identity=form.identity, actor=agent, now=timezone.now())
            except (Conflict, Invalid) as refusal:
                status = refuse(form, refusal)
            else:
                messages.success(request, _("The card is saved."))
                return redirect("tickets:person", citizen.pk)
    else:
        form = IdentityForm(citizen=citizen)
    return render(request, "tickets/people/edit.html", {"citizen": citizen, "form": form}, status=status)


@require_POST
@agent_required
def add_contact(request: HttpRequest, pk: int) -> HttpResponse:
    """``next``: the page it was asked from (a ticket), else the card."""
    agent = agent_of(request)
    citizen = citizen_get(agent, pk)
    back = next_address(request, reverse("tickets:person", args=[citizen.pk]))
    typed = request.POST.get("contact", "").strip()[:254]
    try:
        contact_add(citizen=citizen, value=typed, actor=agent)
    except (Conflict, Invalid) as refusal:
        if "next" not in request.POST:
            return _page(request, citizen, typed=typed, problem=refusal.message)
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("The card has one more way to reach this person."))
    return redirect(back)


@require_POST
@agent_required
def change_contact(request: HttpRequest, pk: int, point: int) -> HttpResponse:
    """``do``: ``remove``, or ``repaired`` for an address that answers again."""
    agent = agent_of(request)
    citizen = citizen_get(agent, pk)
    found = get_object_or_404(ContactPoint.objects.select_related("citizen"), pk=point, citizen=citizen)
    actions: dict[str, tuple[Callable[..., None], str]] = {
        "remove": (contact_remove, _("It is no longer on the card.")),
        "repaired": (contact_repaired, _("Guichet writes there again.")),
    }
    if request.POST.get("do") not in actions:
        raise Http404
    action, told = actions[request.POST["do"]]
    return _told(request, citizen, lambda: action(point=found, actor=agent), told)


@require_POST
@agent_required
def household(request: HttpRequest, pk: int) -> HttpResponse:
    """``with``: the id of somebody to live with; without it, leave the household."""
    agent = agent_of(request)
    citizen = citizen_get(agent, pk)
    other = request.POST.get("with", "")
    if other:
        if not other.isdecimal() or len(other) > 18:
            raise Http404
        theirs = citizen_get(agent, int(other))
        return _told(
            request,
            citizen,
            lambda: household_join(citizen=citizen, other=theirs, actor=agent),
            _("They are one household: each card shows the requests of the others that you may see."),
        )
    return _told(
        request, citizen, lambda: household_leave(citizen=citizen, actor=agent), _("This person left the household.")
    )


def _told(request: HttpRequest, citizen: Citizen, act: Callable[[], object], told: str) -> HttpResponse:
    try:
        act()
    except (Conflict, Invalid) as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, told)
    return redirect("tickets:person", citizen.pk)
