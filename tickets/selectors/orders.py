"""The orders a list can be read in. Some follow an index: a page costs the same at any size. The others are for lists
of at most `MOST` tickets, which are fetched by number and sorted by the database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

from django.db.models import Case, F, Func, Q, QuerySet, TextField, Value, When
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce, Concat, Lower
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from directory.models import CitizenKind
from tickets.enums import Status
from tickets.models import Ticket
from tickets.selectors.counting import ids_within

MOST = 2_000  # tickets sorted without an index
_LAST_DAY, _LAST_MOMENT = date(9999, 12, 31), datetime(9999, 12, 31, tzinfo=UTC)


@dataclass(frozen=True)
class Order:
    """``fields``: as `core.pagination.keyset_page` wants them. ``column``: whose header sorts so, and ``descending`` if
    it does it downwards. ``bounded``: for MOST tickets at most, with the values of ``adds`` put on each."""

    key: str
    label: object
    fields: tuple[str, ...]
    column: str = ""
    descending: bool = False
    bounded: bool = False
    adds: Mapping[str, Any] = field(default_factory=dict)


# each follows an index of open tickets, or of those whose legal clock runs
_INDEXED = {
    order.key: order
    for order in (
        Order("due", _("Due date, the most urgent first"), ("queue_at", "id"), "due"),
        Order("due-last", _("Due date, the farthest first"), ("-queue_at", "-id"), "due", descending=True),
        Order("legal", _("Legal last day"), ("legal_due_on", "id"), "legal"),
        Order("legal-last", _("Legal last day, the farthest first"), ("-legal_due_on", "-id"), "legal", True),
        Order("priority", _("Priority, then due date"), ("-priority", "queue_at", "id"), "priority", True),
        Order("priority-low", _("Priority, the lowest first"), ("priority", "-queue_at", "-id"), "priority"),
        Order("newest", _("Newest first"), ("-received_at", "-id"), "received", True),
        Order("oldest", _("Oldest first"), ("received_at", "id"), "received"),
        Order("spoke", _("Last message of the citizen, newest first"), ("-last_inbound_at", "-id"), "spoke", True),
        Order("silent", _("Last message of the citizen, oldest first"), ("last_inbound_at", "id"), "spoke"),
    )
}
# of tickets that are all closed, by the index of their closing
_CLOSED = {
    order.key: order
    for order in (
        Order("closed", _("Closing, the last one first"), ("-closed_at", "-id"), "closed", True),
        Order("closed-first", _("Closing, the first one first"), ("closed_at", "id"), "closed"),
    )
}


def _folded(*names: str) -> Any:
    """These fields one after the other, without accents nor capitals."""
    parts = [part for name in names for part in (F(name), Value(" "))]
    return Func(Lower(Concat(*parts, output_field=TextField())), function="f_unaccent", output_field=TextField())


def _after(condition: Q) -> Any:
    """1 for the tickets that come last in either direction: they have nothing to be sorted by."""
    return Case(When(condition, then=Value(1)), default=Value(0))


_STATUSES = [Status.NEW, Status.OPEN, Status.WAITING, Status.ANSWERED, Status.CLOSED, Status.CANCELLED, Status.MERGED]
_REQUESTER = Case(
    When(
        ~Q(requester__kind=CitizenKind.PERSON) & ~Q(requester__organisation=""), then=_folded("requester__organisation")
    ),
    default=_folded("requester__last_name", "requester__first_name", "requester__organisation"),
)
# column → (label upwards, label downwards, the field sorted by, what is put on each ticket)
_SORTED: dict[str, tuple[object, object, str, dict[str, Any]]] = {
    "status": (
        _("Status, from new to finished"),
        _("Status, from finished to new"),
        "sort_rank",
        {"sort_rank": Case(*(When(status=each, then=Value(rank)) for rank, each in enumerate(_STATUSES)))},
    ),
    "service": (
        _("Service, A to Z"),
        _("Service, Z to A"),
        "sort_text",
        {"sort_text": _folded("service__name")},
    ),
    "assignee": (
        _("Assignee, A to Z"),
        _("Assignee, Z to A"),
        "sort_text",
        {
            "sort_none": _after(Q(assignee=None)),
            "sort_text": Coalesce(_folded("assignee__last_name", "assignee__first_name"), Value("", TextField())),
        },
    ),
    "requester": (
        _("Requester, A to Z"),
        _("Requester, Z to A"),
        "sort_text",
        {"sort_none": _after(Q(requester=None)), "sort_text": Coalesce(_REQUESTER, Value("", TextField()))},
    ),
    "type": (
        _("Request type, A to Z"),
        _("Request type, Z to A"),
        "sort_text",
        {
            "sort_none": _after(Q(request_type=None)),
            "sort_text": Coalesce(_folded("request_type__name"), Value("", TextField())),
        },
    ),
}


def _both(column: str) -> list[Order]:
    up, down, name, adds = _SORTED[column]
    first = ("sort_none",) if "sort_none" in adds else ()
    return [
        Order(column, up, (*first, name, "-received_at", "-id"), column, False, True, adds),
        Order(f"{column}-z", down, (*first, f"-{name}", "-received_at", "-id"), column, True, True, adds),
    ]


def _dated(order: Order, source: str, name: str, last: Any) -> Order:
    """The same order where some tickets have no such day: those come last."""
    adds = {"sort_none": _after(Q(**{source: None})), name: Coalesce(F(source), Value(last))}
    fields = tuple(each.replace(source, name) for each in order.fields)
    return replace(order, fields=("sort_none", *fields), bounded=True, adds=adds)


_BOUNDED = {
    order.key: order
    for order in (
        *(replace(order, bounded=True) for order in _INDEXED.values() if order.column != "legal"),
        *(
            _dated(order, "legal_due_on", "sort_on", _LAST_DAY)
            for order in _INDEXED.values()
            if order.column == "legal"
        ),
        *(_dated(order, "closed_at", "sort_at", _LAST_MOMENT) for order in _CLOSED.values()),
        *(order for column in _SORTED for order in _both(column)),
    )
}

_OPEN = ("due", "due-last", "priority", "priority-low", "newest", "oldest", "spoke", "silent")
_LEGAL = ("legal", "legal-last", "newest", "oldest")
# closed tickets are a million: only what their one index gives
_ALL = ("newest", "oldest")

# of what a search found: `tickets.selectors.search.best_first` gives the score
BEST = Order("best", _("Best match"), ("-score", "-received_at", "-id"))


def orders_of(queue: str, *, closed: bool = False) -> Sequence[Order]:
    """Those of a queue, the first one being its usual order; ``queue`` is empty for every ticket. ``closed``: the
    filters keep tickets that are closed only."""
    keys = {"legal": _LEGAL, "": _ALL}.get(queue, _OPEN)
    found = {key: _INDEXED[key] for key in keys}
    if closed:
        found |= _CLOSED
    rest = {key: order for key, order in _BOUNDED.items() if order.column != "closed" or queue in {"", "legal"}}
    return list({**found, **{key: order for key, order in rest.items() if key not in found}}.values())


def order_of(queue: str, key: str, *, closed: bool = False) -> Order:
    """The order of this key, or the usual one of the queue when it is not offered there."""
    offered = orders_of(queue, closed=closed)
    return next((order for order in offered if order.key == key), offered[0])


def arranged(tickets: QuerySet[Ticket], order: Order) -> QuerySet[Ticket] | None:
    """``tickets``, to be read in ``order``. None when that order follows no index and they are more than MOST, or take
    too long to be counted. One query for a bounded order."""
    if not order.bounded:
        return tickets
    ids = ids_within(tickets, MOST)
    if ids is None or len(ids) > MOST:
        return None
    among = Ticket.objects.filter(pk__in=RawSQL("SELECT unnest(%s::bigint[])", [ids]))
    return among.annotate(**order.adds)


def too_long_for_it() -> str:
    """What to do of a list that `arranged` does not sort."""
    return gettext("This order is for lists of %(most)d requests at most: narrow it with filters.") % {"most": MOST}
