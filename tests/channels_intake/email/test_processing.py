from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage
from itertools import count
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from channels_intake.email import delivering, processing
from channels_intake.email.parser import parse_mail
from channels_intake.email.processing import MAX_ATTEMPTS, RETRY_AFTER, mail_process
from channels_intake.email.replaying import Requeued, mail_requeue
from channels_intake.email.storing import mail_store
from channels_intake.models import InboundMail, InboundStatus, Mailbox
from channels_intake.tasks import process_mail, sweep_inbound
from directory.models import Agent
from notifications.models import OutboundMessage
from tests.channels_intake.email.corpus import CASES, Case
from tests.channels_intake.email.corpus_gateways import GATEWAYS
from tests.channels_intake.email.corpus_wrapped import WRAPPED
from tests.support.factories import make_agent, make_service, make_ticket, make_town, make_type
from tickets.actions.messages import reply_send
from tickets.enums import EventKind, MessageKind
from tickets.models import Ticket
from tickets.selectors.collaboration import links_seen_by

pytestmark = pytest.mark.django_db

TOWN = "mairie@rives-sur-orme.example"
_numbers = count(1)
CLAIRE = "Claire Vasseur <claire@example.org>"


@pytest.fixture(autouse=True)
def _town() -> None:
    make_town()


def box(address: str = TOWN, **fields: Any) -> Mailbox:
    return Mailbox.objects.get_or_create(address=address, defaults=fields)[0]


def letter(text: str = "Le lampadaire est éteint.", **headers: str) -> bytes:
    message = EmailMessage()
    number = next(_numbers)
    defaults = {"From": CLAIRE, "To": TOWN, "Subject": "Lampadaire", "Message-ID": f"<{number}.x@example.org>"}
    for name, value in (defaults | {key.replace("_", "-"): value for key, value in headers.items()}).items():
        message[name] = value
    message.set_content(text)
    return message.as_bytes()


def arrive(raw: bytes, *boxes: Mailbox, sender: str = "claire@example.org") -> list[InboundMail]:
    """Store and process; the rows as they are then."""
    ids = mail_store(mailbox_ids=[one.pk for one in boxes or (box(),)], raw=raw, envelope_from=sender)
    for pk in ids:
        mail_process(mail_id=pk, now=timezone.now())
    return [InboundMail.objects.get(pk=pk) for pk in ids]


def test_a_mail_becomes_a_routed_acknowledged_ticket() -> None:
    voirie = make_service("voirie")
    make_type("eclairage", voirie, keywords=["lampadaire"])
    [row] = arrive(letter())
    ticket = row.ticket
    assert ticket is not None
    assert (row.status, ticket.channel, ticket.subject, ticket.service) == ("done", "email", "Lampadaire", voirie)
    assert ticket.routed_at is not None
    assert ticket.received_at == row.received_at
    assert str(ticket.requester) == "Claire Vasseur"
    acknowledgement = OutboundMessage.objects.get(ticket_reference=ticket.reference)
    assert acknowledgement.to_address == "claire@example.org"
    assert acknowledgement.in_reply_to == row.external_id
    assert mail_process(mail_id=row.pk, now=timezone.now()) is None
    assert Ticket.objects.count() == 1


@pytest.mark.parametrize(
    ("signature", "number"),
    [
        ("Cordialement,\nClaire Vasseur\n06 39 98 12 34", "+33639981234"),
        ("-- \nClaire\n06 39 98 12 34 / 02 61 91 00 01", ""),
    ],
    ids=["one number", "two numbers"],
)
def test_the_number_of_a_signature_stays_on_the_request(
    signature: str, number: str, client_of: Callable[[Agent], Client]
) -> None:
    voirie = make_service("voirie")
    [row] = arrive(letter(f"Le lampadaire est éteint.\n\n{signature}\n"), box(TOWN, service=voirie))
    ticket, message = row.ticket, row.message
    assert ticket is not None
    assert message is not None
    assert ticket.requester is not None
    assert (message.author_phone, message.quoted) == (number, signature)
    assert [point.value for point in ticket.requester.contact_points.all()] == ["claire@example.org"]
    page = (
        client_of(make_agent(("back_office", voirie)))
        .get(reverse("tickets:detail", args=[ticket.reference]))
        .content.decode()
    )
    assert "<summary>Signature</summary>" in page
    assert ("donné avec la demande, non vérifié" in page) == bool(number)


def test_the_same_message_is_stored_once_and_another_with_its_message_id_as_well() -> None:
    raw = letter()
    assert len(arrive(raw)) == 1
    assert arrive(raw) == []
    again = b"Received: from relay.example by mx.example; Mon, 2 Nov 2026 10:12:00 +0100\r\nX-Spam: no\r\n"
    assert arrive(again + b"ARC-Seal: i=1;\r\n\tb=xyz\r\n" + raw.replace(b"\n", b"\r\n")) == []
    assert Ticket.objects.count() == 1
    other = raw.replace(b"Lampadaire", b"Autre chose")
    [row] = arrive(other)
    assert row.external_id.startswith(InboundMail.objects.earliest("pk").external_id + "#")
    assert arrive(other) == []
    assert row.ticket is not None
    assert (row.ticket.subject, Ticket.objects.count()) == ("Autre chose", 2)


def test_one_mail_to_two_mailboxes_is_one_ticket() -> None:
    first, second = arrive(letter(), box(), box("voirie@rives-sur-orme.example"))
    assert first.ticket == second.ticket
    assert "mairie@" in second.note
    assert Ticket.objects.count() == 1
    assert OutboundMessage.objects.count() == 1


def test_a_copied_message_id_hides_nothing() -> None:
    arrive(letter("Un texte.", Message_ID="<same@example.org>"), box())
    arrive(letter("Un tout autre texte.", Message_ID="<same@example.org>"), box("voirie@rives-sur-orme.example"))
    assert Ticket.objects.count() == 2


def test_a_mailbox_sends_what_is_not_recognised_to_its_service() -> None:
    culture = make_service("culture")
    [row] = arrive(letter("Bonjour"), box("culture@rives-sur-orme.example", service=culture))
    assert row.ticket is not None
    assert row.ticket.service == culture


@pytest.mark.parametrize("kind", ["acknowledgement", "reply", "letter"])
def test_an_answer_to_our_message_joins_its_ticket_whoever_sends_it(kind: str) -> None:
    [row] = arrive(letter())
    ticket = row.ticket
    assert ticket is not None
    if kind == "reply":
        agent = make_agent(("back_office", ticket.service))
        reply_send(ticket=ticket, actor=agent, body="Où exactement ?", now=timezone.now())
    if kind == "letter":
        OutboundMessage.objects.update(kind="letter")
    ours = OutboundMessage.objects.filter(kind=kind).latest("id").message_id
    text = "Devant le 3.\n\nLe lun. 2 nov. 2026 à 10:00, Mairie <mairie@x.example> a écrit :\n> Où exactement ?"
    [answer] = arrive(letter(text, From="Bureau <bureau@example.net>", Subject="Re: x", In_Reply_To=ours))
    assert answer.ticket == ticket
    assert answer.message is not None
    assert (answer.message.body, answer.message.author_name) == ("Devant le 3.", "Bureau")
    assert "Où exactement" in answer.message.quoted
    assert Ticket.objects.count() == 1


def test_a_reference_in_the_subject_counts_only_from_the_requester(client_of: Callable[[Agent], Client]) -> None:
    [row] = arrive(letter())
    ticket = row.ticket
    assert ticket is not None
    [known] = arrive(letter("Encore éteint.", Subject=f"Re: {ticket.reference.lower()}"))
    assert known.ticket == ticket
    [stranger] = arrive(letter("Donnez-moi tout.", From="x@evil.example", Subject=f"Re: {ticket.reference}"))
    assert stranger.ticket is not None
    assert stranger.ticket != ticket
    assert ticket.reference in stranger.ticket.flag
    assert ticket.messages.count() == 2
    agent = make_agent(("back_office", stranger.ticket.service))
    page = client_of(agent).get(f"/agents/demandes/{stranger.ticket.reference}/").content.decode()
    assert f'<a class="ref" href="/agents/demandes/{ticket.reference}/">{ticket.reference}</a>' in page
    [link] = links_seen_by(ticket, agent)
    assert (link.other, link.link.kind, link.link.created_by) == (stranger.ticket, "related", None)
    make_type("aide", make_service("ccas"), is_sensitive=True, keywords=["expulsion"])
    [secret] = arrive(letter("Une expulsion.", From="y@evil.example", Subject=f"Re: {ticket.reference}"))
    assert secret.ticket is not None
    assert secret.ticket.is_sensitive
    assert not secret.ticket.links.exists()


def test_the_message_id_of_the_citizen_counts_only_from_the_citizen() -> None:
    [row] = arrive(letter())
    [again] = arrive(letter("Suite", References=row.external_id))
    assert again.ticket == row.ticket
    [stranger] = arrive(letter("Suite", From="x@evil.example", References=row.external_id))
    assert stranger.ticket != row.ticket


def test_a_persons_answer_reopens_and_a_machine_s_does_not() -> None:
    [row] = arrive(letter())
    ticket = row.ticket
    assert ticket is not None
    agent = make_agent(("back_office", ticket.service))
    reply_send(ticket=ticket, actor=agent, body="Réparé.", now=timezone.now())
    ours = OutboundMessage.objects.latest("id").message_id
    [vacation] = arrive(letter("Absente.", In_Reply_To=ours, Auto_Submitted="auto-replied"))
    ticket.refresh_from_db()
    assert (vacation.ticket, ticket.status) == (ticket, "answered")
    assert vacation.message is not None
    assert vacation.message.is_automatic
    arrive(letter("Toujours éteint.", In_Reply_To=ours))
    ticket.refresh_from_db()
    assert ticket.status == "open"


def test_a_bounce_with_the_null_sender_lands_on_the_ticket() -> None:
    [row] = arrive(letter())
    ours = OutboundMessage.objects.get().message_id
    [bounce] = arrive(letter("Inconnu", From="MAILER-DAEMON@mx.example", In_Reply_To=ours), sender="")
    assert bounce.ticket == row.ticket
    assert OutboundMessage.objects.count() == 1


@pytest.mark.parametrize("case", CASES + WRAPPED + GATEWAYS, ids=lambda case: case.name)
def test_every_nasty_mail_is_accounted_for(case: Case) -> None:
    [row] = arrive(case.raw, sender=case.envelope_from or "claire@example.org")
    if parse_mail(case.raw, envelope_from=row.envelope_from).bounce is not None:
        assert (row.status, row.ticket) == (InboundStatus.IGNORED, None)
        assert "que nous n’avons pas envoyé" in row.note
        return
    assert row.status == InboundStatus.DONE
    assert row.ticket is not None
    assert row.ticket.subject
    message = row.ticket.messages.get()
    assert message.body
    if not case.expected.get("is_readable", True) or case.expected.get("problems", set()) & {"charset", "structure"}:
        assert row.ticket.flag
        original = message.attachments.get(name="courriel-original.eml")
        assert original.file.read() == case.raw


def test_files_beyond_the_limits_are_named_and_the_original_is_joined(settings: Any) -> None:
    settings.ATTACHMENT_MAX_BYTES, settings.ATTACHMENT_MAX_COUNT = 1000, 2
    message = EmailMessage()
    message["From"], message["Subject"] = CLAIRE, "Photos"
    message.set_content("Voici.")
    for name, size in (("a.jpg", 10), ("grand.jpg", 2000), ("b.jpg", 10), ("c.jpg", 10)):
        message.add_attachment(b"x" * size, maintype="image", subtype="jpeg", filename=name)
    [row] = arrive(message.as_bytes())
    assert row.message is not None
    assert sorted(row.message.attachments.values_list("name", flat=True)) == ["a.jpg", "b.jpg", "courriel-original.eml"]
    assert "grand.jpg, c.jpg" in row.message.body


def test_what_the_parser_cannot_do_becomes_a_ticket_for_a_person(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("unexpected")

    monkeypatch.setattr(processing, "parse_mail", broken)
    [row] = arrive(letter(Subject=""))
    assert row.ticket is not None
    assert (row.status, row.ticket.subject) == ("done", "Courriel illisible")
    assert str(row.ticket.requester) == "Claire Vasseur"
    assert row.ticket.events.filter(kind=EventKind.FLAGGED).exists()
    assert "unexpected" in row.note


def test_what_cannot_even_be_a_ticket_is_listed_and_can_be_taken_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(**_: object) -> None:
        raise ValueError("no pilot service")

    with monkeypatch.context() as patched:
        patched.setattr(delivering, "intake", broken)
        [row] = arrive(letter())
    assert (row.status, row.note) == ("failed", "ValueError: no pilot service")
    assert Ticket.objects.count() == 0
    assert mail_requeue(mail_id=row.pk, now=timezone.now()) == Requeued.AGAIN
    assert mail_requeue(mail_id=row.pk, now=timezone.now()) == Requeued.NOT_NEEDED
    process_mail(row.pk)
    row.refresh_from_db()
    assert row.status == "done"


def test_a_failing_database_leaves_the_mail_to_the_sweep(
    monkeypatch: pytest.MonkeyPatch, told: list[tuple[str, tuple[object, ...]]]
) -> None:
    def down(**_: object) -> None:
        raise OperationalError("server closed the connection")

    [pk] = mail_store(mailbox_ids=[box().pk], raw=letter(), envelope_from="")
    with monkeypatch.context() as patched:
        patched.setattr(delivering, "intake", down)
        process_mail(pk)
    row = InboundMail.objects.get(pk=pk)
    assert (row.status, row.attempts) == ("stored", 1)
    assert Ticket.objects.count() == 0
    process_mail(pk)
    assert InboundMail.objects.get(pk=pk).status == "done"


def test_the_sweep_gives_time_between_attempts_and_gives_up_in_the_end(
    told: list[tuple[str, tuple[object, ...]]], django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mail received last year and imported now is no older for the sweep than today's."""
    start, old = timezone.now(), timezone.now() - timedelta(days=365)
    [pk] = mail_store(mailbox_ids=[box().pk], raw=letter(), envelope_from="", received_at=old, is_mute=True)

    def swept(seconds: float) -> bool:
        told.clear()
        monkeypatch.setattr("channels_intake.tasks.timezone.now", lambda: start + timedelta(seconds=seconds))
        with django_capture_on_commit_callbacks(execute=True):
            sweep_inbound()
        return told == [("channels_intake.process_mail", (pk,))]

    def down(**_: object) -> None:
        raise OperationalError("server closed the connection")

    monkeypatch.setattr(delivering, "intake", down)
    assert [swept(5), swept(15)] == [False, True]
    at = 15.0
    for after in RETRY_AFTER:
        with pytest.raises(OperationalError):
            mail_process(mail_id=pk, now=start + timedelta(seconds=at))
        assert InboundMail.objects.get(pk=pk).status == "stored"
        assert not swept(at + after - 1)
        at += after
        assert swept(at) == (InboundMail.objects.get(pk=pk).attempts < MAX_ATTEMPTS)
    assert at > 2 * 3600
    assert InboundMail.objects.get(pk=pk).status == "failed"


def test_a_mail_that_kills_its_worker_is_not_parsed_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    def deadly(*_: object, **__: object) -> None:
        raise AssertionError("parsed again")

    monkeypatch.setattr(processing, "parse_mail", deadly)
    [pk] = mail_store(mailbox_ids=[box().pk], raw=letter(Subject=""), envelope_from="")
    InboundMail.objects.update(attempts=processing.PARSE_ATTEMPTS)
    mail_process(mail_id=pk, now=timezone.now())
    row = InboundMail.objects.get(pk=pk)
    assert row.note != "AssertionError: parsed again"
    assert row.ticket is not None
    assert row.ticket.subject == "Courriel illisible"


def test_a_reply_by_mail_to_a_web_ticket_is_a_message_of_it() -> None:
    ticket = make_ticket()
    assert ticket.requester is not None
    address = ticket.requester.contact_points.get().value
    ours = OutboundMessage.objects.get(ticket_reference=ticket.reference).message_id
    [row] = arrive(letter("Merci", From=address, References=f"<other@x.example> {ours}"))
    assert row.ticket == ticket
    assert ticket.messages.filter(kind=MessageKind.INBOUND).count() == 2
