"""Open tickets counted again after a change of configuration, in the background.

By batches, each one short transaction, so that agents never wait long for it; it never waits for them either: the
tickets they hold are taken again at the end. Killed at any moment, it resumes after the last batch it committed. One
process at a time: its connection holds an advisory lock, which dies with it.
"""

import json
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import connection, transaction

from directory.models import RequestType
from tickets.actions.clocks.deadlines import dates_set, missing_clocks, recount, spans
from tickets.enums import OPEN_STATUSES, DeadlineKind, DeadlineState
from tickets.models import ClockPause, Deadline, Recomputation, Ticket
from tickets.selectors.commitments import Commitments, commitments_now

BATCH = 200
TURN_SECONDS = 15.0  # then other tasks have their turn
RETRIES, RETRY_SECONDS = 6, 0.5  # then the sweep tries again
CLOCK_FIELDS = ("id", "state", "due_at", "policy_id", "amount", "unit", "pauses", "taken", "next_step_at")
TICKET_FIELDS = ("id", "next_due_at", "answer_due_at")
_LOCK = 0x67756963686574  # « guichet »


class _Turn:
    """The time given to one run; ``moment`` is when it began plus what has gone by, for what is written."""

    def __init__(self, now: datetime, seconds: float) -> None:
        self.now, self.began, self.seconds = now, time.monotonic(), seconds

    @property
    def moment(self) -> datetime:
        return self.now + timedelta(seconds=time.monotonic() - self.began)

    @property
    def is_over(self) -> bool:
        return time.monotonic() - self.began > self.seconds


def recomputation_run(*, recomputation_id: int, now: datetime, seconds: float = TURN_SECONDS) -> bool:
    """Apply a change of configuration to the open tickets, and the later one that replaced it meanwhile, if any.

    Returns whether the ``seconds`` ended before the work. A ticket that somebody holds for long is left to the next
    sweep. Does nothing when it is finished or when another process is at it. What was answered in time, or not, is
    history and does not change.
    """
    turn = _Turn(now, seconds)
    with _alone() as alone:
        if not alone:
            return False
        unfinished = Recomputation.objects.filter(pk__gte=recomputation_id, finished_at__isnull=True).order_by("-id")
        while (row := unfinished.first()) is not None:
            if not _run(row, turn):
                return turn.is_over
    return False


def recomputations_unfinished() -> list[int]:
    """The ids of those that a worker should run: asked while the broker was down, or whose worker died."""
    return list(Recomputation.objects.filter(finished_at__isnull=True).order_by("id").values_list("pk", flat=True))


@contextmanager
def _alone() -> Iterator[bool]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        alone = bool(cursor.fetchone()[0])
    try:
        yield alone
    finally:
        if alone:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def _run(row: Recomputation, turn: _Turn) -> bool:
    """Whether there is nothing left to do for ``row``: finished, or replaced."""
    try:
        while ids := _tickets_after(row.cursor):
            Recomputation.objects.filter(pk=row.pk).update(total=row.done + len(row.skipped) + len(ids))
            for start in range(0, len(ids), BATCH):
                if turn.is_over:
                    return False
                if not _batch(row, ids[start : start + BATCH], turn):
                    return True
        return _run_skipped(row, turn)
    except Exception as error:
        Recomputation.objects.filter(pk=row.pk).update(last_error=repr(error)[:300], updated_at=turn.moment)
        raise


def _run_skipped(row: Recomputation, turn: _Turn) -> bool:
    """The tickets that somebody held, until they are free. Whether the whole recomputation is over."""
    for attempt in range(RETRIES):
        if row.skipped:
            if attempt:
                time.sleep(RETRY_SECONDS)
            held = list(Ticket.objects.filter(pk__in=row.skipped).order_by("id").values_list("pk", flat=True))
            row.skipped = []  # those that are gone are forgotten, those still held come back
            for start in range(0, len(held), BATCH):
                if not _batch(row, held[start : start + BATCH], turn, waiting=held[start + BATCH :]):
                    return True
        if not row.skipped:
            Recomputation.objects.filter(pk=row.pk, finished_at__isnull=True).update(
                finished_at=turn.moment, updated_at=turn.moment, total=row.done, skipped=[], last_error=""
            )
            return True
    return False


def _tickets_after(cursor: int) -> list[int]:
    """The ids after ``cursor`` of the tickets with something to count: open, or with a clock that runs."""
    opened = Ticket.objects.filter(pk__gt=cursor, status__in=OPEN_STATUSES).order_by().values_list("pk")
    running = Deadline.objects.filter(ticket_id__gt=cursor, state=DeadlineState.RUNNING).order_by()
    return sorted(pk for (pk,) in opened.union(running.values_list("ticket_id")))


def _batch(row: Recomputation, ids: Sequence[int], turn: _Turn, waiting: Sequence[int] = ()) -> bool:
    """One short transaction: the tickets of ``ids`` that are free, and how far ``row`` is. False when it was replaced.

    ``waiting``: those skipped before that still have to be tried.
    """
    with transaction.atomic():
        live = Recomputation.objects.select_for_update(no_key=True).filter(pk=row.pk, finished_at__isnull=True).first()
        if live is None:
            return False
        tickets = list(
            Ticket.objects.filter(pk__in=ids)
            .select_for_update(of=("self",), no_key=True, skip_locked=True)
            .only(
                *("status", "channel", "priority", "received_at", "service_id"),
                *("request_type_id", "next_due_at", "answer_due_at"),
            )
        )
        row.changed += _recount(tickets, commitments_now(), turn.moment) if tickets else 0
        row.done += len(tickets)
        row.cursor = max(row.cursor, ids[-1])
        row.skipped = [*row.skipped, *(set(ids) - {ticket.pk for ticket in tickets})]
        Recomputation.objects.filter(pk=row.pk).update(
            done=row.done,
            changed=row.changed,
            cursor=row.cursor,
            skipped=[*row.skipped, *waiting],
            updated_at=turn.moment,
        )
    return True


def _recount(tickets: Sequence[Ticket], commitments: Commitments, now: datetime) -> int:
    """Count locked tickets again and write what changed in bulk; returns how many clocks changed or started."""
    ids = [ticket.pk for ticket in tickets]
    types = {each.pk: each for each in RequestType.objects.only("target", "target_unit")}
    clocks: dict[int, list[Deadline]] = defaultdict(list)
    for clock in Deadline.objects.filter(ticket_id__in=ids):
        clocks[clock.ticket_id].append(clock)
    pauses: dict[int, list[ClockPause]] = defaultdict(list)
    for pause in ClockPause.objects.filter(ticket_id__in=ids):
        pauses[pause.ticket_id].append(pause)
    changed: list[Deadline] = []
    added: list[Deadline] = []
    moved: list[Ticket] = []
    for ticket in tickets:
        if ticket.request_type_id is not None:
            ticket.request_type = types[ticket.request_type_id]
        own, paused = clocks[ticket.pk], spans(pauses[ticket.pk])
        changed += recount(ticket, own, paused, commitments, now=now, quiet=True)
        new = missing_clocks(ticket, own, paused, commitments, now=now, kinds=[DeadlineKind.TARGET])
        added += new
        before = ticket.next_due_at, ticket.answer_due_at
        dates_set(ticket, [*own, *new])
        if (ticket.next_due_at, ticket.answer_due_at) != before:
            moved.append(ticket)
    Deadline.objects.bulk_create(added)
    _write(changed, moved)
    return len(changed) + len(added)


def _write(clocks: Sequence[Deadline], tickets: Sequence[Ticket]) -> None:
    """As JSON records: quicker to write than arrays of moments."""
    with connection.cursor() as cursor:
        if clocks:
            cursor.execute(
                "UPDATE tickets_deadline d SET state = v.state, due_at = v.due_at, policy_id = v.policy_id, "
                "amount = v.amount, unit = v.unit, pauses = v.pauses, taken = v.taken, next_step_at = v.next_step_at "
                "FROM json_to_recordset(%s::json) AS v(id bigint, state text, due_at timestamptz, policy_id bigint, "
                "amount smallint, unit text, pauses boolean, taken smallint[], next_step_at timestamptz) "
                "WHERE d.id = v.id",
                [json.dumps([_record(clock, CLOCK_FIELDS) for clock in clocks])],
            )
        if tickets:
            cursor.execute(
                "UPDATE tickets_ticket t SET next_due_at = v.next_due_at, answer_due_at = v.answer_due_at "
                "FROM json_to_recordset(%s::json) AS v(id bigint, next_due_at timestamptz, answer_due_at timestamptz) "
                "WHERE t.id = v.id",
                [json.dumps([_record(ticket, TICKET_FIELDS) for ticket in tickets])],
            )


def _record(row: Deadline | Ticket, names: Sequence[str]) -> dict[str, object]:
    values = {name: getattr(row, name) for name in names}
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()}
