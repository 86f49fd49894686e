"""Notices that a message of ours was not delivered: RFC 3464 first, then what servers write beside it. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from email.message import Message

from channels_intake.email.addresses import message_ids
from channels_intake.email.decoding import header_text
from core.text import fold, one_line

_ENHANCED = re.compile(r"(?<![\d.])([245])\.\d{1,3}\.\d{1,3}(?![\d.])")  # RFC 3463
_REPLY_CODE = re.compile(r"(?<![\d.])([45])[0-5]\d(?=[ -])")
_FAILED = re.compile(
    r"undeliver|not be delivered|could(?: not|n't) deliver|delivery (?:has )?failed|delivery failure|failure notice"
    r"|returned (?:mail|to sender)|delivery status notification \(failure\)|mail delivery (?:failed|error)"
    r"|non remis|non distribue|echec de (?:la )?(?:remise|livraison|distribution)|remise impossible"
    r"|n'a pas pu etre remis"
)
_DELAYED = re.compile(r"delay|retard|differe|still being retried|will (?:keep trying|be retried)|\(warning\)|warning:")
_INLINE_ID = re.compile(r"^[> \t]*Message-ID:[ \t]*(<[^<>\s]{1,250}>)", re.IGNORECASE | re.MULTILINE)
_READ_LIMIT = 50_000


@dataclass(frozen=True)
class Bounce:
    """``is_final``: it will not be delivered; else it is only late. ``reason``: what the server said, on one line."""

    is_final: bool
    recipient: str = ""
    reason: str = ""


def read_bounce(
    message: Message, *, subject: str, text: str, from_machine: bool, failed_recipients: Iterable[str]
) -> Bounce | None:
    """What a notice says; None for any other mail, and for the notice of a success.

    ``from_machine``: its sender is null, a mail server, or the mail is a report. ``failed_recipients``: the values of
    X-Failed-Recipients.
    """
    status = next((part for part in _parts(message) if part.get_content_type() == "message/delivery-status"), None)
    if status is not None:
        return _standard(status)
    recipients = ", ".join(failed_recipients)
    if recipients:
        return Bounce(not _is_delayed(subject, text), header_text(recipients)[:254], _said(text))
    if not from_machine:
        return None
    told = fold(f"{subject}\n{text[:2000]}")
    if not (_FAILED.search(told) or _DELAYED.search(fold(subject))):
        return None
    return Bounce(not _is_delayed(subject, text), "", _said(text))


def inline_message_ids(text: str) -> list[str]:
    """The Message-IDs of a returned message copied into the text of the notice (qmail, Exim)."""
    return message_ids(" ".join(_INLINE_ID.findall(text[:_READ_LIMIT])))


def _parts(message: Message) -> list[Message]:
    if not message.is_multipart():
        return [message]
    return [part for part in message.get_payload() if isinstance(part, Message)]


def _standard(status: Message) -> Bounce | None:
    """The worst of the recipients' groups: failed, then delayed; None when all were delivered or relayed."""
    groups = status.get_payload() if status.is_multipart() else []
    delayed = None
    for group in groups if isinstance(groups, list) else []:
        if not isinstance(group, Message):
            continue
        fields = {str(name).lower(): header_text(str(value)) for name, value in group.raw_items()}
        action, code = fields.get("action", "").lower().split(" ")[0], fields.get("status", "")
        if not action and not code:
            continue
        recipient = fields.get("original-recipient") or fields.get("final-recipient", "")
        reason = " ".join(filter(None, (code, fields.get("diagnostic-code", "").partition(";")[2].strip())))
        found = Bounce(action != "delayed", recipient.rpartition(";")[2].strip()[:254], one_line(reason, 200))
        if action == "failed" or (not action and code.startswith("5")):
            return found
        if action == "delayed" or (not action and code.startswith("4")):
            delayed = Bounce(False, found.recipient, found.reason)
    return delayed


def _is_delayed(subject: str, text: str) -> bool:
    if _DELAYED.search(fold(subject)):
        return True
    codes = [match[1] for match in _ENHANCED.finditer(text[:_READ_LIMIT])]
    codes = codes or [match[1] for match in _REPLY_CODE.finditer(text[:_READ_LIMIT])]
    return bool(codes) and "5" not in codes and bool(_DELAYED.search(fold(text[:2000])))


def _said(text: str) -> str:
    """The line with a status code, else the first line."""
    lines = [line.strip() for line in text[:_READ_LIMIT].split("\n") if line.strip()]
    coded = next((line for line in lines if _ENHANCED.search(line) or _REPLY_CODE.search(line)), "")
    return one_line(coded or (lines[0] if lines else ""), 200)
