"""The buttons of a suggestion on the ticket page."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from tickets.actions.routing.suggestions import suggestion_accept, suggestion_dismiss
from tickets.models import Ticket
from tickets.views.common import agent_of, back_to, posted_on_ticket


@posted_on_ticket
def accept(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    ticket = suggestion_accept(ticket=ticket, actor=agent_of(request), now=timezone.now())
    messages.success(request, _("Thank you: the request is classified, and the next suggestions learn from it."))
    return back_to(request, ticket)


@posted_on_ticket
def dismiss(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    suggestion_dismiss(ticket=ticket, actor=agent_of(request))
    messages.success(request, _("The suggestion is put aside."))
    return back_to(request, ticket)
