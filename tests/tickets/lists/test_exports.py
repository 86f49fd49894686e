"""Exports: what the asker may see when the file is written, safe in a spreadsheet, forgotten after a week."""

import csv
import io
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from core.errors import Conflict
from directory.actions.memberships import membership_set
from directory.models import Agent, Service
from tests.support.asserts import assert_status
from tests.support.factories import make_agent, make_many, make_service, make_ticket
from tickets.actions.lists import exports as exports_module
from tickets.actions.lists.exports import export_run, export_start, exports_forget, exports_unfinished
from tickets.actions.messages import reply_send
from tickets.listing import list_to_export
from tickets.models import AccessLog, Export, Ticket
from tickets.views.columns import COLUMNS

pytestmark = pytest.mark.django_db


def start(agent: Agent, **fields: Any) -> Export:
    wanted = {"queue": "all", "query": "", "columns": (), "format": "csv", **fields}
    return export_start(actor=agent, now=timezone.now(), **wanted)


def written(export: Export) -> Export:
    export_run(export_id=export.pk, listed=list_to_export)
    export.refresh_from_db()
    return export


def lines(export: Export) -> list[list[str]]:
    with export.file.open("rb") as content:
        text = content.read()
    assert text.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(text.decode("utf-8-sig")), delimiter=";"))


def test_a_csv_has_french_heads_and_the_columns_of_the_list(voirie: Service, agent: Agent) -> None:
    ticket = make_ticket(service=voirie, subject="Lampadaire ; cassé", location="3 rue Haute")
    export = written(start(agent, columns=("place", "received")))
    received = timezone.localtime(ticket.received_at)
    assert lines(export) == [
        ["Référence", "Objet", "Lieu", "Reçue"],
        [ticket.reference, "Lampadaire ; cassé", "3 rue Haute", f"{received:%d/%m/%Y %H:%M}"],
    ]
    assert (export.status, export.rows) == ("done", 1)


def test_a_file_has_every_column_of_the_lists_once(voirie: Service, agent: Agent) -> None:
    ticket = make_ticket(service=voirie)
    reply_send(ticket=ticket, actor=agent, body="Nous regardons.", then="open", now=timezone.now())
    heads, row = lines(written(start(agent)))
    assert len(heads) == len(set(heads))
    assert {str(column.label) for column in COLUMNS.values()} <= set(heads)
    told = dict(zip(heads, row, strict=True))
    assert (told["Langue"], told["Clôturée"]) == ("Français", "")
    assert told["Notre dernier message"].startswith(f"{timezone.localdate():%d/%m/%Y}")


@pytest.mark.parametrize("subject", ["=1+1", "+33", "-2", "@SUM(A1)", "\t=1"])
def test_a_spreadsheet_runs_nothing(subject: str, voirie: Service, agent: Agent) -> None:
    ticket = make_ticket(service=voirie, subject="x")
    Ticket.objects.filter(pk=ticket.pk).update(subject=subject)
    assert lines(written(start(agent)))[1][1] == f"'{subject}"
    xlsx = written(start(agent, format="xlsx"))
    with xlsx.file.open("rb") as content, zipfile.ZipFile(content) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet


def test_an_xlsx_holds_texts_and_dates(voirie: Service, agent: Agent) -> None:
    ticket = make_ticket(service=voirie, subject="Chaussée & trottoir")
    export = written(start(agent, format="xlsx", columns=("received",)))
    with export.file.open("rb") as content, zipfile.ZipFile(content) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert ticket.reference in sheet
    assert "Chaussée &amp; trottoir" in sheet
    assert "Reçue" in sheet


def test_filters_order_and_pages_are_those_of_the_list(
    voirie: Service, agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports_module, "CHUNK", 2)
    now = timezone.now()
    tickets = [
        make_ticket(service=voirie, channel="phone", received_at=now - timedelta(hours=hours)) for hours in range(5)
    ]
    make_ticket(service=voirie)
    export = written(start(agent, query="channel=phone&sort=oldest"))
    assert [line[0] for line in lines(export)[1:]] == [ticket.reference for ticket in reversed(tickets)]


def test_rights_are_those_of_the_moment_it_is_written(voirie: Service, agent: Agent) -> None:
    make_ticket(service=voirie)
    make_ticket(service=make_service("finances"))
    export = start(agent, queue="")
    assert len(lines(written(export))) == 2
    export = start(agent, queue="")
    membership_set(agent=agent, service=voirie, roles=[])
    assert len(lines(written(export))) == 1


def test_sensitive_tickets_are_absent_or_logged(voirie: Service, agent: Agent) -> None:
    ticket = make_ticket(service=voirie)
    Ticket.objects.filter(pk=ticket.pk).update(is_sensitive=True)
    manager = make_agent(("manager", voirie))
    assert len(lines(written(start(manager)))) == 1
    assert not AccessLog.objects.exists()
    assert len(lines(written(start(agent)))) == 2
    assert AccessLog.objects.values_list("agent", "ticket", "kind").get() == (agent.pk, ticket.pk, "export")


def test_a_filter_that_is_no_longer_valid_fails_the_export(agent: Agent) -> None:
    export = written(start(agent, query="status=lost"))
    assert export.status == "failed"
    assert export.error
    assert not export.file


def test_a_list_too_long_for_a_spreadsheet_says_so(
    voirie: Service, agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports_module, "CHUNK", 2)
    monkeypatch.setattr(exports_module.XlsxTable, "MOST_ROWS", 3)
    make_many(5, voirie, now=timezone.now())
    assert written(start(agent, format="xlsx")).status == "failed"
    assert written(start(agent)).rows == 5


def test_queries_grow_with_pages_not_with_rows(
    voirie: Service, agent: Agent, django_assert_max_num_queries: Any
) -> None:
    make_many(300, voirie, now=timezone.now())
    export = start(agent)
    with django_assert_max_num_queries(15):
        assert written(export).rows == 300


def test_what_nobody_finished_begins_again(voirie: Service, agent: Agent) -> None:
    make_ticket(service=voirie)
    export = start(agent)
    Export.objects.filter(pk=export.pk).update(status="running", rows=3)  # its worker was killed
    assert exports_unfinished() == [export.pk]
    assert written(export).rows == 1
    assert exports_unfinished() == []


def test_three_at_once_then_wait(agent: Agent) -> None:
    for _ in range(3):
        start(agent)
    with pytest.raises(Conflict):
        start(agent)


def test_exports_are_forgotten_with_their_files(
    voirie: Service, agent: Agent, django_capture_on_commit_callbacks: Any
) -> None:
    old, recent = written(start(agent)), written(start(agent))
    Export.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=8))
    with django_capture_on_commit_callbacks(execute=True):
        assert exports_forget(now=timezone.now()) == 1
    assert not old.file.storage.exists(old.file.name)
    assert recent.file.storage.exists(recent.file.name)
    assert Export.objects.get() == recent


def test_from_the_list_to_the_file(
    voirie: Service, agent: Agent, client_of: Any, told: Any, django_capture_on_commit_callbacks: Any
) -> None:
    make_ticket(service=voirie, channel="phone")
    make_ticket(service=voirie)
    client = client_of(agent)
    data = {"scope": "all", "channel": "phone", "sort": "oldest", "columns": ["status"], "format": "csv"}
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(reverse("tickets:export"), data)["Location"] == reverse("tickets:jobs")
    export = Export.objects.get()
    assert (export.query, export.columns) == ("channel=phone&sort=oldest", ["status"])
    assert ("tickets.export", (export.pk,)) in told
    url = reverse("tickets:export_file", args=[export.pk])
    assert_status(client.get(url), 404)
    written(export)
    response = assert_status(client.get(url), 200)
    assert response["Content-Disposition"].startswith("attachment; filename=")
    assert len(b"".join(response.streaming_content).splitlines()) == 2
    colleague = client_of(make_agent(("manager", voirie)))
    assert_status(colleague.get(url), 404)
    assert_status(colleague.post(reverse("tickets:export_delete", args=[export.pk])), 404)
    client.post(reverse("tickets:export_delete", args=[export.pk]))
    assert not Export.objects.exists()
    assert_status(client.get(url), 404)


@pytest.mark.parametrize(("data", "status"), [({"scope": "nowhere"}, 404), ({"scope": "all", "format": "exe"}, 302)])
def test_a_wrong_request_writes_nothing(data: dict[str, str], status: int, agent: Agent, client_of: Any) -> None:
    assert_status(client_of(agent).post(reverse("tickets:export"), data), status)
    assert not Export.objects.exists()
