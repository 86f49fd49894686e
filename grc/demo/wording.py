"""Filling the slots of the texts, and writing them the way people type."""

import random
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from core.text import unaccent
from grc.demo import data

DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
MONTHS = (
    *("janvier", "février", "mars", "avril", "mai", "juin", "juillet"),
    *("août", "septembre", "octobre", "novembre", "décembre"),
)


def french_date(moment: datetime) -> str:
    """``jeudi 3 décembre``."""
    day = "1er" if moment.day == 1 else str(moment.day)
    return f"{DAYS[moment.weekday()]} {day} {MONTHS[moment.month - 1]}"


class Slots:
    """The values of one request's slots: the same street and child all along, dates relative to who speaks and when."""

    def __init__(self, rng: random.Random, zone: ZoneInfo) -> None:
        people = data.people()
        self._rng = rng
        self._zone = zone
        self._fixed = {
            "rue": rng.choice(people["streets"]),
            "numero": str(rng.randint(1, 89)),
            "enfant": rng.choice([*people["girls"], *people["boys"]]),
            "fille": rng.choice(people["girls"]),
            "garcon": rng.choice(people["boys"]),
            "asso": rng.choice(people["associations"]),
            "nom": rng.choice(people["last_names"]),
            "prenom": rng.choice(people["first_names"]),
            "jour": rng.choice(DAYS[:5]),
        }

    @property
    def place(self) -> str:
        return f"{self._fixed['numero']} {self._fixed['rue']}"

    def fill(self, text: str, at: datetime, **extra: str) -> str:
        """``text`` as said at ``at``: future dates fall on working days 4 to 25 days later."""
        rng, local = self._rng, at.astimezone(self._zone)
        future = local + timedelta(days=rng.randint(4, 25))
        while future.weekday() > 4:
            future += timedelta(days=1)
        values = self._fixed | {
            "date_future": french_date(future),
            "date_passee": french_date(local - timedelta(days=rng.randint(8, 30))),
            "heure": f"{rng.choice((9, 10, 11, 14, 15, 16))} h {rng.choice(('00', '15', '30', '45'))}",
            "facture": f"{local.year}-{rng.randint(1000, 9999)}",
        }
        return text.format_map(values | extra)


def as_typed(rng: random.Random, text: str) -> str:
    """A citizen's text, sometimes in haste: no capital, no accents, no apostrophes."""
    if rng.random() < 0.1:
        text = unaccent(text).lower()
    if rng.random() < 0.06:
        text = text.replace("'", " ")
    return text


def letter(rng: random.Random, text: str, name: str) -> str:
    """A citizen's message with or without greeting and signature."""
    voices = data.voices()
    opening = "" if text.lower().startswith("bonjour") else rng.choice(voices["openings"])
    closing = rng.choice(voices["closings"])
    signature = name if rng.random() < 0.7 else ""
    return "\n\n".join(part for part in (opening, text, "\n".join(filter(None, (closing, signature)))) if part)


def answer(rng: random.Random, text: str) -> str:
    voices = data.voices()
    return f"{rng.choice(voices['reply_openings'])}\n\n{text}\n\n{rng.choice(voices['reply_closings'])}"
