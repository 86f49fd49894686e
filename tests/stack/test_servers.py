"""The embedded PostgreSQL and broker, for real: crashes, orphans, lost passwords, throw-away servers."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
import redis

from grc.stack.broker import Broker
from grc.stack.ephemeral import servers
from grc.stack.errors import StackError
from grc.stack.postgres import Postgres, tuning
from grc.stack.process import is_running

ROOT = Path(__file__).resolve().parents[2]
STARTS_AND_WAITS = """
import pathlib, sys, time
from grc.stack.postgres import Postgres
postgres = Postgres(pathlib.Path(sys.argv[1]))
postgres.start()
print(postgres.process.pid, postgres.url, flush=True)
time.sleep(600)
"""


def _wait_until_gone(pid: int, seconds: float = 10) -> bool:
    limit = time.monotonic() + seconds
    while is_running(pid) and time.monotonic() < limit:
        time.sleep(0.05)
    return not is_running(pid)


def test_killed_postgres_comes_back_on_the_same_port_with_its_rows(home: Path) -> None:
    postgres = Postgres(home)
    postgres.start()
    try:
        assert postgres.process is not None
        url, pid = postgres.url, postgres.process.pid
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE kept (word text)")
            connection.execute("INSERT INTO kept VALUES ('réparée')")
            superuser = connection.execute("SELECT usesuper FROM pg_user WHERE usename = current_user").fetchone()
        assert superuser == (False,)
        os.kill(pid, signal.SIGKILL)
        while postgres.poll() is None:
            time.sleep(0.02)
        postgres.stop()
        limit = time.monotonic() + 15
        while True:
            try:
                postgres.start()
                break
            except StackError:  # the killed server's last processes still hold its memory
                assert time.monotonic() < limit
                time.sleep(0.2)
        assert postgres.url == url
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT word FROM kept").fetchone() == ("réparée",)
        assert postgres.process.pid != pid
    finally:
        postgres.stop()
    assert not (home / "postgres/postmaster.pid").exists()


def test_orphan_database_is_adopted_and_stopped(home: Path) -> None:
    starter = subprocess.Popen(
        [sys.executable, "-c", STARTS_AND_WAITS, str(home)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert starter.stdout is not None
    with starter.stdout:
        pid_text, url = starter.stdout.readline().split()
    starter.kill()
    starter.wait()
    postgres = Postgres(home)
    postgres.start()
    try:
        assert postgres.adopted
        assert postgres.process is not None
        assert postgres.process.pid == int(pid_text)
        assert postgres.url == url
        psycopg.connect(url).close()
    finally:
        postgres.stop()
    assert _wait_until_gone(int(pid_text))


def test_pid_file_naming_another_program_is_not_believed(home: Path) -> None:
    postgres = Postgres(home)
    postgres.start()
    postgres.stop()
    (home / "postgres/postmaster.pid").write_text(f"{os.getpid()}\n/elsewhere\n1\n{postgres.port}\n")
    postgres.start()
    try:
        assert not postgres.adopted
        psycopg.connect(postgres.url).close()
    finally:
        postgres.stop()


def test_lost_password_is_said(home: Path) -> None:
    postgres = Postgres(home)
    postgres.start()
    postgres.stop()
    (home / "secrets/postgres_postgres").unlink()
    with pytest.raises(StackError, match="does not know the password"):
        postgres.start()
    postgres.stop()


def test_another_version_is_said(home: Path) -> None:
    (home / "postgres").mkdir()
    (home / "postgres/PG_VERSION").write_text("16\n")
    with pytest.raises(StackError, match="made by PostgreSQL 16"):
        Postgres(home).start()


def test_broker_keeps_what_it_was_given_and_asks_for_its_password(home: Path) -> None:
    broker = Broker(home)
    broker.start()
    try:
        with redis.Redis.from_url(broker.url) as client:
            client.set("key", "value")
        with redis.Redis(port=broker.port) as stranger, pytest.raises(redis.AuthenticationError):
            stranger.ping()
        broker.stop()
        broker.start()
        with redis.Redis.from_url(broker.url) as client:
            assert client.get("key") == b"value"
    finally:
        broker.stop()


def test_throw_away_servers_end_with_all_that_was_started_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)
    with servers() as env:
        with psycopg.connect(env["DATABASE_URL"]) as connection:
            connection.execute("SELECT 1")
        with redis.Redis.from_url(env["REDIS_URL"]) as client:
            assert client.ping()
        assert len(env["SECRET_KEY"]) >= 50
        # A daemon of a test: its own session, its parent gone.
        daemon = subprocess.Popen(["sleep", "600"], env=env, start_new_session=True)
    assert daemon.wait(timeout=60) == -signal.SIGTERM
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(env["DATABASE_URL"], connect_timeout=2)
    assert not Path(env["DATA_DIR"]).exists()


def test_exec_returns_the_exit_code_of_its_command(bare_environment: dict[str, str]) -> None:
    code = "import os, sys; sys.exit(7 if os.environ['DATABASE_URL'] == 'postgres://elsewhere/x' else 1)"
    env = bare_environment | {"DATABASE_URL": "postgres://elsewhere/x", "REDIS_URL": "redis://elsewhere"}
    command = [sys.executable, "-m", "grc.stack", "exec", "--", sys.executable, "-c", code]
    assert subprocess.run(command, cwd=ROOT, env=env, check=False).returncode == 7


def test_memory_for_the_server_follows_the_machine() -> None:
    assert tuning(2 * 2**30, durable=True)["shared_buffers"] == "256MB"
    assert tuning(64 * 2**30, durable=True)["shared_buffers"] == "1024MB"
    assert tuning(2**30, durable=True)["synchronous_commit"] == "on"
    assert "fsync" not in tuning(2**30, durable=True)
