"""The parts of a message: its texts, its files, and what is wrapped in them. Nothing here raises on bad input."""

import email.policy
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.errors import InvalidBase64CharactersDefect, InvalidBase64LengthDefect
from email.message import Message
from email.parser import BytesHeaderParser

from django.conf import settings

from channels_intake.email.addresses import message_ids
from channels_intake.email.decoding import decode_bytes, header_text, tidy
from channels_intake.email.heavy import Blocks
from channels_intake.email.html_text import clean_html, html_to_text
from channels_intake.email.invitations import invitation_text
from channels_intake.email.parsed import File, ParsedMail
from channels_intake.email.smime import NotSigned, signed_content
from channels_intake.email.tnef import unwrap

_BROKEN = (InvalidBase64CharactersDefect, InvalidBase64LengthDefect)
_EXTENSIONS = {
    "text/plain": "txt",
    "text/html": "html",
    "text/calendar": "ics",
    "application/pdf": "pdf",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "application/ms-tnef": "dat",
    "application/pkcs7-mime": "p7m",
    "application/pkcs7-signature": "p7s",
}
Headers = dict[str, list[str]]


@dataclass
class Found:
    """What the parts of a message say: ``spare`` texts count when there is no other, ``events`` always."""

    blocks: Blocks
    texts: list[str] = field(default_factory=list)
    pages: list[str] = field(default_factory=list)
    spare: list[str] = field(default_factory=list)
    events: list[str] = field(default_factory=list)


def headers_of(message: Message) -> Headers:
    """Lower-case name → raw values. Read once from what was parsed: ``message[...]`` may raise."""
    found: Headers = {}
    for name, value in message.raw_items():
        found.setdefault(str(name).lower(), []).append(str(value))
    return found


def leaves(message: Message, mail: ParsedMail, blocks: Blocks) -> Iterator[Message]:
    """The parts that carry something. Of alternatives, the text wins and the HTML is kept for show."""
    todo = [message]
    while todo:
        part = todo.pop()
        kind = part.get_content_type()
        if kind == "message/rfc822" or kind == "message/global":
            yield part
        elif kind in {"application/pkcs7-mime", "application/x-pkcs7-mime"}:
            try:
                todo.append(message_from_bytes(signed_content(_content(part, blocks)), policy=email.policy.compat32))
            except NotSigned:
                mail.problems.add("encrypted")
                yield part
        elif part.is_multipart() and kind != "message/delivery-status":
            children = part.get_payload()
            todo.extend(reversed([child for child in children if isinstance(child, Message)]))
        else:
            if part.get_content_maintype() == "multipart":
                mail.problems.add("structure")  # no boundary was found in it
            yield part


def take(part: Message, mail: ParsedMail, found: Found) -> None:
    kind = part.get_content_type()
    if kind in {"message/rfc822", "message/global"}:
        mail.files.append(_message_file(part, mail, found.blocks))
        return
    if kind == "message/delivery-status":
        told = "\n".join(str(child) for child in part.get_payload()) if part.is_multipart() else ""
        mail.files.append(File("delivery-status.txt", "text/plain", told.encode("utf-8", "replace")))
        return
    name = _file_name(part)
    is_wrapped = kind == "application/ms-tnef" or name.lower() == "winmail.dat"
    size = 0 if is_wrapped else found.blocks.size(part)
    if size > settings.ATTACHMENT_MAX_BYTES:
        mail.files.append(
            File(name or f"document-{len(mail.files) + 1}.{_EXTENSIONS.get(kind, 'bin')}", kind, b"", size)
        )
        return
    content = _content(part, found.blocks)
    broken = any(isinstance(defect, _BROKEN) for defect in part.defects)
    if is_wrapped and _unwrapped(content, mail, found):
        return
    disposition = str(part.get("content-disposition", "")).strip().lower()
    is_attachment = disposition.startswith("attachment") or bool(name)
    shown = kind in {"text/plain", "text/html"} or part.get_content_maintype() == "multipart"
    if broken:
        mail.problems.add("encoding")
    if is_attachment or not shown:
        if kind == "text/rfc822-headers":  # a bounce: what it answers is in the headers it returns
            mail.references += message_ids(_after_message_id(content))
        if kind == "text/calendar":
            found.events.append(tidy(invitation_text(decode_bytes(content, _charset(part))[0])))
        if content or name:
            extension = _EXTENSIONS.get(kind, "bin")
            shown_as = str(part.get("content-id", "")).strip().strip("<>")[:250]
            mail.files.append(
                File(name or f"document-{len(mail.files) + 1}.{extension}", kind, content, content_id=shown_as)
            )
        return
    text, sure = decode_bytes(content, _charset(part))
    if not sure:
        mail.problems.add("charset")
    (found.pages if kind == "text/html" else found.texts).append(tidy(text))


def _unwrapped(content: bytes, mail: ParsedMail, found: Found) -> bool:
    """Take what a winmail.dat holds; false when the file itself must be kept as well."""
    inside = unwrap(content)
    if inside is None:
        return False
    found.spare.append(inside.text or html_to_text(clean_html(inside.html)))
    for name, kind, data in inside.files:
        mail.files.append(File(name or f"document-{len(mail.files) + 1}.bin", kind, data))
    return inside.is_whole


def _content(part: Message, blocks: Blocks) -> bytes:
    heavy = blocks.content(part)
    if heavy is not None:
        return heavy
    try:
        payload = part.get_payload(decode=True)
    except Exception:  # a transfer encoding that the standard library trips on
        payload = None
    if isinstance(payload, bytes):
        return payload
    return str(part.get_payload()).encode("utf-8", "surrogateescape")


def _charset(part: Message) -> str | None:
    try:
        return part.get_content_charset()
    except Exception:
        return None


def _file_name(part: Message) -> str:
    try:
        return header_text(part.get_filename() or "")[:200]
    except Exception:
        return ""


def _message_file(part: Message, mail: ParsedMail, blocks: Blocks) -> File:
    """A message inside the message, as an .eml file. The one a bounce returns also tells what it answers."""
    inner = part.get_payload(0) if part.is_multipart() else part
    assert isinstance(inner, Message)
    headers = headers_of(inner)
    if mail.automatic:
        mail.references += message_ids(" ".join(headers.get("message-id", ())))
    try:
        content = blocks.whole(inner.as_bytes())
    except Exception:  # the generator cannot write every message the parser reads
        content = str(inner.get_payload()).encode("utf-8", "replace")
        mail.problems.add("structure")
    name = _file_name(part) or header_text("".join(headers.get("subject", ())))[:100] or "message"
    return File(name if name.lower().endswith(".eml") else f"{name}.eml", "message/rfc822", content)


def _after_message_id(content: bytes) -> str:
    headers = headers_of(BytesHeaderParser(policy=email.policy.compat32).parsebytes(content[:65_536]))
    return " ".join(headers.get("message-id", ()))
