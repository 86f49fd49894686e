"""The parts of a message: its texts, its files, and what is wrapped in them. Nothing here raises on bad input."""

import base64
import binascii
import email.policy
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.errors import InvalidBase64CharactersDefect, InvalidBase64LengthDefect
from email.message import Message
from email.parser import BytesHeaderParser
from itertools import count

from django.conf import settings

from channels_intake.email.addresses import message_ids
from channels_intake.email.decoding import decode_bytes, header_text, tidy, transfer_encoding
from channels_intake.email.heavy import Blocks
from channels_intake.email.html_text import clean_html, html_to_text
from channels_intake.email.invitations import invitation_text
from channels_intake.email.parsed import File, ParsedMail
from channels_intake.email.smime import NotSigned, signed_content
from channels_intake.email.tnef import unwrap
from channels_intake.email.written import Written, meta_charset, unflowed

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
    written: list[Written] = field(default_factory=list)
    spare: list[str] = field(default_factory=list)
    events: list[str] = field(default_factory=list)


def headers_of(message: Message) -> Headers:
    """Lower-case name → raw values. Read once from what was parsed: ``message[...]`` may raise."""
    found: Headers = {}
    for name, value in message.raw_items():
        found.setdefault(str(name).lower(), []).append(str(value))
    return found


def leaves(message: Message, mail: ParsedMail, blocks: Blocks) -> Iterator[tuple[Message, int]]:
    """The parts that carry something, each with the number of the alternatives it is one of (0: of none)."""
    todo, numbers = [(message, 0)], count(1)
    while todo:
        part, group = todo.pop()
        kind = _kind(part)
        if kind == "multipart/encrypted":
            mail.problems.add("encrypted")
        if kind.startswith("message/"):
            yield part, group
        elif kind in {"application/pkcs7-mime", "application/x-pkcs7-mime"}:
            try:
                signed = message_from_bytes(signed_content(_content(part, blocks)), policy=email.policy.compat32)
                todo.append((signed, group))
            except NotSigned:
                mail.problems.add("encrypted")
                yield part, group
        elif part.is_multipart():
            if kind == "multipart/alternative":
                group = group or next(numbers)
            children = part.get_payload()
            todo.extend(reversed([(child, group) for child in children if isinstance(child, Message)]))
        else:
            if part.get_content_maintype() == "multipart":
                mail.problems.add("structure")  # no boundary was found in it
            yield part, group


def take(part: Message, mail: ParsedMail, found: Found, group: int) -> None:
    kind = _kind(part)
    if kind in {"message/rfc822", "message/global"}:
        mail.files.append(_message_file(part, mail, found.blocks))
        return
    if kind.startswith("message/"):  # a status, a receipt, or the address of what is kept elsewhere (RFC 2046 §5.2.3)
        mail.files.append(File(f"{kind.partition('/')[2]}.txt", "text/plain", _told(part, kind, found.blocks)))
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
        if shown and not disposition.startswith("attachment"):  # the body, which some programs name
            text = tidy(decode_bytes(content, _charset(part))[0])
            found.spare.append(html_to_text(clean_html(text)) if kind == "text/html" else text)
        if content or name:
            extension = _EXTENSIONS.get(kind, "bin")
            shown_as = str(part.get("content-id", "")).strip().strip("<>")[:250]
            mail.files.append(
                File(name or f"document-{len(mail.files) + 1}.{extension}", kind, content, content_id=shown_as)
            )
        return
    is_page = kind == "text/html"
    text, sure = decode_bytes(content, _charset(part) or (meta_charset(content) if is_page else None))
    if not sure:
        mail.problems.add("charset")
    text = tidy(text)
    if not is_page and _parameter(part, "format") == "flowed":
        text = unflowed(text, joins_words=_parameter(part, "delsp") == "yes")
    found.written.append(Written(text, is_page, group))


def _told(part: Message, kind: str, blocks: Blocks) -> bytes:
    try:
        if kind == "message/delivery-status":
            told = "\n".join(str(child) for child in part.get_payload()) if part.is_multipart() else ""
        else:
            told = str(part)
    except Exception:  # the generator cannot write every message the parser reads
        told = str(part.get_payload())
    return blocks.whole(told.encode("utf-8", "replace"))


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
    encoding = transfer_encoding(part)
    if encoding and encoding != str(part.get("content-transfer-encoding", "")).lower():
        del part["content-transfer-encoding"]  # the standard library knows none but the bare word
        part["content-transfer-encoding"] = encoding
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


def _kind(part: Message) -> str:
    """The type alone, of « text/html charset=utf-8 » as well."""
    kind = part.get_content_type()
    bare = re.match(r"[\w.+-]+/[\w.+-]+", kind, re.ASCII)
    return bare[0] if bare else kind


def _parameter(part: Message, name: str) -> str:
    try:
        return str(part.get_param(name, "")).lower()
    except Exception:
        return ""


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
    if not headers and (encoded := _decoded_message(part, inner, blocks)):
        inner = message_from_bytes(encoded, policy=email.policy.compat32)
        headers, blocks = headers_of(inner), Blocks(b"")
    if mail.automatic:
        mail.references += message_ids(" ".join(headers.get("message-id", ())))
    try:
        content = blocks.whole(inner.as_bytes())
    except Exception:  # the generator cannot write every message the parser reads
        content = str(inner.get_payload()).encode("utf-8", "replace")
        mail.problems.add("structure")
    name = _file_name(part) or header_text("".join(headers.get("subject", ())))[:100] or "message"
    return File(name if name.lower().endswith(".eml") else f"{name}.eml", "message/rfc822", content)


def _decoded_message(part: Message, inner: Message, blocks: Blocks) -> bytes:
    """A message that was encoded whole, which RFC 2046 (§5.2.1) forbids; empty when it was not."""
    try:
        content = blocks.whole(inner.as_bytes())
        if transfer_encoding(part) == "quoted-printable":
            return quopri.decodestring(content).strip()
        return base64.b64decode(content) if transfer_encoding(part) == "base64" else b""
    except (binascii.Error, ValueError, UnicodeError, LookupError):
        return b""


def _after_message_id(content: bytes) -> str:
    headers = headers_of(BytesHeaderParser(policy=email.policy.compat32).parsebytes(content[:65_536]))
    return " ".join(headers.get("message-id", ()))
