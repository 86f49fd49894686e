"""Files that leave with an agent's message: those of a service's answer, and their own. No copy is made of them."""

from collections.abc import Iterable, Sequence

from django.utils.translation import gettext_lazy as _

from core.antivirus import FileCheck
from core.errors import Invalid
from directory.models import Agent
from notifications.models import OutboundAttachment, OutboundMessage
from tickets.actions.attachments import file_recheck
from tickets.actions.by_email.service_mail import FILES_MAX_BYTES
from tickets.models import Attachment, DraftFile, Message, ScheduledReply, StoredFile, Ticket


def enclosures_get(ticket: Ticket, ids: Sequence[int], drafted: Iterable[DraftFile] = ()) -> list[StoredFile]:
    """The files to enclose: the agent's own (``drafted``), and those of ``ids`` that a service sent about this ticket.

    Raises `Invalid` for one that no service sent, or when they are too heavy together.
    """
    files: list[StoredFile] = list(drafted)
    if ids:
        offered = Attachment.objects.safe().filter(message__ticket=ticket, message__service__isnull=False)
        sent = list(offered.filter(pk__in=ids))
        if len(sent) != len(set(ids)):
            raise Invalid(_("A file to enclose is not there any more."), field="body")
        files += sent
    if sum(file.size for file in files) > FILES_MAX_BYTES:
        raise Invalid(_("These files are too heavy for one e-mail: enclose fewer."), field="body")
    return files


def drafted_get(
    ticket: Ticket, actor: Agent, kind: str, ids: Sequence[int], *, planned: ScheduledReply | None = None
) -> list[DraftFile]:
    """The files of ``ids`` of the actor's draft, or of the ``planned`` reply. No query without ids.

    Raises `Invalid` for one that is gone, one with a virus, and one that the antivirus has not checked: it is asked
    again here.
    """
    if not ids:
        return []
    own = {"scheduled": planned} if planned else {"scheduled": None, "agent": actor}
    files = list(DraftFile.objects.filter(ticket=ticket, kind=kind, pk__in=ids, **own))
    if len(files) != len(set(ids)):
        raise Invalid(_("A file to enclose is not there any more."), field="body")
    for file in files:
        if file.virus_check == FileCheck.WAITING:
            file_recheck(file)
        if file.virus_check == FileCheck.WAITING:
            told = _("« %(name)s » is not checked by the antivirus yet: try again in a moment, or take it out.")
            raise Invalid(told % {"name": file.name}, field="body")
        if file.is_quarantined:
            raise Invalid(_("The antivirus found a virus in « %(name)s »: take it out.") % {"name": file.name})
    return files


def enclosures_add(message: Message, outbound: OutboundMessage | None, files: Sequence[StoredFile]) -> None:
    """Let the files leave with ``outbound``, if there is one, and show on ``message``, for the citizen to find when
    tracking. Those of a draft leave it."""
    if outbound is not None:
        OutboundAttachment.objects.bulk_create(
            OutboundAttachment(message=outbound, name=file.name, content_type=file.content_type, file=file.file.name)
            for file in files
        )
    Attachment.objects.bulk_create(
        Attachment(
            message=message,
            file=file.file.name,
            name=file.name,
            content_type=file.content_type,
            size=file.size,
            sha256=file.sha256,
            is_risky=file.is_risky,
            virus_check=file.virus_check,
            virus=file.virus,
        )
        for file in files
    )
    own = [file.pk for file in files if isinstance(file, DraftFile)]
    if own:
        DraftFile.objects.filter(pk__in=own).delete()
