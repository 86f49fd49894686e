"""Files that come with a message."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from django.core.files.base import ContentFile

from core.text import one_line
from tickets.models import Attachment, Message


@dataclass(frozen=True)
class Upload:
    """A file as received: ``name`` is the sender's, never used as a path."""

    name: str
    content_type: str
    content: bytes


def attachments_store(message: Message, uploads: Iterable[Upload]) -> list[Attachment]:
    """Keep every file beside its message. The name on disk is ours and tells nothing."""
    stored = []
    for upload in uploads:
        attachment = Attachment(
            message=message,
            name=one_line(upload.name.replace("/", "_").replace("\\", "_"), 200) or "document",
            content_type=one_line(upload.content_type, 100) or "application/octet-stream",
            size=len(upload.content),
            sha256=hashlib.sha256(upload.content).hexdigest(),
        )
        attachment.file.save(attachment.name, ContentFile(upload.content), save=True)
        stored.append(attachment)
    return stored
