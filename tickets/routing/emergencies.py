"""Words that cannot wait: gas, wires down, a threat, distress. Pure.

A false alarm costs trust and a missed one may cost a life, so phrases are looked for and not lone words: « gaz » is
in every bill. « Aucune odeur de gaz » is not an alarm; nor is a sentence that holds a phrase of ``unless``.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tickets.routing.text import Text


@dataclass(frozen=True)
class EmergencyWords:
    """An emergency as the administrators wrote it. ``unless``: phrases that say the text is about something else."""

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
        told = list(dict.fromkeys(words for each in emergency.phrases if (words := text.find(each, affirmed=True))))
        if told and not any(text.find(each) for each in emergency.unless):
            longest = tuple(words for words in told if not any(words in other for other in told if other != words))
            found.append(Alarm(emergency, longest))
    return sorted(found, key=lambda alarm: (-alarm.emergency.priority, -len(alarm.words)))
