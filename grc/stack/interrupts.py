"""Ctrl-C, SIGTERM and a closed terminal: the first one asks to stop, the second one to stop at once."""

import signal
import time
from collections.abc import Callable
from types import FrameType

from grc.stack.errors import StopRequested


class Interrupts:
    """Counts the requests to stop. Until `stopping` is set, `pause` raises StopRequested after the first."""

    def __init__(self, tick: Callable[[], None] = lambda: None) -> None:
        self.count = 0
        self.stopping = False
        self._tick = tick

    def install(self) -> None:
        for sig in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(sig, self._received)

    def pause(self, seconds: float) -> None:
        """Sleep SECONDS, or raise StopRequested within a tenth of a second of a request to stop."""
        limit = time.monotonic() + seconds
        while True:
            if self.count and not self.stopping:
                raise StopRequested
            self._tick()
            left = limit - time.monotonic()
            if left <= 0:
                return
            time.sleep(min(left, 0.1))

    def forced(self) -> bool:
        """True after a second request."""
        return self.count > 1

    def _received(self, sig: int, frame: FrameType | None) -> None:
        self.count += 1
