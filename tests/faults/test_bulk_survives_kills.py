"""Workers killed in the middle of a grouped action and of an export: every request is done once, the file is whole."""

import csv
import io
from datetime import datetime
from pathlib import Path

import pytest
from django.db.models import Count
from django.utils import timezone

from core.jobs import enqueue
from tests.faults.killing import finished, killed_at
from tests.support.factories import make_agent, make_many, make_service
from tickets.actions.lists.bulk import bulk_start, bulk_undo
from tickets.actions.lists.exports import export_start
from tickets.enums import EventKind
from tickets.models import BulkItem, BulkJob, Export, Ticket, TicketEvent
from tickets.tasks import sweep_jobs

NOW = datetime.fromisoformat("2026-11-23T09:00:00+01:00")
COUNT = 60
MODULE = "tickets.actions.lists.bulk"


@pytest.mark.worker
@pytest.mark.django_db(transaction=True)
def test_workers_killed_in_the_middle_of_a_grouped_action(tmp_path: Path) -> None:
    voirie = make_service("voirie")
    make_many(COUNT, voirie, now=NOW)
    agent = make_agent(("referent", voirie))
    ids = list(Ticket.objects.values_list("pk", flat=True))
    job = bulk_start(actor=agent, kind="assign", params={"assignee": agent.pk}, ticket_ids=ids, now=timezone.now())
    # between two requests, then in the transaction of one
    for place, done in (
        ("tickets.actions.lists.bulk:_one:after:20", 20),
        (f"{MODULE}:_mark:after:31", 50),
    ):
        killed_at(place, tmp_path / "marks", lambda: enqueue("tickets.bulk", job.pk))
        assert BulkItem.objects.filter(job=job, done_at__isnull=False).count() == done
    finished(sweep_jobs, lambda: BulkJob.objects.get(pk=job.pk).status == "done")
    assert not BulkItem.objects.filter(job=job).exclude(error="", done_at__isnull=False).exists()
    assert not Ticket.objects.exclude(assignee=agent).exists()
    assigned = TicketEvent.objects.filter(kind=EventKind.ASSIGNED).values("ticket")
    assert set(assigned.annotate(times=Count("id")).values_list("times", flat=True)) == {1}

    bulk_undo(job=job, actor=agent, now=timezone.now())
    killed_at(f"{MODULE}:_mark:after:31", tmp_path / "marks", lambda: enqueue("tickets.bulk", job.pk))
    assert BulkItem.objects.filter(job=job, undone_at__isnull=False).count() == 30
    finished(sweep_jobs, lambda: BulkJob.objects.get(pk=job.pk).status == "undone")
    assert not Ticket.objects.filter(assignee__isnull=False).exists()
    assert set(assigned.annotate(times=Count("id")).values_list("times", flat=True)) == {2}


@pytest.mark.worker
@pytest.mark.django_db(transaction=True)
def test_workers_killed_in_the_middle_of_an_export(tmp_path: Path) -> None:
    voirie = make_service("voirie")
    make_many(1_100, voirie, now=NOW)
    agent = make_agent(("referent", voirie))
    export = export_start(actor=agent, queue="all", query="", columns=(), format="csv", now=timezone.now())

    place = "tickets.actions.lists.exports:accesses_log:after:2"
    killed_at(place, tmp_path / "marks", lambda: enqueue("tickets.export", export.pk))
    assert (Export.objects.get(pk=export.pk).status, Export.objects.get(pk=export.pk).rows) == ("running", 1000)
    finished(sweep_jobs, lambda: Export.objects.get(pk=export.pk).status == "done")
    export.refresh_from_db()
    with export.file.open("rb") as content:
        lines = list(csv.reader(io.StringIO(content.read().decode("utf-8-sig")), delimiter=";"))
    assert len({line[0] for line in lines[1:]}) == len(lines) - 1 == export.rows == 1_100
