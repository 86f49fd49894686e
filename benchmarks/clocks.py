"""A deadline and the steps that the sweep would have taken until a given moment."""

from datetime import datetime
from typing import Any

from tickets.deadlines import escalation
from tickets.enums import DeadlineState

Step = tuple[int, escalation.Step, datetime]


def live(
    kind: str, started_at: datetime, due_at: datetime, *, end: datetime, over: bool
) -> tuple[dict[str, Any], list[Step]]:
    """The values of a `Deadline` as it is at ``end``, and its (level, step, when) in order.

    It stopped at ``end`` when ``over``, and still runs otherwise.
    """
    level, _ = escalation.first_step_at(kind, started_at, due_at)
    steps: list[Step] = []
    for number, step in enumerate(escalation.STEPS[kind], 1):
        at = due_at + step.offset
        if number > level and at <= end:
            steps.append((number, step, at))
            level = number
    values: dict[str, Any] = {"kind": kind, "started_at": started_at, "due_at": due_at, "level": level}
    if over:
        state = DeadlineState.MET if end <= due_at else DeadlineState.MISSED
        values |= {"state": state, "stopped_at": end}
    else:
        level, next_step_at = escalation.next_step(kind, due_at, done=level, now=end)
        values |= {"state": DeadlineState.RUNNING, "level": level, "next_step_at": next_step_at}
    return values, steps
