"""The query of the ticket list: read from the address, refused with the field and the values allowed, then applied."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from core.errors import Invalid
from tickets.enums import Channel, Status
from tickets.models import Ticket
from tickets.search_terms import read
from tickets.selectors.filters import service_rows, subtree_ids
from tickets.selectors.queues import late_q
from tickets.selectors.search import Found, tickets_found

DEFAULT_LIMIT, MAX_LIMIT = 25, 100
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


@dataclass(frozen=True)
class TicketFilter:
    """What a caller asks of the list. Empty tuples and None ask nothing; ``service_ids`` None means every service."""

    text: str
    statuses: tuple[str, ...]
    channels: tuple[str, ...]
    service_ids: frozenset[int] | None
    late: bool | None
    cursor: str | None
    limit: int


def read_filter(params: QueryDict) -> TicketFilter:
    """The filter of a query string. ``status``, ``channel`` and ``service`` may be repeated or separated by commas.

    Raises `Invalid` naming the parameter. One query, and only when a service is named.
    """
    return TicketFilter(
        text=params.get("q", ""),
        statuses=_choices(params, "status", Status.values),
        channels=_choices(params, "channel", Channel.values),
        service_ids=_services(params),
        late=_boolean(params, "late"),
        cursor=params.get("cursor") or None,
        limit=_limit(params),
    )


def apply_filter(tickets: QuerySet[Ticket], wanted: TicketFilter, *, now: datetime) -> Found:
    """Those of ``tickets`` that are ``wanted``; the text is searched as the search box of the pages does."""
    condition = Q()
    if wanted.statuses:
        condition &= Q(status__in=wanted.statuses)
    if wanted.channels:
        condition &= Q(channel__in=wanted.channels)
    if wanted.service_ids is not None:
        condition &= Q(service_id__in=sorted(wanted.service_ids))
    if wanted.late is not None:
        condition &= late_q(now) if wanted.late else ~late_q(now)
    return tickets_found(tickets, read(wanted.text)).filter(condition)


def _values(params: QueryDict, name: str) -> list[str]:
    return [value for entry in params.getlist(name) for value in entry.split(",") if value]


def _choices(params: QueryDict, name: str, allowed: Iterable[str]) -> tuple[str, ...]:
    values = _values(params, name)
    allowed = list(allowed)
    for value in values:
        if value not in allowed:
            raise _unknown(name, value, allowed)
    return tuple(dict.fromkeys(values))


def _services(params: QueryDict) -> frozenset[int] | None:
    """The ids of the services named by code, each with everything below it in the tree."""
    codes = _values(params, "service")
    if not codes:
        return None
    rows = service_rows()
    known = sorted(row.code for row in rows)
    for code in codes:
        if code not in known:
            raise _unknown("service", code, known)
    return frozenset(subtree_ids(rows, codes))


def _boolean(params: QueryDict, name: str) -> bool | None:
    value = params.get(name, "").lower()
    if not value:
        return None
    if value not in _BOOLEANS:
        raise _unknown(name, value, ["true", "false"])
    return _BOOLEANS[value]


def _limit(params: QueryDict) -> int:
    value = params.get("limit", "")
    if not value:
        return DEFAULT_LIMIT
    if not (value.isascii() and value.isdigit() and len(value) < 5 and 1 <= int(value) <= MAX_LIMIT):
        raise Invalid(_("Give a number from 1 to %(most)d.") % {"most": MAX_LIMIT}, field="limit")
    return int(value)


def _unknown(name: str, value: str, allowed: Iterable[str]) -> Invalid:
    return Invalid(
        _("« %(value)s » is not a value of %(name)s. Allowed: %(allowed)s.")
        % {"value": value[:60], "name": name, "allowed": ", ".join(allowed)},
        field=name,
        code="unknown_value",
    )
