"""What a ticket page shows."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Case, QuerySet, When

from directory.contacts import normalise_phone
from directory.models import Agent, Citizen, ContactKind
from tickets.enums import OPEN_STATUSES, DeadlineState, MessageKind, Status
from tickets.models import Attachment, Deadline, Message, Ticket, TicketEvent
from tickets.selectors.page_file import holds_none
from tickets.selectors.visible import tickets_visible_to


def messages_of(ticket: Ticket) -> QuerySet[Message]:
    """The conversation, oldest first, with attachments and delivery state: two queries."""
    return ticket.messages.select_related("outbound").prefetch_related("attachments")


def conversation_read(ticket: Ticket) -> list[Message]:
    """`messages_of`, in one query when it is known that the ticket has no attachment."""
    if not holds_none(ticket, "attachments"):
        return list(messages_of(ticket))
    messages = list(ticket.messages.select_related("outbound"))
    for message in messages:
        message.__dict__["_prefetched_objects_cache"] = {"attachments": Attachment.objects.none()}
    return messages


def last_message_id(ticket: Ticket, *, but: Agent | None = None) -> int:
    """The id of the last message a person wrote, ``but`` this agent; 0 without any. One query."""
    written = Message.objects.filter(ticket=ticket, is_automatic=False)
    if but is not None:
        written = written.exclude(author=but)
    return written.order_by("-pk").values_list("pk", flat=True).first() or 0


def events_of(ticket: Ticket) -> QuerySet[TicketEvent]:
    return ticket.events.select_related("actor")


@dataclass(frozen=True)
class Given:
    """A way to be reached that came with the request and is not on the card: nobody checked it."""

    value: str
    is_email: bool
    channel: str


def given_with(messages: Iterable[Message], contacts: Iterable[str]) -> list[Given]:
    """What the first of ``messages`` gave, of what is not among ``contacts`` (values of the requester's card)."""
    opening = next((message for message in messages if message.kind == MessageKind.INBOUND), None)
    if opening is None:
        return []
    known = set(contacts)
    values = ((opening.author_phone, False), (opening.author_email, True))
    return [Given(value, mail, opening.channel) for value, mail in values if value and value not in known]


def live_deadlines(ticket: Ticket) -> list[Deadline]:
    """The clocks that run or are paused, earliest first."""
    return list(ticket.deadlines.filter(state__in=(DeadlineState.RUNNING, DeadlineState.PAUSED)).order_by("due_at"))


def phone_of(ticket: Ticket) -> str:
    """The number the requester is most likely called back at: the one given with the request, else the first one known,
    or an empty string. Nobody checked the first one: it serves for this ticket alone."""
    opening = ticket.messages.filter(kind=MessageKind.INBOUND).order_by("created_at", "id")
    given = opening.values_list("author_phone", flat=True).first() or ""
    if normalise_phone(given):
        return given
    if ticket.requester is None:
        return ""
    points = ticket.requester.contact_points.filter(kind=ContactKind.PHONE).order_by("id")
    return points.values_list("value", flat=True).first() or ""


@dataclass(frozen=True)
class CitizenCard:
    """A person as an agent sees them: contact points, and the tickets the agent may see, open first.

    ``failing``: contact point → why what we sent there came back.
    """

    citizen: Citizen
    contacts: list[str]
    tickets: list[Ticket]
    failing: dict[str, str] = field(default_factory=dict)


def others_of(agent: Agent, citizen_id: int, *, without: Ticket | None = None) -> QuerySet[Ticket]:
    """The tickets of a person that the agent may see, but ``without``: those in progress first, then the newest."""
    tickets = tickets_visible_to(agent).filter(requester=citizen_id).exclude(status=Status.MERGED)
    if without is not None:
        tickets = tickets.exclude(pk=without.pk)
    is_over = Case(When(status__in=OPEN_STATUSES, then=0), default=1)
    return tickets.select_related("service").order_by(is_over, "-received_at")


def citizen_card(agent: Agent, citizen: Citizen, *, limit: int = 10, without: Ticket | None = None) -> CitizenCard:
    recent = list(others_of(agent, citizen.pk, without=without)[:limit])
    contacts = getattr(without, "requester_contacts", None)  # read with the ticket of the page, see `with_legal_file`
    if contacts is None:
        points = list(citizen.contact_points.all())
        contacts = [point.value for point in points]
        failing = {point.value: point.failure for point in points if point.failing_since is not None}
    else:
        failing = {row["value"]: row["failure"] for row in getattr(without, "requester_failing", ())}
    return CitizenCard(citizen, contacts, recent, failing)
