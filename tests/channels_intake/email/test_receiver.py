"""Real SMTP conversations with the real receiver."""

import asyncio
import queue
import signal
import smtplib
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import settings
from django.db import connection

from channels_intake.email.receiver import serve
from channels_intake.email.storing import Addresses
from channels_intake.models import InboundMail, Mailbox
from notifications.models import OutboundMessage
from tests.conftest import eventually, worker_environment
from tests.support.factories import make_town
from tests.support.mail import receiver

TOWN = "mairie@rives-sur-orme.example"
RAW = b"From: claire@example.org\r\nSubject: x\r\nMessage-ID: <%d@example.org>\r\n\r\nBonjour\r\n"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def port() -> Iterator[int]:
    make_town()
    with receiver(MAIL_MAX_BYTES="100000") as (_, opened):
        yield opened


def say(port: int) -> smtplib.SMTP:
    client = smtplib.SMTP("127.0.0.1", port, timeout=60)
    client.ehlo()
    return client


def send(port: int, raw: bytes, *to: str, sender: str = "claire@example.org") -> dict[str, tuple[int, bytes]]:
    client = say(port)
    try:
        return client.sendmail(sender, list(to) or [TOWN], raw)
    finally:
        client.quit()


def test_a_message_is_in_the_database_when_it_is_accepted(port: int) -> None:
    send(port, RAW % 1)
    row = InboundMail.objects.get()
    assert bytes(row.raw) == RAW % 1
    assert (row.mailbox.address, row.external_id, row.envelope_from, row.size) == (
        TOWN,
        "<1@example.org>",
        "claire@example.org",
        len(RAW % 1),
    )
    send(port, RAW % 1)
    assert InboundMail.objects.count() == 1
    send(port, (RAW % 1).replace(b"Bonjour", b"Autre demande"))  # a program that uses its Message-IDs again
    assert b"Autre demande" in bytes(InboundMail.objects.get(external_id__startswith="<1@example.org>#").raw)
    send(port, RAW % 2, sender="")
    assert InboundMail.objects.get(external_id="<2@example.org>").envelope_from == "<>"


def test_only_active_mailboxes_are_served(port: int) -> None:
    Mailbox.objects.create(address="Voirie@rives-sur-orme.example")
    Mailbox.objects.create(address="ancien@rives-sur-orme.example", is_active=False)
    client = say(port)
    client.mail("claire@example.org")
    answers = {
        address: client.rcpt(address)[0]
        for address in (
            "quelqu-un@example.net",
            "inconnu@rives-sur-orme.example",
            "ancien@rives-sur-orme.example",
            "MAIRIE@Rives-sur-Orme.EXAMPLE",
            "mairie+etat-civil@rives-sur-orme.example",
            "voirie@rives-sur-orme.example",
        )
    }
    assert list(answers.values()) == [550, 550, 550, 250, 250, 250]
    assert client.data(RAW % 3)[0] == 250
    assert set(InboundMail.objects.values_list("mailbox__address", flat=True)) == {
        TOWN,
        "Voirie@rives-sur-orme.example",
    }
    assert "auth" not in client.esmtp_features
    client.quit()


def test_a_message_too_large_is_refused(port: int) -> None:
    client = say(port)
    assert client.esmtp_features["size"] == "100000"
    assert client.mail("claire@example.org", ["size=100001"])[0] == 552
    client.rset()
    client.mail("claire@example.org")
    client.rcpt(TOWN)
    assert client.data(b"Subject: x\r\n\r\n" + b"0123456789" * 12_000)[0] == 552
    client.quit()
    send(
        port, b"Subject: y\r\n\r\n" + b"0123456789" * 9_000
    )  # one line of 90 kB, which RFC 5321 forbids and people send
    assert InboundMail.objects.count() == 1


def test_many_senders_at_once(port: int) -> None:
    def several(start: int) -> None:
        client = say(port)
        for number in range(start, start + 10):
            client.sendmail("claire@example.org", [TOWN], RAW % number)
        client.quit()

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(several, range(0, 120, 10)))
    assert InboundMail.objects.count() == 120


def test_no_database_means_come_back_later_and_the_receiver_goes_on(port: int) -> None:
    table = InboundMail._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} RENAME TO away")
        try:
            with pytest.raises(smtplib.SMTPDataError) as refused:
                send(port, RAW % 4)
            assert refused.value.smtp_code == 451
        finally:
            cursor.execute(f"ALTER TABLE away RENAME TO {table}")
        send(port, RAW % 4)
        # a restarted database: every connection of the receiver is cut
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    send(port, RAW % 5)
    assert InboundMail.objects.count() == 2


def test_a_defect_of_ours_refuses_nothing_for_good(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(**_: object) -> None:
        raise RuntimeError("unforeseen")

    monkeypatch.setattr("channels_intake.email.receiver.mail_store", broken)
    monkeypatch.setattr(Addresses, "find", lambda *_: 1)
    opened: queue.Queue[tuple[int, asyncio.AbstractEventLoop]] = queue.Queue()
    stop = asyncio.Event()

    def run() -> None:
        def started(port: int) -> None:
            opened.put((port, asyncio.get_running_loop()))

        asyncio.run(serve(host="127.0.0.1", port=0, size_limit=100_000, stop=stop, started=started))

    thread = threading.Thread(target=run)
    thread.start()
    port, loop = opened.get(timeout=30)
    try:
        with pytest.raises(smtplib.SMTPDataError) as refused:
            send(port, RAW % 7)
        assert refused.value.smtp_code == 451
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(30)


def test_it_stops_cleanly_and_says_when_the_port_is_taken() -> None:
    make_town()
    with receiver() as (process, opened):
        lingering = say(opened)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0
        lingering.close()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        again = subprocess.run(
            [sys.executable, "manage.py", "receive_mail", "--port", str(taken.getsockname()[1])],
            env=worker_environment(),
            cwd=settings.BASE_DIR,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert again.returncode == 1
    assert "cannot listen" in again.stderr
    assert "Traceback" not in again.stderr


@pytest.mark.worker
def test_from_smtp_to_an_acknowledged_ticket(worker: object, port: int) -> None:
    send(port, RAW % 6)
    row = eventually(lambda: InboundMail.objects.filter(status="done").select_related("ticket").first(), seconds=30)
    assert row.ticket.routed_at is not None
    acknowledgement = OutboundMessage.objects.get(ticket_reference=row.ticket.reference)
    assert acknowledgement.in_reply_to == "<6@example.org>"
