"""Throw-away servers around one command: what ``make test`` and ``make bench`` run in."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import FrameType

from grc.stack.broker import Broker
from grc.stack.errors import StackError
from grc.stack.postgres import Postgres
from grc.stack.process import MARK, end_marked
from grc.stack.state import secret


@contextlib.contextmanager
def servers() -> Iterator[dict[str, str]]:
    """Run a PostgreSQL and a broker in a temporary directory; yield the environment that reaches them.

    DATABASE_URL and REDIS_URL, where set, are used instead. At the end everything started inside is ended.
    """
    home = Path(tempfile.mkdtemp(prefix="guichet-"))
    postgres, broker = Postgres(home, durable=False), Broker(home, durable=False)
    try:
        for name in ("logs", "secrets", "tmp"):
            (home / name).mkdir(mode=0o700)
        env = dict(os.environ) | {MARK: str(home), "DATA_DIR": str(home), "TMPDIR": str(home / "tmp")}
        if not env.get("DATABASE_URL"):
            postgres.start()
            env["DATABASE_URL"] = postgres.url
        if not env.get("REDIS_URL"):
            broker.start()
            env["REDIS_URL"] = broker.url
        env["SECRET_KEY"] = env.get("SECRET_KEY") or secret(home / "secret_key")
        yield env
    finally:
        end_marked(str(home), grace=3)
        broker.stop()
        postgres.stop()
        shutil.rmtree(home, ignore_errors=True)


def execute(command: Sequence[str]) -> int:
    """Run COMMAND with throw-away servers and return its exit code (128 + the signal when one killed it)."""
    ended: list[int] = []

    def remember(sig: int, frame: FrameType | None) -> None:
        ended.append(sig)

    for sig in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(sig, remember)
    with servers() as env:
        if ended:
            return 128 + ended[0]
        try:
            # In our own session: the terminal's Ctrl-C reaches it by itself, other signals are passed on.
            process = subprocess.Popen(command, env=env)
        except OSError as error:
            raise StackError(f"{command[0]} cannot be run: {error.strerror}.") from None
        told = 0
        while process.poll() is None:
            if len(ended) > told:
                told = len(ended)
                if ended[-1] != signal.SIGINT:
                    process.send_signal(ended[-1])
            time.sleep(0.05)
    return process.returncode if process.returncode >= 0 else 128 - process.returncode
