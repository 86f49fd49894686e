"""When two cards are probably one person. Pure: it compares the keys that the database keeps beside each card.

``name_key`` holds the folded words of the name in alphabetical order (titles left out), or ``=`` and those of the
organisation's name for a card without a person's; ``street_key`` the words of the address up to the postal code,
abbreviations written out. The SQL functions that make them are in migration ``0010_people``.
"""

import re
from datetime import date
from enum import StrEnum
from typing import Protocol

_POSTCODE = re.compile(r"\b\d{5}\b")
ORGANISATION = "="


class Card(Protocol):
    name_key: str
    street_key: str
    address: str
    birth_date: date | None


class Reason(StrEnum):
    ADDRESS = "address"
    BIRTH = "birth"
    ORGANISATION = "organisation"


def likeness(one: Card, other: Card) -> list[Reason]:
    """Why ``one`` and ``other`` may be the same; empty when nothing says so, or when something says they are not.

    Two dates of birth or two postal codes that differ rule it out, whatever else is the same.
    """
    if not one.name_key or one.name_key != other.name_key:
        return []
    if one.name_key.startswith(ORGANISATION):
        return [] if _postcodes_differ(one, other) else [Reason.ORGANISATION]
    if one.birth_date and other.birth_date and one.birth_date != other.birth_date:
        return []
    reasons = []
    if one.street_key and one.street_key == other.street_key and not _postcodes_differ(one, other):
        reasons.append(Reason.ADDRESS)
    if one.birth_date and one.birth_date == other.birth_date:
        reasons.append(Reason.BIRTH)
    return reasons


def postcode(address: str) -> str:
    found = _POSTCODE.findall(address)
    return found[-1] if found else ""


def _postcodes_differ(one: Card, other: Card) -> bool:
    first, second = postcode(one.address), postcode(other.address)
    return bool(first and second and first != second)
