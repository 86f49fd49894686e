"""Real mail servers for tests: our receiver in a child process, and a sink that keeps what it is sent."""

import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.controller import Controller

from tests.conftest import worker_environment
from tests.support import warm


def free_port() -> int:
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        return int(opened.getsockname()[1])


@contextmanager
def receiver(dies_at: str = "", **environment: str) -> Iterator[tuple[warm.Warm, int]]:
    """``manage.py receive_mail`` on the test database: the process and its port, once it listens.

    ``dies_at``: where it kills itself (`tests.support.dying`).
    """
    port = free_port()
    program = ["tests.support.dying", dies_at, "manage.py"] if dies_at else ["manage.py"]
    program += ["receive_mail", "--port", str(port)]
    process = warm.start(program, worker_environment() | environment, piped=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("Receiving mail on")
        yield process, port
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(timeout=60)


@dataclass
class Sink:
    """An SMTP server that keeps messages: [(recipient, raw)]. ``refuse`` maps a recipient to the reply it gets."""

    port: int = 0
    received: list[tuple[str, bytes]] = field(default_factory=list)
    connections: int = 0
    refuse: dict[str, str] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    async def handle_EHLO(
        self, server: Any, session: Any, envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        self.connections += 1
        return responses

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        with self._lock:
            self.received += [(address, bytes(envelope.content)) for address in envelope.rcpt_tos]
        return "250 OK"


@contextmanager
def sink() -> Iterator[Sink]:
    """A sink on a free port of the loopback."""
    kept = Sink(port=free_port())
    controller = Controller(kept, hostname="127.0.0.1", port=kept.port)
    controller.start()
    try:
        yield kept
    finally:
        controller.stop()
