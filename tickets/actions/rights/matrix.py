"""The escalation matrix: written whole, one kind of clock at a time, its numbers never used twice."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F, Func, IntegerField, Max, Q

from directory.models import Town
from tickets.deadlines.escalation import DEFAULT_STEPS, FIRST_FREE_NUMBER, Step
from tickets.enums import DeadlineState
from tickets.models import Deadline, EscalationRecord, EscalationStep, SlaPolicy

CONTENT = ("offset", "offset_unit", "audience", "agent_id", "escalation", "delivery", "in_open_hours")


@dataclass(frozen=True)
class Line:
    """A line of a matrix as it is wanted. ``number``: that of the line it replaces, None for a new one."""

    number: int | None
    offset: int
    offset_unit: str
    audience: str
    agent_id: int | None = None
    escalation: int = 0
    delivery: str = "mail"
    in_open_hours: bool = True


def usual_lines(kind: str) -> list[Line]:
    """What a town without rows has, for a kind of clock. The implicit decision is not a line: it always happens."""
    return [_line(step) for step in DEFAULT_STEPS[kind] if not step.is_decision]


def _line(step: Step) -> Line:
    return Line(
        number=step.number,
        offset=step.offset,
        offset_unit=step.unit,
        audience=step.audience,
        agent_id=step.agent_id,
        escalation=step.escalation,
        delivery=step.delivery,
        in_open_hours=step.in_open_hours,
    )


@transaction.atomic
def matrix_write(*, policy: SlaPolicy | None, kind: str, lines: Sequence[Line]) -> bool:
    """Make ``lines`` the matrix of a kind, for a policy or (None) for the town. False when nothing changes.

    A line keeps the number it came with when that number is its own: one of this matrix, of the town's, or of the usual
    steps. Any other gets the next one never used for this kind. Whoever calls recomputes.
    """
    Town.objects.select_for_update(no_key=True).first()  # one writer at a time: numbers are counted, then given
    before = list(EscalationStep.objects.filter(policy=policy, kind=kind))
    known = {row.number for row in before} | _inherited(policy, kind)
    rows: list[EscalationStep] = []
    given: set[int] = set()
    for line in lines:
        number = line.number
        if number is None or number not in known or number in given:
            number = max([_last_number(kind), *given]) + 1
        given.add(number)
        rows.append(_row(policy, kind, number, line))
    if _same(before, rows):
        return False
    EscalationStep.objects.filter(pk__in=[row.pk for row in before]).delete()
    EscalationStep.objects.bulk_create(rows)
    return True


@transaction.atomic
def matrix_restore() -> bool:
    """Copy the usual steps over the town's matrix, for every kind. Those of the policies stay. False: no change."""
    changes = [matrix_write(policy=None, kind=kind, lines=usual_lines(kind)) for kind in DEFAULT_STEPS]
    return any(changes)


def _inherited(policy: SlaPolicy | None, kind: str) -> set[int]:
    """The numbers a line may have been copied with: the usual steps', the town's."""
    numbers = {line.number for line in usual_lines(kind) if line.number}
    if policy is not None:
        numbers |= set(EscalationStep.objects.filter(policy=None, kind=kind).values_list("number", flat=True))
    return numbers


def _last_number(kind: str) -> int:
    """The greatest number this kind ever used: in any matrix, in what was told, in what running clocks skipped."""
    running = Q(kind=kind, state__in=[DeadlineState.RUNNING, DeadlineState.PAUSED])
    skipped = Deadline.objects.filter(running).order_by()
    found: Iterable[int | None] = [
        EscalationStep.objects.filter(kind=kind).aggregate(last=Max("number"))["last"],
        EscalationRecord.objects.filter(deadline__kind=kind).aggregate(last=Max("level"))["last"],
        *skipped.values_list(Func(F("taken"), function="unnest", output_field=IntegerField()), flat=True).distinct(),
    ]
    return max([FIRST_FREE_NUMBER - 1, *(number for number in found if number is not None)])


def _row(policy: SlaPolicy | None, kind: str, number: int, line: Line) -> EscalationStep:
    return EscalationStep(policy=policy, kind=kind, number=number, **{name: getattr(line, name) for name in CONTENT})


def _same(before: Iterable[EscalationStep], after: Iterable[EscalationStep]) -> bool:
    def content(rows: Iterable[EscalationStep]) -> set[tuple[object, ...]]:
        return {(row.number, *(getattr(row, name) for name in CONTENT)) for row in rows}

    return content(before) == content(after)
