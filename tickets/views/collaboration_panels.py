"""The panels of working together: link, merge, split, ask a task. See `panels` for how a panel works."""

from datetime import datetime
from typing import Any

from django.http import Http404
from django.utils.translation import gettext_lazy as _

from core.errors import Invalid
from directory.models import Agent
from directory.roles import WORK
from tickets.actions.teamwork.links import ticket_link
from tickets.actions.teamwork.merging import kept_first, ticket_merge
from tickets.actions.teamwork.splitting import ticket_split
from tickets.actions.teamwork.tasks import task_add
from tickets.collaboration_forms import LinkForm, MergeForm, SplitForm, TaskForm
from tickets.models import Ticket
from tickets.permissions import may
from tickets.selectors.detail import others_of
from tickets.selectors.visible import ticket_get
from tickets.views.panel_spec import Panel

MOST = 5  # other requests of the person, proposed


def _others(ticket: Ticket, agent: Agent) -> list[Ticket]:
    """The other requests of the same person, those in progress first."""
    return list(others_of(agent, ticket.requester_id, without=ticket)[:MOST]) if ticket.requester_id else []


def _mergeable(ticket: Ticket, agent: Agent) -> list[Ticket]:
    """Those of `_others` in progress where the agent works, as a merge wants them."""
    return [other for other in _others(ticket, agent) if ticket.is_open and other.is_open and may(agent, WORK, other)]


def _other(agent: Agent, reference: str) -> Ticket:
    try:
        return ticket_get(agent, reference)
    except Http404 as error:
        raise Invalid(_("No ticket you can see has this reference."), field="reference") from error


def _link(ticket: Ticket, agent: Agent, data: dict[str, Any], now: datetime) -> Ticket:
    other = _other(agent, data["reference"])
    ticket_link(ticket=ticket, target=other, kind=data["kind"], actor=agent, now=now)
    return ticket


def _merge(ticket: Ticket, agent: Agent, data: dict[str, Any], now: datetime) -> Ticket:
    """Whichever of the two pages it is asked from, the one received first is kept and shown."""
    source, target = kept_first(ticket, _other(agent, data["reference"]))
    return ticket_merge(source=source, target=target, actor=agent, now=now).target


def _split(ticket: Ticket, agent: Agent, data: dict[str, Any], now: datetime) -> Ticket:
    ticket_split(
        message=data["message"],
        subject=data["subject"],
        body=data["body"],
        request_type=data["request_type"],
        service=data["service"],
        files=[int(pk) for pk in data.get("copied", ())],
        actor=agent,
        now=now,
    )
    return ticket


def _task(ticket: Ticket, agent: Agent, data: dict[str, Any], now: datetime) -> Ticket:
    task_add(ticket=ticket, **data, actor=agent, now=now)
    return ticket


PANELS: dict[str, Panel] = {
    "link": Panel(
        right=WORK,
        form=LinkForm,
        title=_("Link to another ticket"),
        submit=_("Link"),
        done=_("The tickets are linked."),
        icon="link",
        apply=_link,
        proposes=_others,
    ),
    "merge": Panel(
        right=WORK,
        form=MergeForm,
        title=_("Merge with another ticket of the same person"),
        submit=_("Merge the two tickets"),
        done=_("The two tickets are one. The one received first is kept."),
        icon="merge",
        apply=_merge,
        proposes=_mergeable,
        intro=_(
            "The ticket received first is kept: the messages, the tasks and the watchers of the other one join it, and "
            "its deadlines hold for both. It can be undone as long as no reply has left."
        ),
    ),
    "split": Panel(
        right=WORK,
        form=SplitForm,
        title=_("Split: make a request of the second subject"),
        submit=_("Open the second request"),
        done=_("The second request is open. The citizen receives its acknowledgement."),
        icon="split",
        apply=_split,
    ),
    "task": Panel(
        right=WORK,
        form=TaskForm,
        title=_("Ask a service for a task"),
        submit=_("Ask for it"),
        done=_("The task is asked for. The service finds it among its tasks."),
        icon="list-todo",
        apply=_task,
    ),
}
