"""To whom in a service a new ticket goes. Pure: who is present and allowed is decided before."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

ROUND_ROBIN, LEAST_LOADED = "round_robin", "least_loaded"
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Candidate:
    """An agent who is present and may process the ticket. ``skills``: ids of request types, none means any;
    ``languages``: ISO 639-1 codes besides French; ``open_tickets`` those on their hands, of any service."""

    agent_id: int
    skills: frozenset[int] = frozenset()
    languages: frozenset[str] = frozenset()
    open_tickets: int = 0
    last_assigned_at: datetime | None = None


def choose(
    mode: str, candidates: Iterable[Candidate], *, type_id: int | None = None, language: str = ""
) -> Candidate | None:
    """Who gets the ticket; None when nobody is there, and always for a service that assigns by hand.

    First those who speak the requester's language; among them those who have the skill, then those of no skill in
    particular, then the others: better a colleague than nobody. Between equals, in turn (``round_robin``: who was given
    one longest ago) or who has the fewest open tickets (``least_loaded``; in turn between as few).
    """
    if mode not in {ROUND_ROBIN, LEAST_LOADED}:
        return None

    def rank(one: Candidate) -> tuple[int, int, int, datetime, int]:
        speaks = not language or language in one.languages
        skill = 0 if type_id in one.skills else 2 if one.skills else 1
        load = one.open_tickets if mode == LEAST_LOADED else 0
        return (0 if speaks else 1), skill, load, one.last_assigned_at or _NEVER, one.agent_id

    return min(candidates, key=rank, default=None)
