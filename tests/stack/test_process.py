"""Small parts of the stack: ports, logs, marks, state files, restarts' delays, requests to stop."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from grc.stack import home as home_module
from grc.stack import process
from grc.stack.errors import StackError, StopRequested
from grc.stack.interrupts import Interrupts
from grc.stack.ports import free_port, port_from_env, require_free
from grc.stack.services import QUEUES
from grc.stack.state import read_state, secret, write_json
from grc.stack.supervisor import Kept, check_broker, check_database


@pytest.mark.parametrize("text", ["abc", "0", "65536", "-1", "80.5", "²"])
def test_bad_port_is_said(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMTP_PORT", text)
    with pytest.raises(StackError, match="SMTP_PORT must be a port number"):
        port_from_env("SMTP_PORT", 2525)


def test_busy_port_names_the_variable_to_change() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(StackError, match=rf"Port {port} is busy.*PORT={port + 1} make run"):
            require_free("127.0.0.1", port, "PORT")
    require_free("127.0.0.1", free_port(), "PORT")


def test_unknown_host_is_said() -> None:
    with pytest.raises(StackError, match="not an address of this machine"):
        require_free("no-such-host.invalid", 8000, "PORT")


def test_state_counts_only_while_its_supervisor_lives(tmp_path: Path) -> None:
    assert read_state(tmp_path) is None
    state = {"database_url": "d", "redis_url": "r", "secret_key": "s", "site_url": "u", "pid": os.getpid()}
    write_json(tmp_path / "stack.json", state)
    assert read_state(tmp_path) == state
    assert stat.S_IMODE((tmp_path / "stack.json").stat().st_mode) == 0o600

    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    write_json(tmp_path / "stack.json", state | {"pid": gone.pid})
    assert read_state(tmp_path) is None
    (tmp_path / "stack.json").write_text(json.dumps({"pid": os.getpid()}))
    assert read_state(tmp_path) is None
    (tmp_path / "stack.json").write_text("{")
    assert read_state(tmp_path) is None


def test_secret_is_made_once_and_private(tmp_path: Path) -> None:
    made = secret(tmp_path / "key")
    assert len(made) >= 50
    assert secret(tmp_path / "key") == made
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600


def test_second_holder_of_a_data_directory_is_refused(tmp_path: Path) -> None:
    first = home_module.prepare(tmp_path / "data")
    try:
        with pytest.raises(StackError, match="already runs"):
            home_module.prepare(tmp_path / "data")
    finally:
        first.close()
    home_module.prepare(tmp_path / "data").close()


def test_full_disk_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(home_module, "FREE_BYTES_NEEDED", 2**62)
    with pytest.raises(StackError, match=r"The disk is full: \d+ MB free"):
        home_module.prepare(tmp_path / "data")


def test_large_logs_are_rotated_under_their_writer(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    with log.open("ab", buffering=0) as writer:
        for number in range(5):
            writer.write(b"%d" % number * 200)
            process.rotate_logs(tmp_path, limit=100, kept=3)
        writer.write(b"after")
    assert log.read_bytes() == b"after"
    assert {path.name for path in tmp_path.iterdir()} == {"web.log", "web.log.1", "web.log.2", "web.log.3"}
    assert (tmp_path / "web.log.1").read_bytes() == b"4" * 200
    assert (tmp_path / "web.log.3").read_bytes() == b"2" * 200


def test_last_lines_are_those_of_this_start(tmp_path: Path) -> None:
    log = tmp_path / "x.log"
    log.write_text("old\n\nnew é\n\n")
    assert process.last_lines(log) == "new é"
    assert process.last_lines(log, 5) == "old\nnew é"
    assert process.last_lines(log, 5, since=5) == "new é"
    assert process.last_lines(tmp_path / "none.log") == ""


def test_marked_processes_are_ended_others_are_not(tmp_path: Path) -> None:
    deaf = "import signal, sys, time; signal.signal(15, signal.SIG_IGN); print('on', flush=True); time.sleep(99)"
    ours = subprocess.Popen(
        [sys.executable, "-c", deaf], env=os.environ | {process.MARK: str(tmp_path)}, stdout=subprocess.PIPE
    )
    other = subprocess.Popen(["sleep", "99"], env=os.environ | {process.MARK: f"{tmp_path}/other"})
    assert ours.stdout is not None
    with ours.stdout:
        ours.stdout.readline()
    try:
        assert process.end_marked(str(tmp_path), grace=0.3) == 1
        assert ours.wait(timeout=60) == -signal.SIGKILL
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()


def test_child_dies_with_the_process_that_started_it(tmp_path: Path) -> None:
    code = (
        "import os, sys, time, pathlib; from grc.stack.process import spawn;"
        "child = spawn(['sleep', '99'], env=os.environ, log=pathlib.Path(sys.argv[1]), cwd='/', dies_with=15);"
        "print(child.pid, flush=True); time.sleep(99)"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "log")],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
    )
    assert parent.stdout is not None
    with parent.stdout:
        child = int(parent.stdout.readline())
    assert process.is_running(child)
    parent.kill()
    parent.wait()
    assert process.wait_gone(process.Adopted(child), timeout=60)


def test_delay_before_a_restart_grows_and_is_forgiven(tmp_path: Path) -> None:
    kept = Kept(managed=None, log=tmp_path, started_at=100.0)  # type: ignore[arg-type]
    assert [kept.backoff(now=101.0) for _ in range(8)] == [0.5, 1, 2, 4, 8, 16, 30, 30]
    assert kept.retry_at == 131.0
    kept.started_at = 200.0
    assert kept.backoff(now=300.0) == 0.5


def test_request_to_stop_ends_a_pause_but_not_the_stopping() -> None:
    interrupts = Interrupts()
    previous = {sig: signal.getsignal(sig) for sig in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    interrupts.install()
    try:
        os.kill(os.getpid(), signal.SIGTERM)
        began = time.monotonic()
        with pytest.raises(StopRequested):
            interrupts.pause(30)
        assert time.monotonic() - began < 1
        interrupts.stopping = True
        interrupts.pause(0.01)
        assert not interrupts.forced()
        os.kill(os.getpid(), signal.SIGINT)
        assert interrupts.forced()
    finally:
        for sig, handler in previous.items():
            signal.signal(sig, handler)


def test_unreachable_servers_of_ones_own_are_said() -> None:
    port = free_port()
    with pytest.raises(StackError, match="The database of DATABASE_URL does not answer"):
        check_database(f"postgres://x:y@127.0.0.1:{port}/z")
    with pytest.raises(StackError, match="The broker of REDIS_URL does not answer"):
        check_broker(f"redis://127.0.0.1:{port}/0")
    with pytest.raises(StackError, match="The broker of REDIS_URL does not answer"):
        check_broker("not a url")


def test_worker_consumes_every_queue_that_tasks_go_to() -> None:
    from django.conf import settings

    asked = {route["queue"] for route in settings.CELERY_TASK_ROUTES.values()}
    assert set(QUEUES) == asked | {settings.CELERY_TASK_DEFAULT_QUEUE}
