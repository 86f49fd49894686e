"""The people a search designates, as far as an agent may know of them; and what a mistyped name was meant to be."""

from dataclasses import dataclass

from core.text import words as words_of
from directory.models import Agent, Citizen
from directory.people_search import citizen_ids_named, citizen_ids_writing_from, respelt
from tickets.enums import OPEN_STATUSES
from tickets.models import Ticket
from tickets.search_terms import Terms, read
from tickets.selectors.people import citizens_visible_to
from tickets.selectors.search import citizen_ids_reached, tickets_found
from tickets.selectors.visible import tickets_visible_to

SHOWN, OPEN_SHOWN = 6, 3


@dataclass(frozen=True)
class Person:
    """A person found: how to reach them, how many of their requests are open, and the newest of those, as many as the
    agent sees and no other."""

    citizen: Citizen
    contacts: list[str]
    open_count: int
    open_tickets: list[Ticket]


def people_found(agent: Agent, terms: Terms) -> tuple[list[Person], bool]:
    """(the first SHOWN people, whether there are more): the very names first, then by name. At most six queries."""
    ids = _candidates(terms)
    if not ids:
        return [], False
    rows = citizens_visible_to(agent).filter(pk__in=ids)
    ranked = sorted(rows.only("first_name", "last_name", "organisation"), key=lambda one: _rank(one, terms.words))
    return _with_requests(agent, ranked[:SHOWN]), len(ranked) > SHOWN


def _candidates(terms: Terms) -> list[int]:
    if terms.reference or terms.reference_start:
        return []
    if reached := citizen_ids_reached(terms):
        return reached
    if terms.contact or terms.digits:
        return []
    named = citizen_ids_named(terms.words)
    if not named and len(terms.words) == 1 and len(terms.words[0]) > 3:
        return citizen_ids_writing_from(terms.words[0])
    return named


def _rank(citizen: Citizen, typed: tuple[str, ...]) -> tuple[bool, str, str, int]:
    names = words_of(f"{citizen.first_name} {citizen.last_name} {citizen.organisation}")
    return not set(typed) <= set(names), citizen.last_name.lower(), citizen.first_name.lower(), citizen.pk


def _with_requests(agent: Agent, citizens: list[Citizen]) -> list[Person]:
    full = Citizen.objects.prefetch_related("contact_points").in_bulk([citizen.pk for citizen in citizens])
    requests: dict[int, list[Ticket]] = {pk: [] for pk in full}
    seen = tickets_visible_to(agent).filter(requester__in=list(full), status__in=OPEN_STATUSES)
    for ticket in seen.select_related("service").order_by("-received_at", "-id")[:200]:
        requests[ticket.requester_id or 0].append(ticket)
    return [
        Person(
            citizen=full[citizen.pk],
            contacts=[point.value for point in full[citizen.pk].contact_points.all()],
            open_count=len(requests[citizen.pk]),
            open_tickets=requests[citizen.pk][:OPEN_SHOWN],
        )
        for citizen in citizens
        if citizen.pk in full
    ]


def corrections_found(agent: Agent, terms: Terms) -> list[Terms]:
    """What was perhaps meant, with names one mistake away, the most likely first: only what finds something this agent
    may see, so that a correction tells nothing of anybody else. For a search that found nothing."""
    if terms.reference or terms.contact or terms.digits or not terms.words:
        return []
    return [meant for meant in map(read, respelt(terms.words)) if _finds(agent, meant)]


def _finds(agent: Agent, terms: Terms) -> bool:
    people = citizens_visible_to(agent).filter(pk__in=_candidates(terms))
    return people.exists() or tickets_found(tickets_visible_to(agent), terms).exists()
