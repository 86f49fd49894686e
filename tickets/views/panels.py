"""The actions that ask for something first: assign, classify, prioritise, call back, close, cancel.

How one is run is in `panel_spec`. Transfers and tags are in `routing_panels`, working together in
`collaboration_panels`.
"""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from core.guards import agent_required
from directory.models import Agent
from directory.roles import ASSIGN, WORK
from tickets.actions.clocks.callbacks import callback_done, callback_request
from tickets.actions.clocks.pauses import pause_correct
from tickets.actions.language import ticket_language_set
from tickets.actions.legal.decisions import Verdict
from tickets.actions.priority import ticket_prioritise
from tickets.actions.processing import ticket_assign, ticket_classify, ticket_close
from tickets.forms import (
    AssignForm,
    CallbackDoneForm,
    CallbackForm,
    CancelForm,
    ClassifyForm,
    CloseForm,
    PauseForm,
    PriorityForm,
)
from tickets.models import Ticket
from tickets.timezones import town_zone
from tickets.views.collaboration_panels import PANELS as COLLABORATION
from tickets.views.panel_spec import Panel, panel_run
from tickets.views.routing_panels import PANELS as ROUTING


def _assign(ticket: Ticket, agent: Agent, data: dict[str, Any], now: datetime) -> Ticket:
    return ticket_assign(ticket=ticket, assignee=data["assignee"], actor=agent, now=now)


def _classify(ticket: Ticket, agent: Agent, data: dict[str, Any], now: datetime) -> Ticket:
    if data["language"]:
        ticket = ticket_language_set(ticket=ticket, language=data["language"], actor=agent, now=now)
    return ticket_classify(ticket=ticket, request_type=data["request_type"], actor=agent, now=now)


def _prioritise(ticket: Ticket, agent: Agent, data: dict[str, Any], now: datetime) -> Ticket:
    return ticket_prioritise(ticket=ticket, priority=data["priority"], actor=agent, now=now)


def _callback(ticket: Ticket, agent: Agent, data: dict[str, Any], now: datetime) -> Ticket:
    return callback_request(ticket=ticket, phone=data["phone"], note=data["note"], actor=agent, now=now).ticket


def _callback_done(ticket: Ticket, agent: Agent, data: dict[str, Any], now: datetime) -> Ticket:
    return callback_done(ticket=ticket, reached=data["reached"], note=data["note"], actor=agent, now=now)


def _pause(ticket: Ticket, agent: Agent, data: dict[str, Any], now: datetime) -> Ticket:
    return pause_correct(**data, actor=agent, now=now)


def _close(ticket: Ticket, agent: Agent, data: dict[str, Any], now: datetime) -> Ticket:
    verdict = None
    if data.get("outcome"):
        today = now.astimezone(town_zone()).date()
        verdict = Verdict(data["outcome"], decided_on=today, notified_on=today, reasons=data["reasons"])
    return ticket_close(ticket=ticket, actor=agent, reason=data["reason"], now=now, verdict=verdict)


def _cancel(ticket: Ticket, agent: Agent, data: dict[str, Any], now: datetime) -> Ticket:
    return ticket_close(ticket=ticket, actor=agent, reason=data["reason"], cancel=True, now=now)


PANELS: dict[str, Panel] = {
    "assign": Panel(
        right=ASSIGN,
        form=AssignForm,
        title=_("Give this ticket to an agent"),
        submit=_("Assign"),
        done=_("The ticket is assigned."),
        icon="user-round-check",
        apply=_assign,
    ),
    "classify": Panel(
        right=WORK,
        form=ClassifyForm,
        title=_("Correct the request type or the language"),
        submit=_("Save"),
        done=_("It is saved, and the deadlines follow the type."),
        icon="tag",
        apply=_classify,
    ),
    "prioritise": Panel(
        right=WORK,
        form=PriorityForm,
        title=_("Priority of the request"),
        submit=_("Save the priority"),
        done=_("The priority is saved."),
        icon="signal-high",
        apply=_prioritise,
    ),
    "callback": Panel(
        right=WORK,
        form=CallbackForm,
        title=_("Ask for a callback"),
        submit=_("Ask for the callback"),
        done=_("The callback is expected: its deadline runs."),
        icon="phone-forwarded",
        apply=_callback,
    ),
    "callback_done": Panel(
        right=WORK,
        form=CallbackDoneForm,
        title=_("The callback"),
        submit=_("Note the callback"),
        done=_("The callback is noted."),
        icon="phone-call",
        apply=_callback_done,
    ),
    "pause": Panel(
        right=ASSIGN,
        form=PauseForm,
        title=_("Correct a pause"),
        submit=_("Correct the pause"),
        done=_("The pause is corrected and the deadlines are counted again."),
        icon="timer-reset",
        apply=_pause,
    ),
    "close": Panel(
        right=WORK,
        form=CloseForm,
        title=_("Close without writing to the citizen"),
        submit=_("Close the ticket"),
        done=_("The ticket is closed."),
        icon="circle-check",
        apply=_close,
    ),
    "cancel": Panel(
        right=WORK,
        form=CancelForm,
        title=_("Cancel this request"),
        submit=_("Cancel the request"),
        done=_("The request is cancelled. It can be reopened."),
        icon="circle-x",
        apply=_cancel,
        danger=True,
    ),
}


@require_http_methods(["GET", "HEAD", "POST"])
@agent_required
def panel(request: HttpRequest, reference: str, name: str) -> HttpResponse:
    """Open or submit one of PANELS. 404 when the ticket is out of sight, 403 without the right."""
    return panel_run(request, reference, name, (PANELS | ROUTING | COLLABORATION)[name])
