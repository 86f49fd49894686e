"""The content of an opaque S/MIME signature (RFC 8551 §3.5.2). Pure. The signature itself is not verified.

A few lines of BER are enough: ContentInfo → SignedData → encapContentInfo → the octets. Programs that sign as they go
write indefinite lengths and octet strings in pieces, which DER parsers refuse.
"""

_SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
_SEQUENCE, _OCTETS, _OCTETS_IN_PIECES, _OBJECT, _EXPLICIT = 0x30, 0x04, 0x24, 0x06, 0xA0
_DEPTH = 12


class NotSigned(ValueError):
    """Encrypted, damaged, or no CMS at all."""


def signed_content(data: bytes) -> bytes:
    """The bytes that were signed. Raises `NotSigned`."""
    try:
        info = _children(_only(data, _SEQUENCE))
        if info[0] != (_OBJECT, _SIGNED_DATA):
            raise NotSigned("not signed data")
        signed = _children(_only(info[1][1], _SEQUENCE))
        # version, digestAlgorithms, encapContentInfo
        encapsulated = _children(signed[2][1])
        return _octets(*_children(encapsulated[1][1])[0])
    except (IndexError, RecursionError):
        raise NotSigned("damaged") from None


def _only(data: bytes, tag: int) -> bytes:
    found = _children(data, first_only=True)[0]
    if found[0] != tag:
        raise NotSigned("not what was expected")
    return found[1]


def _octets(tag: int, content: bytes, depth: int = 0) -> bytes:
    if tag == _OCTETS:
        return content
    if tag != _OCTETS_IN_PIECES or depth > _DEPTH:
        raise NotSigned("no content")
    return b"".join(_octets(*piece, depth + 1) for piece in _children(content))


def _children(data: bytes, *, first_only: bool = False) -> list[tuple[int, bytes]]:
    """[(tag, content)] of what follows one another in ``data``."""
    found, position = [], 0
    while position < len(data):
        tag, start, end, position = _element(data, position, 0)
        if (tag, end - start) == (0, 0):
            break
        found.append((tag, data[start:end]))
        if first_only:
            break
    return found


def _element(data: bytes, position: int, depth: int) -> tuple[int, int, int, int]:
    """(tag, start of the content, its end, start of what follows)."""
    if depth > _DEPTH:
        raise NotSigned("too deep")
    tag, first = data[position], data[position + 1]
    start = position + 2
    if tag & 0x1F == 0x1F:
        raise NotSigned("a tag of several bytes")
    if first == 0x80:  # indefinite: until two zero bytes
        inner = start
        while data[inner : inner + 2] != b"\0\0":
            inner = _element(data, inner, depth + 1)[3]
        return tag, start, inner, inner + 2
    length = first
    if first > 0x80:
        size = first & 0x7F
        length = int.from_bytes(data[start : start + size], "big")
        start += size
    if start + length > len(data):
        raise NotSigned("cut short")
    return tag, start, start + length, start + length
