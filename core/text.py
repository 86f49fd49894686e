"""Text as people type it: accents, case and spaces folded for comparison."""

import re
import unicodedata

_LIGATURES = str.maketrans({"œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE", "’": "'", "\u00a0": " "})
_WORD = re.compile(r"[0-9a-z]+")


def unaccent(text: str) -> str:
    """``Réparée`` → ``Reparee``. The Python twin of the SQL function ``f_unaccent``."""
    decomposed = unicodedata.normalize("NFD", text.translate(_LIGATURES))
    kept = "".join(c for c in decomposed if not "\u0300" <= c <= "\u036f")
    return unicodedata.normalize("NFC", kept)


def fold(text: str) -> str:
    """Lower case, without accents, with single spaces."""
    return " ".join(unaccent(text).lower().split())


def words(text: str) -> list[str]:
    """The folded words of a text, in order."""
    return _WORD.findall(fold(text))


def one_line(text: str, limit: int) -> str:
    """``text`` on one line, cut with an ellipsis at ``limit`` characters."""
    line = " ".join(text.replace("\x00", "").split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"
