"""The districts of the town, each by its streets: where a request is about. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from tickets.routing.text import Text


@dataclass(frozen=True)
class DistrictStreets:
    """``streets``: those of the district, its squares and landmarks, as people write them."""

    district_id: int
    streets: tuple[str, ...]


def districts_in(place: str, text: Text, districts: Iterable[DistrictStreets]) -> dict[int, str]:
    """District id → the words that say it. Looked for in ``place``; in the whole ``text`` where none was given, as in a
    mail. The words of a street follow one another: « rue de la Gare » is not « rue Neuve, près de la gare »."""
    where = Text(place) if place.strip() else text
    found: dict[int, str] = {}
    for district in districts:
        words = next((said for street in district.streets if (said := where.find(_as_written(street)))), "")
        if words:
            found[district.district_id] = words
    return found


def _as_written(street: str) -> str:
    return '"{}"'.format(street.strip(' "«»“”\u00a0').translate(_QUOTES))


_QUOTES = str.maketrans(dict.fromkeys('"«»“”', " "))
