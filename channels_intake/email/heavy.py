"""Heavy base64 bodies, set apart before the standard parser makes a list of their lines (five times their size)."""

import binascii
import re
import secrets
from email.message import Message

from channels_intake.email.decoding import transfer_encoding

_LIGHT = 60_000  # bytes: below, the parser's own way costs nothing
# starts only where a run does, so that each byte is read once; the last line of a body (padding) is left out of it
_RUN = re.compile(rb"(?<![A-Za-z0-9+/\r\n])[A-Za-z0-9+/\r\n]{%d,}+" % _LIGHT)
_FIRST_LINE = re.compile(rb"[^\r\n]*[\r\n]+")  # the end of a header and the empty line
_CLEAN = re.compile(r"[A-Za-z0-9+/\s]*={0,2}\s*")


class Blocks:
    """The heavy bodies of ``raw``; ``light`` is the message with a line that names each in its place."""

    def __init__(self, raw: bytes) -> None:
        self._raw, self._name = raw, f"guichet.{secrets.token_hex(12)}."
        self._places: list[tuple[int, int]] = []
        pieces, done = list[bytes](), 0
        for run in _RUN.finditer(raw):
            first = _FIRST_LINE.match(raw, run.start(), run.end())
            start, end = first.end() if first else run.end(), raw.rfind(b"\n", run.start(), run.end()) + 1
            if end - start < _LIGHT:
                continue
            pieces += [raw[done:start], f"{self._name}{len(self._places)}.\n".encode()]
            self._places.append((start, end))
            done = end
        self.light = b"".join([*pieces, raw[done:]]) if pieces else raw
        self._line = re.compile(re.escape(self._name) + r"(\d+)\.\n?")

    def size(self, part: Message) -> int:
        """About how many bytes a part holds once decoded, 0 when it is light."""
        payload = part.get_payload()
        if not isinstance(payload, str) or self._name not in payload:
            return 0
        size = sum(end - start for start, end in self._named(payload))
        return size * 3 // 4 if transfer_encoding(part) == "base64" else size

    def content(self, part: Message) -> bytes | None:
        """What a heavy part holds, decoded; None when it is light, or for the standard library to decode."""
        payload = part.get_payload()
        if not isinstance(payload, str) or self._name not in payload:
            return None
        encoding = transfer_encoding(part)
        whole = self.whole(payload.encode("ascii", "surrogateescape"))
        if encoding == "base64" and _CLEAN.fullmatch(self._line.sub("", payload)):
            try:
                return binascii.a2b_base64(whole)
            except binascii.Error:
                pass
        elif encoding in {"", "7bit", "8bit", "binary"}:
            return whole
        part.set_payload(whole.decode("ascii", "surrogateescape"))
        return None

    def whole(self, data: bytes) -> bytes:
        """``data``, a piece of the light message, with the heavy bodies back in it."""
        pieces, done = list[bytes | memoryview](), 0
        view = memoryview(self._raw)
        for match in re.finditer(self._line.pattern.encode(), data):
            start, end = self._places[int(match[1])]
            pieces += [data[done : match.start()], view[start:end]]
            done = match.end()
        return b"".join([*pieces, data[done:]]) if pieces else data

    def _named(self, payload: str) -> list[tuple[int, int]]:
        return [self._places[int(match[1])] for match in self._line.finditer(payload)]
