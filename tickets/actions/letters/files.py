"""The PDF of a letter: written with the letter when an agent waits for it, at its first use when Guichet wrote it."""

import hashlib
import logging

from django.core.files.base import ContentFile
from django.db import transaction

from notifications.models import OutboundAttachment
from tickets.letters import render
from tickets.models import Letter

logger = logging.getLogger(__name__)


def pdf_write(letter: Letter) -> None:
    """Make the PDF of an unsaved letter, in memory and on disk. Raises RenderError, OSError."""
    made = render.pdf(letter.data)
    letter.sha256 = hashlib.sha256(made).hexdigest()
    letter.pdf.save(f"{letter.reference}.pdf", ContentFile(made), save=False)


def pdf_ensure(letter_id: int) -> Letter:
    """The letter with its PDF, made now if nobody did: two who ask at once get the same file.

    Raises RenderError, OSError; Letter.DoesNotExist.
    """
    letter = Letter.objects.get(pk=letter_id)
    if letter.pdf:
        return letter
    with transaction.atomic():
        letter = Letter.objects.select_for_update().get(pk=letter_id)
        if not letter.pdf:
            pdf_write(letter)
            letter.save(update_fields=["pdf", "sha256"])
            OutboundAttachment.objects.filter(message=letter.outbound_id, file="").update(file=letter.pdf.name)
    return letter


def attachment_make(attachment: OutboundAttachment) -> str:
    """The file of a letter's attachment that is not made yet, for `notifications.attachments`; empty for what is no
    letter, or when no PDF can be made: the text of the mail says everything, and is not held back."""
    letter = Letter.objects.filter(outbound=attachment.message_id).only("pk").first()
    if letter is None:
        return ""
    try:
        return pdf_ensure(letter.pk).pdf.name or ""
    except render.RenderError:
        logger.exception("The PDF of letter %s cannot be made: its text leaves alone", letter.pk)
        return ""
