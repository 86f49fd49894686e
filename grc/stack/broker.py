"""The embedded broker: a Valkey server (it speaks Redis), with a password and an append-only file."""

import signal
import time
from collections.abc import Callable
from pathlib import Path

import redis

from grc.stack import binaries
from grc.stack.errors import StackError
from grc.stack.ports import free_port
from grc.stack.process import Process, last_lines, spawn, wait_gone
from grc.stack.state import secret, write_private

START_SECONDS = 30
STOP_SECONDS = 10


class Broker:
    """A Valkey server with its data under ``home/broker``; it ends when the process that started it dies."""

    name = "broker"

    def __init__(self, home: Path, *, durable: bool = True) -> None:
        self.home = home
        self.directory = home / "broker"
        self.log = home / "logs" / "broker.log"
        self.durable = durable
        self.port = 0
        self.process: Process | None = None

    @property
    def url(self) -> str:
        return f"redis://:{self._password()}@127.0.0.1:{self.port}/0"

    def start(self, pause: Callable[[float], None] = time.sleep) -> None:
        """Start the server and return when it answers; PAUSE as in Postgres.start. Raises StackError."""
        self.directory.mkdir(mode=0o700, exist_ok=True)
        self.port = self.port or free_port()
        # The password stays out of the command line; the working directory stays out of the file, and so do
        # the spaces and accents that it may hold.
        lines = ["bind 127.0.0.1", f"port {self.port}", f"requirepass {self._password()}", "daemonize no"]
        lines += [f"appendonly {'yes' if self.durable else 'no'}", 'save ""', "maxmemory-policy noeviction"]
        write_private(self.directory / "valkey.conf", "\n".join(lines) + "\n")
        self.process = spawn(
            [str(binaries.valkey_server()), "valkey.conf"],
            env={"LANG": "C", "TZ": "UTC"},
            log=self.log,
            cwd=self.directory,
            dies_with=signal.SIGTERM,
        )
        limit = time.monotonic() + START_SECONDS
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > limit:
                reason = last_lines(self.log) or "no output"
                raise StackError(f"The broker did not start: {reason} (log: {self.log})")
            pause(0.03)

    def poll(self) -> int | None:
        return None if self.process is None else self.process.poll()

    def stop(self, hurry: Callable[[], bool] = lambda: False) -> None:
        """Stop the server, which writes its file to the end, and wait."""
        if self.process is None:
            return
        for sig, seconds in ((signal.SIGTERM, 2 if hurry() else STOP_SECONDS), (signal.SIGKILL, 5)):
            if self.process.poll() is None:
                self.process.send_signal(sig)
            if wait_gone(self.process, seconds):
                break
        self.process = None

    def _password(self) -> str:
        return secret(self.home / "secrets" / "broker", 24)

    def _answers(self) -> bool:
        try:
            with redis.Redis(
                host="127.0.0.1",
                port=self.port,
                password=self._password(),
                socket_timeout=2,
                socket_connect_timeout=2,
            ) as client:
                return bool(client.ping())
        except redis.AuthenticationError:
            raise StackError(f"Another server than ours listens on port {self.port}: try again.") from None
        except redis.RedisError:  # not listening yet, or still loading its file
            return False
