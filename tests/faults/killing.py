"""Workers that die where a test says, or at any moment, and the one that finishes what they left."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

from tests.conftest import eventually, start_worker
from tests.support.warm import Warm


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
        worker.wait(timeout=60)


def killed_in_turn(
    start: Callable[[], Warm], delay: Callable[[], float], *, times: int, at_work: int, seconds: int
) -> None:
    """Keep two processes at work and kill the older, ``delay()`` seconds after it says that it is about to begin.

    ``times`` times, and until ``at_work`` of them were killed before their end, or ``seconds`` are over: what was never
    cut in the middle would prove nothing.
    """
    running: list[tuple[Warm, float]] = []
    killed = inside = 0
    end = time.monotonic() + seconds
    try:
        while time.monotonic() < end and (killed < times or inside < at_work):
            while len(running) < 2:
                running.append((start(), delay()))
            process, moment = running.pop(0)
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(moment)
            inside += process.poll() is None
            _end(process)
            killed += 1
    finally:
        for process, _moment in running:
            _end(process)
    assert inside >= at_work, "the processes were not killed while they worked"


def _end(process: Warm) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(60)
    if process.stdout is not None:
        process.stdout.close()
