"""Files a citizen added and has not sent yet: out of the ticket, kept for a day, reachable from their session only.

Stored by day under ``pending/``; a nightly task sweeps the days that are over, so that what was never sent does
not stay.
"""

import hashlib
import uuid
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import TypedDict

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from channels_intake.web_form.signatures import ACCEPTED, content_type_of, name_for
from core.text import one_line
from tickets.actions.attachments import Upload

ROOT = "pending"
KEPT = timedelta(days=2)


class Pending(TypedDict):
    """One file as the session remembers it; ``path`` is ours and tells nothing."""

    id: str
    name: str
    content_type: str
    size: int
    sha256: str
    path: str


class Gone(Exception):
    """A file of the session is no longer in the storage."""


def pending_add(
    kept: list[Pending], uploads: Iterable[UploadedFile], *, now: datetime
) -> tuple[list[Pending], list[str]]:
    """Store the good files after those ``kept``; returns the new list and one sentence per file that was refused.

    A content that is already there (the same set of files sent again) is not added twice, whatever its name.
    """
    found, refused = list(kept), []
    for upload in uploads:
        name = one_line(str(upload.name or ""), 150) or "document"
        problem, content, content_type = _read(upload, name)
        digest = hashlib.sha256(content).hexdigest()
        if not problem and any(file["sha256"] == digest for file in found):
            continue
        if not problem and len(found) >= settings.ATTACHMENT_MAX_COUNT:
            problem = _("« %(name)s » was not added: %(count)s files at the most.") % {
                "name": name,
                "count": settings.ATTACHMENT_MAX_COUNT,
            }
        if not problem and sum(file["size"] for file in found) + len(content) > total_limit():
            problem = _("« %(name)s » was not added: the files are over %(size)s together.") % {
                "name": name,
                "size": size_words(total_limit()),
            }
        if problem:
            refused.append(problem)
            continue
        token = uuid.uuid4().hex
        path = default_storage.save(f"{ROOT}/{now:%Y-%m-%d}/{token}", ContentFile(content))
        found.append(
            Pending(
                id=token,
                name=name_for(name, content_type),
                content_type=content_type,
                size=len(content),
                sha256=digest,
                path=path,
            )
        )
    return found, refused


def limits() -> dict[str, object]:
    """What a form says beside its file field: count, size of one file in words, accepted types."""
    size = size_words(settings.ATTACHMENT_MAX_BYTES)
    return {"count": settings.ATTACHMENT_MAX_COUNT, "size": size, "types": ACCEPTED}


def size_words(size: int) -> str:
    """``10485760`` bytes → « 10 Mo »: what a phone or a computer shows."""
    if size < 1 << 20:
        return _("%(n)s kB") % {"n": size >> 10}
    return _("%(n)s MB") % {"n": size >> 20}


def total_limit() -> int:
    """Bytes of all the files of one message together."""
    return 3 * int(settings.ATTACHMENT_MAX_BYTES)


def _read(upload: UploadedFile, name: str) -> tuple[str, bytes, str]:
    """(what is wrong or an empty string, content, media type) of one uploaded file."""
    if (upload.size or 0) > settings.ATTACHMENT_MAX_BYTES:
        return (
            _("« %(name)s » is too big: %(size)s at the most for each file.")
            % {"name": name, "size": size_words(settings.ATTACHMENT_MAX_BYTES)},
            b"",
            "",
        )
    content = upload.read()
    if not content:
        return _("« %(name)s » is empty.") % {"name": name}, b"", ""
    content_type = content_type_of(content)
    if content_type is None:
        sentence = _("« %(name)s » is not a file we can accept. Accepted: %(types)s.")
        return sentence % {"name": name, "types": ACCEPTED}, b"", ""
    return "", content, content_type


def pending_uploads(kept: Iterable[Pending]) -> list[Upload]:
    """The files as an action takes them. Raises `Gone` when one is no longer there."""
    uploads = []
    for file in kept:
        try:
            with default_storage.open(file["path"]) as stored:
                content = stored.read()
        except OSError as error:
            raise Gone(file["name"]) from error
        uploads.append(Upload(name=file["name"], content_type=file["content_type"], content=content))
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
