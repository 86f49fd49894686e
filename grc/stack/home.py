"""The data directory of a stack (DATA_DIR): made, checked, and held by one supervisor at a time."""

import fcntl
import os
import shutil
from pathlib import Path
from typing import IO

from grc.stack.errors import StackError
from grc.stack.state import RUN_FILE, STATE_FILE, read_state

DEFAULT = "var"
FREE_BYTES_NEEDED = 300 * 2**20


def data_dir() -> Path:
    """Return the absolute DATA_DIR (``./var`` by default)."""
    return Path(os.environ.get("DATA_DIR") or DEFAULT).expanduser().resolve()


def prepare(home: Path) -> IO[str]:
    """Make HOME and its sub-directories, private to us, and return its lock file, held until closed.

    Raises StackError when another supervisor holds it or the disk is full, OSError when it cannot write.
    """
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = (home / "stack.lock").open("a")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        state = read_state(home)
        where = f" at {state['site_url']} (process {state['pid']})" if state else ""
        raise StackError(f"Guichet already runs{where} on {home}: stop it, or choose another DATA_DIR.") from None
    for name in ("logs", "secrets"):
        (home / name).mkdir(mode=0o700, exist_ok=True)
    free = shutil.disk_usage(home).free
    if free < FREE_BYTES_NEEDED:
        raise StackError(
            f"The disk is full: {free // 2**20} MB free for {home}, {FREE_BYTES_NEEDED // 2**20} MB needed."
        )
    for name in (STATE_FILE, RUN_FILE):  # a killed run could not remove its own
        (home / name).unlink(missing_ok=True)
    return lock
