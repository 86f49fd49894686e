"""Starting, finding and ending processes: none of ours is left over, none of others' is touched."""

import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

# Every child (and whatever it starts) carries this variable, worth the data directory of its stack: that is
# how a process is known to be ours after the supervisor that started it was killed.
MARK = "GUICHET_STACK"
LOG_BYTES = 10_000_000
LOGS_KEPT = 3
_PR_SET_PDEATHSIG = 1


class Process(Protocol):
    """What the supervisor needs of a process: a child of its own (Popen) or an adopted one."""

    @property
    def pid(self) -> int: ...
    def poll(self) -> int | None: ...
    def send_signal(self, sig: int, /) -> None: ...


class Adopted:
    """A process started by an earlier supervisor. Its exit code cannot be known: 0 stands for gone."""

    def __init__(self, pid: int) -> None:
        self.pid = pid

    def poll(self) -> int | None:
        return None if is_running(self.pid) else 0

    def send_signal(self, sig: int, /) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, sig)


def is_running(pid: int) -> bool:
    """True when process PID exists and is not a zombie."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        if Path("/proc/self").exists():
            return False
        try:
            os.kill(pid, 0)
        except OSError as error:
            return isinstance(error, PermissionError)
        return True
    return stat.rpartition(b")")[2].split()[0] not in (b"Z", b"X")


def command_line(pid: int) -> list[str]:
    """Return the words of PID's command line, or none when it does not exist."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        return [os.fsdecode(word) for word in words[:-1]]
    except OSError:
        shown = subprocess.run(
            ["ps", "-ww", "-o", "command=", "-p", str(pid)], check=False, capture_output=True, text=True
        )
        return shown.stdout.split()


def _dies_with_parent(sig: int) -> Callable[[], None] | None:
    """Return what a child must run so that the kernel sends it SIG when its parent dies (Linux only)."""
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None).prctl
    parent = os.getpid()

    def ask() -> None:
        prctl(_PR_SET_PDEATHSIG, sig, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return ask


def spawn(
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    log: Path,
    cwd: Path | str,
    dies_with: int | None = None,
    uid: int | None = None,
    pass_fds: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Start ARGV in a session of its own, its output appended to LOG.

    DIES_WITH is the signal that it gets when this process dies, UID the account (user and group number) to
    run as. Call it from the main thread: the kernel ties DIES_WITH to the thread that forks.
    """
    with log.open("ab") as output:
        return subprocess.Popen(
            argv,
            env=dict(env),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=None if dies_with is None else _dies_with_parent(dies_with),
            pass_fds=tuple(pass_fds),
            user=uid,
            group=uid,
            extra_groups=None if uid is None else [],
            umask=0o077,  # what children write holds people's requests
        )


def wait_gone(process: Process, timeout: float, hurry: Callable[[], bool] = lambda: False) -> bool:
    """Wait TIMEOUT seconds at most, less when HURRY() turns true; return whether PROCESS is gone."""
    limit = time.monotonic() + timeout
    while process.poll() is None:
        if time.monotonic() > limit or hurry():
            return False
        time.sleep(0.03)
    return True


def kill_group(pid: int) -> None:
    """Kill whatever is left of the session that a child numbered PID was started in."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def marked(mark: str) -> list[int]:
    """Return the processes that carry MARK in their environment (Linux; elsewhere none can be read)."""
    wanted = os.fsencode(f"{MARK}={mark}")
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if wanted in (entry / "environ").read_bytes().split(b"\0"):
                found.append(int(entry.name))
    return [pid for pid in found if pid != os.getpid()]


def end_marked(mark: str, grace: float) -> int:
    """End every process that carries MARK: SIGTERM, after GRACE seconds SIGKILL. Return their number."""
    found = marked(mark)
    for sig, seconds in ((signal.SIGTERM, grace), (signal.SIGKILL, 5.0)):
        left = marked(mark)
        for pid in left:
            with contextlib.suppress(OSError):
                os.kill(pid, sig)
        limit = time.monotonic() + seconds
        while left and time.monotonic() < limit:
            time.sleep(0.05)
            left = [pid for pid in left if is_running(pid)]
    return len(found)


def rotate_logs(directory: Path, limit: int = LOG_BYTES, kept: int = LOGS_KEPT) -> None:
    """Copy each ``*.log`` larger than LIMIT bytes to ``*.log.1`` (KEPT of them at most) and empty it.

    The writers hold the file open in append mode, so that they go on at its new start; a line written between
    the copy and the truncation is lost.
    """
    for log in directory.glob("*.log"):
        if log.stat().st_size <= limit:
            continue
        for number in range(kept - 1, 0, -1):
            older = log.with_name(f"{log.name}.{number}")
            if older.exists():
                older.replace(log.with_name(f"{log.name}.{number + 1}"))
        shutil.copyfile(log, log.with_name(f"{log.name}.1"))
        os.truncate(log, 0)


def last_lines(log: Path, count: int = 1, since: int = 0) -> str:
    """Return the last COUNT lines of LOG that are not empty, reading from byte SINCE."""
    try:
        with log.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(min(since, size), size - 20_000))
            lines = file.read().decode("utf-8", "replace").splitlines()
    except OSError:
        return ""
    return "\n".join([line.strip() for line in lines if line.strip()][-count:])
