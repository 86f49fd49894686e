"""winmail.dat: what Outlook wraps in TNEF (MS-OXTNEF). Pure; nothing here raises on bad input."""

import logging
import mimetypes
from dataclasses import dataclass, field
from typing import Any

from tnefparse import TNEF
from tnefparse.tnef import TNEFAttachment

from channels_intake.email.decoding import decode_bytes, tidy

logging.getLogger("tnefparse").setLevel(logging.CRITICAL)  # it tells each damaged byte at WARNING


@dataclass
class Unwrapped:
    text: str = ""
    html: str = ""
    files: list[tuple[str, str, bytes]] = field(default_factory=list)  # name, type, content
    is_whole: bool = True  # false when something in it could not be read: the file itself must be kept


def unwrap(data: bytes) -> Unwrapped | None:
    """What a winmail.dat holds; None when nothing can be read in it."""
    try:
        tnef = TNEF(data, do_checksum=False)
    except Exception:  # the library trips in many ways on damaged input
        return None
    found = Unwrapped(text=_text(tnef.body), html=_text(tnef.htmlbody))
    found.is_whole = bool(found.text or found.html) or not tnef.has_body()
    for attachment in tnef.attachments:
        try:
            name = tidy(_name(attachment).strip("\0 "))[:200]
            content = bytes(attachment.data)
        except Exception:
            found.is_whole = False
            continue
        if content:
            kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
            found.files.append((name, kind, content))
    return found if found.text or found.html or found.files else None


def _name(attachment: TNEFAttachment) -> str:
    try:
        return _text(attachment.long_filename())
    except UnicodeError:  # the library takes the short name for UTF-8
        return _text(attachment._name)


def _text(value: Any) -> str:
    if isinstance(value, list | tuple):
        value = value[0] if value else ""
    if isinstance(value, bytes):
        value = decode_bytes(value)[0]
    return tidy(value).strip() if isinstance(value, str) else ""
