"""A row of the outbox as an e-mail."""

from email.utils import formataddr

from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend

from directory.selectors import town_get
from notifications.actions.outbox import sender_of
from notifications.attachments import file_ensure
from notifications.drivers.html import TO_PEOPLE, html_of
from notifications.models import OutboundMessage


class AttachmentUnreadable(RuntimeError):
    """A file that should leave with a message cannot be read: this message waits, the others leave."""


def email_build(row: OutboundMessage, backend: BaseEmailBackend | None = None) -> EmailMessage:
    """The message of ``row``, with its own stable Message-ID, threading headers, files and, if automatic, RFC 3834's.

    What people receive has an HTML alternative, made of the text. Raises AttachmentUnreadable.
    """
    headers = {"Message-ID": row.message_id}
    if row.in_reply_to:
        headers["In-Reply-To"] = row.in_reply_to
    if row.references:
        headers["References"] = row.references
    if row.is_automatic:
        headers["Auto-Submitted"] = "auto-replied" if row.in_reply_to else "auto-generated"
        headers["X-Auto-Response-Suppress"] = "All"
    message = EmailMultiAlternatives(
        subject=row.subject,
        body=row.body,
        from_email=sender_of(row),
        to=[formataddr((row.to_name, row.to_address))],
        reply_to=[row.reply_to] if row.reply_to else None,
        headers=headers,
        connection=backend,
    )
    if row.kind in TO_PEOPLE:
        message.attach_alternative(html_of(text=row.body, subject=row.subject, town=town_get()), "text/html")
    for each in row.attachments.all():
        try:
            if not file_ensure(each):
                continue
            with each.file.open("rb") as opened:
                message.attach(each.name, opened.read(), each.content_type)
        except OSError as error:
            raise AttachmentUnreadable(f"{each.name}: {error.strerror or error}") from error
    message.file_name = f"{row.created_at:%Y%m%dT%H%M%S}-{row.pk}.eml"  # type: ignore[attr-defined] # for drivers.files
    return message
