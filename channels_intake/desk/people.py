"""The person in front of the agent: found by number, address, name or reference, with what is already going on."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import reduce
from operator import add
from typing import Any

from django.db.models import Case, Count, IntegerField, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from core.search import word_query
from core.text import words
from directory.contacts import display_phone, read_contact
from directory.models import Agent, Citizen, ContactKind, RequestType
from directory.people_search import respelt
from directory.selectors import citizens_matching
from knowledge.ranking import telling_words
from tickets.enums import OPEN_STATUSES, MessageKind, Status
from tickets.models import Message, Ticket
from tickets.references import parse_reference
from tickets.routing.keywords import TypeKeywords, best_match
from tickets.selectors.people import PersonContact, last_contacts
from tickets.selectors.visible import tickets_visible_to, with_names

NEW = "new"
MOST_PEOPLE, MOST_OPEN, MOST_PAST = 6, 5, 2
SAME_SUBJECT_FOR = timedelta(days=30)  # after its answer, the same question is the same subject
ENOUGH_WORDS = 2


@dataclass(frozen=True)
class PersonCard:
    """A citizen at the desk, with the tickets the agent may see (``contact_number``: which contact this one makes).

    ``last``: the last contacts on any channel, of the person who is there; None for one of several namesakes, whose
    own are asked for when the agent chooses them.
    """

    citizen: Citizen
    contacts: list[str]
    open_tickets: list[Ticket]
    past_tickets: list[Ticket]
    last: list[PersonContact] | None = None


@dataclass(frozen=True)
class Lookup:
    """What the omnibox found. ``chosen`` is a citizen's id, `NEW`, or empty when the agent has to choose.

    ``prefill`` is what was typed, put in the field it belongs to; ``loose`` are tickets without a requester.
    """

    text: str = ""
    cards: Sequence[PersonCard] = ()
    chosen: str = NEW
    prefill: dict[str, str] = field(default_factory=dict)
    problem: str = ""
    has_more: bool = False
    loose: Sequence[Ticket] = ()


def desk_lookup(agent: Agent, text: str) -> Lookup:
    """What ``text`` (a telephone number, an e-mail, words of a name, a reference) designates. At most seven queries.

    A name nobody bears is tried with one mistake put right, for a few queries more.
    """
    text = " ".join(text.replace("\x00", "").split())[:120]
    if len(text) < 2:
        return Lookup(text=text)
    reference = parse_reference(text)
    if reference:
        return _by_reference(agent, text, reference)
    exact = bool(read_contact(text)[0])
    people = list(citizens_matching(text)[: MOST_PEOPLE + 1])
    mistyped = not people
    for meant in respelt(words(text)) if mistyped and "@" not in text else ():
        people = people or list(citizens_matching(meant)[: MOST_PEOPLE + 1])
    cards = _cards(agent, people[:MOST_PEOPLE], is_first_chosen=exact)
    first = str(cards[0].citizen.pk) if exact and cards else ""
    chosen = first if cards and not mistyped else NEW  # almost the same name may well be somebody else
    problem = ""
    if not cards and text[:2].upper() == "G-":
        problem = _("This is not a valid reference. Check each character with the person.")
    return Lookup(text, cards, chosen, _prefill(text), problem, len(people) > MOST_PEOPLE)


def desk_person(agent: Agent, citizen: Citizen, text: str = "") -> Lookup:
    """The card of one known citizen, chosen."""
    return Lookup(text=text, cards=_cards(agent, [citizen]), chosen=str(citizen.pk))


def same_subject(
    agent: Agent, citizen_id: int, question: str, *, request_type_id: int | None, now: datetime
) -> Ticket | None:
    """The person's ticket that this question is about again: open, or answered in the last thirty days.

    The same request type (chosen, or recognised by its keywords), or two words that say something (one when there is
    only one). The best match first, then the latest. Two queries.
    """
    queries = [word_query(word) for word in telling_words(question)]
    if not queries:
        return None
    kind = request_type_id or _recognised(question)
    recent = Q(status__in=OPEN_STATUSES) | Q(updated_at__gte=now - SAME_SUBJECT_FOR)
    tickets = _numbered(agent).filter(recent, requester=citizen_id)
    found = [Case(When(text__vector=query, then=1), default=0, output_field=IntegerField()) for query in queries]
    same_type = Case(When(request_type=kind, then=3), default=0, output_field=IntegerField()) if kind else Value(0)
    close = tickets.exclude(status__in=[Status.MERGED, Status.CANCELLED]).annotate(
        closeness=reduce(add, found, same_type)
    )
    enough = min(len(queries), ENOUGH_WORDS)
    return close.filter(closeness__gte=enough).order_by("-closeness", "-received_at", "-id").first()


def _recognised(question: str) -> int | None:
    types = RequestType.objects.filter(is_active=True).exclude(keywords=[]).order_by("code")
    match = best_match("", question, [TypeKeywords(pk, words) for pk, words in types.values_list("pk", "keywords")])
    return match.type_id if match else None


def _by_reference(agent: Agent, text: str, reference: str) -> Lookup:
    found = with_names(tickets_visible_to(agent)).filter(reference=reference).first()
    if found is None:
        problem = _("No request that you may see has the reference %(reference)s.")
        return Lookup(text=text, problem=problem % {"reference": reference})
    if found.requester is None:
        return Lookup(text=text, loose=_numbered(agent).filter(pk=found.pk))
    return Lookup(text, _cards(agent, [found.requester], first=found.pk), str(found.requester.pk))


def _prefill(text: str) -> dict[str, str]:
    if "@" in text:
        return {"email": text}
    if sum(letter.isdigit() for letter in text) >= 4:
        return {"phone": text}
    return {} if text[:2].upper() == "G-" else {"name": text}


def _numbered(agent: Agent) -> Any:
    """Visible tickets, each with ``contact_number``: how many times the citizen wrote or called, this one counted."""
    inbound = (
        Message.objects.filter(ticket=OuterRef("pk"), kind=MessageKind.INBOUND)
        .order_by()
        .values("ticket")
        .annotate(n=Count("pk"))
        .values("n")
    )
    return with_names(tickets_visible_to(agent)).annotate(
        contact_number=Coalesce(Subquery(inbound), Value(0)) + Value(1)
    )


def _cards(
    agent: Agent, people: Sequence[Citizen], first: int | None = None, *, is_first_chosen: bool = False
) -> list[PersonCard]:
    """One card for each of ``people``; the ticket ``first`` heads its list, whatever its date."""
    if not people:
        return []
    by_person: dict[int, list[Ticket]] = {}
    tickets = _numbered(agent).filter(requester__in=[citizen.pk for citizen in people]).exclude(status=Status.MERGED)
    for ticket in tickets.order_by("-received_at", "-id")[:100]:
        by_person.setdefault(ticket.requester_id, []).append(ticket)
    cards = []
    for place, citizen in enumerate(people):
        is_there = len(people) == 1 or (is_first_chosen and place == 0)
        own = sorted(by_person.get(citizen.pk, []), key=lambda ticket: ticket.pk != first)
        cards.append(
            PersonCard(
                citizen,
                [
                    display_phone(point.value) if point.kind == ContactKind.PHONE else point.value
                    for point in citizen.contact_points.all()
                ],
                [ticket for ticket in own if ticket.is_open][:MOST_OPEN],
                [ticket for ticket in own if not ticket.is_open][:MOST_PAST],
                last_contacts(agent, citizen) if is_there else None,
            )
        )
    return cards
