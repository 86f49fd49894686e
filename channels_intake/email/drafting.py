"""What a ticket will say of a parsed mail: never an empty text; what is left out is said, with the original joined."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from channels_intake.email.parsed import File, ParsedMail
from tickets.actions.attachments import Upload

ORIGINAL = "courriel-original.eml"


@dataclass(frozen=True)
class Prepared:
    subject: str
    body: str
    flag: str
    uploads: Sequence[Upload]


def prepare(mail: ParsedMail, raw: bytes) -> Prepared:
    """Texts and files for a ticket or a message, in the active language.

    Files beyond ATTACHMENT_MAX_BYTES or ATTACHMENT_MAX_COUNT are not stored one by one: the text says which, and the
    original message, which holds them, is joined instead. So is the original of a mail that is hard to read.
    """
    kept, left_out = _within_limits(mail.files)
    uploads = [Upload(file.name, file.content_type, file.content) for file in kept]
    body = mail.text
    flags = []
    if "encrypted" in mail.problems:
        flags.append(_("This e-mail is encrypted: ask its sender for a readable one."))
    elif not mail.is_readable:
        flags.append(_("This e-mail could not be read properly: see the original, attached."))
        body = body or _("(This e-mail could not be read. The original is attached.)")
    if "sender" in mail.problems:
        flags.append(_("The e-mail says nothing usable about its sender."))
    if body and mail.remote_images:
        count = mail.remote_images
        told = ngettext("[%(n)d remote image was not loaded.]", "[%(n)d remote images were not loaded.]", count)
        body = f"{body}\n\n{told % {'n': count}}"
    if left_out:
        names = ", ".join(file.name for file in left_out[:10]) + ("…" if len(left_out) > 10 else "")
        note = _("[Too large or too many to be shown one by one: %(names)s. They are in %(original)s, attached.]") % {
            "names": names,
            "original": ORIGINAL,
        }
        body = f"{body}\n\n{note}".strip()
    if left_out or not mail.is_readable:
        uploads.append(Upload(ORIGINAL, "message/rfc822", raw))
    if not body:
        body = _("(E-mail without text.)") if not uploads else _("(E-mail without text: see the attachments.)")
    subject = mail.subject or (_("Unreadable e-mail") if not mail.is_readable else _("(no subject)"))
    return Prepared(subject=subject, body=body, flag=" ".join(flags), uploads=uploads)


def _within_limits(files: Sequence[File]) -> tuple[list[File], list[File]]:
    kept: list[File] = []
    left_out: list[File] = []
    for file in files:
        fits = len(file.content) <= settings.ATTACHMENT_MAX_BYTES and len(kept) < settings.ATTACHMENT_MAX_COUNT
        fits = fits and not file.left_out
        (kept if fits else left_out).append(file)
    return kept, left_out
