"""A deadline and the steps that the sweep would have taken until a given moment."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from tickets.deadlines.calendars import WorkingCalendar
from tickets.deadlines.escalation import Step, moment, plan
from tickets.enums import DeadlineState

Taken = tuple[Step, datetime]


def live(
    steps: Sequence[Step],
    started_at: datetime,
    due_at: datetime,
    calendar: WorkingCalendar,
    *,
    end: datetime,
    over: bool,
) -> tuple[dict[str, Any], list[Taken]]:
    """The values of a `Deadline` as it is at ``end``, and its (step, when) in order.

    It stopped at ``end`` when ``over``, and still runs otherwise.
    """
    taken, next_step_at = plan(steps, started_at=started_at, due_at=due_at, taken=(), now=started_at, calendar=calendar)
    found: list[Taken] = []
    if next_step_at is not None and next_step_at <= end:
        moments = [(moment(step, started_at, due_at, calendar), step) for step in steps if step.number not in taken]
        found = [(step, at) for at, step in sorted(moments, key=lambda each: each[0]) if at <= end]
        taken = sorted([*taken, *(step.number for step, _ in found)])
    values: dict[str, Any] = {"started_at": started_at, "due_at": due_at, "taken": taken}
    if over:
        state = DeadlineState.MET if end <= due_at else DeadlineState.MISSED
        return values | {"state": state, "stopped_at": end}, found
    values["taken"], next_step_at = plan(
        steps, started_at=started_at, due_at=due_at, taken=taken, now=end, calendar=calendar
    )
    return values | {"state": DeadlineState.RUNNING, "next_step_at": next_step_at}, found
