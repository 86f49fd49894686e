"""What the dashboard reads: four queries over indexes; where they count many tickets, twice a minute at most."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.core.cache import cache
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Trunc

from channels_intake.counter.selectors import SiteWaits, waits_by_site
from channels_intake.phone.figures import CallFigures, call_figures
from core.text import fold
from dashboard.figures import FIGURES, Figure
from dashboard.periods import Period
from directory.models import Agent, Service
from directory.permissions import service_ids_with
from directory.roles import DASHBOARD, SENSITIVE, VIEW
from tickets.enums import OPEN_STATUSES, Channel
from tickets.models import Ticket
from tickets.selectors.visible import tickets_visible_to, with_names

Counts = dict[str, int]
MANY, KEPT_SECONDS = 20_000, 30


@dataclass(frozen=True)
class Scope:
    """What is looked at: the services, one channel or all (empty), the period."""

    services: tuple[int, ...]
    channel: str
    period: Period


def dashboard_services(agent: Agent) -> list[Service]:
    """The services whose figures the agent may read, by name, accents folded."""
    services = Service.objects.filter(pk__in=sorted(service_ids_with(agent, DASHBOARD)))
    return sorted(services, key=lambda service: (fold(service.name), service.pk))


def subtree(services: Iterable[Service], root: Service) -> tuple[int, ...]:
    """The ids of ``root`` and of what is below it, among ``services``."""
    children: dict[int | None, list[int]] = defaultdict(list)
    for service in services:
        children[service.parent_id].append(service.pk)
    todo, found = [root.pk], []
    while todo:
        pk = todo.pop()
        found.append(pk)
        todo += children[pk]
    return tuple(sorted(found))


def counted_tickets(agent: Agent, scope: Scope) -> QuerySet[Ticket]:
    """The tickets the figures count: sensitive ones only where the agent processes them, as in the lists."""
    allowed = service_ids_with(agent, DASHBOARD) & set(scope.services)
    sensitive = service_ids_with(agent, SENSITIVE) & allowed
    condition = Q(service_id__in=sorted(allowed))
    if sensitive != allowed:
        condition &= Q(is_sensitive=False) | Q(service_id__in=sorted(sensitive))
    tickets = Ticket.objects.filter(condition)
    return tickets.filter(channel=scope.channel) if scope.channel else tickets


def figure_tickets(agent: Agent, scope: Scope, key: str, *, now: datetime, zone: ZoneInfo) -> QuerySet[Ticket]:
    """The list behind a figure, under the agent's rights on tickets. KeyError for an unknown figure."""
    figure = FIGURES[key]
    tickets = counted_tickets(agent, scope) & tickets_visible_to(agent)
    tickets = tickets.filter(figure.condition(now))
    if figure.in_period:
        start, end = scope.period.bounds(zone)
        tickets = tickets.filter(received_at__gte=start, received_at__lt=end)
    return with_names(tickets)


def may_list(agent: Agent, scope: Scope) -> bool:
    """True when the agent sees the tickets behind every figure of the scope (an elected official sees figures only)."""
    return set(scope.services) <= service_ids_with(agent, VIEW)


@dataclass
class Board:
    """The figures: in all, by service id, by channel code, and over time."""

    total: Counts = field(default_factory=lambda: defaultdict(int))
    by_service: dict[int, Counts] = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))
    by_channel: dict[str, Counts] = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))
    trend: dict[date, Counts] = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))

    def add(self, service: int, channel: str, counts: Mapping[str, int], bucket: date | None = None) -> None:
        places = [self.total, self.by_service[service], self.by_channel[channel]]
        if bucket is not None:
            places.append(self.trend[bucket])
        for place in places:
            for key, count in counts.items():
                place[key] += count


def board(agent: Agent, scope: Scope, *, now: datetime, zone: ZoneInfo) -> Board:
    """Count everything the dashboard shows: the state now, the period by bucket, and what was closed in the period."""
    result = Board()
    tickets = counted_tickets(agent, scope).order_by()
    state = [figure for figure in FIGURES.values() if not figure.in_period and figure.key != "legal"]
    period = [figure for figure in FIGURES.values() if figure.in_period]
    for service, channel, *counts in _kept(_state(tickets, state, now), 2, tickets):
        result.add(service, channel, _by_key(state, counts))
    # the law's clock runs on once answered: it has its own index
    due = tickets.filter(FIGURES["legal"].condition(now)).values("service_id", "channel").annotate(n_legal=Count("pk"))
    for service, channel, legal in due.values_list("service_id", "channel", "n_legal"):
        result.add(service, channel, {"legal": legal})
    start, end = scope.period.bounds(zone)
    grain = "day" if scope.period.width else "month"
    kept_as = (start, end, grain)
    counted = tickets.filter(FIGURES["received"].condition(now))
    received = (
        counted.filter(received_at__gte=start, received_at__lt=end)
        .values("service_id", "channel", day=Trunc("received_at", grain, tzinfo=zone))
        .annotate(**{f"n_{figure.key}": Count("service", filter=figure.condition(now)) for figure in period})
        .values_list("service_id", "channel", "day", *(f"n_{figure.key}" for figure in period))
    )
    for service, channel, day, *counts in _kept(received, 3, tickets, "received", *kept_as):
        result.add(service, channel, _by_key(period, counts), scope.period.bucket(day.date()))
    closed = (
        counted.filter(closed_at__gte=start, closed_at__lt=end)
        .values(day=Trunc("closed_at", grain, tzinfo=zone))
        .annotate(closed=Count("service"))
        .values_list("day", "closed")
    )
    for day, count in _kept(closed, 1, tickets, "closed", *kept_as):
        result.trend[scope.period.bucket(day.date())]["closed"] += count
        result.total["closed"] += count
    return result


def _by_key(figures: Sequence[Figure], counts: Iterable[int]) -> Counts:
    return {figure.key: count for figure, count in zip(figures, counts, strict=True)}


def _state(tickets: QuerySet[Ticket], figures: Sequence[Figure], now: datetime) -> QuerySet[Any, Any]:
    """What is open now, by service and channel."""
    counted = {f"n_{figure.key}": Count("service", filter=_of_open(figure.condition(now))) for figure in figures}
    rows = tickets.filter(FIGURES["open"].condition(now)).values("service_id", "channel").annotate(**counted)
    return rows.values_list("service_id", "channel", *counted)


def _kept(
    rows: QuerySet[Any, Any], first_count: int, tickets: QuerySet[Ticket], *which: object
) -> list[tuple[Any, ...]]:
    """``rows``, counts of ``tickets`` from column ``first_count`` on. Beyond MANY they are counted once in KEPT_SECONDS
    for all who read the same services: the page is opened often, and these figures move by a handful meanwhile.
    ``which``: what they depend on besides the tickets and the moment."""
    said = repr((tickets.values("pk").query.sql_with_params(), which))
    key = "dashboard:" + hashlib.sha256(said.encode()).hexdigest()
    kept: list[tuple[Any, ...]] | None = cache.get(key)
    if kept is None:
        kept = list(rows)
        if sum(max(row[first_count:]) for row in kept) > MANY:
            cache.set(key, kept, KEPT_SECONDS)
    return kept


def _of_open(condition: Q) -> Q | None:
    """``condition`` without asking once more of each row that it be open, a fifth of the count of a large town; None
    when nothing else is asked."""
    others = [child for child in condition.children if child != ("status__in", OPEN_STATUSES)]
    return Q(*others) if others else None


def legal_clocks_due(agent: Agent, scope: Scope, *, now: datetime, zone: ZoneInfo, limit: int = 10) -> list[Ticket]:
    """The tickets whose legal clock ends soonest, for those who may see them."""
    return list(figure_tickets(agent, scope, "legal", now=now, zone=zone).order_by("legal_due_on", "id")[:limit])


def counter_waits(agent: Agent, scope: Scope, *, pilot: bool, now: datetime, zone: ZoneInfo) -> list[SiteWaits]:
    """The visitors of the period by site, called within 15 minutes or not. Nothing under the filter of another channel.

    A visit belongs to the service of its reason; without one, to the pilot service: ``pilot`` when it is in the scope.
    """
    if scope.channel not in {"", Channel.COUNTER}:
        return []
    allowed = service_ids_with(agent, DASHBOARD) & set(scope.services)
    start, end = scope.period.bounds(zone)
    return waits_by_site(start=start, end=end, now=now, services=allowed, without_service=pilot)


def calls_answered(agent: Agent, scope: Scope, *, pilot: bool, zone: ZoneInfo) -> CallFigures | None:
    """The calls of the period; None where they are not counted. The telephone is the pilot service's: ``pilot`` when it
    is in the scope; another channel has none."""
    if not pilot or scope.channel not in {"", Channel.PHONE} or not service_ids_with(agent, DASHBOARD):
        return None
    start, end = scope.period.bounds(zone)
    figures = call_figures(start=start, end=end)
    return figures if figures.count else None


def percent(part: int, whole: int) -> int | None:
    """A share in whole percents, or None when there is nothing to share. Never rounds up to 100."""
    if not whole:
        return None
    return 100 if part == whole else min(99, round(100 * part / whole))
