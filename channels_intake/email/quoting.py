"""What the person wrote, apart from the messages quoted below it. Pure."""

import re
from functools import lru_cache
from re import Pattern

from mailparser_reply.parser import EmailMessage

from core.signatures import CLOSING, DEVICE, PHONE, SIGNATURE

_READ_LIMIT = 20_000  # characters: the library's expression is super-linear on hostile input
_LONG_LINE = re.compile(r"^(.{500})(.+)$", re.MULTILINE)  # no quotation header is that long, and long lines cost most
_SPACES = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2009": " "})
# « Le mar. 3 nov. 2026 à 10:12, Mairie <\nmairie@ville.example> a écrit : », wrapped by the sender's program
_WRAPPED = re.compile(
    r"^(?P<first>[> ]*(?:Le|On)\b[^\n]{0,250})\n(?P<second>[^\n]{0,250}\n)?"
    r"(?P<last>[^\n]{0,250}(?:a [ée]crit|wrote) ?:)",
    re.MULTILINE | re.IGNORECASE,
)
_MORE = re.compile(
    r"^[> ]*(?:-{2,} ?(?:Message (?:d['’]origine|transf[ée]r[ée]|original|initial)|Mail original"
    r"|Original Message|Forwarded message) ?-{2,}"
    r"|(?:Le|On) [^\n]{4,250}(?:a [ée]crit|wrote) ?:"
    r"|_{20,}\n+[> ]*(?:De|From) ?:"
    r"|(?:De|From) ?: [^\n]+\n[> ]*(?:Envoy[ée](?: le)?|Date|Sent) ?: "
    r"|(?:De|From) ?: [^\n]+\n[> ]*(?:[ÀA]|To|Pour) ?: [^\n]+\n[> ]*(?:Cc ?: [^\n]+\n[> ]*)?"  # Zimbra
    r"(?:Envoy[ée](?: le)?|Date|Sent|Objet|Sujet|Subject) ?: "
    r"|[^\n:]{2,120} a [ée]crit \(?le [^\n]{0,40}\d[^\n]{0,60}:[ \t]*$"
    r")",
    re.MULTILINE | re.IGNORECASE,
)
_TRAILING_QUOTE = re.compile(r"(?:\n[ \t]*>[^\n]*|\n[ \t]*(?=\n))+\s*\Z")
_SIGNATURE_LINES = 25
_CONTACT = re.compile(PHONE + r"|[^\s@]+@[^\s@]+\.[a-z]|\b\d{5}\b", re.IGNORECASE)
_CLOSING_LINES, _CLOSING_WIDTH = 8, 80


@lru_cache(maxsize=1)
def _header_expression() -> Pattern[str]:
    expression: Pattern[str] = EmailMessage(text="", languages=["fr"]).HEADER_REGEX
    return expression


def split_quoted(text: str) -> tuple[str, str]:
    """(what was written, what was quoted below). A text that is only a quotation stays whole, as written."""
    position = _quote_start(text)
    if position is None:
        match = _TRAILING_QUOTE.search(text) if ">" in text and len(text) <= 200_000 else None
        position = match.start() if match and match[0].strip() else None
    if position is None or not text[:position].strip():
        return text.strip(), ""
    return text[:position].strip(), text[position:].strip()


def split_signature(text: str) -> tuple[str, str]:
    """(what was written, the signature below it): after « -- », the line a telephone adds, or a closing formula with an
    address or a number under it. Never the whole text."""
    positions = [match.start() for match in SIGNATURE.finditer(text[-_READ_LIMIT:])][-1:]
    positions += [match.start() for match in DEVICE.finditer(text[-_READ_LIMIT:])][-1:]
    positions += _closing(text[-_READ_LIMIT:])
    offset = max(0, len(text) - _READ_LIMIT)
    for position in sorted(position + offset for position in positions):
        if text[position:].strip().count("\n") < _SIGNATURE_LINES and text[:position].strip():
            return text[:position].strip(), text[position:].strip()
    return text.strip(), ""


def _closing(text: str) -> list[int]:
    """Where the last closing formula begins, when what follows is short and says how to reach its author."""
    for match in list(CLOSING.finditer(text))[-1:]:
        lines = [line.strip() for line in text[match.end() :].split("\n") if line.strip()]
        if len(lines) <= _CLOSING_LINES and all(len(line) <= _CLOSING_WIDTH for line in lines):
            return [match.start()] if any(_CONTACT.search(line) for line in lines) else []
    return []


def _quote_start(text: str) -> int | None:
    """Where the first quotation header begins. Replacements keep the length: positions hold in ``text``."""
    head = text[:_READ_LIMIT].translate(_SPACES)
    head = _LONG_LINE.sub(lambda match: match[1] + "x" * len(match[2]), head)
    head = _WRAPPED.sub(lambda match: match[0].replace("\n", " "), head)
    found = [match.start() for match in (_first(_header_expression(), head), _first(_MORE, head)) if match]
    return min(found, default=None)


def _first(expression: Pattern[str], text: str) -> re.Match[str] | None:
    """The first match with something written before it."""
    start = len(text) - len(text.lstrip())
    try:
        return next((match for match in expression.finditer(text) if match.start() > start), None)
    except RecursionError:  # pragma: no cover - the expression engine's own limit
        return None
