"""A raw message into what a ticket needs. Pure, and it never raises whatever the bytes.

The structure is read with the compat32 policy on purpose: the modern one parses each header on access and raises
(IndexError, ValueError…) on values that really arrive. Headers are decoded by our own `header_text`.
"""

import email.policy
import hashlib
import re
from email import message_from_bytes
from email.message import Message
from email.parser import BytesHeaderParser

from channels_intake.email.addresses import first_mailbox, message_ids
from channels_intake.email.bounces import inline_message_ids, read_bounce
from channels_intake.email.decoding import decode_bytes, header_text, tidy
from channels_intake.email.headers import BEFORE_HEADERS
from channels_intake.email.heavy import Blocks
from channels_intake.email.html_text import cited_images, clean_html, remote_images
from channels_intake.email.parsed import File, ParsedMail
from channels_intake.email.parts import Found, Headers, headers_of, leaves, take
from channels_intake.email.quoting import split_quoted, split_signature
from channels_intake.email.robots import automatic_reason
from channels_intake.email.written import PAGES, PAGES_LIMIT, said
from core.signatures import phones_in
from directory.contacts import normalise_email, normalise_phone

TEXT_LIMIT = 100_000  # characters shown in the ticket; a longer text comes whole as an attachment
REFERENCES_LIMIT = 100_000


def parse_mail(raw: bytes, *, envelope_from: str = "") -> ParsedMail:
    """Parse one message. ``envelope_from``: the SMTP sender, ``<>`` when null, empty when unknown."""
    try:
        blocks = Blocks(BEFORE_HEADERS.sub(b"", raw, count=1))
        return _parse(message_from_bytes(blocks.light, policy=email.policy.compat32), blocks, envelope_from)
    except Exception:  # nesting without end, or a defect of the standard library: a person reads the raw mail
        return unreadable(raw, envelope_from=envelope_from)


def unreadable(raw: bytes, *, envelope_from: str = "") -> ParsedMail:
    """What can be said of a message that cannot be parsed: its headers if they can be read, no text."""
    mail = ParsedMail(problems={"structure"})
    try:
        headers = headers_of(BytesHeaderParser(policy=email.policy.compat32).parsebytes(raw[:65_536]))
        _read_headers(mail, headers, envelope_from)
    except Exception:
        mail.sender_address = first_mailbox(envelope_from)[1]
    return mail


def _parse(message: Message, blocks: Blocks, envelope_from: str) -> ParsedMail:
    mail = ParsedMail()
    headers = headers_of(message)
    if not headers:
        mail.problems.add("structure")
    _read_headers(mail, headers, envelope_from)
    found = Found(blocks)
    for part, group in leaves(message, mail, blocks):
        take(part, mail, found, group)
    _read_texts(mail, found)
    _read_bounce(mail, message, headers)
    return mail


def _read_texts(mail: ParsedMail, found: Found) -> None:
    pages = [each.text for each in found.written if each.is_page]
    html = "\n".join(pages)
    if len(html) > PAGES_LIMIT or len(pages) > PAGES:
        mail.files.append(File("message.html", "text/html", html.encode()))
        html = html[:PAGES_LIMIT]
    if html:
        mail.html = clean_html(html, _image_digests(html, mail))
    text, has_page = said(found.written)
    if has_page or not text:
        mail.remote_images = remote_images(mail.html)
    text = text or "\n\n".join(found.spare).strip()
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
        mail.phone = _phone_of(signature)
        mail.quoted = "\n\n".join(filter(None, (signature, mail.quoted)))


def _phone_of(signature: str) -> str:
    """The number of a signature in E.164; empty when it has none or several: nobody knows then which to call."""
    numbers = {normalise_phone(written) for written in phones_in(signature)} - {None}
    return next(iter(numbers)) or "" if len(numbers) == 1 else ""


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


def _read_headers(mail: ParsedMail, headers: Headers, envelope_from: str) -> None:
    def first(name: str) -> str:
        return next((value for value in headers.get(name, ()) if value.strip()), "")

    ids = message_ids(first("message-id")[:REFERENCES_LIMIT])
    mail.message_id = ids[0] if ids else ""
    senders = [_mailbox(first(name)) for name in ("from", "sender", "reply-to")]
    written = [(name, address) for name, address in senders if address]
    if written:
        usable = next((one for one in written if normalise_email(one[1])), None)
        mail.sender_name, mail.sender_address = usable or written[0]
        if usable is None:
            mail.problems.add("sender")
    else:
        mail.sender_name = header_text(first("from")).strip(" <>\"'")
        mail.sender_address = first_mailbox(envelope_from)[1]
        mail.problems.add("sender")
    mail.reply_name, mail.reply_to = senders[2]
    mail.subject = header_text(first("subject"))
    answered = message_ids(first("in-reply-to")[:REFERENCES_LIMIT])
    answered += reversed(message_ids(" ".join(headers.get("references", ()))[-REFERENCES_LIMIT:]))
    mail.references = list(dict.fromkeys(answered))[:100]
    mail.automatic = automatic_reason(
        headers, sender=mail.sender_address, envelope_from=envelope_from, subject=mail.subject
    )


def _mailbox(value: str) -> tuple[str, str]:
    """(name, address) of a From-like header, also when a program encoded the address with the name."""
    shown, address = first_mailbox(_unfolded(value))
    if not address:
        shown, address = first_mailbox(header_text(value))
    name = header_text(shown).strip(" '\"")
    return ("" if name.lower() == address.lower() else name), tidy(address)


def _unfolded(value: str) -> str:
    eight_bit, _ = decode_bytes(value.encode("utf-8", "surrogateescape"))
    return " ".join(eight_bit.split())
