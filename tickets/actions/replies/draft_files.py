"""Files an agent adds to what they write: checked as a citizen's are, kept beside the draft until it leaves."""

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core.antivirus import file_check, infected_sentence
from core.errors import Invalid
from core.files import name_for, sniff
from core.text import one_line
from core.uploads import content_problem, too_big, too_heavy, too_many
from directory.models import Agent
from directory.roles import WORK
from tickets.actions.attachments import Upload, file_fill
from tickets.actions.by_email.service_mail import FILES_MAX_BYTES
from tickets.actions.locking import ticket_lock
from tickets.actions.replies.drafts import KINDS
from tickets.models import DraftFile, Ticket
from tickets.permissions import require


def draft_files_add(
    *, ticket: Ticket, actor: Agent, kind: str, uploads: Iterable[UploadedFile], now: datetime
) -> tuple[list[DraftFile], list[str]]:
    """Keep the good files; (the rows, one sentence per file that was refused). One that is there already is that row.

    Raises `NotAllowed`, and `Invalid` for an unknown kind.
    """
    require(actor, WORK, ticket)
    if kind not in KINDS:
        raise Invalid(_("This draft is not valid."))
    rows, refused = [], []
    for upload in uploads:
        name = one_line(str(upload.name or ""), 150) or "document"
        row, problem = _one(ticket, actor, kind, name, upload, now)
        if problem:
            refused.append(problem)
        elif row is not None:
            rows.append(row)
    return rows, refused


def _one(
    ticket: Ticket, actor: Agent, kind: str, name: str, upload: UploadedFile, now: datetime
) -> tuple[DraftFile | None, str]:
    """(the row, or None; what is wrong, or an empty string). The antivirus is asked before anything is locked."""
    if (upload.size or 0) > settings.ATTACHMENT_MAX_BYTES:
        return None, too_big(name)
    content = upload.read()
    problem = content_problem(name, content)
    if problem:
        return None, problem
    verdict = file_check(content)
    if verdict.is_infected:
        return None, infected_sentence(name)
    found = sniff(content, name)
    row = DraftFile(ticket=ticket, agent=actor, kind=kind, created_at=now)
    with transaction.atomic():
        ticket_lock(ticket.pk)
        kept = list(DraftFile.objects.filter(ticket=ticket, agent=actor, kind=kind, scheduled=None))
        file_fill(row, Upload(name_for(name, found), found.content_type, content, verdict))
        there = next((each for each in kept if each.sha256 == row.sha256), None)
        if there is None and len(kept) >= settings.ATTACHMENT_MAX_COUNT:
            problem = too_many(name)
        elif there is None and sum(each.size for each in kept) + row.size > FILES_MAX_BYTES:
            problem = too_heavy(name, FILES_MAX_BYTES)
        if there is not None or problem:
            row.file.delete(save=False)
            return there, problem
        row.save()
    return row, ""


@transaction.atomic
def draft_file_remove(*, ticket: Ticket, actor: Agent, pk: int) -> None:
    """Take one of the actor's own files out of their draft; nothing when it is gone. A reply that takes the file along
    locks the ticket too: what has left is not deleted."""
    ticket_lock(ticket.pk)
    for row in DraftFile.objects.filter(ticket=ticket, agent=actor, scheduled=None, pk=pk):
        row.delete()
        transaction.on_commit(lambda row=row: row.file.delete(save=False))  # type: ignore[misc]


def draft_files_discard(*, ticket: Ticket, actor: Agent, kind: str) -> None:
    """Forget the files of the actor's draft. What they hold is deleted from the disk with the orphans of the night."""
    DraftFile.objects.filter(ticket=ticket, agent=actor, kind=kind, scheduled=None).delete()
