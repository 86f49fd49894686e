"""Words that cannot wait: gas, wires down, a threat, distress. Pure.

A false alarm costs trust and a missed one may cost a life, so phrases are looked for and not lone words: « gaz » is
in every bill. « Aucune odeur de gaz » is not an alarm. Nor are words that a phrase of ``unless`` explains: another
sense of the same word where they overlap (« il y a le feu rouge », but not « il y a le feu, après le feu rouge »), or
what their sentence is about (« cours de secourisme »). Every place is judged by itself: no other sentence silences it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tickets.routing.text import Found, Text, meaning


@dataclass(frozen=True)
class EmergencyWords:
    """An emergency as the administrators wrote it. ``unless``: phrases that say the words are about something
    else."""

    emergency_id: int
    name: str
    phrases: Sequence[str]
    priority: int
    instruction: str = ""
    unless: Sequence[str] = ()


@dataclass(frozen=True)
class Alarm:
    """An emergency recognised, by which words of the text."""

    emergency: EmergencyWords
    words: tuple[str, ...]


def alarms_in(text: Text, emergencies: Iterable[EmergencyWords]) -> list[Alarm]:
    """The emergencies that ``text`` tells, the highest priority first, then the one told by most words."""
    found = []
    for emergency in emergencies:
        told = list(dict.fromkeys(_told(text, emergency)))
        if told:
            longest = tuple(words for words in told if not any(words in other for other in told if other != words))
            found.append(Alarm(emergency, longest))
    return sorted(found, key=lambda alarm: (-alarm.emergency.priority, -len(alarm.words)))


def _told(text: Text, emergency: EmergencyWords) -> Iterator[str]:
    explained: list[tuple[str, Found]] | None = None  # looked for once there is something to explain
    for phrase in emergency.phrases:
        for place in text.places(phrase, affirmed=True):
            if explained is None:
                explained = [(each, found) for each in emergency.unless for found in text.places(each)]
            if not any(_explains(each, found, phrase, place) for each, found in explained):
                yield place.said


def _explains(exception: str, there: Found, phrase: str, place: Found) -> bool:
    if meaning(exception) & meaning(phrase):
        return there.overlaps(place)
    return there.sentence == place.sentence
