"""Citizens as agents may know them, and what is known of them across the channels."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Left
from django.http import Http404
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from core.text import words
from directory.likeness import ORGANISATION, Reason, likeness
from directory.models import Agent, Citizen, CitizenMerge, DistinctCitizens, LikelyDuplicate
from directory.permissions import has_right
from directory.roles import ADMINISTER, LOG, WORK
from directory.selectors import citizen_current
from tickets.enums import MessageKind
from tickets.models import Message, Ticket
from tickets.reply_frame import ungreeted
from tickets.selectors.visible import tickets_visible_to, with_names

MOST_ALIKE, MOST_MEMBERS, LAST = 5, 20, 5
NOTED_WITHIN = timedelta(hours=4)  # a visitor waits, is received, then it is written down


def knows_everybody(agent: Agent) -> bool:
    """Whoever answers the telephone or the counter may meet anybody, so they see every card."""
    return has_right(agent, LOG) or has_right(agent, ADMINISTER)


def citizens_visible_to(agent: Agent) -> QuerySet[Citizen]:
    """The people an agent may know of: everybody for the desks, else those who made a request the agent sees.

    That somebody wrote to the town hall is already something to keep: a service that never heard from a person does
    not see that they exist.
    """
    people = Citizen.objects.filter(merged_into__isnull=True)
    if knows_everybody(agent):
        return people
    return people.filter(Exists(tickets_visible_to(agent).filter(requester=OuterRef("pk"))))


def citizen_get(agent: Agent, pk: int) -> Citizen:
    """The person of this id, or the one they were merged into. Http404 when the agent may not know them."""
    found = Citizen.objects.filter(pk=pk).first()
    if found is None:
        raise Http404
    current = citizen_current(found)
    person = citizens_visible_to(agent).select_related("household", "member_of").filter(pk=current.pk).first()
    if person is None:
        raise Http404
    return person


def may_keep_people(agent: Agent) -> bool:
    """Whether the agent corrects cards and merges them: those who log contacts or process tickets."""
    return knows_everybody(agent) or has_right(agent, WORK)


def tickets_of(agent: Agent, citizens: Iterable[Citizen]) -> QuerySet[Ticket]:
    """The tickets of these people that the agent may see."""
    return with_names(tickets_visible_to(agent)).filter(requester__in=[citizen.pk for citizen in citizens])


@dataclass(frozen=True)
class Alike:
    """Somebody who may be the same person, and why."""

    citizen: Citizen
    reasons: Sequence[Reason]


def look_alikes(agent: Agent, citizen: Citizen, *, limit: int = MOST_ALIKE) -> list[Alike]:
    """The cards that may be ``citizen``'s too, of those the agent may know. One query, over the keys' indexes."""
    if not citizen.name_key or citizen.merged_into_id is not None:
        return []
    people = citizens_visible_to(agent).filter(name_key=citizen.name_key).exclude(pk=citizen.pk)
    if citizen.name_key.startswith(ORGANISATION):
        people = people.filter(name_key__startswith=ORGANISATION)
    else:
        same = Q(street_key=citizen.street_key) & ~Q(street_key="") if citizen.street_key else Q(pk__in=[])
        if citizen.birth_date:
            same |= Q(birth_date=citizen.birth_date, birth_date__isnull=False)
        people = people.filter(same)
    said = DistinctCitizens.objects.filter(
        Q(first=citizen, second=OuterRef("pk")) | Q(second=citizen, first=OuterRef("pk"))
    )
    found = [Alike(other, likeness(citizen, other)) for other in people.filter(~Exists(said)).order_by("id")[:limit]]
    return [each for each in found if each.reasons]


def likely_duplicates() -> QuerySet[LikelyDuplicate]:
    """The pairs that wait for a decision, with both cards and their ways to be reached: two queries for a page."""
    pairs = LikelyDuplicate.objects.filter(first__merged_into__isnull=True, second__merged_into__isnull=True)
    return pairs.select_related("first", "second").prefetch_related("first__contact_points", "second__contact_points")


def neighbours(agent: Agent, citizen: Citizen, *, limit: int = MOST_ALIKE) -> list[Citizen]:
    """The people at the same address who are in no household yet: those to group with ``citizen``."""
    if not citizen.street_key:
        return []
    people = citizens_visible_to(agent).filter(street_key=citizen.street_key).exclude(street_key="")
    found = people.exclude(pk=citizen.pk).filter(Q(household__isnull=True) | ~Q(household=citizen.household_id))
    return list(found.order_by("id")[:limit])


def household_of(agent: Agent, citizen: Citizen) -> list[Citizen]:
    """The others of the household that the agent may know."""
    if citizen.household_id is None:
        return []
    members = citizens_visible_to(agent).filter(household=citizen.household_id).exclude(pk=citizen.pk)
    return list(members.order_by("id")[:MOST_MEMBERS])


def members_of(agent: Agent, organisation: Citizen) -> list[Citizen]:
    """The people who write for the organisation, of those the agent may know."""
    members = citizens_visible_to(agent).filter(member_of=organisation)
    return list(members.order_by("last_name", "first_name", "id")[:MOST_MEMBERS])


def merges_of(citizen: Citizen) -> list[CitizenMerge]:
    """The merges that made this card what it is and can be undone, the last first."""
    merges = CitizenMerge.objects.filter(target=citizen, undone_at__isnull=True)
    return list(merges.select_related("source", "merged_by").order_by(F("merged_at").desc(), "-id"))


@dataclass(frozen=True)
class PersonContact:
    """A call, a visit or a message. ``reference``: of the ticket it made or stands on, if any."""

    at: datetime
    channel: str
    text: str
    reference: str = ""


ContactSource = Callable[[int, int, "QuerySet[Ticket] | None"], list[PersonContact]]
_sources: list[ContactSource] = []


def contacts_register(source: ContactSource) -> None:
    """``source(citizen_id, limit, seen)`` gives the last contacts of a person, the last first; told at start by the
    application above this one that keeps them. With ``seen`` (tickets): those that are over and about one of these
    tickets, or about none."""
    _sources.append(source)


def contacts_of(citizen: Citizen, *, limit: int = 10, seen: QuerySet[Ticket] | None = None) -> list[PersonContact]:
    """The last calls and visits of a person, all channels together."""
    found = [contact for source in _sources for contact in source(citizen.pk, limit, seen)]
    return sorted(found, key=lambda contact: contact.at, reverse=True)[:limit]


def last_contacts(agent: Agent, citizen: Citizen, *, limit: int = LAST) -> list[PersonContact]:
    """The last times the person and the town hall spoke, on any channel, the last first: calls, visits, messages of
    both sides. What is about a sensitive ticket, or one the agent does not see, is not there. Three queries.
    """
    seen = tickets_visible_to(agent).filter(is_sensitive=False)
    said = _messages_of(citizen, 3 * limit, seen)
    found = []
    for contact in reversed(contacts_of(citizen, limit=limit, seen=seen)):
        # what the agent wrote down of a call is that call, not another contact
        of_it = (each for each in reversed(said) if _is_of(each, contact))
        if contact.reference and (noted := next(of_it, None)) is not None:
            said.remove(noted)
            contact = replace(contact, text=_said(contact.text, noted.text))
        found.append(contact)
    return sorted([*found, *said], key=lambda contact: contact.at, reverse=True)[:limit]


def _is_of(noted: PersonContact, contact: PersonContact) -> bool:
    same = (noted.channel, noted.reference) == (contact.channel, contact.reference)
    return same and contact.at <= noted.at <= contact.at + NOTED_WITHIN


def _messages_of(citizen: Citizen, limit: int, seen: QuerySet[Ticket]) -> list[PersonContact]:
    """What was written on the person's tickets, by them and to them, the last first. One query.

    An answer given while the person was there is part of that contact.
    """
    rows = (
        Message.objects.filter(ticket__in=seen.filter(requester=citizen), is_automatic=False)
        .exclude(kind=MessageKind.NOTE)
        .order_by("-created_at", "kind", "-id")  # "inbound" first
        .values_list("created_at", "channel", "kind", "author_name", Left("body", 300), "ticket__reference")[:limit]
    )
    found: dict[tuple[datetime, str], PersonContact] = {}
    for at, channel, kind, author, body, reference in rows:
        few = Truncator(" ".join(ungreeted(body).split())).words(14, truncate="…")
        text = _("“%(words)s”") % {"words": few} if few else _("Files without a word")
        if kind == MessageKind.REPLY:
            text = _said(_("Our reply"), text)
        elif author and not {*words(author)} & {*words(citizen.display_name)}:
            text = _said(author, text)  # somebody who wrote for them
        found.setdefault((at, reference), PersonContact(at, channel, text, reference))
    return list(found.values())


def _said(who: str, text: str) -> str:
    return _("%(who)s: %(words)s") % {"who": who, "words": text}
