"""What somebody typed in the search box, read. Pure.

One box takes everything: a reference or its beginning, an e-mail address or what stands before its @, a telephone
number or its last digits, and words.
"""

import re
from dataclasses import dataclass

from core.text import words
from directory.contacts import normalise_email, normalise_phone
from tickets.references import ALPHABET, parse_reference

MOST_WORDS = 12
LEAST_DIGITS = 4  # of a number whose end is looked for
WHOLE_DIGITS = 10  # of a French number
_PHONE_LIKE = re.compile(r"^[+(]?[\d\s.\-()/\u00a0\u202f]+$")
_ADDRESS_LIKE = re.compile(r"^[^\s@]+@\S*$|^[\w+-]+(?:[._][\w+-]+)+@?$")
_REFERENCE_START = re.compile(rf"^(g-?)?([{ALPHABET}]{{2,5}})(?:-([{ALPHABET}]{{1,5}}))?$", re.IGNORECASE)


@dataclass(frozen=True)
class Terms:
    """What was typed. ``words`` are folded (`core.text`); at most one of the fields after them is filled.

    ``reference``: a whole one. ``reference_start``: what one begins with, in its canonical form. ``contact``: an
    address or a number in its normal form. ``email_start``: the beginning of an address. ``digits``: the last ones of
    a number.
    """

    text: str
    words: tuple[str, ...] = ()
    reference: str = ""
    reference_start: str = ""
    contact: str = ""
    email_start: str = ""
    digits: str = ""


def read(text: str) -> Terms:
    """Read what was typed; ``Terms.text`` is it, trimmed."""
    text = " ".join(text.replace("\x00", "").split())
    found = tuple(words(text)[:MOST_WORDS])
    if reference := parse_reference(text):
        return Terms(text, found, reference=reference)
    if start := _reference_start(text):  # before numbers, where letters count too: G-738XH-Y would be one
        return Terms(text, found, reference_start=start)
    digits = re.sub(r"\D", "", text) if _PHONE_LIKE.match(text) else ""
    # fewer are the end of a number, even where they would be one: « 37 55 » (a short one), « 98 37 55 » (Saint-Pierre)
    whole = not digits or len(digits) >= WHOLE_DIGITS or text.startswith("+")
    if contact := normalise_email(text) if "@" in text else normalise_phone(text) if whole else None:
        return Terms(text, found, contact=contact)
    if digits:
        return Terms(text, found, digits=digits if LEAST_DIGITS <= len(digits) <= 15 else "")
    if _ADDRESS_LIKE.match(text):
        return Terms(text, found, email_start=text.lower())
    return Terms(text, found)


def _reference_start(text: str) -> str:
    """``g-7k3`` → ``G-7K3``; empty for a word: without « G- » it needs a letter, a digit and four symbols in all."""
    match = _REFERENCE_START.match(text)
    if match is None:
        return ""
    prefix, first, second = match.groups()
    whole = first + (second or "")
    if second and len(first) < 5:
        return ""
    mixed = any(c.isdigit() for c in whole) and any(c.isalpha() for c in whole)
    if not (prefix and "-" in text) and not (mixed and len(whole) >= 4):
        return ""
    return f"G-{first}{'-' + second if second else ''}".upper()
