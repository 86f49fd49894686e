"""Workers that die where a test says, and the one that finishes what they left."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

from tests.conftest import eventually, start_worker


def killed_at(place: str, marks: Path, tell: Callable[[], object]) -> None:
    """Start a worker that dies at ``place`` (`tests.support.dying`), tell it to work, and wait until it is dead."""
    marks.mkdir(exist_ok=True)
    for mark in marks.iterdir():
        mark.unlink()
    worker = start_worker(place, DYING_MARKS=str(marks))
    try:
        tell()
        assert worker.wait(timeout=120) == -signal.SIGKILL, f"it did not die at {place}"
    finally:
        if worker.poll() is None:
            os.killpg(worker.pid, signal.SIGKILL)


def finished(tell: Callable[[], object], over: Callable[[], object]) -> None:
    """Start a worker that lives, until what the dead left is done. It was told nothing: only the database remembers."""
    worker = start_worker()
    try:
        tell()
        eventually(over, seconds=180)
    finally:
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait(timeout=10)
