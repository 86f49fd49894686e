"""The real process of live events, on the test database, for the site of the test."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

from grc.stack.ports import free_port
from grc.stack.services import http_status
from tests.conftest import eventually, worker_environment


class LiveProcess:
    def __init__(self, site_url: str, port: int, redis_url: str = "") -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}/agents/evenements/"
        environment = worker_environment() | {"LIVE_HOST": "127.0.0.1", "LIVE_PORT": str(port), "SITE_URL": site_url}
        self.environment = environment | ({"REDIS_URL": redis_url} if redis_url else {})
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "grc.live"]
        self.process = subprocess.Popen(command, env=self.environment, cwd=settings.BASE_DIR)
        eventually(lambda: http_status("127.0.0.1", self.port, "/healthz") == 200, seconds=30)

    def stop(self) -> int:
        """Stop it and return its exit code."""
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(timeout=60)


@contextmanager
def live_process(site_url: str, redis_url: str = "") -> Iterator[LiveProcess]:
    live = LiveProcess(site_url, free_port(), redis_url)
    live.start()
    try:
        yield live
    finally:
        if live.process is not None and live.process.poll() is None:
            live.stop()
