"""Processes of Guichet without the seconds that loading Django takes: forked from one that has loaded it already.

They run the same programs, each in a session of its own, and are killed like any other. A fork server serves one
environment, because the settings are read when Django is loaded: a test that changes one gets another server.
"""

import atexit
import contextlib
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from django.conf import settings

UNREAD = {"DYING_MARKS", "PYTEST_CURRENT_TEST"}  # no setting reads them


class Warm:
    """A running process, with the part of `subprocess.Popen` that tests use. ``stdout`` is text, when piped."""

    def __init__(self, server: "Server", pid: int, stdout: IO[str] | None) -> None:
        self.server, self.pid, self.stdout = server, pid, stdout

    def poll(self) -> int | None:
        return self.server.code_of(self.pid, 0)

    def wait(self, timeout: float | None = None) -> int:
        code = self.server.code_of(self.pid, timeout)
        if code is None:
            raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0)
        return code

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)


class Server:
    def __init__(self, environment: dict[str, str]) -> None:
        self.ours, theirs = socket.socketpair()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.warm", str(theirs.fileno())],
            env=environment,
            cwd=settings.BASE_DIR,
            pass_fds=[theirs.fileno()],
            start_new_session=True,
        )
        theirs.close()
        self.heard = b""  # what it said and nobody read yet
        self.codes: dict[int, int] = {}
        atexit.register(self.ours.close)  # the server ends with us

    def start(self, program: Sequence[str], environment: dict[str, str], *, piped: bool) -> Warm:
        read, write = os.pipe() if piped else (None, os.dup(1))
        asked = json.dumps({"program": program, "environment": environment}).encode()
        socket.send_fds(self.ours, [len(asked).to_bytes(4) + asked], [write, 2])
        os.close(write)
        while "started" not in (answer := self._next(None) or {}):
            pass
        return Warm(self, answer["started"], os.fdopen(read, "r") if read is not None else None)

    def code_of(self, pid: int, timeout: float | None) -> int | None:
        end = None if timeout is None else time.monotonic() + timeout
        while pid not in self.codes:
            if self._next(None if end is None else max(0, end - time.monotonic())) is None:
                return None
        return self.codes[pid]

    def _next(self, timeout: float | None) -> dict[str, int] | None:
        """Return the next thing the server says, None when it says nothing in ``timeout`` seconds."""
        while b"\n" not in self.heard:  # two things said at once are two answers
            if not select.select([self.ours], [], [], timeout)[0]:
                return None
            said = self.ours.recv(4096)
            if not said:
                raise RuntimeError(f"the fork server ended: {self.process.wait()}")
            self.heard += said
        line, _, self.heard = self.heard.partition(b"\n")
        answer: dict[str, int] = json.loads(line)
        if "ended" in answer:
            self.codes[answer["ended"]] = answer["code"]
        return answer


_servers: dict[frozenset[tuple[str, str]], Server] = {}


def start(program: Sequence[str], environment: dict[str, str], *, piped: bool = False) -> Warm:
    """Start ``celery …``, ``manage.py …``, ``-c CODE …`` or ``tests.support.dying …``, as Python's command line has it.

    ``piped``: its output is read by the test.
    """
    read = {name: value for name, value in environment.items() if name not in UNREAD}
    server = _servers.get(frozenset(read.items()))
    if server is None:
        server = _servers[frozenset(read.items())] = Server(read)
    return server.start(program, environment, piped=piped)


def serve(control: socket.socket) -> None:
    """Load Django and Celery, then fork a process for each request until the tests end."""
    from grc.celery import app

    app.loader.import_default_modules()
    wakes, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    while True:
        ready, _, _ = select.select([control, wakes], [], [])
        if wakes in ready:
            os.read(wakes, 512)
            for pid, code in _ended():
                control.sendall(json.dumps({"ended": pid, "code": code}).encode() + b"\n")
        if control in ready:
            head, fds, _, _ = socket.recv_fds(control, 4, 2)
            if not head:
                return
            asked = json.loads(_exactly(control, int.from_bytes(head)))
            pid = os.fork()
            if pid == 0:
                control.close()
                _become(asked["program"], asked["environment"], fds)
            for fd in fds:
                os.close(fd)
            control.sendall(json.dumps({"started": pid}).encode() + b"\n")


def _exactly(control: socket.socket, size: int) -> bytes:
    read = b""
    while len(read) < size:
        read += control.recv(size - len(read))
    return read


def _ended() -> Iterator[tuple[int, int]]:
    with contextlib.suppress(ChildProcessError):
        while (found := os.waitpid(-1, os.WNOHANG))[0]:
            yield found[0], os.waitstatus_to_exitcode(found[1])


def _become(program: list[str], environment: dict[str, str], fds: list[int]) -> None:
    """Run the program in this process, as ``python -m`` or ``python FILE`` would, and end with its exit code."""
    code: Any = 0
    try:
        os.setsid()
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.dup2(fds[0], 1)
        os.dup2(fds[1], 2)
        os.environ.clear()
        os.environ.update(environment)
        name, *arguments = program
        sys.argv = program
        if name == "-c":
            sys.argv = ["-c", *arguments[1:]]
            exec(arguments[0], {"__name__": "__main__"})
        elif Path(name).suffix == ".py":
            runpy.run_path(name, run_name="__main__")
        else:
            runpy.run_module(name, run_name="__main__", alter_sys=True)
    except SystemExit as ending:
        code = ending.code
    except BaseException:
        sys.excepthook(*sys.exc_info())  # type: ignore[arg-type]
        code = 1
    finally:
        if isinstance(code, str):
            print(code, file=sys.stderr)
        with contextlib.suppress(Exception):
            atexit._run_exitfuncs()
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code if isinstance(code, int) else int(bool(code)))


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
