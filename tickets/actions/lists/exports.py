"""A list written to a file in the background, under the rights that who asked has while it is written.

Read by pages of its own order, written line by line: memory does not grow with the list. A killed worker leaves a row
that a sweep gives to another, which begins again: nothing of the former file remains.
"""

import logging
import tempfile
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import IO

from django.conf import settings
from django.core.files import File
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from core.errors import Conflict, Invalid, NotAllowed
from core.jobs import enqueue
from core.pagination import keyset_page
from core.tables import CsvTable, Table, XlsxTable
from directory.models import Agent
from directory.permissions import has_right
from directory.roles import VIEW
from tickets.actions.alone import EXPORT, alone
from tickets.actions.rights.access import accesses_log
from tickets.export_columns import columns_read, export_columns
from tickets.models import AccessKind, Export, ExportFormat, JobStatus, Ticket
from tickets.models.lists import export_path
from tickets.selectors.visible import with_lines

logger = logging.getLogger(__name__)

CHUNK = 1_000  # tickets read at once
MOST_UNFINISHED = 3  # exports of one agent at once
KEPT = timedelta(days=7)
UNFINISHED = (JobStatus.WAITING, JobStatus.RUNNING)
# (agent, queue, query, now) → the tickets, and the order in which to read them
Listed = Callable[[Agent, str, str, datetime], tuple[QuerySet[Ticket], Sequence[str]]]


class Stopped(Exception):
    """The export was deleted while it was written."""


@transaction.atomic
def export_start(*, actor: Agent, queue: str, query: str, columns: Sequence[str], format: str, now: datetime) -> Export:
    """Ask for the list of ``queue`` (empty: every ticket) narrowed by ``query`` (GET parameters)."""
    if not has_right(actor, VIEW):
        raise NotAllowed(_("Your role does not give access to the tickets."))
    if format not in ExportFormat.values:
        raise Invalid(_("This format does not exist."), field="format")
    if len(query) > 1000:
        raise Invalid(_("These filters are too many."))
    Agent.objects.select_for_update(of=("self",), no_key=True).get(pk=actor.pk)  # two clicks at once are counted
    if Export.objects.filter(actor=actor, status__in=UNFINISHED).count() >= MOST_UNFINISHED:
        raise Conflict(_("Wait for your other exports to finish first."))
    export = Export.objects.create(
        actor=actor, format=format, queue=queue, query=query, columns=list(columns), created_at=now
    )
    enqueue("tickets.export", export.pk)
    return export


def exports_unfinished() -> list[int]:
    return list(Export.objects.filter(status__in=UNFINISHED).order_by("id").values_list("pk", flat=True)[:100])


def export_run(*, export_id: int, listed: Listed) -> bool:
    """Write an export that waits, or that a killed worker left. False when another process writes one: a long export
    takes one worker and leaves the others to what cannot wait."""
    with alone(EXPORT, 0) as had:
        if not had:
            return False
        waiting = Export.objects.filter(pk=export_id, status__in=UNFINISHED)
        export = waiting.first()
        if export is None:
            return True
        waiting.update(status=JobStatus.RUNNING, rows=0, worked_at=timezone.now())
        try:
            with tempfile.TemporaryFile() as out, translation.override(settings.LANGUAGE_CODE):
                rows = _write(export, out, listed)
                out.seek(0)
                _keep(export, out, rows)
        except Stopped:
            return True
        except (Invalid, NotAllowed) as refusal:
            _fail(export, refusal.message)
        except Exception:
            logger.exception("Export %s failed", export.pk)
            _fail(export, _("An unexpected error: tell your administrator."))
            raise
    return True


def _write(export: Export, out: IO[bytes], listed: Listed) -> int:
    heads, readers = export_columns(export.columns)
    table: Table = CsvTable(out, heads) if export.format == ExportFormat.CSV else XlsxTable(out, heads, _("Requests"))
    columns = columns_read(export.columns)
    rows, cursor = 0, None
    while True:
        # the agent is read again for each page: a right withdrawn stops what follows
        agent = Agent.objects.get(pk=export.actor_id)
        tickets, order = listed(agent, export.queue, export.query, timezone.now())
        page = keyset_page(with_lines(tickets, columns), order=order, cursor=cursor, size=CHUNK)
        accesses_log(agent, page.rows, AccessKind.EXPORT)
        for ticket in page.rows:
            table.write([read(ticket) for read in readers])
        rows += len(page.rows)
        if not Export.objects.filter(pk=export.pk).update(rows=rows, worked_at=timezone.now()):
            raise Stopped
        if page.next is None:
            break
        if export.format == ExportFormat.XLSX and rows + CHUNK > XlsxTable.MOST_ROWS:
            raise Invalid(_("This list is too long for a spreadsheet: export it as CSV, or narrow it with filters."))
        cursor = page.next
    table.close()
    return rows


def _keep(export: Export, out: IO[bytes], rows: int) -> None:
    name = export.file.storage.save(export_path(export, ""), File(out))
    now = timezone.now()
    done = Export.objects.filter(pk=export.pk, status=JobStatus.RUNNING)
    if not done.update(status=JobStatus.DONE, file=name, rows=rows, finished_at=now, worked_at=now):
        export.file.storage.delete(name)


def _fail(export: Export, error: str) -> None:
    Export.objects.filter(pk=export.pk).update(status=JobStatus.FAILED, error=error[:300], finished_at=timezone.now())


def export_delete(*, export: Export, actor: Agent) -> None:
    """The row and its file, at once."""
    if export.actor_id != actor.pk:
        raise NotAllowed(_("This export is not yours."))
    _delete(export)


def exports_forget(*, now: datetime) -> int:
    """Delete the exports older than KEPT, with their files; returns how many."""
    old = list(Export.objects.filter(created_at__lt=now - KEPT).exclude(status__in=UNFINISHED)[:1000])
    for export in old:
        _delete(export)
    return len(old)


def _delete(export: Export) -> None:
    with transaction.atomic():
        Export.objects.filter(pk=export.pk).delete()
        name, storage = export.file.name, export.file.storage
        if name:
            transaction.on_commit(lambda: storage.delete(name))
