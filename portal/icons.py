"""A picture beside each topic: the codes are the sample catalogue's, any other service gets the default."""

from dataclasses import dataclass

from channels_intake.web_form.topics import Topic
from directory.models import RequestType

DEFAULT = "building-2"
ICONS = {
    "accueil": "circle-question-mark",
    "cabinet": "landmark",
    "ccas": "hand-heart",
    "espaces-verts": "trees",
    "etat-civil": "id-card",
    "finances": "receipt-euro",
    "police-municipale": "shield",
    "proprete": "recycle",
    "scolaire": "graduation-cap",
    "urbanisme": "house",
    "vie-locale": "music",
    "voirie": "traffic-cone",
}


@dataclass(frozen=True)
class Tile:
    """A topic of the home page: its first types are named, ``more`` counts the others."""

    name: str
    code: str
    icon: str
    types: list[RequestType]
    more: int


def with_icons(topics: list[Topic], *, shown: int = 3) -> list[Tile]:
    return [
        Tile(
            topic.service.name,
            topic.service.code,
            ICONS.get(topic.service.code, DEFAULT),
            topic.types[:shown],
            max(0, len(topic.types) - shown),
        )
        for topic in topics
    ]
