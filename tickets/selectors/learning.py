"""What the routing learns from: past tickets with the type they have now, and the version in use."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

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
TAUGHT = 3.0  # weight of a type that an agent corrected, confirmed or refused
DOUBTED = 0.3  # of one that the citizen gave, once an agent sent the ticket to another service
_AUTOMATIC = {"keywords", "learned", "rule"}  # reasons of a routing that gave the type itself


def samples_recent(limit: int = LATEST) -> tuple[list[Sample], list[datetime]]:
    """The latest tickets to learn from, the oldest first, and when each was received.

    Left out: cancelled and merged tickets, inactive types, and types that no person has seen yet (a model must not
    learn its own guesses). What agents say against a type teaches too: a suggestion put aside, or a ticket sent out of
    the service of the type that a machine gave it, is a refusal of that type until somebody gives another; a type that
    the citizen gave counts less once an agent sent the ticket to another service.
    """
    rows = _rows(limit)[::-1]
    history = _history([row["pk"] for row in rows])
    told, closed = _catalogue()
    judged = dict(TicketSuggestion.objects.filter(is_right__isnull=False).values_list("pk", "is_right"))
    samples, moments = [], []
    for row in rows:
        lesson = _lesson(row, history, judged.get(row["pk"]))
        if lesson is None:
            continue
        type_id, weight, is_refused = lesson
        # desks and forms write the name of the type when nobody gave a subject: it would teach nothing but itself
        subject = "" if fold(row["subject"]) in told else row["subject"]
        samples.append(
            Sample(
                subject=subject,
                body="\n\n".join([row["body"] or "", *open_answers(row["answers"], closed)])[:BODY],
                type_id=type_id,
                person=row["requester_id"] or -row["pk"],
                weight=weight,
                came_untyped=history.reasons.get(row["pk"], "") not in {"", "type"},
                is_refused=is_refused,
            )
        )
        moments.append(row["received_at"])
    return samples, moments


class _History(NamedTuple):
    """``typed``: the tickets whose type an agent gave or corrected; ``sent``: those that an agent sent to another
    service; ``reasons``: why each was routed so."""

    typed: set[int]
    sent: set[int]
    reasons: dict[int, str]


def _lesson(row: dict[str, Any], history: _History, judged: bool | None) -> tuple[int, float, bool] | None:
    """(type, weight, whether it is refused) that a ticket teaches. ``judged``: what an agent said of the suggestion."""
    pk, type_id, suggested = row["pk"], row["request_type_id"], row["suggestion__request_type_id"]
    by_machine = history.reasons.get(pk, "") in _AUTOMATIC
    if type_id is not None and (pk in history.typed or (judged and type_id == suggested)):
        return type_id, TAUGHT, False
    if judged is False and type_id in (None, suggested):
        return suggested, TAUGHT, True
    if type_id is None:
        return None
    if pk in history.sent and row["service_id"] != row["request_type__service_id"]:
        return (type_id, 1.0, True) if by_machine else (type_id, DOUBTED, False)
    is_seen = row["first_answered_at"] is not None or row["closed_at"] is not None
    return (type_id, 1.0, False) if is_seen or not by_machine else None


def _catalogue() -> tuple[set[str], frozenset[str]]:
    """(the folded names of the types, the codes of their questions that are no open ones)."""
    rows = RequestType.objects.order_by().values_list("name", "questions")
    return {fold(name) for name, _questions in rows}, closed_codes(*(questions for _name, questions in rows))


def _rows(limit: int) -> list[dict[str, Any]]:
    first = Message.objects.filter(ticket=OuterRef("pk"), kind=MessageKind.INBOUND).order_by("created_at", "id")
    rows: Any = (
        Ticket.objects.filter(
            Q(request_type__is_active=True)
            | Q(request_type=None, suggestion__is_right=False, suggestion__request_type__is_active=True)
        )
        .exclude(status__in=[Status.CANCELLED, Status.MERGED])
        .annotate(body=Subquery(first.values("body")[:1]))
        .order_by("-received_at", "-id")
        .values(
            *("pk", "subject", "request_type_id", "requester_id", "received_at", "first_answered_at", "closed_at"),
            *("body", "answers", "service_id", "request_type__service_id", "suggestion__request_type_id"),
        )[:limit]
    )
    return list(rows)


def _history(ids: Sequence[int]) -> _History:
    found = _History(set(), set(), {})
    for chunk in _chunks(ids):
        events = TicketEvent.objects.filter(ticket__in=chunk).filter(
            Q(kind=EventKind.ROUTED) | Q(kind__in=[EventKind.TYPED, EventKind.TRANSFERRED], actor__isnull=False)
        )
        for ticket_id, kind, reason in events.order_by().values_list("ticket_id", "kind", "data__reason"):
            if kind == EventKind.TYPED:
                found.typed.add(ticket_id)
            elif kind == EventKind.TRANSFERRED:
                found.sent.add(ticket_id)
            else:
                found.reasons[ticket_id] = reason or ""
    return found


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
