"""What a service asks of another for a ticket, with its own date. Citizens never see it."""

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from core.errors import Conflict, Invalid, NotAllowed
from core.live import live_publish
from core.text import one_line
from directory.models import Agent, Service
from directory.permissions import has_right
from directory.roles import WORK
from notifications.actions.notices import notice_build, notices_add
from tickets.actions.locking import ticket_lock
from tickets.actions.teamwork.watching import agents_tell, watchers_tell
from tickets.actions.timeline import event_add
from tickets.enums import EventKind
from tickets.models import Ticket, TicketTask
from tickets.permissions import may, require
from tickets.selectors.assignable import agents_of, agents_who_see

SWEPT = 500  # late tasks told in one turn


@transaction.atomic
def task_add(
    *,
    ticket: Ticket,
    title: str,
    service: Service,
    due_at: datetime,
    actor: Agent,
    now: datetime,
    details: str = "",
    assignee: Agent | None = None,
) -> TicketTask:
    """Ask ``service`` (or one of its agents) for something before ``due_at``. The ticket may be in another service.

    Raises `Invalid` without a title, for a date in the past, or an assignee who does not work in that service.
    """
    ticket = ticket_lock(ticket.pk)
    require(actor, WORK, ticket)
    title = one_line(title, 200)
    if not title:
        raise Invalid(_("Say what is to be done."), field="title")
    if due_at <= now:
        raise Invalid(_("This date is in the past."), field="due_at")
    if not service.is_active:
        raise Invalid(_("This service no longer receives tickets."), field="service")
    if assignee is not None and not has_right(assignee, WORK, service.pk):
        raise Invalid(_("%(name)s does not work in this service.") % {"name": assignee.full_name}, field="assignee")
    task = TicketTask.objects.create(
        ticket=ticket,
        title=title,
        details=details.replace("\x00", "").strip(),
        service=service,
        assignee=assignee,
        due_at=due_at,
        created_by=actor,
        created_at=now,
    )
    event_add(ticket, EventKind.TASK_ADDED, actor=actor, at=now, title=title, service=service.name)
    if assignee is not None and assignee != actor:
        _notice(task, [assignee], _("A task is given to you"), now=now)
    live_publish("task", task.pk, agent_ids=[assignee.pk] if assignee else _doers(task))
    return task


@transaction.atomic
def task_done(*, task: TicketTask, actor: Agent, now: datetime, result: str = "") -> TicketTask:
    """Say that it is done, and what came of it. Whoever works in the service asked, or on the ticket, may."""
    task = _locked(task)
    if not may_do(actor, task):
        raise NotAllowed(_("This task is not one of your services'."))
    task.done_by, task.done_at, task.result = actor, now, result.replace("\x00", "").strip()
    task.save(update_fields=["done_by", "done_at", "result"])
    event_add(task.ticket, EventKind.TASK_DONE, actor=actor, at=now, title=task.title, service=task.service.name)
    if task.created_by != actor:
        text = format_lazy(_("the task « {title} » is done"), title=task.title)
        agents_tell(agents_who_see(task.ticket).filter(pk=task.created_by_id), task.ticket, text, now=now)
    watchers_tell(task.ticket, _("a task is done"), now=now, but=actor)
    return task


@transaction.atomic
def task_cancel(*, task: TicketTask, actor: Agent, now: datetime) -> TicketTask:
    """Give up a task: it was asked for by those who work on the ticket, they alone withdraw it."""
    task = _locked(task)
    require(actor, WORK, task.ticket)
    task.cancelled_at = now
    task.save(update_fields=["cancelled_at"])
    event_add(
        task.ticket,
        EventKind.TASK_DONE,
        actor=actor,
        at=now,
        title=task.title,
        service=task.service.name,
        cancelled=True,
    )
    return task


@transaction.atomic
def task_release(*, task_id: int, agent: Agent, why: str, now: datetime, until: date | None) -> int | None:
    """Give a task of an agent who is away (``why``: absent, ``until`` that day) or gone (inactive) back to its service;
    the id of the service, None when there is nothing to give back any more."""
    try:
        task = _locked(TicketTask(pk=task_id))
    except Conflict:
        return None
    if task.assignee_id != agent.pk:
        return None
    task.assignee = None
    task.save(update_fields=["assignee"])
    told = {"former": agent.full_name, "why": why, "until": until.isoformat() if until else "", "task": task.title}
    event_add(task.ticket, EventKind.RELEASED, actor=None, at=now, **told)
    live_publish("task", task.pk, agent_ids=_doers(task))
    return task.service_id


def may_do(agent: Agent, task: TicketTask) -> bool:
    """Whether the agent may say that the task is done."""
    return has_right(agent, WORK, task.service_id) or task.assignee_id == agent.pk or may(agent, WORK, task.ticket)


@transaction.atomic
def tasks_late_tell(*, now: datetime) -> int:
    """Tell, once, whoever does and whoever asked for each task past its date; how many tasks. Sweepers share them."""
    late = list(
        TicketTask.objects.select_for_update(of=("self",), skip_locked=True, no_key=True)
        .select_related("ticket", "service", "assignee", "created_by")
        .filter(due_at__lt=now, done_at__isnull=True, cancelled_at__isnull=True, late_told_at__isnull=True)
        .order_by("due_at", "id")[:SWEPT]
    )
    for task in late:
        asked = [task.assignee] if task.assignee is not None else list(agents_of([task.service_id]))
        _notice(task, {agent.pk: agent for agent in [*asked, task.created_by]}.values(), _("Task late"), now=now)
    TicketTask.objects.filter(pk__in=[task.pk for task in late]).update(late_told_at=now)
    return len(late)


def _locked(task: TicketTask) -> TicketTask:
    """The task, locked after its ticket, still to be done."""
    ticket = ticket_lock(TicketTask.objects.values_list("ticket_id", flat=True).get(pk=task.pk))
    found = (
        TicketTask.objects.select_related("service", "created_by")
        .select_for_update(of=("self",), no_key=True)
        .get(pk=task.pk)
    )
    if found.done_at or found.cancelled_at:
        raise Conflict(_("This task is over already."), code="task_over")
    found.ticket = ticket
    return found


def _doers(task: TicketTask) -> list[int]:
    return list(agents_of([task.service_id]).values_list("pk", flat=True))


def _notice(task: TicketTask, agents: Iterable[Agent], text: object, *, now: datetime) -> None:
    """An alert that leads to the tasks: the agent may not see the ticket, so that it names the task alone."""
    with translation.override("fr"):
        title = f"{text} : {task.title}"
    path = reverse("tickets:tasks")
    notices_add([notice_build(agent_id=agent.pk, title=title, path=path, created_at=now) for agent in agents])
