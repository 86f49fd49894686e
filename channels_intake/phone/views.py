"""The telephone desk: who calls, what about, how it ended."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from channels_intake.desk.views import Begun, Desk, desk_page, log_required
from channels_intake.phone.calls import call_logged
from channels_intake.phone.selectors import call_at_hand, extension_of, incoming_calls
from channels_intake.phone.systems import extension_claim
from core.errors import Conflict, Invalid, NotAllowed
from core.guards import agent_required
from directory.contacts import display_phone
from directory.models import Agent
from tickets.actions.rights.access import list_log
from tickets.enums import Channel
from tickets.models import Ticket

DESK = Desk(
    channel=Channel.PHONE,
    namespace="phone",
    title=gettext_lazy("Phone desk"),
    intro=gettext_lazy("A call is logged while the person is still on the line."),
    who=gettext_lazy("Who is calling?"),
    fresh=gettext_lazy("New call"),
    add=gettext_lazy("Add this call to this request"),
    add_and_reopen=gettext_lazy("Add this call and reopen"),
    template="channels_intake/phone/page.html",
)
INCOMING = "channels_intake/phone/_incoming.html"


@require_http_methods(["GET", "POST"])
@agent_required
@log_required
def desk(request: HttpRequest) -> HttpResponse:
    """The desk, empty or opened on a call (``call``): its number in the omnibox, its outcome written on it."""
    agent, now = agent_of(request), timezone.now()
    extension = extension_of(agent)
    call = call_at_hand(extension, str(request.POST.get("call") or request.GET.get("call", "")))
    context: dict[str, Any] = {"extension": extension, "call": call, "live_url": settings.LIVE_URL}
    if not request.htmx:  # type: ignore[attr-defined]
        calls = incoming_calls(agent, extension, now=now, taken=call.pk if call else None)
        list_log(agent, [ticket for each in calls for ticket in each.open_tickets])
        context["incoming"] = calls
    begun = Begun()
    if call is not None:
        context["call_number"] = number = display_phone(call.number)

        def recorded(ticket: Ticket) -> None:
            call_logged(call_id=call.pk, ticket=ticket, now=now)

        begun = Begun(text=number, initial={"callback_phone": number}, recorded=recorded)
    return desk_page(request, DESK, source="phone", begun=begun, extra=context)


@require_safe
@agent_required
@log_required
def incoming(request: HttpRequest) -> HttpResponse:
    """The call at my extension, alone: asked for when a live event says so, every few seconds otherwise. ``banner``:
    as every page of the workspace shows it."""
    agent, now = agent_of(request), timezone.now()
    taken = request.GET.get("call", "")
    calls = incoming_calls(
        agent, extension_of(agent), now=now, taken=int(taken) if taken.isdecimal() and len(taken) < 18 else None
    )
    list_log(agent, [ticket for each in calls for ticket in each.open_tickets])
    return render(request, INCOMING, {"incoming": calls, "now": now, "banner": request.GET.get("banner") == "1"})


@require_POST
@agent_required
@log_required
def workstation(request: HttpRequest) -> HttpResponse:
    """« Mon poste »: the extension where I sit today."""
    number = request.POST.get("number", "")
    try:
        held = extension_claim(agent=agent_of(request), number=number, take=request.POST.get("take") == "yes")
    except Conflict as error:
        context = {"message": error.message, "number": number}
        return render(request, "channels_intake/phone/extension_taken.html", context, status=409)
    except Invalid as error:
        messages.error(request, error.message)
    else:
        if held is None:
            messages.success(request, _("You sit at no extension: calls no longer open on your desk."))
        else:
            text = _("You sit at extension %(number)s: its calls open on your desk.")
            messages.success(request, text % {"number": held.number})
    return redirect("phone:desk")


def agent_of(request: HttpRequest) -> Agent:
    if not isinstance(request.user, Agent):  # the views are guarded; this tells the type checker
        raise NotAllowed(_("Log in first."))
    return request.user
