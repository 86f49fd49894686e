"""n mails in, n accounted for, none twice: the receiver and the worker are killed with SIGKILL at each step.

Real SMTP, real processes, the real broker; each process dies at the very line its step names, and another takes over.
"""

import os
import signal
import smtplib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.db.models import Count
from django.utils import timezone

from channels_intake.email.report import inbound_report
from channels_intake.models import InboundMail, InboundStatus
from channels_intake.tasks import sweep_inbound
from notifications.models import OutboundMessage
from tests.conftest import eventually, start_worker
from tests.support import warm
from tests.support.factories import make_town
from tests.support.mail import receiver
from tickets.models import Message, Ticket

TOWN = "mairie@rives-sur-orme.example"
NOBODY = "redis://127.0.0.1:1/0"
# where a receiver dies → mails stored that their sender did not hear 250 for, and sends again
RECEIVING = {
    "channels_intake.email.receiver:mail_store:before:3": {0},
    "channels_intake.email.receiver:mail_store:after:3": {1},
    "channels_intake.email.receiver:enqueue:before:1": {0, 1},  # the worker was not told; the next mail may be in hand
}
# where the children of a worker die, one after the other, and at last the worker itself
PROCESSING = [
    "channels_intake.email.processing:_process_all:before:1",  # claimed, nothing done
    "channels_intake.email.delivering:ticket_route_opened:before:3",  # in the transaction: opened, not routed
    "tickets.actions.routing.route:acknowledgement_queue:after:3",  # in the transaction: acknowledgement queued
    "channels_intake.email.processing:emails_work:before:3",  # in the transaction: all done, not committed
    "channels_intake.tasks:mails_process:after:3",  # committed, the broker not told
]
COUNT = 20


def letter(number: int) -> bytes:
    return (
        f"From: Personne {number} <personne{number}@example.org>\r\nSubject: Demande {number}\r\n"
        f"Message-ID: <{number}@example.org>\r\n\r\nTexte {number}\r\n"
    ).encode()


def send(port: int, numbers: list[int]) -> list[int]:
    """Send until the receiver goes away; the numbers it said 250 to."""
    accepted: list[int] = []
    try:
        with smtplib.SMTP("127.0.0.1", port, timeout=60) as client:
            for number in numbers:
                client.sendmail(f"personne{number}@example.org", [TOWN], letter(number))
                accepted.append(number)
    except (OSError, smtplib.SMTPException):
        pass
    return accepted


def tell_everything() -> None:
    """The sweep leaves alone what was stored or tried a moment ago: its time has come."""
    InboundMail.objects.update(next_attempt_at=timezone.now())
    sweep_inbound()


def whole() -> int:
    """The number of mails that became tickets, each whole and once; whatever was killed, nothing is half done."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        number = InboundMail.objects.filter(status=InboundStatus.DONE, ticket__routed_at__isnull=False).count()
        made = [Ticket.objects.count(), Message.objects.count(), OutboundMessage.objects.count()]
        different = [
            Ticket.objects.values("subject").distinct().count(),
            OutboundMessage.objects.values("to_address").distinct().count(),
        ]
    assert made + different == [number] * 5
    return number


@contextmanager
def ended(process: warm.Warm) -> Iterator[None]:
    try:
        yield
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(timeout=60)


@pytest.mark.worker
@pytest.mark.django_db(transaction=True)
def test_killed_at_each_step_nothing_is_lost_and_nothing_done_twice(tmp_path: Path) -> None:
    make_town()
    accepted: list[int] = []
    for number, (place, unheard) in enumerate(RECEIVING.items()):
        marks = tmp_path / str(number)
        marks.mkdir()
        with receiver(place, DYING_MARKS=str(marks)) as (process, port):
            now = send(port, [number for number in range(COUNT) if number not in accepted][:5])
            assert process.wait(timeout=60) == -signal.SIGKILL, f"it did not die at {place}"
        assert now
        accepted += now
        assert InboundMail.objects.count() - len(accepted) in unheard
    left = [number for number in range(COUNT) if number not in accepted]
    with receiver(REDIS_URL=NOBODY) as (_, port):  # the broker is down: the sweep will tell the worker
        assert send(port, left) == left
        assert send(port, [0]) == [0]  # a sender that doubts sends again
    assert inbound_report()["received"] == inbound_report()["waiting"] == COUNT

    marks = tmp_path / "worker"
    marks.mkdir()
    dying = start_worker(",".join(PROCESSING), DYING_MARKS=str(marks))
    with ended(dying):
        tell_everything()
        eventually(lambda: whole() >= 0 and dying.poll() is not None, seconds=180)
    assert sorted(mark.name for mark in marks.iterdir()) == sorted(PROCESSING), "it did not die at each place"
    assert 5 <= whole() < COUNT
    with ended(start_worker()):
        tell_everything()
        eventually(lambda: whole() == COUNT, seconds=180)
    report = inbound_report()
    assert (report["received"], report["waiting"], report["failed"]) == (COUNT, 0, 0)
    assert sorted(Ticket.objects.values_list("subject", flat=True)) == sorted(f"Demande {n}" for n in range(COUNT))


@pytest.mark.django_db(transaction=True)
def test_a_receiver_killed_while_it_receives_from_many() -> None:
    make_town()
    accepted: list[int] = []
    with receiver() as (process, port):
        ranges = [list(range(start, start + 500)) for start in (0, 1000, 2000)]

        def send_all(numbers: list[int]) -> None:
            accepted.extend(send(port, numbers))

        senders = [threading.Thread(target=send_all, args=(numbers,)) for numbers in ranges]
        for sender in senders:
            sender.start()
        eventually(lambda: InboundMail.objects.count() >= 30, every=0.005)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=60)
        for sender in senders:
            sender.join(30)
    assert 20 <= len(accepted) < 1500
    stored = set(InboundMail.objects.values_list("external_id", flat=True))
    assert {f"<{number}@example.org>" for number in accepted} <= stored
    counts = InboundMail.objects.values("external_id").annotate(times=Count("pk"))
    assert all(row["times"] == 1 for row in counts)
