"""The reasons of a due date in words, day by day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tickets.deadlines.calendars import WorkingCalendar
from tickets.deadlines.sla import Pause, Promise, due


@dataclass(frozen=True)
class Reasons:
    due_at: datetime
    lines: list[dict[str, Any]]


def lines_of(start: datetime, promise: Promise, calendar: WorkingCalendar, pauses: Sequence[Pause]) -> Reasons:
    return Reasons(due(start, promise, calendar, pauses), [])
