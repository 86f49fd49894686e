"""What the telephone desk shows: the call at my extension, the people to call back."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext

from channels_intake.models import Call, CallbackAttempt, CallState, Extension
from channels_intake.phone.callbacks import MISSED_KEPT, is_held
from core.navigation import capped
from directory.contacts import display_phone
from directory.models import Agent
from directory.permissions import has_right, service_ids_with
from directory.roles import LOG, WORK
from tickets.enums import OPEN_STATUSES, DeadlineKind, DeadlineState, EventKind
from tickets.models import Deadline, Ticket, TicketEvent
from tickets.selectors.visible import tickets_visible_to, with_names

RINGS_FOR = timedelta(minutes=3)  # a telephone system that died tells no end
TALKS_FOR = timedelta(hours=1)
SET_ASIDE_SHOWN = timedelta(days=30)
MOST_MISSED = 50
CAP = 99


@dataclass(frozen=True)
class Incoming:
    """A call at my extension, and what its caller already has in hand (only what I may see)."""

    call: Call
    number: str
    open_tickets: list[Ticket]

    @property
    def who(self) -> str:
        return self.call.citizen.display_name if self.call.citizen else self.number or gettext("Hidden number")


def extension_of(agent: Agent) -> str:
    return Extension.objects.filter(agent=agent).values_list("number", flat=True).first() or ""


def incoming_calls(agent: Agent, extension: str, *, now: datetime, taken: int | None = None) -> list[Incoming]:
    """The calls that ring or go on at ``extension``, the latest first, but ``taken`` (on the form). Two queries."""
    if not extension:
        return []
    rings = Q(state=CallState.RINGING, ringing_at__gte=now - RINGS_FOR, extensions__contains=[extension])
    talks = Q(state=CallState.ANSWERED, answered_at__gte=now - TALKS_FOR, extension=extension, ticket__isnull=True)
    calls = Call.objects.filter(rings | talks, ringing_at__gte=now - RINGS_FOR - TALKS_FOR).exclude(pk=taken or 0)
    found = list(calls.select_related("citizen").order_by("-ringing_at", "-id")[:3])
    people = [call.citizen_id for call in found if call.citizen_id]
    tickets = with_names(tickets_visible_to(agent)).filter(requester__in=people, status__in=OPEN_STATUSES)
    by_person: dict[int | None, list[Ticket]] = {}
    for ticket in tickets.order_by("-received_at", "-id")[:30] if people else ():
        by_person.setdefault(ticket.requester_id, []).append(ticket)
    return [Incoming(call, display_phone(call.number), by_person.get(call.citizen_id, [])) for call in found]


def call_at_hand(extension: str, text: str) -> Call | None:
    """The call named by ``text`` (an id), if whoever sits at ``extension`` may log it: it rang there, or was missed and
    is being returned."""
    if not (text.isdecimal() and len(text) < 18):
        return None
    call = Call.objects.select_related("citizen").filter(pk=int(text)).first()
    if call is None or call.ticket_id is not None:
        return None
    is_mine = bool(extension) and extension in call.extensions
    return call if is_mine or call.state == CallState.MISSED else None


@dataclass(frozen=True)
class Owed:
    """A callback promised on a ticket. ``number`` may be empty: the person gave none, the ticket says more."""

    deadline: Deadline
    number: str
    wanted_at: datetime | None
    next_at: datetime | None
    held_by: Agent | None
    is_mine: bool
    attempts: Sequence[CallbackAttempt]

    @property
    def number_shown(self) -> str:
        return display_phone(self.number)


@dataclass(frozen=True)
class Missed:
    """A number that called in vain, with all of its missed calls (the latest in ``call``)."""

    call: Call
    count: int
    held_by: Agent | None
    is_mine: bool
    attempts: Sequence[CallbackAttempt] = field(default_factory=list)

    @property
    def number_shown(self) -> str:
        return display_phone(self.call.number)


def callbacks_q(agent: Agent) -> Q:
    """Callbacks still owed, on tickets that the agent sees and works on."""
    mine = tickets_visible_to(agent).filter(service_id__in=sorted(service_ids_with(agent, WORK)))
    live = (DeadlineState.RUNNING, DeadlineState.PAUSED)
    return Q(kind=DeadlineKind.CALLBACK, state__in=live, ticket__in=mine)


def callbacks_owed(agent: Agent) -> QuerySet[Deadline]:
    """In the order to call: ``call_at`` is the moment agreed with the person, else the end of the promise."""
    attempts = CallbackAttempt.objects.select_related("agent").order_by("at", "id")
    # a callback noted on the ticket page wrote its number in the history
    asked = TicketEvent.objects.filter(ticket=OuterRef("ticket"), kind=EventKind.CALLBACK, data__step="asked")
    phone = asked.order_by("-at", "-id").values("data__phone")[:1]
    return (
        Deadline.objects.filter(callbacks_q(agent))
        .select_related("ticket__requester", "ticket__service", "callback__taken_by")
        .prefetch_related(Prefetch("attempts", attempts), "ticket__requester__contact_points")
        .annotate(call_at=Coalesce(F("callback__next_at"), F("due_at")), asked_phone=Subquery(phone))
    )


def owed_of(deadline: Deadline, agent: Agent, now: datetime) -> Owed:
    detail = getattr(deadline, "callback", None)
    asked: str | None = deadline.asked_phone  # type: ignore[attr-defined]  # annotated by `callbacks_owed`
    number = (detail.number if detail else "") or asked or _known_number(deadline.ticket)
    held = detail is not None and is_held(detail, agent, now)
    return Owed(
        deadline=deadline,
        number=number,
        wanted_at=detail.wanted_at if detail else None,
        next_at=detail.next_at if detail else None,
        held_by=detail.taken_by if detail and held else None,
        is_mine=bool(detail and detail.taken_by_id == agent.pk),
        attempts=list(deadline.attempts.all()),
    )


def _known_number(ticket: Ticket) -> str:
    """The first number on the requester's card, from the contact points already read."""
    if ticket.requester is None:
        return ""
    points = [point for point in ticket.requester.contact_points.all() if point.kind == "phone"]
    return points[0].value if points else ""


def missed_calls(agent: Agent, now: datetime) -> list[Missed]:
    """The numbers to call back, the oldest first, for those who log calls. Two queries."""
    if not has_right(agent, LOG):
        return []
    attempts = CallbackAttempt.objects.select_related("agent").order_by("at", "id")
    calls = (
        _missed()
        .select_related("citizen", "taken_by")
        .prefetch_related(Prefetch("attempts", attempts))
        .order_by("ringing_at", "id")[: MOST_MISSED * 4]
    )
    by_number: dict[str, list[Call]] = {}
    for call in calls:
        by_number.setdefault(call.number, []).append(call)
    found = []
    for group in list(by_number.values())[:MOST_MISSED]:
        last = group[-1]
        holder = next((call for call in group if is_held(call, agent, now)), None)
        found.append(
            Missed(
                call=last,
                count=len(group),
                held_by=holder.taken_by if holder else None,
                is_mine=any(call.taken_by_id == agent.pk for call in group),
                attempts=[attempt for call in group for attempt in call.attempts.all()],
            )
        )
    return found


def missed_forgotten(agent: Agent, now: datetime) -> list[Missed]:
    """The missed calls that nobody dealt with in time and that were set aside by themselves, the last first."""
    if not has_right(agent, LOG):
        return []
    period = (now - MISSED_KEPT - SET_ASIDE_SHOWN, now - MISSED_KEPT)
    calls = Call.objects.filter(ringing_at__range=period, dismissed_at__isnull=False, dismissed_by__isnull=True)
    found = calls.exclude(number="").select_related("citizen").order_by("-ringing_at", "-id")[:MOST_MISSED]
    return [Missed(call, 1, None, is_mine=False) for call in found]


def _missed() -> QuerySet[Call]:
    return Call.objects.filter(state=CallState.MISSED, called_back_at__isnull=True, dismissed_at__isnull=True).exclude(
        number=""
    )


def to_call_back(agent: Agent) -> list[QuerySet[Any, Any]]:
    """Who waits for a call, for the sidebar: callbacks owed, then numbers whose call was missed."""
    found: list[QuerySet[Any, Any]] = []
    if service_ids_with(agent, WORK):
        found.append(Deadline.objects.filter(callbacks_q(agent)).order_by().values_list("pk")[: CAP + 1])
    if has_right(agent, LOG):
        found.append(_missed().order_by().values_list("number").distinct()[: CAP + 1])
    return found


def to_call_back_counter(counts: Sequence[int]) -> tuple[str, str]:
    """The counter of `to_call_back`, and its tone."""
    count = sum(counts)
    return capped(count, CAP), "soon" if count else ""
