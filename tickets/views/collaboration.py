"""What one click does with others: follow, remove a link, undo a merge."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from directory.roles import WORK
from tickets.actions.teamwork.links import ticket_unlink
from tickets.actions.teamwork.merging import ticket_unmerge
from tickets.actions.teamwork.watching import ticket_watch
from tickets.models import Ticket
from tickets.permissions import require
from tickets.selectors.collaboration import links_seen_by, merges_of
from tickets.views.common import agent_of, back_to, posted_on_ticket


@posted_on_ticket
def watch(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    ticket_watch(ticket=ticket, agent=agent_of(request), now=timezone.now())
    messages.success(request, _("You follow this ticket: an alert tells you what happens on it."))
    return back_to(request, ticket)


@posted_on_ticket
def unwatch(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    ticket_watch(ticket=ticket, agent=agent_of(request), now=timezone.now(), watching=False)
    messages.success(request, _("You no longer follow this ticket."))
    return back_to(request, ticket)


@posted_on_ticket
def unlink(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    agent, number = agent_of(request), request.POST.get("link", "")
    require(agent, WORK, ticket)
    link = next((each.link for each in links_seen_by(ticket, agent) if str(each.link.pk) == number), None)
    if link is None:
        raise Http404
    ticket_unlink(link=link, actor=agent, now=timezone.now())
    messages.success(request, _("The link is removed."))
    return back_to(request, ticket)


@posted_on_ticket
def unmerge(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    agent, number = agent_of(request), request.POST.get("merge", "")
    require(agent, WORK, ticket)
    merge = next((each for each in merges_of(ticket) if str(each.pk) == number), None)
    if merge is None:
        raise Http404
    source = ticket_unmerge(merge=merge, actor=agent, now=timezone.now())
    messages.success(
        request, _("The merge is undone: %(reference)s is a ticket again.") % {"reference": source.reference}
    )
    return back_to(request, ticket)
