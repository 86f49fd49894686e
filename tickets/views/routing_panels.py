"""The panels about where a ticket goes and who opens it: transfer, sensitivity, tags; the end of a warning.

See `panels` for how one works.
"""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from directory.models import Agent
from directory.roles import ASSIGN, WORK
from tickets.actions.description import ticket_describe
from tickets.actions.flags import flag_clear
from tickets.actions.processing import ticket_transfer
from tickets.actions.rights.compartments import ticket_mark, ticket_unmark
from tickets.actions.routing.emergencies import emergency_clear
from tickets.actions.tags import ticket_tag
from tickets.models import Ticket
from tickets.routing_forms import DescribeForm, MarkForm, TagsForm, TransferForm, UnmarkForm
from tickets.views.common import agent_of, back_to, posted_on_ticket
from tickets.views.panel_spec import Panel


def _transfer(ticket: Ticket, agent: Agent, data: dict[str, Any], now: datetime) -> Ticket:
    return ticket_transfer(ticket=ticket, service=data["service"], reason=data["reason"], actor=agent, now=now)


def _transferred(ticket: Ticket, data: dict[str, Any]) -> object:
    """Where it really went: from the third transfer on, the pilot service decides."""
    if ticket.service != data["service"]:
        told = gettext(
            "This ticket has been transferred %(count)s times: it goes to %(pilot)s, who decides. They are told."
        )
        return told % {"count": ticket.transfer_count, "pilot": ticket.service.name}
    return gettext("The ticket is transferred to %(service)s. Its deadlines keep running.") % {
        "service": ticket.service.name
    }


def _mark(ticket: Ticket, agent: Agent, data: dict[str, Any], now: datetime) -> Ticket:
    return ticket_mark(ticket=ticket, reason=data["reason"], actor=agent, now=now)


def _unmark(ticket: Ticket, agent: Agent, data: dict[str, Any], now: datetime) -> Ticket:
    return ticket_unmark(ticket=ticket, reason=data["reason"], actor=agent, now=now)


def _tag(ticket: Ticket, agent: Agent, data: dict[str, Any], now: datetime) -> Ticket:
    gone = [tag for tag in ticket.tags if tag not in data["tags"]]
    return ticket_tag(ticket=ticket, add=data["tags"], remove=gone, actor=agent, now=now)


def _describe(ticket: Ticket, agent: Agent, data: dict[str, Any], now: datetime) -> Ticket:
    return ticket_describe(ticket=ticket, **data, actor=agent, now=now)


PANELS: dict[str, Panel] = {
    "describe": Panel(
        right=WORK,
        form=DescribeForm,
        title=_("Correct the subject or the place"),
        submit=_("Save"),
        done=_("It is saved. The messages stay as they were written."),
        icon="pencil",
        apply=_describe,
    ),
    "transfer": Panel(
        right=WORK,
        form=TransferForm,
        title=_("Transfer to another service"),
        submit=_("Transfer"),
        done=_transferred,
        icon="arrow-right-left",
        apply=_transfer,
    ),
    "mark": Panel(
        right=WORK,
        form=MarkForm,
        title=_("Mark this request as sensitive"),
        submit=_("Mark as sensitive"),
        done=_("The request is sensitive: every access to it is logged."),
        icon="shield",
        apply=_mark,
    ),
    "unmark": Panel(
        right=ASSIGN,
        form=UnmarkForm,
        title=_("This request is not sensitive"),
        submit=_("Remove the sensitive mark"),
        done=_("The whole service sees the request again."),
        icon="shield-off",
        apply=_unmark,
        intro=_("Whoever sees the requests of the service will see all that is written here: messages, files, notes."),
        danger=True,
    ),
    "tags": Panel(
        right=WORK,
        form=TagsForm,
        title=_("Tags of the ticket"),
        submit=_("Save the tags"),
        done=_("The tags are saved."),
        icon="tags",
        apply=_tag,
    ),
}


@posted_on_ticket
def emergency_done(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """The emergency is dealt with, or was none: its banner goes."""
    ticket = emergency_clear(ticket=ticket, actor=agent_of(request), now=timezone.now())
    messages.success(request, _("The emergency is marked as dealt with. The priority stays: change it if needed."))
    return back_to(request, ticket)


@posted_on_ticket
def flag_done(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """What was to be checked is: its banner goes."""
    ticket = flag_clear(ticket=ticket, actor=agent_of(request), now=timezone.now())
    messages.success(request, _("Noted as checked; the history keeps what was to be checked."))
    return back_to(request, ticket)
