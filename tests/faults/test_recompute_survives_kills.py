"""A worker killed in the middle of a recomputation: the next one goes on, and every request gets its new due date."""

import os
import random
import signal
from datetime import datetime, timedelta

import pytest

from core.jobs import enqueue
from tests.conftest import eventually, start_worker
from tests.support.factories import make_many, make_policy, make_service
from tickets.actions.clocks.commitments_change import commitments_changed
from tickets.models import Deadline, Recomputation, Ticket
from tickets.tasks import sweep_recomputations

NOW = datetime.fromisoformat("2026-11-23T09:00:00+01:00")
COUNT, KILLS = 8_000, 2


@pytest.mark.worker
@pytest.mark.django_db(transaction=True)
def test_workers_killed_in_the_middle_of_a_recomputation() -> None:
    make_many(COUNT, make_service("voirie"), now=NOW)
    make_policy("Vite", {"answer": "24 hours"})
    row = commitments_changed(reason="Un essai", actor=None, now=NOW)
    chance = random.Random(3)
    stops = sorted(chance.sample(range(500, COUNT - 2000, 500), KILLS))
    for stop in stops:
        worker = start_worker()
        try:
            enqueue("tickets.recompute", row.pk)
            eventually(lambda at=stop: progress(row) >= at, seconds=180, every=0.005)
        finally:
            os.killpg(worker.pid, signal.SIGKILL)
            worker.wait(timeout=10)
        assert Recomputation.objects.get(pk=row.pk).finished_at is None, "the worker was not killed in the middle"
    worker = start_worker()  # it was told nothing: only the database remembers
    try:
        sweep_recomputations()
        eventually(lambda: Recomputation.objects.get(pk=row.pk).finished_at, seconds=180)
    finally:
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait(timeout=10)
    row.refresh_from_db()
    assert (row.done, row.changed, row.skipped) == (COUNT, COUNT, [])
    late = NOW + timedelta(hours=24)
    assert not Ticket.objects.exclude(next_due_at=late, answer_due_at=late).exists()
    assert not Deadline.objects.exclude(due_at=late, amount=24).exists()


def progress(row: Recomputation) -> int:
    return Recomputation.objects.values_list("done", flat=True).get(pk=row.pk)
