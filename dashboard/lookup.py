"""What an elected official may read of a person's requests: where they stand, and nothing of what they say."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef

from core.text import words
from directory.models import Agent, Citizen
from directory.people_search import MOST_CANDIDATES, citizens_named
from directory.permissions import service_ids_with
from directory.roles import LOOKUP
from tickets.enums import Status
from tickets.models import Ticket

MOST_PEOPLE, MOST_REQUESTS = 10, 50
LEAST_LETTERS = 3
_NOT_SHOWN = (Status.CANCELLED, Status.MERGED)


@dataclass(frozen=True)
class Standing:
    """Where one request stands. ``announced_at``: when an answer was announced, None once it was given."""

    reference: str
    type: str
    service: str
    status: str
    received_at: datetime
    announced_at: datetime | None


@dataclass(frozen=True)
class Found:
    """``people``: (name, requests, the newest first); ``too_many``: too many bear the name to tell them apart."""

    people: Sequence[tuple[str, list[Standing]]]
    too_many: bool = False


def standings_of(agent: Agent, typed: str) -> Found:
    """The requests of those who bear the very words typed, on the services where ``agent`` may look them up.

    Sensitive requests are absent, and so is whoever has no other. Three queries.
    """
    names = [word for word in words(typed) if not word.isdigit()]
    if not names or max(map(len, names)) < LEAST_LETTERS:
        return Found(())
    requests = Ticket.objects.filter(
        service_id__in=sorted(service_ids_with(agent, LOOKUP)), is_sensitive=False
    ).exclude(status__in=_NOT_SHOWN)
    bearers = list(citizens_named(names, unfinished=False).values_list("pk", flat=True)[: MOST_CANDIDATES + 1])
    if len(bearers) > MOST_CANDIDATES:
        return Found((), too_many=True)
    with_requests = Citizen.objects.filter(pk__in=bearers).filter(Exists(requests.filter(requester=OuterRef("pk"))))
    people = list(with_requests.order_by("last_name", "first_name", "pk")[: MOST_PEOPLE + 1])
    if len(people) > MOST_PEOPLE:
        return Found((), too_many=True)
    by_person: dict[int, list[Standing]] = {citizen.pk: [] for citizen in people}
    rows = requests.filter(requester__in=people).select_related("service", "request_type")
    for ticket in rows.order_by("-received_at", "-id")[: MOST_REQUESTS * max(1, len(people))]:
        if len(by_person[ticket.requester_id or 0]) < MOST_REQUESTS:
            by_person[ticket.requester_id or 0].append(_standing(ticket))
    return Found([(_name(citizen), by_person[citizen.pk]) for citizen in people])


def _name(citizen: Citizen) -> str:
    """Enough to tell two people apart: neither their address nor how to reach them."""
    name = citizen.display_name
    return f"{name} ({citizen.organisation})" if citizen.organisation and citizen.organisation != name else name


def _standing(ticket: Ticket) -> Standing:
    return Standing(
        reference=ticket.reference,
        type=ticket.request_type.name if ticket.request_type else "",
        service=ticket.service.name,
        status=ticket.status,
        received_at=ticket.received_at,
        announced_at=ticket.answer_due_at if ticket.is_open and ticket.first_answered_at is None else None,
    )
