"""Mail fetched by IMAP: whoever is killed and when, nothing is lost and nothing is taken twice."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.utils import timezone

from channels_intake.email.imap import collecting
from channels_intake.email.imap.collecting import Pass, collect
from channels_intake.email.imap.connection import Folder, opened
from channels_intake.email.processing import mail_process
from channels_intake.models import InboundMail, MailFetch
from notifications.models import OutboundMessage
from tests.conftest import eventually, worker_environment
from tests.support import warm
from tests.support.factories import make_town
from tests.support.imap import ImapServer, imap_server
from tickets.models import Message, Ticket

COUNT = 30
# the command, which tries again a second after a failure instead of fifteen
SOON = """
from django.core.management import execute_from_command_line
from channels_intake.email.imap import fetcher
fetcher.DELAYS = (1,)
execute_from_command_line(["manage.py", "fetch_mail"])
"""


def letter(number: int) -> bytes:
    return (
        f"From: Personne {number} <personne{number}@example.org>\r\nSubject: Demande {number}\r\n"
        f"Message-ID: <{number}@example.org>\r\n\r\nTexte {number}\r\n"
    ).encode()


@contextmanager
def fetcher(*program: str) -> Iterator[warm.Warm]:
    """``manage.py fetch_mail`` on the test database."""
    process = warm.start(program or ["manage.py", "fetch_mail"], worker_environment(), piped=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("Fetching ")
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            assert process.wait(timeout=60) == 0


def stored() -> list[str]:
    return sorted(InboundMail.objects.values_list("external_id", flat=True))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("after", ["move", "delete"])
def test_a_fetcher_killed_in_the_middle(after: str) -> None:
    make_town()
    everything = sorted(f"<{number}@example.org>" for number in range(COUNT))
    with imap_server() as server:
        server.put(*[letter(number) for number in range(COUNT)])
        server.account(after=after, move_to="Guichet", answer_from=timezone.now() - timedelta(hours=1))
        with fetcher() as process:
            eventually(lambda: InboundMail.objects.count() >= 5, every=0.005)
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(timeout=60)
        assert 5 <= InboundMail.objects.count() < COUNT, "the fetcher was not killed in the middle"
        there = {subject.split()[1] for subject in server.subjects()}
        kept = {key.strip("<").split("@")[0] for key in stored()}
        assert there | kept == {str(number) for number in range(COUNT)}
        with fetcher():
            eventually(lambda: InboundMail.objects.count() == COUNT, seconds=180)
            eventually(lambda: server.subjects() == [], every=1)
            server.put(letter(1000))  # it is waiting in IDLE now
            eventually(lambda: InboundMail.objects.count() == COUNT + 1, seconds=40)
        assert stored() == sorted([*everything, "<1000@example.org>"])
        if after == "move":
            assert len(server.subjects("Guichet")) == COUNT + 1
    for pk in InboundMail.objects.order_by("pk").values_list("pk", flat=True)[:20]:
        mail_process(mail_id=pk, now=timezone.now())
    assert Ticket.objects.count() == Message.objects.count() == OutboundMessage.objects.count() == 20


class Killed(BaseException):
    """What the steps raise where the process would have died."""


@pytest.fixture(scope="module")
def shared() -> Iterator[ImapServer]:
    with imap_server() as server:
        yield server


@pytest.mark.django_db
@pytest.mark.parametrize("step", ["before the store", "after the store", "after the move", "before the position"])
def test_killed_at_each_step(step: str, shared: ImapServer, monkeypatch: pytest.MonkeyPatch) -> None:
    make_town()
    shared.put(letter(1), letter(2))
    account = shared.account(after="move", move_to=step)
    with monkeypatch.context() as patched:
        dies_at(step, patched)
        with pytest.raises(Killed):
            take(account)
    assert len(shared.subjects()) + len(shared.subjects(step)) == 2
    assert InboundMail.objects.count() == (0 if step == "before the store" else 1)
    take(account)
    assert stored() == ["<1@example.org>", "<2@example.org>"]
    assert (shared.subjects(), shared.subjects(step)) == ([], ["Demande 1", "Demande 2"])


def take(account: MailFetch) -> int:
    account.refresh_from_db()
    with opened(account) as folder:
        return collect(account, folder, Pass(), lambda: False)


def dies_at(step: str, patched: pytest.MonkeyPatch) -> None:
    def die(*_: object, **__: object) -> None:
        raise Killed

    if step == "before the store":
        patched.setattr(collecting, "mail_store", die)
    elif step == "after the store":
        patched.setattr(Folder, "move", die)
    elif step == "after the move":
        moved = Folder.move

        def move_and_die(self: Folder, uid: int, to: str) -> None:
            moved(self, uid, to)
            raise Killed

        patched.setattr(Folder, "move", move_and_die)
    else:
        position = collecting._position

        def die_on_uid(account: MailFetch, **fields: int) -> None:
            if "uid_validity" not in fields:
                raise Killed
            position(account, **fields)

        patched.setattr(collecting, "_position", die_on_uid)


@pytest.mark.django_db(transaction=True)
def test_a_server_that_restarts_is_found_again() -> None:
    """pymap forgets everything: another UIDVALIDITY, and the same messages put back."""
    make_town()
    server = ImapServer()
    server.start()
    try:
        server.put(letter(1))
        account = server.account()
        with fetcher("-c", SOON):
            eventually(lambda: stored() == ["<1@example.org>"])
            first = MailFetch.objects.get(pk=account.pk).uid_validity
            server.stop()
            eventually(lambda: MailFetch.objects.get(pk=account.pk).failing_since)
            server.start()
            server.put(letter(1), letter(2))
            eventually(lambda: len(stored()) == 2, seconds=40)
            eventually(lambda: MailFetch.objects.get(pk=account.pk).failing_since is None)
        assert MailFetch.objects.get(pk=account.pk).uid_validity != first
        assert stored() == ["<1@example.org>", "<2@example.org>"]
    finally:
        server.stop()
