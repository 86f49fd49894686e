"""A task as lists show it."""

from collections.abc import Iterable
from dataclasses import dataclass

from directory.models import Agent
from directory.roles import WORK
from tickets.actions.teamwork.tasks import may_do
from tickets.collaboration_forms import TaskDoneForm
from tickets.models import Ticket, TicketTask
from tickets.permissions import may, may_see


@dataclass(frozen=True)
class TaskRow:
    """``ticket`` is None for who may not open it: they see the task and nothing else. ``form``: to say it is done."""

    task: TicketTask
    ticket: Ticket | None
    is_open: bool
    may_cancel: bool
    form: TaskDoneForm | None


def task_rows(tasks: Iterable[TicketTask], agent: Agent) -> list[TaskRow]:
    """``tasks`` with their ticket, service, assignee and author. No query."""
    return [_row(task, agent) for task in tasks]


def _row(task: TicketTask, agent: Agent) -> TaskRow:
    is_open = not (task.done_at or task.cancelled_at)
    return TaskRow(
        task=task,
        ticket=task.ticket if may_see(agent, task.ticket) else None,
        is_open=is_open,
        may_cancel=is_open and may(agent, WORK, task.ticket),
        form=TaskDoneForm(task=task) if is_open and may_do(agent, task) else None,
    )
