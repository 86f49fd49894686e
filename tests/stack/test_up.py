"""`make run` for real, in a path with a space and an accent: start, crashes, a killed supervisor, stop."""

import contextlib
import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from grc.stack.ports import free_port
from grc.stack.process import command_line, end_marked, is_running, marked
from grc.stack.services import http_status, smtp_banner
from tests.stack.conftest import OURS

ROOT = Path(__file__).resolve().parents[2]
SMALL = Path(__file__).with_name("small")  # see its sitecustomize
START_SECONDS = 180  # the first start loads the demo town


class Stack:
    """A supervisor in a process of its own, and its data directory."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.port, self.smtp_port, self.live_port = free_port(), free_port(), free_port()
        self.output = home.with_name("output.txt")
        self.process: subprocess.Popen[bytes] | None = None

    def command(self, **environment: str) -> dict[str, Any]:
        kept = {name: value for name, value in os.environ.items() if name not in OURS}
        ports = {"PORT": str(self.port), "SMTP_PORT": str(self.smtp_port), "LIVE_PORT": str(self.live_port)}
        env = kept | ports | {"DATA_DIR": str(self.home)} | environment
        env["PYTHONPATH"] = str(SMALL)
        return {"args": [sys.executable, "-m", "grc.stack", "up"], "cwd": ROOT, "env": env}

    def start(self) -> None:
        """Start, and wait until it says that it runs."""
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(**self.command(), stdout=output, stderr=subprocess.STDOUT)
        self.until(lambda: (self.home / "run.json").exists(), START_SECONDS)

    def until(self, condition: Callable[[], bool], seconds: float = 30) -> None:
        limit = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < limit, self.said()
            assert self.process is not None
            assert self.process.poll() is None, self.said()
            time.sleep(0.05)

    def said(self) -> str:
        return self.output.read_text(encoding="utf-8")

    def run_json(self) -> dict[str, Any]:
        read: dict[str, Any] = json.loads((self.home / "run.json").read_text(encoding="utf-8"))
        return read

    def postgres_pid(self) -> int:
        return int((self.home / "postgres/postmaster.pid").read_text().split()[0])

    def child(self, word: str) -> int:
        """Return the process that the supervisor started whose command line holds WORD."""
        assert self.process is not None
        for pid in marked(str(self.home)) + self.broker_pids():
            parent = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
            if parent == self.process.pid and any(word in part for part in command_line(pid)):
                return pid
        raise AssertionError(f"no child {word}")

    def broker_pids(self) -> list[int]:
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if (entry / "cwd").resolve() == self.home / "broker":
                    found.append(int(entry.name))
        return found


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    top = Path(tempfile.mkdtemp(prefix="guichet test é "))
    stack = Stack(top / "var")
    stack.start()
    yield stack
    if stack.process is not None:
        stack.process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            stack.process.wait(timeout=60)
        stack.process.kill()
        stack.process.wait()
    end_marked(str(stack.home), grace=2)
    shutil.rmtree(top)


def test_everything_answers(stack: Stack) -> None:
    assert http_status("127.0.0.1", stack.port, "/readyz") == 200
    assert smtp_banner("127.0.0.1", stack.smtp_port).startswith("220")
    stack.until(lambda: http_status("127.0.0.1", stack.live_port, "/healthz") == 200)
    assert http_status("127.0.0.1", stack.live_port, "/agents/evenements/") == 401
    assert " ready." in (stack.home / "logs/worker.log").read_text(encoding="utf-8")
    assert "beat: Starting" in (stack.home / "logs/beat.log").read_text(encoding="utf-8")


def test_run_file_says_how_to_get_in(stack: Stack) -> None:
    run = stack.run_json()
    assert set(run) == {"url", "smtp", "api_token", "accounts"}
    assert run["url"] == f"http://127.0.0.1:{stack.port}"
    assert set(run["smtp"]) == {"host", "port", "address"}
    assert (run["smtp"]["host"], run["smtp"]["port"]) == ("127.0.0.1", stack.smtp_port)
    assert "@" in run["smtp"]["address"]
    roles = {account["role"] for account in run["accounts"]}
    assert {"counter", "phone", "back_office", "manager", "elected", "admin"} == roles
    for name in ("run.json", "stack.json", "secret_key"):
        assert stat.S_IMODE((stack.home / name).stat().st_mode) == 0o600
    for account in run["accounts"]:
        assert account["email"] in stack.said()
        assert account["password"] in stack.said()


def test_api_token_of_the_run_file_works(stack: Stack) -> None:
    run = stack.run_json()
    request = urllib.request.Request(
        f"{run['url']}/api/v1/tickets/", headers={"Authorization": f"Token {run['api_token']}"}
    )
    with urllib.request.urlopen(request, timeout=20) as response:
        assert json.load(response)["results"]


def test_manage_py_finds_the_running_stack_by_itself(stack: Stack) -> None:
    env = {name: value for name, value in os.environ.items() if name not in OURS} | {"DATA_DIR": str(stack.home)}
    code = "from django.contrib.auth import get_user_model as m; print('agents', m().objects.count())"
    shell = subprocess.run(
        [sys.executable, "manage.py", "shell", "-c", code],
        cwd=ROOT,
        env=env,
        check=False,
        capture_output=True,
        text=True,
    )
    assert shell.returncode == 0, shell.stderr
    assert int(shell.stdout.split("agents ")[1].split()[0]) >= 6


def test_second_run_on_the_same_data_says_so(stack: Stack) -> None:
    second = subprocess.run(**stack.command(), check=False, capture_output=True, text=True)
    assert second.returncode == 1
    assert second.stderr.startswith(f"guichet: Guichet already runs at http://127.0.0.1:{stack.port}")
    assert second.stderr.count("\n") == 1


@pytest.mark.parametrize("variable", ["PORT", "SMTP_PORT", "LIVE_PORT"])
def test_busy_port_is_one_line(stack: Stack, variable: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        ports = {name: str(free_port()) for name in ("PORT", "SMTP_PORT", "LIVE_PORT")}
        environment = ports | {variable: str(port)}
        refused = subprocess.run(
            **stack.command(DATA_DIR=str(tmp_path / "x"), **environment),
            check=False,
            capture_output=True,
            text=True,
        )
    assert refused.returncode == 1
    assert refused.stderr.startswith(f"guichet: Port {port} is busy")
    assert f"{variable}={port + 1} make run" in refused.stderr
    assert refused.stderr.count("\n") == 1
    assert not (tmp_path / "x/postgres").exists()


def test_killed_children_are_restarted(stack: Stack) -> None:
    children = {
        "web": "gunicorn",
        "mail": "receive_mail",
        "worker": "worker",
        "live": "grc.live",
        "fetch": "fetch_mail",
    }
    before = {name: stack.child(word) for name, word in children.items()}
    for pid in before.values():
        os.kill(pid, signal.SIGKILL)
    for name, word in children.items():
        stack.until(lambda name=name: f"{name} restarted" in stack.said())
        assert f"{name} stopped (killed by SIGKILL), restarting in 0.5 s" in stack.said()
        assert stack.child(word) != before[name]
    stack.until(lambda: http_status("127.0.0.1", stack.port, "/readyz") == 200)
    stack.until(lambda: smtp_banner("127.0.0.1", stack.smtp_port).startswith("220"))
    stack.until(lambda: http_status("127.0.0.1", stack.live_port, "/healthz") == 200)


def test_killed_broker_and_database_are_restarted(stack: Stack) -> None:
    os.kill(stack.child("valkey-server"), signal.SIGKILL)
    os.kill(stack.postgres_pid(), signal.SIGKILL)
    stack.until(lambda: "broker restarted" in stack.said() and "postgres restarted" in stack.said())
    stack.until(lambda: http_status("127.0.0.1", stack.port, "/readyz") == 200)


def test_killed_supervisor_leaves_a_database_that_the_next_one_adopts(stack: Stack) -> None:
    assert stack.process is not None
    before, database = stack.run_json(), stack.postgres_pid()
    stack.process.kill()
    stack.process.wait()
    assert is_running(database)
    assert (stack.home / "run.json").exists()
    (stack.home / "run.json").unlink()
    stack.start()
    assert "adopted" in stack.said()
    assert stack.postgres_pid() == database
    assert stack.run_json()["accounts"] == before["accounts"]


def test_stop_leaves_nothing(stack: Stack) -> None:
    assert stack.process is not None
    database, broker = stack.postgres_pid(), stack.broker_pids()
    assert marked(str(stack.home))
    stack.process.send_signal(signal.SIGINT)
    assert stack.process.wait(timeout=60) == 0
    assert "Stopped in" in stack.said()
    assert not marked(str(stack.home))
    assert not [pid for pid in (database, *broker) if is_running(pid)]
    assert not (stack.home / "run.json").exists()
    assert not (stack.home / "stack.json").exists()
    assert not (stack.home / "postgres/postmaster.pid").exists()
    stack.process = None
