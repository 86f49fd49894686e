"""What the person in front of the terminal sees: one line for each step, with the time that it took."""

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

WIDTH = 34


class Progress:
    """Writes steps to standard output; a terminal that went away never stops the stack."""

    def __init__(self) -> None:
        self.live = sys.stdout.isatty()
        self._label = ""
        self._started = 0.0
        self._shown = 0.0
        if hasattr(sys.stdout, "reconfigure"):
            sys.stdout.reconfigure(errors="replace")

    def write(self, text: str) -> None:
        try:
            sys.stdout.write(text)
            sys.stdout.flush()
        except (OSError, ValueError):
            with contextlib.suppress(OSError):
                sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115 - for the rest of the process

    def line(self, text: str = "") -> None:
        if self._label and self.live:
            self.write("\n")
        self.write(text + "\n")

    def event(self, text: str) -> None:
        """Say something that happened while running, with the time of day."""
        self.line(f"{time.strftime('%H:%M:%S')} {text}")

    @contextlib.contextmanager
    def step(self, label: str) -> Iterator[None]:
        """Show LABEL while the block runs, then how long it took."""
        self._label, self._started = label, time.monotonic()
        self.write(f"  {label + ' ':.<{WIDTH}} " if self.live else "")
        try:
            yield
        except BaseException:
            self.write("failed\n" if self.live else f"  {label + ' ':.<{WIDTH}} failed\n")
            self._label = ""
            raise
        self.done(label, self._started)
        self._label = ""

    def done(self, label: str, started: float) -> None:
        start = "\r" if self.live else ""
        self.write(f"{start}  {label + ' ':.<{WIDTH}} {time.monotonic() - started:.1f} s\n")

    def tick(self) -> None:
        """Refresh the time of the current step; call it as often as you like."""
        now = time.monotonic()
        if self.live and self._label and now - self._started > 1 and now - self._shown > 0.5:
            self._shown = now
            self.write(f"\r  {self._label + ' ':.<{WIDTH}} {now - self._started:.0f} s")
