"""« Déjà demandé »: what a person asked lately about the same subject."""

from datetime import datetime, timedelta

from django.db.models import OuterRef, Q, Subquery
from django.db.models.functions import Left

from knowledge.ranking import telling_words
from tickets.enums import OPEN_STATUSES, MessageKind, Status
from tickets.models import Message, Ticket
from tickets.routing.similarity import Subject, closest

SAME_SUBJECT_FOR, MOST = timedelta(days=30), 20
READ = 400  # characters of a message that are compared


def earlier_same_subject(ticket: Ticket, body: str) -> Ticket | None:
    """The requester's ticket of the thirty days before, or still open, that ``ticket`` is about again.

    Of their twenty last ones: one query, whatever they wrote in their life. A sensitive ticket is never told of to
    those who read an ordinary one.
    """
    if ticket.requester_id is None:
        return None
    first = Message.objects.filter(ticket=OuterRef("pk"), kind=MessageKind.INBOUND).order_by("created_at", "id")
    recent = Q(status__in=OPEN_STATUSES) | Q(received_at__gte=ticket.received_at - SAME_SUBJECT_FOR)
    tickets = (
        Ticket.objects.filter(recent, requester=ticket.requester_id, received_at__lte=ticket.received_at)
        .exclude(pk=ticket.pk)
        .exclude(status__in=[Status.MERGED, Status.CANCELLED])
        .annotate(said=Subquery(first.values(start=Left("body", READ))[:1]))
        .order_by("-received_at", "-id")
    )
    if not ticket.is_sensitive:
        tickets = tickets.filter(is_sensitive=False)
    found = list(tickets[:MOST])
    others = [(index, _subject(each, each.said or "")) for index, each in enumerate(found)]
    number = closest(_subject(ticket, body), others)
    return None if number is None else found[number]


def written_from(ticket: Ticket, address: str) -> bool:
    """Whether a message of the citizen on ``ticket`` came from ``address``."""
    return Message.objects.filter(ticket=ticket, kind=MessageKind.INBOUND, author_email=address).exists()


def days_between(earlier: Ticket, later: datetime) -> int:
    return max((later - earlier.received_at).days, 0)


def _subject(ticket: Ticket, body: str) -> Subject:
    return Subject.of(ticket.request_type_id, telling_words(f"{ticket.subject} {body[:READ]}"))
