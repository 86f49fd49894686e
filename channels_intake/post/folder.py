"""The watched folder (setting POST_FOLDER), where a scanner or a copier leaves letters.

A file is taken once nobody has touched it for a while: first its row is committed, then it moves to ``done/`` (or to
``refused/``, beside a text that says why). Killed in between, the next pass finds the file and its row, and only moves.
"""

import hashlib
import logging
import os
import stat
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.utils import translation

from channels_intake.post.storing import scan_store, too_big
from core.errors import Invalid

logger = logging.getLogger(__name__)

DONE, REFUSED = "done", "refused"
QUIET = 10.0  # seconds without any change before a file is believed complete
MOST_SECONDS = 20.0  # one pass; the next one goes on


def folder_take(*, now: datetime, quiet: float = QUIET) -> tuple[int, int]:
    """Take the files that are complete; returns (stored, refused). Two passes at once are harmless."""
    if not settings.POST_FOLDER:
        return 0, 0
    root = Path(settings.POST_FOLDER)
    stored = refused = 0
    end = time.monotonic() + MOST_SECONDS
    for path, found in _complete_files(root, quiet):
        try:
            problem = _take(path, found, now=now)
            if problem is None:
                continue
        except FileNotFoundError:
            continue  # another pass moved it
        except OSError:
            logger.exception("The scan %s cannot be taken; it stays in the folder.", path.name)
            continue
        stored, refused = stored + (not problem), refused + bool(problem)
        if time.monotonic() > end:
            break
    return stored, refused


def _complete_files(root: Path, quiet: float) -> Iterator[tuple[Path, os.stat_result]]:
    """The files themselves: no folder, no link (it could lead anywhere), nothing hidden (a copy in progress)."""
    try:
        paths = sorted(root.iterdir())
    except OSError as error:
        logger.error("The folder of scans cannot be read: %s", error)
        return
    for path in paths:
        name = path.name
        if name.startswith((".", "~")) or name.endswith((".part", ".tmp", ".filepart", ".crdownload")):
            continue
        try:
            found = path.lstat()
        except FileNotFoundError:
            continue
        # the date of change too: a copy that keeps the dates of its original looks old while it grows
        if stat.S_ISREG(found.st_mode) and time.time() - max(found.st_mtime, found.st_ctime) >= quiet:
            yield path, found


def _take(path: Path, found: os.stat_result, *, now: datetime) -> str | None:
    """Store one file and move it; returns why it was refused, an empty string, or None for a file that still grows."""
    with translation.override(settings.LANGUAGE_CODE):
        try:
            problem = too_big(found.st_size)
            if not problem:
                content = path.read_bytes()
                if len(content) != found.st_size:
                    return None
                scan_store(
                    name=path.name,
                    content=content,
                    origin=f"folder:{path.name}:{found.st_mtime_ns}",
                    folder=path.name,
                    now=now,
                )
        except Invalid as error:
            problem = error.message
    if problem:
        logger.warning("The scan %s is refused: %s", path.name, problem)
        _move(path, REFUSED, found, reason=problem)
    else:
        _move(path, DONE, found)
    return problem


def _move(path: Path, name: str, found: os.stat_result, *, reason: str = "") -> None:
    """Into the sub-folder ``name``, never over another file: a namesake gets the digest of its own date."""
    folder = path.parent / name
    folder.mkdir(exist_ok=True)
    target = folder / path.name
    if target.exists():
        mark = hashlib.sha256(f"{found.st_mtime_ns}:{found.st_size}:{time.time_ns()}".encode()).hexdigest()[:8]
        target = folder / f"{path.stem}-{mark}{path.suffix}"
    if reason:
        target.with_name(f"{target.name}.txt").write_text(f"{reason}\n", encoding="utf-8")
    path.rename(target)
