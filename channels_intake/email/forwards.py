"""The message inside a forward: attached, or copied below a block of headers in French or English. Pure."""

import re
from dataclasses import dataclass, field

from channels_intake.email.addresses import first_mailbox
from channels_intake.email.parsed import File, ParsedMail
from channels_intake.email.parser import parse_mail
from core.text import fold, one_line

FORWARD_PREFIX = re.compile(r"^\s*(?:(?:fwd?|tr|wg)\s*:\s*)+", re.IGNORECASE)
_MARKER = re.compile(
    r"^[ \t>*]*(?:[-_]{2,}\s*(?:message (?:transf[ée]r[ée]|d['’]origine)|(?:mail|courriel) transf[ée]r[ée]"
    r"|forwarded message|original message|mail original)\b[^\n]*"
    r"|(?:d[ée]but du (?:message|courriel) (?:transf[ée]r[ée]|r[ée]exp[ée]di[ée])|begin forwarded message)"
    r"\s*:?)[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
_LINE = re.compile(
    r"^[ \t>]*\*?(?P<name>de|from|exp[ée]diteur|envoy[ée](?: le)?|date|sent|[àa]|to|pour|destinataires?|cc|objet|sujet"
    r"|subject|r[ée]pondre [àa]|reply-to)\*?[ \t]*:\*?[ \t]*(?P<value>.*)$",
    re.IGNORECASE,
)
_HINT = re.compile(r"^[ \t>]*\*?(?:de|from)[ \t]*:[^\n]{0,300}@", re.IGNORECASE | re.MULTILINE)
_REPLY = re.compile(r"\s*(?:re|rép|aw)\s*:", re.IGNORECASE)
_NAMES = {
    **dict.fromkeys(("de", "from", "expediteur"), "from"),
    **dict.fromkeys(("envoye", "envoye le", "date", "sent"), "date"),
    **dict.fromkeys(("objet", "sujet", "subject"), "subject"),
}
_READ_LIMIT = 60_000
_BLOCKS = 6


@dataclass(frozen=True)
class Forwarded:
    """The citizen's message, and ``written``: what whoever forwards it added above. ``is_sure`` is false when a person
    must check who the citizen is."""

    address: str
    name: str
    subject: str
    body: str
    written: str
    html: str = ""
    message_id: str = ""
    quoted: str = ""
    files: list[File] = field(default_factory=list)
    is_sure: bool = True


def looks_forwarded(mail: ParsedMail) -> bool:
    """True when it is worth asking who sent it: cheap, and wide on purpose."""
    if FORWARD_PREFIX.match(mail.subject) or any(file.content_type == "message/rfc822" for file in mail.files):
        return True
    text = _normal(mail)
    return bool(_MARKER.search(text)) or (not _REPLY.match(mail.subject) and bool(_HINT.search(text)))


def forwarded_in(mail: ParsedMail) -> list[Forwarded]:
    """The messages forwarded in ``mail`` that name a sender, the nearest first; several when it went from hand to
    hand. Empty when none can be read."""
    attached = [file for file in mail.files if file.content_type == "message/rfc822"]
    if len(attached) == 1:
        inner = parse_mail(attached[0].content)
        if inner.sender_address and "sender" not in inner.problems:
            return [
                Forwarded(
                    address=inner.sender_address,
                    name=inner.sender_name,
                    subject=inner.subject,
                    body=inner.text,
                    written=_joined(mail),
                    html=inner.html,
                    message_id=inner.message_id,
                    quoted=inner.quoted,
                    files=[*inner.files, *(file for file in mail.files if file is not attached[0])],
                ),
                *_copied(inner, _joined(mail)),
            ]
    found = _copied(mail, "")
    return [] if attached and not found else found


def _joined(mail: ParsedMail) -> str:
    return f"{mail.text}\n\n{mail.quoted}".strip()


def _normal(mail: ParsedMail) -> str:
    text = _joined(mail)[:_READ_LIMIT]
    return text.replace("\u00a0", " ").replace("\u202f", " ").replace("\u200b", " ")


def _copied(mail: ParsedMail, written: str) -> list[Forwarded]:
    lines = _normal(mail).split("\n")
    has_prefix = bool(FORWARD_PREFIX.match(mail.subject))
    found: list[Forwarded] = []
    start = 0
    while len(found) < _BLOCKS and (block := _next_block(lines, start)) is not None:
        first, start, headers = block
        name, address = first_mailbox(headers["from"].replace("mailto:", "").replace("[", "<").replace("]", ">"))
        above = "\n".join(lines[:first])
        marker = _MARKER.search(above)
        if address:
            own = above[: marker.start()] if marker else above
            found.append(
                Forwarded(
                    address=address,
                    name=one_line(name.strip(" \"'*"), 160),
                    subject=headers.get("subject", "") or FORWARD_PREFIX.sub("", mail.subject),
                    body=_unquoted(lines[start:]),
                    written=written or re.sub(r"[_-]{5,}\s*$", "", own).strip(),
                    files=list(mail.files),
                    is_sure=has_prefix or marker is not None,
                )
            )
    return found


def _next_block(lines: list[str], start: int) -> tuple[int, int, dict[str, str]] | None:
    """(first line, line after, headers) of the next run of header lines with a sender and a date or a subject."""
    position = start
    while position < len(lines):
        if _LINE.match(lines[position]) is None:
            position += 1
            continue
        headers: dict[str, str] = {}
        first, last = position, ""
        while position < len(lines):
            match = _LINE.match(lines[position])
            bare = lines[position].strip(" \t>")
            if match is not None:
                last = _NAMES.get(fold(match["name"]), "other")
                headers.setdefault(last, match["value"].strip())
            elif last == "from" and bare.startswith(("<", "[")) and "@" in bare:  # an address on the next line
                headers["from"] += f" {bare}"
            elif bare or not _header_follows(lines, position):
                break
            position += 1
        if "from" in headers and ("date" in headers or "subject" in headers):
            return first, position, headers
    return None


def _header_follows(lines: list[str], position: int) -> bool:
    """Some programs leave an empty line between two headers."""
    return position + 1 < len(lines) and _LINE.match(lines[position + 1]) is not None


def _unquoted(lines: list[str]) -> str:
    """Without the « > » that some programs put before every line of what they forward."""
    filled = [line for line in lines if line.strip()]
    if filled and all(line.lstrip().startswith(">") for line in filled):
        lines = [re.sub(r"^\s*>[ \t]?", "", line) for line in lines]
    return "\n".join(lines).strip()
