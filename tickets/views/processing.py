"""What one click does to a ticket: take, release, wait, resume, reopen. The forms that ask for more are in `panels`."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from tickets.actions.processing import ticket_assign, ticket_reopen, ticket_wait
from tickets.models import Ticket
from tickets.views.common import agent_of, back_to, posted_on_ticket


@posted_on_ticket
def take(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    agent = agent_of(request)
    # the action compares with what was on screen: taking what a colleague took meanwhile is refused
    seen = request.POST.get("seen", "")
    ticket.assignee_id = int(seen) if seen.isascii() and seen.isdecimal() else None
    ticket = ticket_assign(ticket=ticket, assignee=agent, actor=agent, now=timezone.now())
    messages.success(request, _("The ticket %(reference)s is yours.") % {"reference": ticket.reference})
    return back_to(request, ticket)


@posted_on_ticket
def release(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    ticket = ticket_assign(ticket=ticket, assignee=None, actor=agent_of(request), now=timezone.now())
    messages.success(request, _("The ticket is back among the unassigned ones."))
    return back_to(request, ticket)


@posted_on_ticket
def wait(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    ticket = ticket_wait(ticket=ticket, actor=agent_of(request), now=timezone.now(), waiting=True)
    messages.success(request, _("The ticket waits for the citizen: its commitments are paused."))
    return back_to(request, ticket)


@posted_on_ticket
def resume(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    ticket = ticket_wait(ticket=ticket, actor=agent_of(request), now=timezone.now(), waiting=False)
    messages.success(request, _("The ticket is in progress again: its commitments run."))
    return back_to(request, ticket)


@posted_on_ticket
def reopen(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    ticket = ticket_reopen(ticket=ticket, actor=agent_of(request), now=timezone.now())
    messages.success(request, _("The ticket is open again, with a new commitment to answer."))
    return back_to(request, ticket)
