"""Files of DATA_DIR by which other programs find the stack: ``stack.json``, ``run.json``, secrets."""

import json
import os
import secrets
import tempfile
from pathlib import Path
from typing import Any

STATE_FILE = "stack.json"
RUN_FILE = "run.json"
STATE_KEYS = ("database_url", "redis_url", "secret_key", "site_url", "pid")


def write_private(path: Path, text: str) -> None:
    """Write TEXT to PATH in one step, readable by its owner only."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")  # mode 0600
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def write_json(path: Path, value: dict[str, Any]) -> None:
    write_private(path, json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def read_state(data_dir: str | os.PathLike[str]) -> dict[str, Any] | None:
    """Return ``stack.json`` of DATA_DIR, or None when no stack runs there.

    Keys: database_url, redis_url, secret_key, site_url (text) and pid (of the supervisor). A file that is
    unreadable, incomplete, or left by a supervisor that no longer lives counts as none.
    """
    try:
        state = json.loads((Path(data_dir) / STATE_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(state, dict) or not all(key in state for key in STATE_KEYS):
        return None
    return state if is_alive(state["pid"]) else None


def is_alive(pid: Any) -> bool:
    """True when a process numbered PID exists, whoever owns it."""
    try:
        os.kill(int(pid), 0)
    except PermissionError:
        return True
    except (OSError, ValueError, TypeError):
        return False
    return True


def secret(path: Path, length: int = 50) -> str:
    """Return the secret kept in PATH (mode 0600), made at the first call: LENGTH random bytes, URL-safe."""
    try:
        kept = path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        kept = ""
    if not kept:
        kept = secrets.token_urlsafe(length)
        write_private(path, kept + "\n")
    return kept
