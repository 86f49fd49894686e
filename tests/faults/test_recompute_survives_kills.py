"""A worker killed in the middle of a recomputation: the next one goes on, and every request gets its new due date."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from core.jobs import enqueue
from tests.faults.killing import finished, killed_at
from tests.support.factories import make_many, make_policy, make_service
from tickets.actions.clocks.commitments_change import commitments_changed
from tickets.models import Deadline, Recomputation, Ticket
from tickets.tasks import sweep_recomputations

NOW = datetime.fromisoformat("2026-11-23T09:00:00+01:00")
COUNT = 900
MODULE = "tickets.actions.clocks.recomputation"


@pytest.mark.worker
@pytest.mark.django_db(transaction=True)
def test_workers_killed_in_the_middle_of_a_recomputation(tmp_path: Path) -> None:
    make_many(COUNT, make_service("voirie"), now=NOW)
    make_policy("Vite", {"answer": "24 hours"})
    row = commitments_changed(reason="Un essai", actor=None, now=NOW)
    # between two batches, then in the transaction of one
    for place, done in ((f"{MODULE}:_batch:after:3", 600), (f"{MODULE}:_write:after:2", 800)):
        killed_at(place, tmp_path / "marks", lambda: enqueue("tickets.recompute", row.pk))
        row.refresh_from_db()
        assert (row.done, row.finished_at) == (done, None)
    finished(sweep_recomputations, lambda: Recomputation.objects.get(pk=row.pk).finished_at)
    row.refresh_from_db()
    assert (row.done, row.changed, row.skipped) == (COUNT, COUNT, [])
    late = NOW + timedelta(hours=24)
    assert not Ticket.objects.exclude(next_due_at=late, answer_due_at=late).exists()
    assert not Deadline.objects.exclude(due_at=late, amount=24).exists()
