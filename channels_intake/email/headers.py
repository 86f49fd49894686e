"""Where the headers of a raw message are, for what is looked for in them without parsing it. Pure."""

import re

HEADER_LIMIT = 256 * 1024  # bytes read for the headers alone
# a mark or empty lines before the headers: RFC 5322 has none there, some programs write them
BEFORE_HEADERS = re.compile(rb"\A(?:\xef\xbb\xbf|[\r\n])+(?=[!-9;-~]{2,60}:[ \t])")
_END = re.compile(rb"\r?\n\r?\n")


def headers_in(raw: bytes) -> bytes:
    """The headers of a message, `HEADER_LIMIT` at most."""
    start, end, _body = _places(raw, HEADER_LIMIT)
    return raw[start:end]


def halves(raw: bytes) -> tuple[bytes, bytes]:
    """The headers and the body of a message, whatever their length."""
    start, end, body = _places(raw, len(raw))
    return raw[start:end], raw[body:]


def _places(raw: bytes, limit: int) -> tuple[int, int, int]:
    """Where the headers begin and end, and where the body begins."""
    before = BEFORE_HEADERS.match(raw)
    start = before.end() if before else 0
    end = _END.search(raw, start, start + limit)
    return (start, end.start(), end.end()) if end else (start, start + limit, len(raw))
