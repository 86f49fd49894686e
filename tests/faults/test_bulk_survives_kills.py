"""Workers killed in the middle of a grouped action and of an export: every request is done once, the file is whole."""

import csv
import io
import os
import random
import signal
from collections.abc import Callable
from datetime import datetime

import pytest
from django.db.models import Count
from django.utils import timezone

from core.jobs import enqueue
from tests.conftest import eventually, start_worker
from tests.support.factories import make_agent, make_many, make_service
from tickets.actions.lists.bulk import bulk_start, bulk_undo
from tickets.actions.lists.exports import export_start
from tickets.enums import EventKind
from tickets.models import BulkItem, BulkJob, Export, Ticket, TicketEvent
from tickets.tasks import sweep_jobs

NOW = datetime.fromisoformat("2026-11-23T09:00:00+01:00")
COUNT, KILLS = 700, 2


def kill_at(task: str, pk: int, reached: Callable[[], int], stops: list[int]) -> None:
    """A worker for each of ``stops``, killed when ``reached()`` passes it; then one that only the database tells."""
    for stop in stops:
        worker = start_worker()
        try:
            enqueue(task, pk)
            eventually(lambda at=stop: reached() >= at, seconds=120, every=0.005)
        finally:
            os.killpg(worker.pid, signal.SIGKILL)
            worker.wait(timeout=10)


def finish(over: Callable[[], bool]) -> None:
    worker = start_worker()
    try:
        sweep_jobs()
        eventually(over, seconds=180)
    finally:
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait(timeout=10)


@pytest.mark.worker
@pytest.mark.django_db(transaction=True)
def test_workers_killed_in_the_middle_of_a_grouped_action() -> None:
    voirie = make_service("voirie")
    make_many(COUNT, voirie, now=NOW)
    agent = make_agent(("referent", voirie))
    ids = list(Ticket.objects.values_list("pk", flat=True))
    job = bulk_start(actor=agent, kind="assign", params={"assignee": agent.pk}, ticket_ids=ids, now=timezone.now())
    chance = random.Random(5)

    def done() -> int:
        return BulkItem.objects.filter(job=job, done_at__isnull=False).count()

    kill_at("tickets.bulk", job.pk, done, sorted(chance.sample(range(50, COUNT - 200, 50), KILLS)))
    assert BulkJob.objects.get(pk=job.pk).status == "running", "the worker was not killed in the middle"
    finish(lambda: BulkJob.objects.get(pk=job.pk).status == "done")
    assert not BulkItem.objects.filter(job=job).exclude(error="", done_at__isnull=False).exists()
    assert not Ticket.objects.exclude(assignee=agent).exists()
    assigned = TicketEvent.objects.filter(kind=EventKind.ASSIGNED).values("ticket")
    assert set(assigned.annotate(times=Count("id")).values_list("times", flat=True)) == {1}

    bulk_undo(job=job, actor=agent, now=timezone.now())

    def undone() -> int:
        return BulkItem.objects.filter(job=job, undone_at__isnull=False).count()

    kill_at("tickets.bulk", job.pk, undone, [chance.randrange(50, COUNT - 200)])
    finish(lambda: BulkJob.objects.get(pk=job.pk).status == "undone")
    assert not Ticket.objects.filter(assignee__isnull=False).exists()
    assert set(assigned.annotate(times=Count("id")).values_list("times", flat=True)) == {2}


@pytest.mark.worker
@pytest.mark.django_db(transaction=True)
def test_workers_killed_in_the_middle_of_an_export() -> None:
    voirie = make_service("voirie")
    make_many(6_000, voirie, now=NOW)
    agent = make_agent(("referent", voirie))
    export = export_start(actor=agent, queue="all", query="", columns=(), format="csv", now=timezone.now())

    def rows() -> int:
        return Export.objects.values_list("rows", flat=True).get(pk=export.pk)

    kill_at("tickets.export", export.pk, rows, [2000])
    assert Export.objects.get(pk=export.pk).status == "running", "the worker was not killed in the middle"
    finish(lambda: Export.objects.get(pk=export.pk).status == "done")
    export.refresh_from_db()
    with export.file.open("rb") as content:
        lines = list(csv.reader(io.StringIO(content.read().decode("utf-8-sig")), delimiter=";"))
    assert len({line[0] for line in lines[1:]}) == len(lines) - 1 == export.rows == 6_000
