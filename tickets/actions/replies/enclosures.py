"""Files of a service's answer that an agent encloses in the reply to the citizen. No copy is made of them."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from core.errors import Invalid
from notifications.models import OutboundAttachment, OutboundMessage
from tickets.actions.by_email.service_mail import FILES_MAX_BYTES
from tickets.models import Attachment, Message, Ticket


def enclosures_get(ticket: Ticket, ids: Sequence[int]) -> list[Attachment]:
    """The files to enclose. Raises `Invalid` for one that no service sent about this ticket, or when too heavy."""
    if not ids:
        return []
    offered = Attachment.objects.safe().filter(message__ticket=ticket, message__service__isnull=False)
    files = list(offered.filter(pk__in=ids))
    if len(files) != len(set(ids)):
        raise Invalid(_("A file to enclose is not there any more."), field="body")
    if sum(file.size for file in files) > FILES_MAX_BYTES:
        raise Invalid(_("These files are too heavy for one e-mail: enclose fewer."), field="body")
    return files


def enclosures_add(message: Message, outbound: OutboundMessage, files: Sequence[Attachment]) -> None:
    """Let the files leave with ``outbound``, and show on ``message``, for the citizen to find when tracking."""
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
