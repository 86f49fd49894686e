"""Files a citizen added and has not sent yet: out of the ticket, kept for a day, reachable from their session only.

Stored by day under ``pending/``; a nightly task sweeps the days that are over, so that what was never sent does
not stay.
"""

import hashlib
import uuid
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import NotRequired, TypedDict

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from core.antivirus import FileCheck, Verdict, file_check, infected_sentence
from core.files import ACCEPTED, name_for, sniff
from core.guards import quota_passed
from core.text import one_line
from core.uploads import content_problem, size_words, too_big, too_heavy, too_many
from tickets.actions.attachments import Upload

ROOT = "pending"
KEPT = timedelta(days=2)
DAY = 24 * 3600


class Pending(TypedDict):
    """One file as the session remembers it; ``path`` is ours and tells nothing."""

    id: str
    name: str
    content_type: str
    size: int
    sha256: str
    path: str
    check: NotRequired[str]  # what the antivirus said (`FileCheck`)


class Gone(Exception):
    """A file of the session is no longer in the storage."""


def pending_add(
    kept: list[Pending], uploads: Iterable[UploadedFile], *, sender: str, now: datetime
) -> tuple[list[Pending], list[str]]:
    """Store the good files after those ``kept``; returns the new list and one sentence per file that was refused.

    A content that is already there (the same set of files sent again) is not added twice, whatever its name.
    ``sender`` is who is sending, for the limit of a day: their address, or their ticket.
    """
    found, refused = list(kept), []
    for upload in uploads:
        name = one_line(str(upload.name or ""), 150) or "document"
        problem, content = _read(upload, name)
        kind = sniff(content, name)
        digest = hashlib.sha256(content).hexdigest()
        if not problem and any(file["sha256"] == digest for file in found):
            continue
        if not problem and len(found) >= settings.ATTACHMENT_MAX_COUNT:
            problem = too_many(name)
        if not problem and sum(file["size"] for file in found) + len(content) > total_limit():
            problem = too_heavy(name, total_limit())
        if not problem and day_is_full(sender, len(content)):
            problem = too_many_today(name)
        verdict = Verdict() if problem else file_check(content)
        if verdict.is_infected:
            problem = infected_sentence(name)
        if problem:
            refused.append(problem)
            continue
        token = uuid.uuid4().hex
        path = default_storage.save(f"{ROOT}/{now:%Y-%m-%d}/{token}", ContentFile(content))
        found.append(
            Pending(
                id=token,
                name=name_for(name, kind),
                content_type=kind.content_type,
                size=len(content),
                sha256=digest,
                path=path,
                check=verdict.check,
            )
        )
    return found, refused


def day_is_full(sender: str, size: int) -> bool:
    """Whether ``size`` more bytes are over what one sender may send in a day; counts them when they are not."""
    return quota_passed("files", sender, size, limit=settings.ATTACHMENT_MAX_BYTES_PER_DAY, seconds=DAY)


def too_many_today(name: str) -> str:
    return _("« %(name)s » was not added: too many files were sent from here today. Try again tomorrow.") % {
        "name": name
    }


def limits() -> dict[str, object]:
    """What a form says beside its file field: count, size of one file in words, accepted types."""
    size = size_words(settings.ATTACHMENT_MAX_BYTES)
    return {"count": settings.ATTACHMENT_MAX_COUNT, "size": size, "types": ACCEPTED}


def total_limit() -> int:
    """Bytes of all the files of one message together."""
    return int(settings.ATTACHMENT_MAX_TOTAL_BYTES)


def _read(upload: UploadedFile, name: str) -> tuple[str, bytes]:
    """(what is wrong or an empty string, content) of one uploaded file."""
    if (upload.size or 0) > settings.ATTACHMENT_MAX_BYTES:
        return too_big(name), b""
    content = upload.read()
    return content_problem(name, content), content


def pending_uploads(kept: Iterable[Pending]) -> list[Upload]:
    """The files as an action takes them. Raises `Gone` when one is no longer there."""
    uploads = []
    for file in kept:
        try:
            with default_storage.open(file["path"]) as stored:
                content = stored.read()
        except OSError as error:
            raise Gone(file["name"]) from error
        # what was not checked then is checked when it is stored
        check = file.get("check", FileCheck.WAITING)
        verdict = Verdict(check) if check != FileCheck.WAITING else None
        uploads.append(Upload(file["name"], file["content_type"], content, verdict))
    return uploads


def pending_remove(kept: Iterable[Pending], *, only: str | None = None) -> list[Pending]:
    """Delete the file whose id is ``only`` (all of them when None); returns those that remain."""
    remain = []
    for file in kept:
        if only is None or file["id"] == only:
            default_storage.delete(file["path"])
        else:
            remain.append(file)
    return remain


def pending_sweep(*, now: datetime) -> int:
    """Delete the days that are over; returns how many files went. Two sweeps at once are harmless."""
    limit = (now - KEPT).date()
    gone = 0
    for day in default_storage.listdir(ROOT)[0] if default_storage.exists(ROOT) else []:
        try:
            if date.fromisoformat(day) > limit:
                continue
            names = default_storage.listdir(f"{ROOT}/{day}")[1]
        except (ValueError, OSError):
            continue  # not ours, or swept by another at the same moment
        for name in names:
            default_storage.delete(f"{ROOT}/{day}/{name}")
            gone += 1
        default_storage.delete(f"{ROOT}/{day}")
    return gone
