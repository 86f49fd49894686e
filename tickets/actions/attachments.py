"""Files that come with a message."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from core.antivirus import FileCheck, Verdict, file_check, is_configured
from core.files import sniff
from core.text import one_line
from tickets.actions.timeline import event_add
from tickets.enums import EventKind
from tickets.models import Attachment, Message, StoredFile, Ticket

RECHECKED_AT_ONCE = 200


@dataclass(frozen=True)
class Upload:
    """A file as received: ``name`` is the sender's, never used as a path, and ``content_type`` what the sender said.

    ``verdict`` is the antivirus's when the channel asked already; None has it asked when the file is stored.
    """

    name: str
    content_type: str
    content: bytes
    verdict: Verdict | None = None


def attachments_store(message: Message, uploads: Iterable[Upload]) -> list[Attachment]:
    """Keep every file beside its message, whatever it is. The name on disk is ours and tells nothing.

    Its type is what its bytes say. One with a virus is kept too, in quarantine, and its ticket is flagged.
    """
    stored = []
    for upload in uploads:
        attachment = Attachment(message=message)
        file_fill(attachment, upload)
        stored.append(attachment)
    if stored:
        Attachment.objects.bulk_create(stored)
        _flag(message.ticket, [file for file in stored if file.is_quarantined], at=message.created_at)
    return stored


def file_fill(row: StoredFile, upload: Upload) -> None:
    """Write the file of an unsaved row on disk, and what is known of it in the row."""
    found = sniff(upload.content, upload.name)
    verdict = upload.verdict or file_check(upload.content)
    row.name = one_line(upload.name.replace("/", "_").replace("\\", "_"), 200) or "document"
    row.content_type, row.is_risky = found.content_type, found.is_risky
    row.size, row.sha256 = len(upload.content), hashlib.sha256(upload.content).hexdigest()
    row.virus_check, row.virus = verdict.check, verdict.virus
    row.file.save(row.name, ContentFile(upload.content), save=False)


def file_recheck(row: StoredFile) -> None:
    """Ask the antivirus again about a file that waits for it. The caller saves ``virus_check`` and ``virus``."""
    try:
        with row.file.open("rb") as stored:
            verdict = file_check(stored.read(), patient=True)
    except OSError as error:
        verdict = Verdict(FileCheck.IMPOSSIBLE, str(error)[:120])
    row.virus_check, row.virus = verdict.check, verdict.virus


def attachments_recheck(*, now: datetime) -> int:
    """Check the files that came in while the antivirus was away; how many. Stops as soon as it is away again."""
    checked = 0
    waiting = Attachment.objects.filter(virus_check=FileCheck.WAITING).order_by("id")
    for pk in list(waiting.values_list("pk", flat=True)[:RECHECKED_AT_ONCE]) if is_configured() else []:
        if not _recheck(pk, now):
            break
        checked += 1
    return checked


@transaction.atomic
def _recheck(pk: int, now: datetime) -> bool:
    """False when the antivirus does not answer. The row is locked meanwhile: two sweeps flag a ticket once."""
    rows = Attachment.objects.select_for_update(of=("self",), skip_locked=True).select_related("message__ticket")
    attachment = rows.filter(pk=pk, virus_check=FileCheck.WAITING).first()
    if attachment is None:
        return True
    file_recheck(attachment)
    if attachment.virus_check == FileCheck.WAITING:
        return False
    attachment.save(update_fields=["virus_check", "virus"])
    if attachment.is_quarantined:
        _flag(attachment.message.ticket, [attachment], at=now)
    return True


def _flag(ticket: Ticket, infected: list[Attachment], *, at: datetime) -> None:
    """Say on the ticket that files are in quarantine: agents see why a person must look at it."""
    if not infected:
        return
    with translation.override(settings.LANGUAGE_CODE):
        names = ", ".join(f"« {file.name} » ({file.virus})" for file in infected)
        told = _("Virus found, file kept in quarantine: %(names)s.") % {"names": names}
    ticket.flag = one_line(f"{told} {ticket.flag}", 250)
    Ticket.objects.filter(pk=ticket.pk).update(flag=ticket.flag)
    event_add(ticket, EventKind.FLAGGED, actor=None, at=at, reason=one_line(told, 250))
