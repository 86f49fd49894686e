"""Nothing accepted is lost and nothing is done twice, whoever is killed with SIGKILL and when."""

import os
import signal
import smtplib
import threading
from datetime import timedelta

import pytest
from django.db.models import Count
from django.utils import timezone

from channels_intake.models import InboundMail, InboundStatus
from channels_intake.tasks import sweep_inbound
from notifications.models import OutboundMessage
from tests.conftest import eventually, start_worker
from tests.support.factories import make_town
from tests.support.mail import receiver
from tickets.models import Message, Ticket

TOWN = "mairie@rives-sur-orme.example"
COUNT = 60


def letter(number: int) -> bytes:
    return (
        f"From: Personne {number} <personne{number}@example.org>\r\nSubject: Demande {number}\r\n"
        f"Message-ID: <{number}@example.org>\r\n\r\nTexte {number}\r\n"
    ).encode()


def send_all(port: int, accepted: list[int], numbers: range) -> None:
    """Send until the receiver goes away; the numbers it said 250 to are noted."""
    client = smtplib.SMTP("127.0.0.1", port, timeout=20)
    for number in numbers:
        try:
            client.sendmail(f"personne{number}@example.org", [TOWN], letter(number))
        except (OSError, smtplib.SMTPException):
            return
        accepted.append(number)
    client.quit()


@pytest.mark.worker
@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_in_the_middle() -> None:
    make_town()
    accepted: list[int] = []
    first = start_worker()
    second = None
    try:
        with receiver() as (_, port):
            send_all(port, accepted, range(COUNT))
            assert len(accepted) == COUNT
            eventually(lambda: InboundMail.objects.filter(status=InboundStatus.DONE).count() >= 5, every=0.01)
            os.killpg(first.pid, signal.SIGKILL)
            first.wait(timeout=10)
        done = InboundMail.objects.filter(status=InboundStatus.DONE).count()
        assert 5 <= done < COUNT, "the worker was not killed in the middle"
        second = start_worker()  # it forgets what the first was told: only the database remembers
        # the sweep leaves recent mail alone: an hour later it does not
        InboundMail.objects.update(received_at=timezone.now() - timedelta(hours=1))
        sweep_inbound()
        eventually(lambda: not InboundMail.objects.filter(status=InboundStatus.STORED).exists(), seconds=60)
    finally:
        for process in (first, second):
            if process is not None and process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait(timeout=20)
    assert InboundMail.objects.filter(status=InboundStatus.DONE).count() == COUNT
    assert Ticket.objects.count() == Message.objects.count() == COUNT
    assert sorted(Ticket.objects.values_list("subject", flat=True)) == sorted(f"Demande {n}" for n in range(COUNT))
    assert Ticket.objects.filter(routed_at__isnull=False).count() == COUNT
    twice = OutboundMessage.objects.values("to_address").annotate(times=Count("pk")).filter(times__gt=1)
    assert OutboundMessage.objects.count() == COUNT
    assert not twice.exists()


@pytest.mark.django_db(transaction=True)
def test_a_receiver_killed_while_it_receives() -> None:
    make_town()
    accepted: list[int] = []
    with receiver() as (process, port):
        ranges = [range(start, start + 500) for start in (0, 1000, 2000)]
        senders = [threading.Thread(target=send_all, args=(port, accepted, numbers)) for numbers in ranges]
        for sender in senders:
            sender.start()
        eventually(lambda: len(accepted) >= 30, every=0.005)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=10)
        for sender in senders:
            sender.join(30)
    assert 30 <= len(accepted) < 1500
    stored = set(InboundMail.objects.values_list("external_id", flat=True))
    assert {f"<{number}@example.org>" for number in accepted} <= stored
    with receiver() as (_, port):  # senders come back with what was not accepted, and may repeat themselves
        again: list[int] = []
        send_all(port, again, range(40))
    assert len(again) == 40
    counts = InboundMail.objects.values("external_id").annotate(times=Count("pk"))
    assert all(row["times"] == 1 for row in counts)
