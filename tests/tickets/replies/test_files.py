"""Files an agent encloses: added to the draft, kept with it, sent with the mail; one address among several."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from core.antivirus import Verdict
from directory.models import Agent, ContactPoint, Service
from notifications.actions.delivery import outbox_deliver
from notifications.models import OutboundMessage
from tests.support.asserts import assert_status
from tests.support.factories import make_agent, make_ticket
from tickets.actions.replies.scheduled import scheduled_sweep
from tickets.models import Attachment, DraftFile, Message, ScheduledReply, Ticket
from tickets.selectors.tracking import public_attachment

pytestmark = pytest.mark.django_db
PLAN = b"%PDF-1.7\n" + b"plan " * 100


@pytest.fixture
def ticket(voirie: Service) -> Ticket:
    return make_ticket(service=voirie)


def url(name: str, ticket: Ticket) -> str:
    return reverse(f"tickets:{name}", args=[ticket.reference])


def pdf(name: str = "plan du quartier.pdf", content: bytes = PLAN) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "application/pdf")


def add(client: Any, ticket: Ticket, *files: Any, kind: str = "reply", **fields: Any) -> Any:
    """As the script of the page does."""
    data = {"kind": kind, "files": files, **fields}
    return client.post(url("draft_files", ticket), data, headers={"HX-Request": "true"})


def test_a_file_is_kept_with_the_draft_and_leaves_with_the_mail(agent: Agent, ticket: Ticket, client_of: Any) -> None:
    client = client_of(agent)
    listed = assert_status(add(client, ticket, pdf(), pdf("le même.pdf")), 200).content.decode()
    assert listed.count("plan du quartier.pdf") == 2  # its name, and that of the button
    row = DraftFile.objects.get()
    page = client.get(url("detail", ticket)).content.decode()
    assert f'name="file" value="{row.pk}"' in page, "it is there when the page is opened again"
    assert re.search(r"14.Mo ensemble", page), "limits are said beforehand"
    fields = {"body": "Voici le plan.", "then": "answered", "file": row.pk}
    preview = client.post(url("reply_preview", ticket), fields).content.decode()
    assert "plan du quartier.pdf" in preview
    assert_status(client.post(url("reply", ticket), fields), 302)
    assert not DraftFile.objects.exists()
    message = Message.objects.get(ticket=ticket, kind="reply")
    found = message.attachments.get()
    assert (found.name, found.content_type, found.size) == ("plan du quartier.pdf", "application/pdf", len(PLAN))
    assert public_attachment(ticket, found.pk) is not None, "the citizen downloads it when tracking"
    outbox_deliver(limit=10)
    [sent] = [each for each in mail.outbox if "Voici le plan." in each.body]
    assert [(name, content) for name, content, _type in sent.attachments] == [("plan du quartier.pdf", PLAN)]


def test_what_may_not_leave_is_refused_and_the_form_stays_filled(agent: Agent, ticket: Ticket, client_of: Any) -> None:
    client = client_of(agent)
    program = SimpleUploadedFile("facture.pdf.exe", b"MZ" + b"\0" * 100)
    refused = assert_status(add(client, ticket, program, pdf()), 422).content.decode()
    assert "facture.pdf.exe" in refused
    assert DraftFile.objects.get().name == "plan du quartier.pdf"
    # without script the files come in the form itself
    fields = {"body": "Voici le plan.", "then": "waiting", "files": [program, pdf("autre.pdf", PLAN + b"2")]}
    program.seek(0)
    page = assert_status(client.post(url("reply", ticket), fields), 422).content.decode()
    assert "«\u00a0facture.pdf.exe\u00a0» n’a pas été ajouté" in page
    assert "Voici le plan.</textarea>" in page
    assert "autre.pdf" in page, "the good one is kept"
    assert not OutboundMessage.objects.filter(kind="reply").exists()
    for row in DraftFile.objects.all():
        gone = client.post(url("draft_files", ticket), {"kind": "reply", "remove": row.pk, "body": "Voici le plan."})
        assert gone.url.endswith("#compose")
    assert "Voici le plan.</textarea>" in client.get(url("detail", ticket)).content.decode()
    assert not DraftFile.objects.exists()
    fields["files"] = [pdf()]
    assert_status(client.post(url("reply", ticket), fields), 302)
    assert Attachment.objects.get(message__kind="reply").name == "plan du quartier.pdf"


def test_limits_of_number_and_weight(agent: Agent, ticket: Ticket, client_of: Any, settings: Any) -> None:
    settings.ATTACHMENT_MAX_COUNT, settings.ATTACHMENT_MAX_BYTES = 2, 1000
    client = client_of(agent)
    answer = add(
        client, ticket, *(pdf(f"{n}.pdf", PLAN + bytes([n + 65])) for n in range(3)), pdf("gros.pdf", PLAN * 2)
    )
    page = assert_status(answer, 422).content.decode()
    assert re.search(r"2\.pdf\s» n’est pas ajouté", page)
    assert re.search(r"gros\.pdf\s» est trop lourd", page)
    assert DraftFile.objects.count() == 2


def test_a_planned_reply_keeps_its_files(agent: Agent, ticket: Ticket, client_of: Any) -> None:
    client = client_of(agent)
    add(client, ticket, pdf())
    later = timezone.localtime() + timedelta(hours=2)
    fields = {"body": "Voici.", "then": "answered", "send_at": later.strftime("%Y-%m-%dT%H:%M")}

    def plan() -> ScheduledReply:
        assert_status(client.post(url("reply", ticket), fields | {"file": DraftFile.objects.get().pk}), 302)
        return ScheduledReply.objects.latest("pk")

    row = plan()
    page = client.get(url("detail", ticket)).content.decode()
    assert "plan du quartier.pdf" in page
    assert 'name="file"' not in page, "it waits with the reply, no longer in the composer"
    client.post(reverse("tickets:planned", args=[row.pk, "edit"]))
    assert 'name="file"' in client.get(url("detail", ticket)).content.decode()
    plan()
    assert scheduled_sweep(now=later + timedelta(minutes=1))[0] == 1
    reply = Message.objects.get(ticket=ticket, kind="reply")
    assert reply.attachments.get().name == "plan du quartier.pdf"
    assert reply.outbound is not None
    assert reply.outbound.attachments.count() == 1


def test_the_antivirus_has_the_last_word(
    agent: Agent, ticket: Ticket, client_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, verdicts = client_of(agent), [Verdict("infected", "Eicar"), Verdict("waiting"), Verdict("waiting")]
    monkeypatch.setattr("tickets.actions.replies.draft_files.file_check", lambda content: verdicts.pop(0))
    assert_status(add(client, ticket, pdf()), 422)
    assert_status(add(client, ticket, pdf()), 200)
    monkeypatch.setattr("tickets.actions.attachments.file_check", lambda content, patient: verdicts.pop(0))
    fields = {"body": "Voici.", "then": "answered", "file": DraftFile.objects.get().pk}
    page = assert_status(client.post(url("reply", ticket), fields), 422).content.decode()
    assert "n’est pas encore vérifié par l’antivirus" in page
    verdicts.append(Verdict("clean"))
    assert_status(client.post(url("reply", ticket), fields), 302)
    assert Attachment.objects.get(message__kind="reply").virus_check == "clean"


def test_a_note_takes_files_that_citizens_never_see(
    agent: Agent, voirie: Service, ticket: Ticket, client_of: Any
) -> None:
    client = client_of(agent)
    add(client, ticket, pdf(), kind="note")
    row = DraftFile.objects.get()
    colleague = client_of(make_agent(("back_office", voirie)))
    stolen = colleague.post(url("note", ticket), {"body": "Vu", "file": row.pk})
    assert "n’est plus là" in assert_status(stolen, 422).content.decode()
    assert_status(client.post(url("note", ticket), {"body": "Le plan.", "file": row.pk}), 302)
    found = Attachment.objects.get(message__kind="note")
    assert public_attachment(ticket, found.pk) is None
    assert not OutboundMessage.objects.filter(kind="reply").exists()


def test_one_of_the_persons_addresses_is_chosen(agent: Agent, ticket: Ticket, client_of: Any) -> None:
    client = client_of(agent)
    assert 'name="to"' not in client.get(url("detail", ticket)).content.decode()
    ContactPoint.objects.create(citizen=ticket.requester, kind="email", value="bureau@example.org")
    assert '<option value="bureau@example.org">' in client.get(url("detail", ticket)).content.decode()
    fields = {"body": "Bonjour.", "then": "open", "to": "bureau@example.org"}
    assert "&lt;bureau@example.org&gt;" in client.post(url("reply_preview", ticket), fields).content.decode()
    refused = client.post(url("reply", ticket), fields | {"to": "ailleurs@example.org"})
    assert "n’est plus une de celles" in assert_status(refused, 422).content.decode()
    assert_status(client.post(url("reply", ticket), fields), 302)
    assert OutboundMessage.objects.get(kind="reply").to_address == "bureau@example.org"
