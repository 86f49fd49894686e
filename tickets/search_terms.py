"""What somebody typed in the search box, read. Pure.

One box takes everything: a reference or its beginning, an e-mail address or what stands before its @, a telephone
number or its last digits, and words.
"""

import re
from dataclasses import dataclass

from core.text import words
from directory.contacts import read_contact
from tickets.references import ALPHABET, parse_reference

MOST_WORDS = 12
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
    contact, digits = read_contact(text)
    if contact or digits:
        return Terms(text, found, contact=contact, digits=digits)
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
