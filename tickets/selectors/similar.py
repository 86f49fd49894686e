"""Tickets answered before that look like this one, with the words of their answer.

The cost does not grow with the history: the last answered tickets of the type, and a few of each other type of the
service, are the only ones compared. Among those a word counts the more, the fewer have it.
"""

import math
import re
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db import connection

from core.text import words
from directory.contacts import normalise_phone
from directory.models import Agent, Citizen, ContactPoint
from knowledge.ranking import telling_words
from tickets.enums import Channel, MessageKind, Status
from tickets.models import Message, Ticket
from tickets.reply_frame import unframed
from tickets.reply_variables import to_complete
from tickets.selectors.visible import tickets_visible_to

SAME_TYPE, OTHER_TYPES = 150, 12  # the last answered tickets compared: of the type, of each other type of the service
MOST_WORDS = 9
ENOUGH_WORDS, ENOUGH_SHARE = 2, 0.3  # of the words of the ticket, and of what they weigh together
TYPE_BONUS = 1.25
ANSWERED = (Status.ANSWERED, Status.CLOSED)

_CANDIDATES = """
(SELECT id FROM tickets_ticket WHERE request_type_id = %s AND first_answered_at IS NOT NULL
 ORDER BY first_answered_at DESC LIMIT %s)
UNION ALL
SELECT recent.id FROM directory_requesttype kind, LATERAL (
  SELECT id FROM tickets_ticket WHERE request_type_id = kind.id AND first_answered_at IS NOT NULL
  ORDER BY first_answered_at DESC LIMIT %s
) recent
WHERE kind.service_id = %s AND kind.id <> %s AND kind.is_active
"""
# `strip` reads each vector from its storage once, whatever the number of words looked for in it
_MATCHED = """
SELECT ticket_id, ARRAY[{tests}] FROM (
  SELECT ticket_id, strip(vector) AS vector FROM tickets_tickettext WHERE ticket_id = ANY(%s) OFFSET 0
) candidate
"""
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_PHONE = re.compile(r"(?<!\d)(?:\+33[\s.]?|0)[1-9](?:[\s.-]?\d{2}){4}(?!\d)")
_REFERENCE = re.compile(r"\bG-[2-9A-HJKMNP-Z]{5}-[2-9A-HJKMNP-Z]{5}\b", re.IGNORECASE)
_WORD = re.compile(r"\w+(?:[’'-]\w+)*")


@dataclass(frozen=True)
class SimilarAnswer:
    """``text`` is what was answered, without greeting, signature nor names: what is left to write is marked.

    ``words``: those of this ticket that were found in the other, the rarest first.
    """

    ticket: Ticket
    text: str
    words: tuple[str, ...]


class Candidate(NamedTuple):
    same_type: bool
    answered_at: datetime


def similar_answered(ticket: Ticket, agent: Agent, limit: int = 3) -> list[SimilarAnswer]:
    """The tickets most like ``ticket`` that ``agent`` may see and that were answered in writing, the best first.

    A sensitive ticket is only like those of its own type, and no other ticket is like it. Seven queries at most.
    """
    asked = _asked(ticket)
    if not asked:
        return []
    candidates = _candidates(ticket, agent)
    found = _ranked(candidates, asked)[: 3 * limit]  # some answers are too short to serve again
    replies = _replies([pk for pk, _found in found])
    tickets = Ticket.objects.select_related("requester").in_bulk(list(replies))
    contacts = _contacts(other.requester_id or 0 for other in tickets.values())
    answers = []
    for pk, matched in found:
        if pk not in tickets:
            continue
        other = tickets[pk]
        own = contacts.get(other.requester_id or 0, set())
        text = _anonymous(unframed(replies[pk]), other.requester, own)
        if len(text) > 40:
            answers.append(SimilarAnswer(other, text, matched))
    return answers[:limit]


def _asked(ticket: Ticket) -> list[str]:
    """The folded words that tell what is asked: those of the subject first; the requester's name tells nothing."""
    first = Message.objects.filter(ticket=ticket, kind=MessageKind.INBOUND).order_by("created_at", "id")
    body = first.values_list("body", flat=True).first() or ""
    names = set(words(ticket.requester.display_name)) if ticket.requester else set()
    told = dict.fromkeys(telling_words(ticket.subject) + telling_words(body))
    return [word for word in told if word not in names and not word.isdigit()][:MOST_WORDS]


def _candidates(ticket: Ticket, agent: Agent) -> dict[int, Candidate]:
    """By their id, as plain values: hundreds are read, three are shown."""
    kind = ticket.request_type_id or 0
    others = 0 if ticket.is_sensitive else OTHER_TYPES
    with connection.cursor() as cursor:
        cursor.execute(_CANDIDATES, [kind, SAME_TYPE, others, ticket.service_id, kind])
        ids = {pk for (pk,) in cursor.fetchall()} - {ticket.pk}
    seen = tickets_visible_to(agent).filter(pk__in=ids, status__in=ANSWERED, is_sensitive=ticket.is_sensitive)
    rows = seen.values_list("pk", "request_type_id", "first_answered_at")
    same = ticket.request_type_id
    return {pk: Candidate(type_id == same, answered_at) for pk, type_id, answered_at in rows if answered_at}


def _contacts(ids: Iterable[int]) -> dict[int, set[str]]:
    """Citizen → their addresses and numbers, as stored."""
    found: dict[int, set[str]] = {}
    for citizen_id, value in ContactPoint.objects.filter(citizen__in=set(ids)).values_list("citizen_id", "value"):
        found.setdefault(citizen_id, set()).add(value)
    return found


def _ranked(candidates: dict[int, Candidate], asked: Sequence[str]) -> list[tuple[int, tuple[str, ...]]]:
    """(ticket, words found) of those that are like enough, the best first; then the last answered."""
    if not candidates:
        return []
    tests = ", ".join(["vector @@ f_query(%s, %s)"] * len(asked))
    with connection.cursor() as cursor:
        cursor.execute(
            _MATCHED.format(tests=tests),
            [*(text for word in asked for text in (word, word)), list(candidates)],
        )
        rows = cursor.fetchall()
    weights = [math.log((len(rows) + 1) / (sum(row[1][n] for row in rows) + 0.5)) for n in range(len(asked))]
    # a word that nobody else wrote cannot be found: it must not keep the others from being enough
    whole = sum(weight for n, weight in enumerate(weights) if any(row[1][n] for row in rows))
    scored = []
    for pk, has in rows:
        matched = sorted((n for n in range(len(asked)) if has[n]), key=lambda n: -weights[n])
        score = sum(max(weights[n], 0.05) for n in matched)
        if len(matched) < min(ENOUGH_WORDS, len(asked)) or score < ENOUGH_SHARE * whole:
            continue
        bonus = TYPE_BONUS if candidates[pk].same_type else 1.0
        scored.append((score * bonus, candidates[pk].answered_at, pk, tuple(asked[n] for n in matched)))
    scored.sort(reverse=True)
    return [(pk, matched) for _score, _at, pk, matched in scored]


def _replies(ids: Sequence[int]) -> dict[int, str]:
    """The last written reply of each."""
    replies = Message.objects.filter(ticket__in=ids, kind=MessageKind.REPLY).exclude(channel=Channel.PHONE)
    return dict(replies.order_by("created_at", "id").values_list("ticket_id", "body"))


def _anonymous(text: str, requester: Citizen | None, contacts: Set[str]) -> str:
    """``text`` without what belongs to one person: name, addresses and numbers of theirs, reference of their file."""
    text = _REFERENCE.sub(to_complete("référence"), text)
    text = _EMAIL.sub(lambda found: to_complete("adresse") if found[0].lower() in contacts else found[0], text)
    text = _PHONE.sub(
        lambda found: to_complete("téléphone") if normalise_phone(found[0]) in contacts else found[0], text
    )
    names = {word for word in words(requester.known_name) if len(word) > 2} if requester else set()
    if not names:
        return text
    mark = to_complete("nom")

    def hidden(found: "re.Match[str]") -> str:
        # only a word with a capital is a name: « Rose » and « rose »
        parts = words(found[0])
        return mark if parts and found[0][0].isupper() and names.issuperset(parts) else found[0]

    return re.sub(rf"{re.escape(mark)}(?:\s+{re.escape(mark)})+", mark, _WORD.sub(hidden, text))
