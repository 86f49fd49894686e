"""Asking ClamAV about a file, when the setting CLAMAV says where it listens: the path of a socket, or ``host:port``.

Only its INSTREAM command is spoken (clamd(8)): the file goes in chunks, the answer is one line. Without ClamAV nothing
is checked; when it does not answer nobody waits for it, and a sweep checks the file later.
"""

import logging
import socket
import struct
import time
from dataclasses import dataclass

from django.conf import settings
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

logger = logging.getLogger(__name__)

CONNECT_SECONDS = 2.0
SCAN_SECONDS = 30.0
CHUNK = 1 << 18
REST_SECONDS = 15.0  # after it did not answer, files are left to the sweep without asking again


class FileCheck(models.TextChoices):
    """What is known of a stored file. ``""``: no antivirus was configured when it came in."""

    WAITING = "waiting", gettext_lazy("Not checked yet")
    CLEAN = "clean", gettext_lazy("No virus found")
    INFECTED = "infected", gettext_lazy("Virus found")
    IMPOSSIBLE = "impossible", gettext_lazy("Could not be checked")


@dataclass(frozen=True)
class Verdict:
    """``check`` is a `FileCheck` or empty; ``virus`` the name ClamAV gives it, or why it could not check."""

    check: str = ""
    virus: str = ""

    @property
    def is_infected(self) -> bool:
        return self.check == FileCheck.INFECTED


class _Silent(Exception):
    """ClamAV is out of reach, or said nothing that can be understood."""


class _Rest:
    until = 0.0


def is_configured() -> bool:
    return bool(settings.CLAMAV)


def file_check(content: bytes, *, patient: bool = False) -> Verdict:
    """What ClamAV says of ``content``. Never raises: out of reach, the verdict is « not checked yet ».

    ``patient``: ask even if it did not answer a moment ago (the sweep).
    """
    if not is_configured():
        return Verdict()
    if not patient and time.monotonic() < _Rest.until:
        return Verdict(FileCheck.WAITING)
    try:
        answer = _ask(b"zINSTREAM\0", content)
        verdict = _understood(answer)
    except (OSError, _Silent) as error:
        _Rest.until = time.monotonic() + REST_SECONDS
        logger.warning("ClamAV does not answer, a file will be checked later: %s", error)
        return Verdict(FileCheck.WAITING)
    _Rest.until = 0.0
    return verdict


def infected_sentence(name: str) -> str:
    """What is said to whoever sends an infected file, in the active language."""
    return _("« %(name)s » was refused: our antivirus found a virus in it.") % {"name": name}


def antivirus_state() -> str:
    """For the probes: ``ok`` or ``unreachable``, empty without an antivirus."""
    if not is_configured():
        return ""
    try:
        return "ok" if _ask(b"zPING\0") == "PONG" else "unreachable"
    except (OSError, _Silent):
        return "unreachable"


def _ask(command: bytes, content: bytes | None = None) -> str:
    """One command on a connection of its own; its answer. Raises OSError or `_Silent`."""
    with _connected() as clamd:
        clamd.sendall(command)
        if content is not None:
            try:
                for start in range(0, len(content), CHUNK):
                    part = content[start : start + CHUNK]
                    clamd.sendall(struct.pack("!L", len(part)) + part)
                clamd.sendall(struct.pack("!L", 0))
            except (BrokenPipeError, ConnectionResetError):
                pass  # it answers before the end when the file is over its limit
        answer = b""
        while not answer.endswith((b"\0", b"\n")) and len(answer) < 4096:
            part = clamd.recv(4096)
            if not part:
                break
            answer += part
    if not answer:
        raise _Silent("it closed the connection")
    return answer.strip(b"\0\n ").decode("utf-8", "replace")


def _connected() -> socket.socket:
    where = str(settings.CLAMAV)
    if "/" in where:
        opened = socket.socket(socket.AF_UNIX)
        try:
            opened.settimeout(CONNECT_SECONDS)
            opened.connect(where)
        except OSError:
            opened.close()
            raise
    else:
        host, _colon, port = where.rpartition(":")
        if not host or not port.isdecimal():
            raise _Silent(f"CLAMAV is neither a path nor host:port: {where}")
        opened = socket.create_connection((host.strip("[]"), int(port)), CONNECT_SECONDS)
    opened.settimeout(SCAN_SECONDS)
    return opened


def _understood(answer: str) -> Verdict:
    """``stream: OK``, ``stream: Name FOUND``, ``INSTREAM size limit exceeded. ERROR``; `_Silent` for the rest."""
    if answer.endswith(" FOUND"):
        return Verdict(FileCheck.INFECTED, answer.partition(": ")[2].removesuffix(" FOUND")[:120])
    if answer.endswith(": OK"):
        return Verdict(FileCheck.CLEAN)
    if "size limit exceeded" in answer:
        return Verdict(FileCheck.IMPOSSIBLE, answer[:120])
    raise _Silent(answer[:200])
