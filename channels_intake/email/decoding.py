"""Bytes into text as they really arrive: mislabelled, half-encoded, broken. Pure; nothing here raises on bad input."""

import base64
import binascii
import codecs
import quopri
import re
from collections.abc import Iterator
from email.message import Message

_ALIASES = {  # as browsers do (WHATWG Encoding): what these labels mean in practice
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
}
_REFUSED = {"punycode", "idna", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"}
_FRENCH = re.compile(
    r"[\x00-\x7fÀÂÄÇÈÉÊËÎÏÔÖÙÛÜàâäçèéêëîïôöùûüÿŸŒœÆæ«»‹›‘’“”–—…•·°§€£²³µ×©®™¨´`\u00a0¹¼½¾ªº¿¡ñÑáíóúß]*"
)
_ENCODED_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]*)\?=")
_BIDI = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0xFEFF])
_LONE_BYTES = "guichet.lone_bytes"
HEADER_LIMIT = 10_000  # characters of one header that are read


def decode_bytes(data: bytes, declared: str | None = None) -> tuple[str, bool]:
    """The text of ``data`` and whether it can be trusted: the declared charset, then UTF-8, then windows-1252.

    Not trusted: a charset had to be guessed and the result does not look like French, or the text is full of control
    characters.
    """
    for name in (_codec(declared), "utf-8"):
        if name is None:
            continue
        try:
            text = data.decode(name)
        except (UnicodeError, LookupError, ValueError):
            continue
        return text, not is_garbled(text)
    text = _mixed(data)
    return text, bool(_FRENCH.fullmatch(text)) and not is_garbled(text)


def _mixed(data: bytes) -> str:
    """UTF-8 that was cut or to which a server added its own line, read as such; else windows-1252."""
    whole = data.decode("utf-8", "ignore")
    lone = len(data) - len(whole.encode())
    is_utf8 = sum(character > "\x7f" for character in whole) >= lone
    return data.decode("utf-8", _LONE_BYTES) if is_utf8 else data.decode("cp1252", "replace")


def _lone_bytes(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error(_LONE_BYTES, _lone_bytes)


def transfer_encoding(message: Message) -> str:
    """How a part is encoded, in lower case, without the spaces, quotes and comments that some programs add."""
    written = re.search(r"[a-z0-9-]+", str(message.get("content-transfer-encoding", "")).lower())
    return written[0] if written else ""


def _codec(declared: str | None) -> str | None:
    """The Python codec of a declared charset; None when it is unknown, or when plain ASCII leaves UTF-8 to be tried."""
    if not declared:
        return None
    label = declared.strip().strip("\"'").lower().removesuffix("-i")
    try:
        info = codecs.lookup(label)
    except (LookupError, ValueError, UnicodeError):
        return None
    if info.name in _REFUSED or not getattr(info, "_is_text_encoding", True):
        return None
    return None if info.name == "ascii" else _ALIASES.get(info.name, info.name)


def is_garbled(text: str) -> bool:
    """True when more than one character in fifty (and more than three) is a control or replacement character."""
    bad = sum(1 for c in text if c == "\ufffd" or (c < " " and c not in "\t\n\r\f\v\x00\x1b") or "\x7f" <= c < "\xa0")
    return bad > 3 and bad * 50 > len(text)


def tidy(text: str) -> str:
    """``text`` as the database and a page can hold it: no NUL, no lone surrogate, ``\\n`` line ends."""
    text = text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def header_text(raw: str) -> str:
    """A header's value for people: unfolded, encoded-words and raw 8-bit decoded, no bidirectional overrides."""
    raw = raw[:HEADER_LIMIT]
    eight_bit, _ = decode_bytes(raw.encode("utf-8", "surrogateescape"))
    line = re.sub(r"\r?\n[ \t]*", " ", eight_bit)
    text = "".join(_words_decoded(line))
    return " ".join(tidy(text).translate(_BIDI).split())


def _words_decoded(line: str) -> Iterator[str]:
    position = 0
    charset, pending = "", b""  # adjacent words of one charset: a character may be split between them
    for match in _ENCODED_WORD.finditer(line):
        gap = line[position : match.start()]
        name = match[1].partition("*")[0].lower()
        data = _word_bytes(match[2].lower(), match[3])
        if pending and (gap.strip() or name != charset):
            yield decode_bytes(pending, charset)[0]
            pending = b""
        if gap.strip() or position == 0:
            yield gap
        charset, pending = name, pending + data
        position = match.end()
    if pending:
        yield decode_bytes(pending, charset)[0]
    yield line[position:]


def _word_bytes(encoding: str, text: str) -> bytes:
    data = text.encode("utf-8", "replace")
    if encoding == "q":
        return quopri.decodestring(data.replace(b"_", b" "), header=False)
    compact = re.sub(rb"[^A-Za-z0-9+/]", b"", data)
    if len(compact) % 4 == 1:
        compact = compact[:-1]
    try:
        return base64.b64decode(compact + b"=" * (-len(compact) % 4))
    except binascii.Error:
        return data
