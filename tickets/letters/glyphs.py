"""Text as a letter can show it: no control characters, and only what the fonts embedded in typst can draw.

PDF/A-2a refuses a character without a glyph, so one emoji in a citizen's subject would otherwise stop a letter.
"""

import re
import unicodedata

SUBSTITUTE = "□"

# what typst 0.15 draws with its own fonts: measured by compiling each character under PDF/A-2a
# (tests/tickets/letters/test_render.py compiles the ends of every range)
RANGES = (
    (0x20, 0x7E), (0xA0, 0xAC), (0xAE, 0x377), (0x37A, 0x37F), (0x384, 0x38A), (0x38C, 0x38C), (0x38E, 0x3A1),
    (0x3A3, 0x484), (0x487, 0x4FF), (0x1E00, 0x1EFF), (0x2010, 0x2027), (0x202F, 0x2040), (0x2070, 0x2071),
    (0x2074, 0x208E), (0x20A0, 0x20C0), (0x2100, 0x211E), (0x2190, 0x23FF), (0x25A0, 0x25FF), (0x2713, 0x2714),
)  # fmt: skip
_UNDRAWN = re.compile("[^\n" + "".join(f"{re.escape(chr(a))}-{re.escape(chr(b))}" for a, b in RANGES) + "]")
_DROPPED = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_SELECTORS = re.compile("[\ufe00-\ufe0f]")
_SPACES = re.compile(r"[^\S\n\u00a0\u202f]+")


def clean(text: str, limit: int) -> str:
    """``text`` without control, direction or private characters, at most ``limit`` long; its line ends stay."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))[: limit * 2]
    kept = "".join(c for c in text if c == "\n" or c == "\t" or unicodedata.category(c) not in _DROPPED)
    kept = "\n".join(_SPACES.sub(" ", line).strip(" ") for line in kept.split("\n")).strip("\n")
    return kept if len(kept) <= limit else kept[: limit - 1].rstrip() + "…"


def line(text: str, limit: int = 250) -> str:
    """`clean` on one line."""
    return clean(text.replace("\n", " "), limit)


def drawable(text: str) -> str:
    """``text`` with ``□`` in place of what the embedded fonts cannot draw."""
    return _UNDRAWN.sub(SUBSTITUTE, _SELECTORS.sub("", text))
