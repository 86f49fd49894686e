"""A raw message into what a ticket needs. Pure, and it never raises whatever the bytes.

The structure is read with the compat32 policy on purpose: the modern one parses each header on access and raises
(IndexError, ValueError…) on values that really arrive. Headers are decoded by our own `header_text`.
"""

import email.policy
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.errors import InvalidBase64CharactersDefect, InvalidBase64LengthDefect
from email.message import Message
from email.parser import BytesHeaderParser

from django.conf import settings

from channels_intake.email.addresses import first_mailbox, message_ids
from channels_intake.email.bounces import Bounce, inline_message_ids, read_bounce
from channels_intake.email.decoding import decode_bytes, header_text, tidy
from channels_intake.email.heavy import Blocks
from channels_intake.email.html_text import cited_images, clean_html, html_to_text, remote_images
from channels_intake.email.invitations import invitation_text
from channels_intake.email.quoting import split_quoted, split_signature
from channels_intake.email.robots import automatic_reason
from channels_intake.email.smime import NotSigned, signed_content
from channels_intake.email.tnef import unwrap

_BROKEN = (InvalidBase64CharactersDefect, InvalidBase64LengthDefect)
TEXT_LIMIT = 100_000  # characters shown in the ticket; a longer text comes whole as an attachment
HTML_LIMIT = 1_000_000
REFERENCES_LIMIT = 100_000
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


@dataclass(frozen=True)
class File:
    """``left_out``: about how many bytes it has, when it is too heavy to be taken out of the message (no content).
    ``content_id``: what the HTML calls it by, without brackets."""

    name: str
    content_type: str
    content: bytes
    left_out: int = 0
    content_id: str = ""


@dataclass
class ParsedMail:
    """``problems`` says what a person must check: ``charset``, ``encoding``, ``structure``, ``sender``, ``encrypted``.

    ``references`` are the Message-IDs answered, the nearest first. ``quoted`` is what is folded away: the signature,
    and in replies the messages quoted below. ``remote_images`` were not loaded, in a mail that has no plain text.
    """

    message_id: str = ""
    sender_name: str = ""
    sender_address: str = ""
    reply_to: str = ""
    subject: str = ""
    text: str = ""
    quoted: str = ""
    html: str = ""
    files: list[File] = field(default_factory=list)
    references: list[str] = field(default_factory=list)
    automatic: str = ""
    bounce: Bounce | None = None
    remote_images: int = 0
    problems: set[str] = field(default_factory=set)

    @property
    def is_readable(self) -> bool:
        return not self.problems & {"charset", "encoding", "structure", "encrypted"}


@dataclass
class _Found:
    """What the parts of a message say: ``spare`` texts count when there is no other, ``events`` always."""

    blocks: Blocks
    texts: list[str] = field(default_factory=list)
    pages: list[str] = field(default_factory=list)
    spare: list[str] = field(default_factory=list)
    events: list[str] = field(default_factory=list)


Headers = dict[str, list[str]]


def parse_mail(raw: bytes, *, envelope_from: str = "") -> ParsedMail:
    """Parse one message. ``envelope_from``: the SMTP sender, ``<>`` when null, empty when unknown."""
    try:
        blocks = Blocks(raw)
        return _parse(message_from_bytes(blocks.light, policy=email.policy.compat32), blocks, envelope_from)
    except Exception:  # nesting beyond Python's stack, or a defect of the standard library: a person reads the raw mail
        return unreadable(raw, envelope_from=envelope_from)


def unreadable(raw: bytes, *, envelope_from: str = "") -> ParsedMail:
    """What can be said of a message that cannot be parsed: its headers if they can be read, no text."""
    mail = ParsedMail(problems={"structure"})
    try:
        headers = _headers(BytesHeaderParser(policy=email.policy.compat32).parsebytes(raw[:65_536]))
        _read_headers(mail, headers, envelope_from)
    except Exception:
        mail.sender_address = first_mailbox(envelope_from)[1]
    return mail


def _parse(message: Message, blocks: Blocks, envelope_from: str) -> ParsedMail:
    mail = ParsedMail()
    headers = _headers(message)
    if not headers:
        mail.problems.add("structure")
    _read_headers(mail, headers, envelope_from)
    found = _Found(blocks)
    for part in _leaves(message, mail, blocks):
        _take(part, mail, found)
    _read_texts(mail, found)
    _read_bounce(mail, message, headers)
    return mail


def _read_texts(mail: ParsedMail, found: _Found) -> None:
    html = "\n".join(found.pages)
    if len(html) > HTML_LIMIT:
        mail.files.append(File("message.html", "text/html", html.encode()))
        html = html[:HTML_LIMIT]
    if html:
        mail.html = clean_html(html, _image_digests(html, mail))
    text = "\n\n".join(text for text in found.texts if text.strip()).strip()
    if not text:
        mail.remote_images = remote_images(html)
        text = html_to_text(mail.html) or "\n\n".join(found.spare).strip()
    text = "\n\n".join(filter(None, [text, *dict.fromkeys(event for event in found.events if event not in text)]))
    if len(text) > TEXT_LIMIT:
        mail.files.append(File("message.txt", "text/plain; charset=utf-8", text.encode()))
        text = text[:TEXT_LIMIT]
    if len(mail.html) > 2 * TEXT_LIMIT:
        mail.html = ""  # its text is there, and the page would be too heavy
    is_forward = re.match(r"\s*(?:fwd?|tr|wg)\s*:", mail.subject, re.IGNORECASE)
    mail.text, mail.quoted = split_quoted(text) if mail.references and not is_forward else (text, "")
    if not is_forward:
        mail.text, signature = split_signature(mail.text)
        mail.quoted = "\n\n".join(filter(None, (signature, mail.quoted)))


def _image_digests(html: str, mail: ParsedMail) -> dict[str, str]:
    """Content-ID → sha256, of the files that ``html`` shows."""
    cited = cited_images(html)
    return {
        file.content_id: hashlib.sha256(file.content).hexdigest()
        for file in mail.files
        if file.content_id and file.content_id in cited
    }


def _read_bounce(mail: ParsedMail, message: Message, headers: Headers) -> None:
    told = f"{mail.text}\n{mail.quoted}"
    mail.bounce = read_bounce(
        message,
        subject=mail.subject,
        text=told,
        from_machine=mail.automatic in {"null-sender", "sender", "report"},
        failed_recipients=headers.get("x-failed-recipients", ()),
    )
    if mail.bounce is not None:
        mail.references += [one for one in inline_message_ids(told) if one not in mail.references]


def _headers(message: Message) -> Headers:
    """Lower-case name → raw values. Read once from what was parsed: ``message[...]`` may raise."""
    found: Headers = {}
    for name, value in message.raw_items():
        found.setdefault(str(name).lower(), []).append(str(value))
    return found


def _read_headers(mail: ParsedMail, headers: Headers, envelope_from: str) -> None:
    def first(name: str) -> str:
        return next((value for value in headers.get(name, ()) if value.strip()), "")

    ids = message_ids(first("message-id")[:REFERENCES_LIMIT])
    mail.message_id = ids[0] if ids else ""
    for name in ("from", "sender", "reply-to"):
        shown, address = first_mailbox(_unfolded(first(name)))
        if address:
            mail.sender_name, mail.sender_address = header_text(shown), tidy(address)
            break
    else:
        mail.sender_name = header_text(first("from")).strip(" <>\"'")
        mail.sender_address = first_mailbox(envelope_from)[1]
        mail.problems.add("sender")
    mail.reply_to = tidy(first_mailbox(_unfolded(first("reply-to")))[1])
    mail.subject = header_text(first("subject"))
    answered = message_ids(first("in-reply-to")[:REFERENCES_LIMIT])
    answered += reversed(message_ids(" ".join(headers.get("references", ()))[-REFERENCES_LIMIT:]))
    mail.references = list(dict.fromkeys(answered))[:100]
    mail.automatic = automatic_reason(
        headers, sender=mail.sender_address, envelope_from=envelope_from, subject=mail.subject
    )


def _unfolded(value: str) -> str:
    eight_bit, _ = decode_bytes(value.encode("utf-8", "surrogateescape"))
    return " ".join(eight_bit.split())


def _leaves(message: Message, mail: ParsedMail, blocks: Blocks) -> Iterator[Message]:
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


def _take(part: Message, mail: ParsedMail, found: _Found) -> None:
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


def _unwrapped(content: bytes, mail: ParsedMail, found: _Found) -> bool:
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
    headers = _headers(inner)
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
    headers = _headers(BytesHeaderParser(policy=email.policy.compat32).parsebytes(content[:65_536]))
    return " ".join(headers.get("message-id", ()))
