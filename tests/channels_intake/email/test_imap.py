"""Fetching from a real IMAP server, in this process: what is stored, what is left there, what is never answered."""

import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from channels_intake.email.imap.collecting import Pass, collect, received_at
from channels_intake.email.imap.connection import Folder, opened
from channels_intake.email.imap.fetcher import connection_check, fetch_forever
from channels_intake.email.imap.reasons import FetchError
from channels_intake.email.processing import mail_process
from channels_intake.email.replaying import Requeued, mail_requeue
from channels_intake.email.storing import mail_store
from channels_intake.models import InboundMail, MailFetch
from core.sealing import seal
from notifications.models import OutboundKind, OutboundMessage
from tests.conftest import eventually
from tests.support.factories import make_town
from tests.support.imap import PASSWORD, ImapServer, imap_server
from tickets.models import Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def shared() -> Iterator[ImapServer]:
    with imap_server() as server:
        yield server


@pytest.fixture
def server(shared: ImapServer) -> ImapServer:
    """The server with an empty INBOX, hence another UIDVALIDITY than before."""
    make_town()
    with shared.box() as box:
        box.delete(box.uids())
        for folder in box.folder.list():
            if folder.name != "INBOX":
                box.folder.delete(folder.name)
    return shared


def letter(number: int, text: str = "Le lampadaire est éteint.") -> bytes:
    return (
        f"From: Claire <claire{number}@example.org>\r\nSubject: Demande {number}\r\n"
        f"Message-ID: <{number}@example.org>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n"
    ).encode()


def take(account: MailFetch, memory: Pass | None = None) -> int:
    account.refresh_from_db()
    with opened(account) as folder:
        return collect(account, folder, memory or Pass(), lambda: False)


def test_mail_is_stored_once_and_stays_unread_there(
    server: ImapServer, told: list[tuple[str, tuple[object, ...]]], django_capture_on_commit_callbacks: object
) -> None:
    server.put(letter(1), letter(2))
    account = server.account(answer_from=timezone.now() - timedelta(hours=1))
    assert take(account) == 2
    assert take(account) == 0
    rows = list(InboundMail.objects.order_by("id"))
    assert [row.external_id for row in rows] == ["<1@example.org>", "<2@example.org>"]
    assert bytes(rows[0].raw) == letter(1)
    assert [row.envelope_from for row in rows] == ["", ""]
    assert not any(row.is_mute for row in rows)
    server.put(letter(3))
    assert take(account) == 1
    with server.box() as box:
        assert [flags.flags for flags in box.fetch(mark_seen=False)] == [("\\Recent",)] * 3 or all(
            "\\Seen" not in message.flags for message in box.fetch(mark_seen=False)
        )


def test_moved_or_deleted_once_it_is_stored(server: ImapServer) -> None:
    server.put(letter(1))
    moving = server.account(after="move", move_to="Traités par Guichet")
    assert take(moving) == 1
    assert (server.subjects(), server.subjects("Traités par Guichet")) == ([], ["Demande 1"])
    server.put(letter(2), letter(3))
    MailFetch.objects.update(after="delete")
    assert take(moving) == 2
    assert (server.subjects(), server.subjects("Traités par Guichet")) == ([], ["Demande 1"])
    assert InboundMail.objects.count() == 3


def test_an_old_mailbox_is_imported_without_a_word(server: ImapServer) -> None:
    old = timezone.now() - timedelta(days=400)
    server.put(letter(1), at=old - timedelta(days=1000))
    server.put(letter(2), at=old)
    server.put(letter(3))
    account = server.account(
        import_from=(old - timedelta(days=30)).date(), answer_from=timezone.now() - timedelta(hours=1)
    )
    assert take(account) == 2
    for pk in InboundMail.objects.values_list("pk", flat=True):
        mail_process(mail_id=pk, now=timezone.now())
    before, today = Ticket.objects.order_by("received_at")
    assert (before.subject, before.received_at.date()) == ("Demande 2", old.date())
    assert before.service_id
    assert before.next_due_at is None
    assert not before.deadlines.filter(state__in=["running", "paused"]).exists()
    assert today.next_due_at is not None
    assert list(OutboundMessage.objects.values_list("to_address", flat=True)) == ["claire3@example.org"]
    assert InboundMail.objects.get(ticket=before).note == "Nouvelle demande\u00a0; importé sans réponse automatique"


def test_copied_mail_keeps_the_date_its_first_server_wrote() -> None:
    internal = datetime(2026, 11, 20, 8, tzinfo=UTC)
    header = b"Received: from mx.example by mail.example;\r\n\tMon, 3 Mar 2025 10:00:00 +0100\r\nSubject: x\r\n\r\n"
    assert received_at(header, internal) == datetime(2025, 3, 3, 9, tzinfo=UTC)
    assert received_at(b"Received: by x; hier\r\n\r\n", internal) == internal
    assert received_at(b"Date: Mon, 3 Mar 2025 10:00:00 +0100\r\n\r\n", internal) == internal
    future = timezone.now() + timedelta(days=3)
    assert received_at(b"", future) <= timezone.now()


def test_a_server_that_counts_again_makes_nothing_twice(server: ImapServer) -> None:
    server.put(letter(1), letter(2))
    account = server.account()
    assert take(account) == 2
    MailFetch.objects.update(uid_validity=1)
    assert take(account) == 0
    account.refresh_from_db()
    assert account.uid_validity != 1
    assert InboundMail.objects.count() == 2


def test_a_pass_that_ends_after_the_account_was_changed_leaves_its_new_position(server: ImapServer) -> None:
    server.put(letter(1), letter(2))
    account = server.account()

    def changed() -> bool:
        MailFetch.objects.update(uid_validity=None, last_uid=0)
        return False

    with opened(account) as folder:
        assert collect(account, folder, Pass(), changed) == 2
    account.refresh_from_db()
    assert (account.uid_validity, account.last_uid) == (None, 0)


def test_a_message_the_server_refuses_stops_nobody(server: ImapServer, monkeypatch: pytest.MonkeyPatch) -> None:
    server.put(letter(1), letter(2), letter(3))
    account = server.account()
    given = Folder.raw

    def refusing(self: Folder, uid: int, *, only_header: bool = False) -> bytes:
        raw = given(self, uid, only_header=only_header)
        if b"Demande 2" in raw and not only_header:
            raise FetchError("The server refused to give a message")
        return raw

    monkeypatch.setattr(Folder, "raw", refusing)
    memory = Pass()
    assert [take(account, memory) for _ in range(4)] == [2, 0, 0, 0]
    failed = InboundMail.objects.get(status="failed")
    assert b"Demande 2" in bytes(failed.raw)
    assert failed.note == "The server refused to give a message"
    account.refresh_from_db()
    assert account.last_uid == max(map(int, _uids(server)))


def _uids(server: ImapServer) -> list[str]:
    with server.box() as box:
        return box.uids()


def test_too_large_is_left_there_and_its_sender_told_once(server: ImapServer, settings: object) -> None:
    settings.MAIL_MAX_BYTES = 2000  # type: ignore[attr-defined]
    server.put(letter(1, "x" * 3000), letter(2))
    account = server.account(after="delete", answer_from=timezone.now() - timedelta(hours=1))
    take(account)
    MailFetch.objects.update(last_uid=0)
    take(account)
    assert server.subjects() == ["Demande 1"]
    row = InboundMail.objects.get(external_id="<1@example.org>")
    assert (row.status, row.outcome) == ("ignored", "ignored")
    assert row.note.startswith("Trop volumineux")
    told = OutboundMessage.objects.get(kind=OutboundKind.REFUSAL)
    assert (told.to_address, told.in_reply_to, told.is_automatic) == ("claire1@example.org", "<1@example.org>", True)
    assert "trop volumineux" in told.body


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"secret": seal("faux")}, "refuse le nom d’utilisateur"),
        ({"folder": "Absent"}, "Absent"),
        ({"port": 1}, "refuse la connexion"),
        ({"host": "imap.ville.invalid"}, "aucun serveur ne porte ce nom"),
        ({"secret": "never sealed"}, "SECRET_KEY"),
        ({"security": "starttls"}, "TLS"),
    ],
)
def test_what_is_wrong_with_an_account_is_said(server: ImapServer, fields: dict[str, object], reason: str) -> None:
    account = server.account(**fields)
    assert reason.lower() in str(connection_check(account)).lower()
    assert connection_check(server.account("autre@rives-sur-orme.example")) is None


@pytest.mark.django_db(transaction=True)
def test_one_failing_account_never_stops_the_others(server: ImapServer) -> None:
    broken = server.account("panne@rives-sur-orme.example", secret=seal("faux"))
    server.account(import_from=date(2020, 1, 1))
    stop = threading.Event()
    counts: list[int] = []
    thread = threading.Thread(target=fetch_forever, args=(stop, counts.append))
    thread.start()
    try:
        server.put(letter(1))
        eventually(lambda: InboundMail.objects.filter(external_id="<1@example.org>").exists())
        eventually(lambda: MailFetch.objects.get(pk=broken.pk).failing_since)
        server.put(letter(2))  # the account is in IDLE now: the server tells it
        eventually(lambda: InboundMail.objects.filter(external_id="<2@example.org>").exists(), seconds=30)
        broken.refresh_from_db()
        assert broken.last_error
        assert broken.next_attempt_at is not None
        MailFetch.objects.filter(pk=broken.pk).update(secret=seal(PASSWORD), mailbox=broken.mailbox, uses_idle=False)
        eventually(lambda: MailFetch.objects.get(pk=broken.pk).failing_since is None)
        assert MailFetch.objects.get(pk=broken.pk).last_error == ""
        MailFetch.objects.update(is_active=False)
        eventually(lambda: counts[-1] == 0)
        server.put(letter(3))
    finally:
        stop.set()
        thread.join(20)
    assert not thread.is_alive()
    assert not InboundMail.objects.filter(external_id="<3@example.org>").exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("after", ["keep", "delete"])
def test_what_arrives_during_a_pass_is_not_left_until_the_next_message(
    server: ImapServer, after: str, monkeypatch: Any
) -> None:
    """The server tells of it once: in its answer to another command, or as the wait begins."""

    def store(**given: Any) -> list[int]:
        if b"<1@example.org>" in given["raw"]:
            server.put(letter(2))
        return mail_store(**given)

    monkeypatch.setattr("channels_intake.email.imap.collecting.mail_store", store)
    server.put(letter(1))
    server.account(after=after)
    stop = threading.Event()
    thread = threading.Thread(target=fetch_forever, args=(stop,))
    thread.start()
    try:
        eventually(lambda: InboundMail.objects.filter(external_id="<2@example.org>").exists())
    finally:
        stop.set()
        thread.join(20)


def test_what_was_marked_before_a_kill_goes_and_what_a_person_marked_stays(server: ImapServer) -> None:
    server.put(letter(1), letter(2))
    account = server.account(after="delete")
    with opened(account) as folder:
        raw = folder.raw(first := folder.uids_after(0, None)[0])
        mail_store(mailbox_ids=[account.mailbox_id], raw=raw, envelope_from="", received_at=timezone.now())
        for uid in (first, first + 1):
            folder.box.client.uid("STORE", str(uid), "+FLAGS.SILENT", r"(\Deleted)")
    assert take(account) == 0
    assert server.subjects() == ["Demande 2"]


@pytest.mark.parametrize("after", ["delete", "move"])
def test_another_message_with_a_message_id_used_again_is_stored_before_it_goes(server: ImapServer, after: str) -> None:
    server.put(letter(1), letter(1), letter(1, "Tout autre chose."))
    assert take(server.account(after=after, move_to="Traités")) == 2
    assert [b"Tout autre" in bytes(row.raw) for row in InboundMail.objects.order_by("pk")] == [False, True]
    assert (server.subjects(), len(server.subjects("Traités"))) == ([], 3 if after == "move" else 0)


def test_a_message_left_on_its_server_is_asked_for_again_and_its_header_never_parsed(
    server: ImapServer,
    settings: Any,
    told: list[tuple[str, tuple[object, ...]]],
    django_capture_on_commit_callbacks: Any,
) -> None:
    settings.MAIL_MAX_BYTES = 2000
    server.put(letter(1, "x" * 3000), letter(2))
    account = server.account(after="move", move_to="Traités", answer_from=timezone.now() - timedelta(hours=1))
    assert take(account) == 2
    row = InboundMail.objects.get(is_partial=True)
    assert mail_requeue(mail_id=row.pk, now=timezone.now()) == Requeued.TOO_LARGE
    settings.MAIL_MAX_BYTES = 5000
    assert mail_requeue(mail_id=row.pk, now=timezone.now()) == Requeued.ASKED
    assert mail_process(mail_id=row.pk, now=timezone.now()) is None
    with django_capture_on_commit_callbacks(execute=True):
        assert take(account) == 1
    assert ("channels_intake.process_mail", (row.pk,)) in told
    assert mail_process(mail_id=row.pk, now=timezone.now()) == "done"
    row.refresh_from_db()
    assert bytes(row.raw) == letter(1, "x" * 3000)
    assert (row.is_partial, row.external_id, row.outcome) == (False, "<1@example.org>", "ticket")
    settings.MAIL_MAX_BYTES = 2000
    server.put(letter(1, "x" * 3000))  # counted again by its server, under another limit: known whole
    assert take(account) == 0
    with server.box() as box:
        box.delete(box.uids())
    assert (server.subjects(), len(server.subjects("Traités"))) == ([], 2)


def test_what_cannot_be_asked_for_again_says_why(server: ImapServer, settings: Any) -> None:
    settings.MAIL_MAX_BYTES = 2000
    server.put(letter(1, "x" * 3000))
    account = server.account()
    take(account)
    settings.MAIL_MAX_BYTES = 5000
    row = InboundMail.objects.get()
    MailFetch.objects.update(is_active=False)
    assert mail_requeue(mail_id=row.pk, now=timezone.now()) == Requeued.OUT_OF_REACH
    MailFetch.objects.update(is_active=True)
    assert mail_requeue(mail_id=row.pk, now=timezone.now()) == Requeued.ASKED
    with server.box() as box:
        box.delete(box.uids())
    assert take(account) == 0
    row.refresh_from_db()
    assert (row.status, row.is_partial, row.asked_at) == ("ignored", True, None)
    assert row.note == "Il n’est plus sur son serveur."
    assert Ticket.objects.count() == 0
