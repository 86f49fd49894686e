"""The real processes, as `make run` starts them: PostgreSQL that flushes to disk, broker, web, worker, mail."""

import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg

from grc.stack.broker import Broker
from grc.stack.ports import free_port
from grc.stack.postgres import Postgres
from grc.stack.services import Service, Settings, services
from grc.stack.state import secret

MEASURED = ("worker", "web", "mail")  # no beat: a sweep that falls into a measure would be counted or not by chance
START_SECONDS = 60


@contextlib.contextmanager
def servers(home: Path | None) -> Iterator[tuple[str, str]]:
    """PostgreSQL (durable) and the broker; yields the addresses of both. ``home`` is kept, a temporary one is not."""
    place = home or Path(tempfile.mkdtemp(prefix="guichet-bench-"))
    for name in ("logs", "secrets"):
        (place / name).mkdir(mode=0o700, parents=True, exist_ok=True)
    os.environ["DATA_DIR"] = str(place)
    os.environ["SECRET_KEY"] = secret(place / "secret_key")
    postgres, broker = Postgres(place), Broker(place)
    try:
        postgres.start()
        broker.start()
        yield postgres.url, broker.url
    finally:
        broker.stop()
        postgres.stop()
        if home is None:
            shutil.rmtree(place, ignore_errors=True)


def database_create(server_url: str, name: str) -> bool:
    """Make the empty database ``name`` beside the server's own; false when it is already there."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            return False
        connection.execute(f'CREATE DATABASE "{name}"')
    return True


def database_drop(server_url: str, name: str) -> None:
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def url_of(server_url: str, name: str) -> str:
    return f"{server_url.rpartition('/')[0]}/{name}"


class Stack:
    """Web, worker and mail receiver on one database, started as the supervisor starts them."""

    def __init__(self, database_url: str, redis_url: str) -> None:
        home = Path(os.environ["DATA_DIR"])
        self.settings = Settings(home, "127.0.0.1", free_port(), "127.0.0.1", free_port(), free_port())
        env = self.settings.environment(database_url, redis_url, os.environ["SECRET_KEY"])
        self.children = [child for child in services(self.settings, env) if child.name in MEASURED]

    def __enter__(self) -> "Stack":
        try:
            for child in self.children:
                child.start()
            for child in self.children:
                self._wait(child)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        for child in self.children:
            child.terminate()
        for child in self.children:
            child.stop()

    def _wait(self, child: Service) -> None:
        limit = time.monotonic() + START_SECONDS
        while not child.ready(child):
            if child.poll() is not None or time.monotonic() > limit:
                raise SystemExit(f"{child.name} did not start: {child.said()} (log: {child.log})")
            time.sleep(0.1)

    def processes(self, name: str) -> list[int]:
        """The process ids of a child's own children: gunicorn's workers, Celery's pool."""
        parent = next(child.process for child in self.children if child.name == name)
        assert parent is not None
        found = Path(f"/proc/{parent.pid}/task/{parent.pid}/children").read_text().split()
        return [int(pid) for pid in found]

    def memory(self, name: str) -> list[int]:
        """Resident bytes of each of those processes."""
        page = os.sysconf("SC_PAGE_SIZE")
        return [int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * page for pid in self.processes(name)]

    def peak_memory(self, name: str) -> list[int]:
        """The most resident bytes that the child ``name``, and each of its own children, ever had (VmHWM)."""
        parent = next(child.process for child in self.children if child.name == name)
        assert parent is not None
        return [_peak(pid) for pid in (parent.pid, *self.processes(name))]


def _peak(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))
