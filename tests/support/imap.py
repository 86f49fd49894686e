"""A real IMAP server in a child process, with one user and messages put in by IMAP itself."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from imap_tools import MailBoxUnencrypted

from channels_intake.models import Mailbox, MailFetch
from core.sealing import seal
from grc.stack.ports import free_port
from tests.conftest import eventually

# pymap, without the half second that it takes to check a password each time one connects
PYMAP = """
from pysasl.hashing import BuiltinHash
BuiltinHash.__init__.__kwdefaults__["rounds"] = 1
from pymap.main import main
main()
"""
USER, PASSWORD = "mairie@rives-sur-orme.example", "un-mot-de-passe"


class ImapServer:
    """Messages live in its memory: a restart loses them and changes UIDVALIDITY."""

    def __init__(self, *options: str) -> None:
        self.port, self.options = free_port(), options
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-c", PYMAP, "--host", "127.0.0.1", "--port", str(self.port)]
        command += [*(self.options or ("--no-tls",)), "dict", "--demo-user", USER, "--demo-password", PASSWORD]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        eventually(self._answers, seconds=20)

    def stop(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(10)
            self.process = None

    def _answers(self) -> bool:
        import socket

        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                return connection.recv(10).startswith(b"* OK")
        except OSError:
            return False

    @contextmanager
    def box(self, folder: str = "INBOX") -> Iterator[MailBoxUnencrypted]:
        with MailBoxUnencrypted("127.0.0.1", self.port, timeout=60).login(USER, PASSWORD, folder) as box:
            yield box

    def put(self, *raws: bytes, folder: str = "INBOX", at: datetime | None = None) -> None:
        with self.box() as box:
            for raw in raws:
                box.append(raw, folder, dt=at)

    def subjects(self, folder: str = "INBOX") -> list[str]:
        with self.box() as box:
            if not box.folder.exists(folder):
                return []
            box.folder.set(folder)
            return sorted(message.subject for message in box.fetch(mark_seen=False))

    def account(self, address: str = USER, **fields: Any) -> MailFetch:
        """The configuration that fetches this server, saved."""
        mailbox = Mailbox.objects.get_or_create(address=address)[0]
        defaults = {
            "host": "127.0.0.1",
            "port": self.port,
            "security": "none",
            "username": USER,
            "secret": seal(PASSWORD),
        }
        return MailFetch.objects.create(mailbox=mailbox, **(defaults | fields))


@contextmanager
def imap_server(*options: str) -> Iterator[ImapServer]:
    server = ImapServer(*options)
    server.start()
    try:
        yield server
    finally:
        server.stop()
