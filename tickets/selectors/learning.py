"""What the routing learns from: past tickets with the type they have now, and the version in use."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db.models import OuterRef, Q, Subquery

from core.text import fold, words
from directory.models import RequestType
from directory.models.names import NameWord
from knowledge.models import Article
from tickets.enums import EventKind, MessageKind, Status
from tickets.models import Message, RoutingModel, Ticket, TicketEvent, TicketSuggestion
from tickets.routing.keywords import TypeKeywords
from tickets.routing.training import Sample
from tickets.selectors.routing import closed_codes, open_answers

LATEST = 20_000  # tickets
BODY = 5_000  # characters of the first message
CHUNK = 2_000
TAUGHT = 3.0  # weight of a type that an agent corrected or confirmed
_AUTOMATIC = {"keywords", "learned", "rule"}  # reasons of a routing that gave the type itself


def samples_recent(limit: int = LATEST) -> tuple[list[Sample], list[datetime]]:
    """The latest tickets to learn from, the oldest first, and when each was received.

    Left out: cancelled and merged tickets, inactive types, and types that no person has seen yet (a model must not
    learn its own guesses).
    """
    rows = _rows(limit)[::-1]
    typed, reasons = _history([row["pk"] for row in rows])
    told, closed = _catalogue()
    confirmed = set(TicketSuggestion.objects.filter(is_right=True).values_list("pk", flat=True))
    samples, moments = [], []
    for row in rows:
        pk, reason = row["pk"], reasons.get(row["pk"], "")
        is_taught = pk in typed or pk in confirmed
        is_seen = row["first_answered_at"] is not None or row["closed_at"] is not None
        if reason in _AUTOMATIC and not is_taught and not is_seen:
            continue
        # desks and forms write the name of the type when nobody gave a subject: it would teach nothing but itself
        subject = "" if fold(row["subject"]) in told else row["subject"]
        samples.append(
            Sample(
                subject=subject,
                body="\n\n".join([row["body"] or "", *open_answers(row["answers"], closed)])[:BODY],
                type_id=row["request_type_id"],
                person=row["requester_id"] or -pk,
                weight=TAUGHT if is_taught else 1.0,
                came_untyped=reason not in {"", "type"},
            )
        )
        moments.append(row["received_at"])
    return samples, moments


def _catalogue() -> tuple[set[str], frozenset[str]]:
    """(the folded names of the types, the codes of their questions that are no open ones)."""
    rows = RequestType.objects.order_by().values_list("name", "questions")
    return {fold(name) for name, _questions in rows}, closed_codes(*(questions for _name, questions in rows))


def _rows(limit: int) -> list[dict[str, Any]]:
    first = Message.objects.filter(ticket=OuterRef("pk"), kind=MessageKind.INBOUND).order_by("created_at", "id")
    rows: Any = (
        Ticket.objects.filter(request_type__is_active=True)
        .exclude(status__in=[Status.CANCELLED, Status.MERGED])
        .annotate(body=Subquery(first.values("body")[:1]))
        .order_by("-received_at", "-id")
        .values(
            *("pk", "subject", "request_type_id", "requester_id", "received_at", "first_answered_at", "closed_at"),
            *("body", "answers"),
        )[:limit]
    )
    return list(rows)


def _history(ids: Sequence[int]) -> tuple[set[int], dict[int, str]]:
    """(those whose type an agent gave or corrected, the reason of each one's routing)."""
    typed: set[int] = set()
    reasons: dict[int, str] = {}
    for chunk in _chunks(ids):
        events = TicketEvent.objects.filter(ticket__in=chunk).filter(
            Q(kind=EventKind.ROUTED) | Q(kind=EventKind.TYPED, actor__isnull=False)
        )
        for ticket_id, kind, reason in events.order_by().values_list("ticket_id", "kind", "data__reason"):
            if kind == EventKind.TYPED:
                typed.add(ticket_id)
            else:
                reasons[ticket_id] = reason or ""
    return typed, reasons


def _chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), CHUNK):
        yield ids[start : start + CHUNK]


def catalogue_keywords() -> tuple[TypeKeywords, ...]:
    """The keywords of the active types, in the order in which `best_match` settles a tie."""
    rows = RequestType.objects.filter(is_active=True).exclude(keywords=[]).order_by("code")
    return tuple(TypeKeywords(pk, tuple(keywords)) for pk, keywords in rows.values_list("pk", "keywords"))


def names_among(found: set[str]) -> set[str]:
    """Those of these folded words that are part of some citizen's name, and that the town itself never published
    (« pierre » is a name, and the stone of a démarche)."""
    asked = sorted(found - _published())
    names: set[str] = set()
    for start in range(0, len(asked), CHUNK):
        chunk = asked[start : start + CHUNK]
        names.update(NameWord.objects.filter(word__in=chunk).values_list("word", flat=True))
    return names


def _published() -> set[str]:
    """The words of the catalogue and of the published articles."""
    texts: list[str] = []
    for name, description, keywords in RequestType.objects.values_list("name", "description", "keywords"):
        texts += [name, description, *keywords]
    for question, answer in Article.objects.filter(is_published=True).values_list("question", "answer"):
        texts += [question, answer]
    return {word for text in texts for word in words(text)}


def model_current() -> RoutingModel | None:
    """The version in use, without its bytes."""
    return RoutingModel.objects.defer("weights", "judged").filter(is_current=True).first()
