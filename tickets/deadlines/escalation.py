"""Who hears of a deadline, and when. Pure.

Steps before the due date are reminders; steps after it are escalations, each one level higher: the assignee, the
service's référent, the manager. A recipient who does not exist is replaced by the next one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

ASSIGNEE, REFERENT, MANAGER = "assignee", "referent", "manager"
CHAIN = (ASSIGNEE, REFERENT, MANAGER)


@dataclass(frozen=True)
class Step:
    """``offset`` from the due date; ``escalation`` is the ticket's escalation level after it (0: a reminder)."""

    name: str
    offset: timedelta
    audience: str
    escalation: int = 0


_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)

STEPS: dict[str, tuple[Step, ...]] = {
    "answer": (
        Step("reminder", -24 * _HOUR, ASSIGNEE),
        Step("late", timedelta(0), ASSIGNEE, 1),
        Step("late_referent", 24 * _HOUR, REFERENT, 2),
        Step("late_manager", 48 * _HOUR, MANAGER, 3),
    ),
    "target": (
        Step("reminder", -_DAY, ASSIGNEE),
        Step("late", timedelta(0), ASSIGNEE, 1),
        Step("late_referent", 2 * _DAY, REFERENT, 2),
        Step("late_manager", 5 * _DAY, MANAGER, 3),
    ),
    "legal": (
        Step("legal_15", -15 * _DAY, ASSIGNEE),
        Step("legal_7", -7 * _DAY, REFERENT),
        Step("legal_2", -2 * _DAY, MANAGER),
        Step("implicit_decision", timedelta(0), MANAGER),
    ),
}


def first_step_at(kind: str, started_at: datetime, due_at: datetime) -> tuple[int, datetime | None]:
    """(number of steps to skip, when the first one falls): reminders due before the start are skipped."""
    return next_step(kind, due_at, done=0, now=started_at)


def next_step(kind: str, due_at: datetime, *, done: int, now: datetime) -> tuple[int, datetime | None]:
    """(steps done or skipped, when the next one falls or None).

    A reminder whose moment is past is skipped; escalations never are.
    """
    steps = STEPS[kind]
    while done < len(steps):
        step = steps[done]
        at = due_at + step.offset
        if step.offset >= timedelta(0) or at > now:
            return done, at
        done += 1
    return done, None


def steps_to_take(kind: str, due_at: datetime, *, done: int, now: datetime) -> list[tuple[int, Step]]:
    """The (level, step) whose moment has come, levels counted from 1.

    Of several reminders that are past only the last one is kept, and none once the due date itself is past:
    reminding of what is already late is noise.
    """
    steps = STEPS[kind]
    come = [(level, step) for level, step in enumerate(steps, 1) if level > done and due_at + step.offset <= now]
    overdue = [entry for entry in come if entry[1].offset >= timedelta(0)]
    return overdue or come[-1:]


def recipient_chain(audience: str) -> Sequence[str]:
    """The audience, then those who replace it when nobody holds that place."""
    return CHAIN[CHAIN.index(audience) :]
