"""The outbox against a real SMTP server."""

import email
import email.policy
import smtplib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from notifications.actions.delivery import DELAYS, LEASE, MAX_ATTEMPTS, outbound_retry, outbox_deliver
from notifications.actions.outbox import outbound_queue
from notifications.models import OutboundKind, OutboundMessage, OutboundStatus
from notifications.tasks import deliver, sweep_outbox
from tests.support.factories import make_agent, make_ticket
from tests.support.mail import Sink, free_port, sink
from tests.support.threads import together
from tickets.actions.messages import reply_send
from tickets.actions.replies.send_failures import send_failures_note
from tickets.enums import EventKind


def queue(number: int = 1, **fields: Any) -> OutboundMessage:
    defaults = {
        "kind": OutboundKind.NOTICE,
        "to_address": f"claire{number}@example.org",
        "to_name": "Clémence Vasseur",
        "from_address": "mairie@rives-sur-orme.example",
        "from_name": "Rives-sur-Orme",
        "subject": f"Réponse n° {number}",
        "body": "Bonjour,\n\nc’est réparé.\n",
    }
    return outbound_queue(**(defaults | fields))


@pytest.fixture
def server(settings: Any) -> Iterator[Sink]:
    with sink() as opened:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", opened.port, 5
        yield opened


def parsed(raw: bytes) -> Any:
    return email.message_from_bytes(raw, policy=email.policy.default)


@pytest.mark.django_db
def test_what_leaves_is_what_the_row_says(server: Sink) -> None:
    row = queue(
        in_reply_to="<a@example.org>",
        references="<b@example.org> <a@example.org>",
        reply_to="mairie+r@rives-sur-orme.example",
    )
    deliver(row.pk)
    row.refresh_from_db()
    assert (row.status, row.attempts, row.last_error) == (OutboundStatus.SENT, 1, "")
    assert row.sent_at is not None
    [(recipient, raw)] = server.received
    message = parsed(raw)
    assert recipient == "claire1@example.org"
    assert message["To"] == "Clémence Vasseur <claire1@example.org>"
    assert message["From"] == "Rives-sur-Orme <mairie@rives-sur-orme.example>"
    assert message["Subject"] == "Réponse n° 1"
    assert message["Message-ID"].strip() == row.message_id
    assert message["In-Reply-To"] == "<a@example.org>"
    assert message["References"] == "<b@example.org> <a@example.org>"
    assert message["Reply-To"] == "mairie+r@rives-sur-orme.example"
    assert message["Auto-Submitted"] == "auto-replied"
    assert message.get_content().replace("\r\n", "\n") == "Bonjour,\n\nc’est réparé.\n"
    deliver(row.pk)
    assert len(server.received) == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "header"),
    [({"is_automatic": True}, "auto-generated"), ({"is_automatic": False, "in_reply_to": "<a@x.example>"}, None)],
)
def test_only_automatic_mail_says_so(server: Sink, fields: dict[str, Any], header: str | None) -> None:
    deliver(queue(**fields).pk)
    assert parsed(server.received[0][1])["Auto-Submitted"] == header


@pytest.mark.django_db
def test_a_batch_uses_one_connection_and_goes_on_later(server: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        queue(number)
    assert outbox_deliver(limit=3) == (3, True)
    assert server.connections == 1
    monkeypatch.setattr("notifications.tasks.BATCH", 1)
    told: list[str] = []
    monkeypatch.setattr("notifications.tasks.enqueue", lambda name, *_: told.append(name))
    sweep_outbox()
    assert told == ["notifications.sweep_outbox"]
    sweep_outbox()
    sweep_outbox()
    assert len(told) == 2
    assert len({recipient for recipient, _ in server.received}) == len(server.received) == 5


@pytest.mark.django_db
def test_a_refused_recipient_fails_for_good_and_does_not_stop_the_others(server: Sink) -> None:
    server.refuse = {"claire1@example.org": "550 5.1.1 No such user", "claire2@example.org": "451 Greylisted"}
    gone, later, fine = queue(1), queue(2), queue(3)
    outbox_deliver(limit=10)
    for row in (gone, later, fine):
        row.refresh_from_db()
    assert [row.status for row in (gone, later, fine)] == ["failed", "queued", "sent"]
    assert gone.last_error == "550 5.1.1 No such user"
    assert later.last_error == "451 Greylisted"
    assert later.next_attempt_at > timezone.now() + timedelta(seconds=50)


@pytest.mark.django_db
def test_a_server_that_is_down_is_tried_again_for_two_days(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    row, other = queue(1), queue(2)
    now = started = timezone.now() + timedelta(seconds=1)
    waits = []
    for attempt in range(1, MAX_ATTEMPTS + 1):
        assert outbox_deliver(limit=10, now=now, only=row.pk) == (1, False)
        row.refresh_from_db()
        assert row.attempts == attempt
        waits.append(row.next_attempt_at - now)
        assert outbox_deliver(limit=10, now=row.next_attempt_at - timedelta(seconds=1), only=row.pk) == (0, False)
        now = row.next_attempt_at
    assert tuple(waits[: len(DELAYS)]) == DELAYS
    assert row.status == OutboundStatus.FAILED
    assert "Refused" in row.last_error
    assert timedelta(days=1, hours=20) < now - started < timedelta(days=2, hours=4)
    other.refresh_from_db()
    assert other.attempts == 0
    assert outbox_deliver(limit=10)[0] == 1  # the first failure of the connection ends the batch


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("error", "status"),
    [
        (smtplib.SMTPAuthenticationError(535, b"bad password"), "queued"),
        (smtplib.SMTPSenderRefused(553, b"not yours", "x"), "failed"),
        (smtplib.SMTPDataError(554, b"spam"), "failed"),
        (smtplib.SMTPDataError(452, b"full"), "queued"),
        (smtplib.SMTPServerDisconnected("gone"), "queued"),
        (TimeoutError("slow"), "queued"),
        (UnicodeEncodeError("ascii", "é", 0, 1, "no"), "failed"),
        (RuntimeError("a bug"), "queued"),
    ],
)
def test_passing_and_permanent_failures(monkeypatch: pytest.MonkeyPatch, error: Exception, status: str) -> None:
    def fail(*_: object) -> int:
        raise error

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", fail)
    row = queue()
    outbox_deliver(limit=1)
    row.refresh_from_db()
    assert row.status == status
    assert row.last_error


@pytest.mark.django_db
def test_a_deliverer_that_died_is_replaced_after_its_lease(server: Sink) -> None:
    row = queue()
    now = timezone.now()
    OutboundMessage.objects.update(status=OutboundStatus.SENDING, attempts=1, next_attempt_at=now + LEASE)
    assert outbox_deliver(limit=5, now=now) == (0, False)
    assert outbox_deliver(limit=5, now=now + LEASE) == (1, False)
    row.refresh_from_db()
    assert row.status == OutboundStatus.SENT


@pytest.mark.django_db(transaction=True)
def test_concurrent_deliverers_send_each_message_once(server: Sink) -> None:
    for number in range(60):
        queue(number)
    together(lambda _number: outbox_deliver(limit=100), 3)
    assert OutboundMessage.objects.filter(status=OutboundStatus.SENT).count() == 60
    assert len(server.received) == len({recipient for recipient, _ in server.received}) == 60
    assert server.connections > 1


@pytest.mark.django_db
def test_a_reply_that_cannot_be_delivered_shows_on_its_ticket(
    server: Sink, told: list[tuple[str, tuple[object, ...]]], django_capture_on_commit_callbacks: Any
) -> None:
    ticket = make_ticket()
    agent = make_agent(("back_office", ticket.service))
    reply_send(ticket=ticket, actor=agent, body="Réparé.", now=timezone.now())
    row = OutboundMessage.objects.get(kind=OutboundKind.REPLY)
    server.refuse = {row.to_address: "550 No such user"}
    with django_capture_on_commit_callbacks(execute=True):
        deliver(row.pk)
    assert ("tickets.note_send_failures", ()) in told
    assert send_failures_note(now=timezone.now()) == 1
    assert send_failures_note(now=timezone.now()) == 0
    event = ticket.events.get(kind=EventKind.SEND_FAILED)
    assert event.data == {"outbound": row.pk, "to": row.to_address, "reason": "550 No such user"}
    ticket.refresh_from_db()
    assert row.to_address in ticket.flag
    server.refuse = {}
    assert outbound_retry(outbound_id=row.pk, now=timezone.now())
    assert not outbound_retry(outbound_id=row.pk, now=timezone.now())
    deliver(row.pk)
    row.refresh_from_db()
    assert row.status == OutboundStatus.SENT


@pytest.mark.django_db
def test_without_a_mail_server_each_message_is_one_readable_file(settings: Any, tmp_path: Path) -> None:
    settings.EMAIL_BACKEND = "notifications.drivers.files.EmailBackend"
    settings.EMAIL_FILE_PATH = tmp_path / "sent"
    first, second = queue(1), queue(2)
    assert outbox_deliver(limit=10) == (2, False)
    names = sorted(path.name for path in (tmp_path / "sent").iterdir())
    assert names == [f"{row.created_at:%Y%m%dT%H%M%S}-{row.pk}.eml" for row in (first, second)]
    assert parsed((tmp_path / "sent" / names[1]).read_bytes())["To"] == "Clémence Vasseur <claire2@example.org>"
    (tmp_path / "blocked").write_text("a file where the folder should be")
    settings.EMAIL_FILE_PATH = tmp_path / "blocked"
    third = queue(3)
    outbox_deliver(limit=10)
    third.refresh_from_db()
    assert third.status == OutboundStatus.QUEUED
