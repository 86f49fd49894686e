"""The filters of the lists, as conditions on tickets: what `tickets.filter_forms` read, the API and the exports ask."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Exists, F, Func, OuterRef, Q, TextField
from django.db.models.functions import Lower
from django.db.models.lookups import Contains
from django.utils import timezone

from core.search import french_query
from core.text import words
from directory.models import Agent, Citizen, RequestType, Service
from directory.people_search import citizen_ids_named
from tickets.enums import OPEN_STATUSES, MessageKind
from tickets.models import Attachment, Message, RoutingHit, TicketTask, Watcher
from tickets.selectors.queues import due_today_q, late_q
from tickets.selectors.words import texts_with

NOBODY, ME = "none", "me"
FRENCH = "fr"  # what an empty `Ticket.language` means


@dataclass(frozen=True)
class ServiceRow:
    pk: int
    code: str
    name: str
    parent_id: int | None


def service_rows() -> list[ServiceRow]:
    """Every service, by name: what a filter needs to show and to go down the tree. One query."""
    return [ServiceRow(*row) for row in Service.objects.order_by("name").values_list("pk", "code", "name", "parent_id")]


def subtree_ids(rows: Iterable[ServiceRow], codes: Iterable[str]) -> set[int]:
    """The ids of the services named by code, each with everything below it. An unknown code adds nothing."""
    wanted = set(codes)
    children: dict[int | None, list[int]] = {}
    todo = []
    for row in rows:
        children.setdefault(row.parent_id, []).append(row.pk)
        if row.code in wanted:
            todo.append(row.pk)
    found: set[int] = set()
    while todo:
        pk = todo.pop()
        found.add(pk)
        todo.extend(children.get(pk, ()))
    return found


def filters_q(wanted: Mapping[str, Any], agent: Agent, now: datetime, services: Sequence[ServiceRow]) -> Q:
    """The condition of what is ``wanted``: the cleaned data of `TicketFilterForm`; a missing or empty value asks
    nothing. Several values of one filter: any of them. ``services`` is only read when a service is wanted.

    Each condition has its index, or is about open tickets only, or is read along an index that others bound.
    """
    condition = Q()
    for name, value in wanted.items():
        if value in (None, "", [], False):
            continue
        if name in _SIMPLE:
            condition &= Q(**{f"{_SIMPLE[name]}__in": value})
        elif name in _FLAGS:
            condition &= _FLAGS[name]
        elif name == "service":
            condition &= Q(service_id__in=sorted(subtree_ids(services, value)))
        elif name == "not_service":
            condition &= ~Q(service_id__in=sorted(subtree_ids(services, value)))
        else:
            condition &= _other(name, value, agent, now)
    return condition


def _ours(*, since: Any) -> Exists:
    """Whether the town hall wrote to the citizen at ``since`` or later."""
    return Exists(
        Message.objects.filter(ticket=OuterRef("pk"), kind=MessageKind.REPLY, is_automatic=False, created_at__gte=since)
    )


_SIMPLE = {
    "status": "status",
    "channel": "channel",
    "priority": "priority",
    "regime": "legal_regime",
    "mailbox": "mailbox",
    "alarm": "emergency",
    "requester": "requester__kind",
}
_FLAGS: dict[str, Any] = {
    "open": Q(status__in=OPEN_STATUSES),
    "sensitive": Q(is_sensitive=True),
    "flagged": ~Q(flag=""),
    "emergency": Q(emergency__isnull=False),
    "legal": Q(legal_running=True),
    "escalated": Q(escalation_level__gt=0),
    "reopened": Q(reopen_count__gt=0),
    "moved": Q(transfer_count__gt=0),
    "at_once": Q(is_first_contact=True),
    "task": Exists(TicketTask.objects.filter(ticket=OuterRef("pk"), done_at=None, cancelled_at=None)),
    "attached": Exists(Attachment.objects.filter(message__ticket=OuterRef("pk"))),
    "wrote": Q(status__in=OPEN_STATUSES) & Q(~_ours(since=OuterRef("last_inbound_at"))),
}


def _other(name: str, value: Any, agent: Agent, now: datetime) -> Q:
    if name == "late":
        return late_q(now)
    if name == "today":
        return due_today_q(now)
    if name == "type":
        return Q(request_type__in=RequestType.objects.filter(code__in=value).values("pk"))
    if name == "not_status":
        return ~Q(status__in=value)
    if name == "not_type":
        types = RequestType.objects.filter(code__in=value).values("pk")
        return Q(request_type=None) | ~Q(request_type__in=types)
    if name == "assignee":
        return _assignee(value, agent)
    if name == "author":
        return Q(created_by__in=[agent.pk if each == ME else int(each) for each in value])
    if name == "answer":
        return _answers(value)
    if name in {"who", "person"}:
        return _requester(name, value)
    if name == "rule":
        return Q(pk__in=RoutingHit.objects.filter(rule__in=value).values("ticket"))
    if name == "watched":
        return Q(pk__in=Watcher.objects.filter(agent=agent).values("ticket"))
    if name == "silent":
        limit = now - timedelta(days=int(value))
        return Q(status__in=OPEN_STATUSES, received_at__lt=limit) & Q(~_ours(since=limit))
    if name == "tag":
        return Q(tags__overlap=value)
    if name == "language":
        return Q(language__in=["" if code == FRENCH else code for code in value])
    if name == "answered":
        return Q(answer_kept=value == "yes")
    if name == "place":
        return _place(value)
    if name == "since":
        return Q(received_at__gte=_midnight(value))
    if name == "until":
        return Q(received_at__lt=_midnight(value + timedelta(days=1)))
    if name == "replied_since":
        return Q(first_answered_at__gte=_midnight(value))
    if name == "replied_until":
        return Q(first_answered_at__lt=_midnight(value + timedelta(days=1)))
    if name == "closed_since":
        return Q(closed_at__gte=_midnight(value))
    if name == "closed_until":
        return Q(closed_at__lt=_midnight(value + timedelta(days=1)))
    if name == "legal_by":
        return Q(legal_running=True, legal_due_on__lte=value)
    if name == "due":
        return Q(next_due_at__lt=_midnight(value + timedelta(days=1)))
    raise KeyError(name)


def _assignee(values: Sequence[str], agent: Agent) -> Q:
    people = [agent.pk if value == ME else int(value) for value in values if value != NOBODY]
    condition = Q(assignee__isnull=True) if NOBODY in values else Q()
    return condition | Q(assignee__in=people) if people else condition


def _requester(name: str, value: Any) -> Q:
    """The requests of these people, and those made for an organisation by who writes for it. ``who``: words of a name,
    of which the bounded number of people found (`directory.people_search`) are taken."""
    people = citizen_ids_named(words(value)) if name == "who" else [int(each) for each in value]
    theirs = Citizen.objects.filter(Q(pk__in=people) | Q(member_of__in=people))
    return Q(requester__in=theirs.values("pk"))


def _answers(values: Sequence[str]) -> Q:
    """One of these answers to the form, each as ``code:answer``: on a ticket the label stands between the two."""
    condition = Q()
    for value in values:
        code, _colon, answer = value.partition(":")
        condition |= Q(answers__contains=[[code, answer]])
    return condition


def _place(text: str) -> Q:
    """Every word in the place, accents and case forgiven. The index of the whole text finds the candidates."""
    query = french_query(text)
    if query is None:
        return Q()
    place = Func(Lower(F("location")), function="f_unaccent", output_field=TextField())
    condition = Q(pk__in=texts_with(query))
    for word in words(text)[:12]:
        condition &= Q(Contains(place, word))
    return condition


def _midnight(day: date) -> datetime:
    """When a local day begins in the town."""
    return datetime.combine(day, time.min, tzinfo=timezone.get_default_timezone())
