"""A virus by every channel: told to whoever can be told, kept in quarantine where nothing may be lost."""

import base64
import os
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from channels_intake.email.processing import mail_process
from channels_intake.email.storing import mail_store
from channels_intake.models import InboundMail, Mailbox, Scan
from channels_intake.post.storing import scan_store
from channels_intake.tasks import recheck_scans
from core import antivirus
from core.antivirus import FileCheck
from core.tasks import sweep_orphan_files
from directory.models import Agent
from directory.roles import Role
from tests.portal.steps import DETAILS, PNG, fill, reference_of, send, tracked_client
from tests.support.api import api_client, post_json
from tests.support.asserts import assert_status
from tests.support.clamd import EICAR, Clamd, clamd
from tests.support.factories import make_agent, make_service, make_ticket, make_town, make_type
from tests.support.scans import pdf
from tickets.actions.attachments import Upload
from tickets.enums import EventKind
from tickets.models import Attachment, Ticket
from tickets.tasks import recheck_files

pytestmark = pytest.mark.django_db

INFECTED_PNG = PNG + EICAR
TICKETS = "/api/v1/tickets/"
TOWN = "mairie@rives-sur-orme.example"


@pytest.fixture(autouse=True)
def server(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Clamd]:
    monkeypatch.setattr(antivirus._Rest, "until", 0.0)
    make_town()
    with clamd() as listening:
        settings.CLAMAV = listening.where
        yield listening


@pytest.fixture
def away(settings: Any) -> Any:
    """The antivirus is out of reach; the value gives it back."""
    there, settings.CLAMAV = settings.CLAMAV, "/nowhere/clamd.ctl"

    def back() -> None:
        settings.CLAMAV = there

    return back


@pytest.fixture
def pilot() -> Agent:
    return make_agent((Role.PILOT, make_town()))


@pytest.fixture
def admin() -> Agent:
    return make_agent((Role.ADMIN, make_town()))


def request(*files: dict[str, str], **fields: Any) -> dict[str, Any]:
    return {
        "subject": "Nid-de-poule",
        "body": "Un trou devant le 12.",
        "channel": "web",
        "requester": {"name": "Nadia Belkacem", "email": "nadia@example.org"},
        "attachments": list(files),
    } | fields


def as_file(name: str, content: bytes) -> dict[str, str]:
    return {"name": name, "content": base64.b64encode(content).decode()}


def mail(content: bytes, name: str = "facture.png", number: int = 1) -> InboundMail:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "Claire <claire@example.org>", TOWN, "Facture"
    message["Message-ID"] = f"<{number}.virus@example.org>"
    message.set_content("Voici.")
    message.add_attachment(content, maintype="image", subtype="png", filename=name)
    box = Mailbox.objects.get_or_create(address=TOWN)[0]
    [pk] = mail_store(mailbox_ids=[box.pk], raw=message.as_bytes(), envelope_from="claire@example.org")
    mail_process(mail_id=pk, now=timezone.now())
    return InboundMail.objects.get(pk=pk)


def test_the_form_refuses_it_and_keeps_the_rest(client: Client) -> None:
    make_type("eclairage", make_service("voirie"))
    files = [SimpleUploadedFile("saine.png", PNG), SimpleUploadedFile("infectée.png", INFECTED_PNG)]
    response = client.post(reverse("portal:request_type", args=["eclairage"]), DETAILS | {"documents": files})
    page = assert_status(response, 422).content.decode()
    assert "«\u00a0infectée.png\u00a0» a été refusé\u00a0: notre antivirus y a trouvé un virus." in page
    assert DETAILS["body"] in page
    assert [file["name"] for file in client.session["web_form"]["files"]] == ["saine.png"]


def test_a_message_of_a_citizen_comes_back_filled() -> None:
    ticket = make_ticket()
    files = {"documents": [SimpleUploadedFile("infectée.png", INFECTED_PNG)], "body": "Voici la photo."}
    response = tracked_client(ticket).post(reverse("portal:message", args=[ticket.reference]), files)
    page = assert_status(response, 422).content.decode()
    assert "notre antivirus y a trouvé un virus" in page
    assert "Voici la photo." in page
    assert ticket.messages.count() == 1


def test_what_the_form_could_not_check_is_checked_when_it_is_sent(client: Client, away: Any) -> None:
    key = fill(client, details={"documents": [SimpleUploadedFile("photo.png", INFECTED_PNG)]})
    away()
    antivirus._Rest.until = 0.0
    ticket = Ticket.objects.get(reference=reference_of(send(client, key)))
    assert Attachment.objects.get().is_quarantined
    assert "Eicar" in ticket.flag


def test_the_api_refuses_it(pilot: Agent) -> None:
    refused = post_json(api_client(pilot), TICKETS, request(as_file("infectée.png", INFECTED_PNG)))
    told = assert_status(refused, 400).json()
    assert told["field"] == "attachments"
    assert "virus" in told["detail"]
    assert Ticket.objects.count() == 0


def test_a_mail_is_kept_in_quarantine_and_its_ticket_flagged(pilot: Agent, admin: Agent, client_of: Any) -> None:
    row = mail(INFECTED_PNG)
    ticket = row.ticket
    assert ticket is not None
    file = Attachment.objects.get()
    assert (file.virus_check, file.virus) == ("infected", "Eicar-Test-Signature")
    assert "Virus trouvé, fichier gardé en quarantaine : « facture.png » (Eicar-Test-Signature)." in ticket.flag
    assert ticket.events.filter(kind=EventKind.FLAGGED).count() == 1
    for url in (reverse("tickets:attachment", args=[file.pk]), reverse("inbound:raw", args=[row.pk])):
        assert_status(client_of(pilot).get(url), 403)
        assert_status(client_of(pilot).get(url, {"inline": "1"}), 403)
    given = assert_status(client_of(admin).get(reverse("tickets:attachment", args=[file.pk]), {"inline": "1"}), 200)
    assert given["Content-Disposition"] == 'attachment; filename="facture.png.virus"'
    assert b"".join(given.streaming_content) == INFECTED_PNG
    assert_status(client_of(admin).get(reverse("inbound:raw", args=[row.pk])), 200)


def test_the_citizen_is_not_given_it_back() -> None:
    ticket = make_ticket(uploads=[Upload("facture.png", "image/png", INFECTED_PNG)])
    client = tracked_client(ticket)
    assert b"facture.png" not in client.get(reverse("portal:ticket", args=[ticket.reference])).content
    url = reverse("portal:attachment", args=[ticket.reference, Attachment.objects.get().pk])
    assert_status(client.get(url), 404)


def test_while_the_antivirus_is_away_mail_comes_in_and_is_checked_later(away: Any) -> None:
    first, second = mail(INFECTED_PNG, number=1), mail(PNG, name="photo.png", number=2)
    assert set(Attachment.objects.values_list("virus_check", flat=True)) == {"waiting"}
    recheck_files()
    assert set(Attachment.objects.values_list("virus_check", flat=True)) == {"waiting"}
    away()
    recheck_files()
    recheck_files()
    found = dict(Attachment.objects.values_list("name", "virus_check"))
    assert found == {"facture.png": FileCheck.INFECTED, "photo.png": FileCheck.CLEAN}
    assert first.ticket is not None
    assert second.ticket is not None
    first.ticket.refresh_from_db()
    second.ticket.refresh_from_db()
    assert "Eicar" in first.ticket.flag
    assert first.ticket.events.filter(kind=EventKind.FLAGGED).count() == 1
    assert second.ticket.flag == ""


def test_a_file_that_is_gone_is_not_asked_about_for_ever(away: Any) -> None:
    mail(PNG)
    file = Attachment.objects.get()
    default_storage.delete(file.file.name)
    away()
    recheck_files()
    file.refresh_from_db()
    assert file.virus_check == FileCheck.IMPOSSIBLE


def test_a_scan_is_kept_in_quarantine(pilot: Agent, admin: Agent, client_of: Any, told: Any) -> None:
    scan = scan_store(name="lettre.pdf", content=pdf() + EICAR, origin="drop:1", now=timezone.now()).scan
    assert scan.is_quarantined
    assert told == []  # nobody reads it
    assert_status(client_of(pilot).get(reverse("post:file", args=[scan.pk])), 403)
    page = assert_status(client_of(pilot).get(reverse("post:letter", args=[scan.pk])), 200).content.decode()
    assert "L’antivirus a trouvé Eicar-Test-Signature" in page
    assert "<iframe" not in page
    given = assert_status(client_of(admin).get(reverse("post:file", args=[scan.pk])), 200)
    assert given["Content-Disposition"].endswith('"lettre.pdf.virus"')


def test_a_scan_the_antivirus_missed_is_checked_later(away: Any) -> None:
    scan_store(name="lettre.pdf", content=pdf() + EICAR, origin="drop:1", now=timezone.now())
    away()
    recheck_scans()
    assert Scan.objects.get().virus_check == FileCheck.INFECTED


def test_the_probe_tells_of_it_and_stays_ready(client: Client, away: Any) -> None:
    answer = assert_status(client.get("/readyz"), 200).json()
    assert answer["checks"]["antivirus"] == "unreachable"
    away()
    assert client.get("/readyz").json()["checks"]["antivirus"] == "ok"


def test_files_without_a_row_go_after_a_day(capsys: pytest.CaptureFixture[str]) -> None:
    kept = make_ticket(uploads=[Upload("photo.png", "image/png", PNG)]).messages.get().attachments.get().file.name
    old = default_storage.save("attachments/zz/orphelin.png", ContentFile(PNG))
    new = default_storage.save("attachments/zz/recent.png", ContentFile(PNG))
    written = default_storage.save("pending/2020-01-01/x", ContentFile(PNG))
    past = (timezone.now() - timedelta(days=2)).timestamp()
    for name in (kept, old, written):
        os.utime(Path(django_settings.MEDIA_ROOT) / name, (past, past))
    call_command("sweep_orphan_files", "--dry-run")
    assert old in capsys.readouterr().out
    assert default_storage.exists(old)
    sweep_orphan_files()
    assert not default_storage.exists(old)
    assert all(default_storage.exists(name) for name in (kept, new, written))
