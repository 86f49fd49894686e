"""Reads of the counters: who waits, who is called, how long it takes."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Avg, Case, Count, F, IntegerField, Max, Min, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

from channels_intake.counter.waiting import TARGET, Pulse
from channels_intake.models import Desk, Visit, VisitPriority, VisitReason, VisitState
from directory.models import Agent, Service, Site
from tickets.selectors.commitments import Commitments, commitments_now

ACTIVE = (VisitState.CALLED, VisitState.SERVING)
EARLY = timedelta(minutes=5)  # before an appointment, when its visitor begins to pass first
LATELY = timedelta(minutes=30)
MEASURED_OVER = timedelta(hours=2)
MOST_SHOWN = 100  # people in the list of one site; the count says how many there are

# From when a wait is measured: nobody waits before the hour of their appointment.
wait_start = Greatest("arrived_at", Coalesce("appointment_at", "arrived_at"))
# From when the present wait runs, in a list: a visitor sent on by another desk waits since then.
present_wait = Case(When(first_called_at__isnull=True, then=wait_start), default=F("waiting_since"))


def waiting(site_id: int, now: datetime) -> QuerySet[Visit]:
    """Who waits at a site today, in the order of the calls: priority, then arrival.

    Somebody with an appointment passes first from five minutes before it; until then, as if without one.
    """
    rank = Case(
        When(priority=VisitPriority.APPOINTMENT, appointment_at__gt=now + EARLY, then=Value(VisitPriority.USUAL)),
        default=F("priority"),
        output_field=IntegerField(),
    )
    visits = Visit.objects.filter(site=site_id, day=timezone.localdate(now), state=VisitState.WAITING)
    return visits.annotate(rank=rank, since=present_wait).order_by("rank", "waiting_since", "id")


def waiting_for(desk: Desk, now: datetime) -> QuerySet[Visit]:
    """Those of them this desk calls: of its service when it has one; otherwise all but those who wait for a service
    that has a desk of its own at the site."""
    visits = waiting(desk.site_id, now)
    if desk.service_id is not None:
        return visits.filter(service=desk.service_id)
    return visits.exclude(service__in=special_services(desk.site_id).values("pk"))


def special_services(site_id: int) -> QuerySet[Service]:
    """The services with a desk of their own at the site, by name."""
    desks = Desk.objects.filter(site=site_id, is_active=True, service__isnull=False)
    return Service.objects.filter(pk__in=desks.values("service")).order_by("name")


def waiting_list(site: Site, now: datetime) -> list[Visit]:
    """The first `MOST_SHOWN` who wait, with what a row shows."""
    return list(waiting(site.pk, now).select_related("reason", "service")[:MOST_SHOWN])


def gone_lately(site: Site, now: datetime) -> list[Visit]:
    """Who did not come or left within half an hour: they may come back."""
    gone = Visit.objects.filter(site=site, day=timezone.localdate(now), ended_at__gte=now - LATELY)
    return list(gone.filter(state__in=(VisitState.NO_SHOW, VisitState.LEFT)).order_by("-ended_at")[:5])


def current_visit(agent: Agent) -> Visit | None:
    """Whom the agent called or receives."""
    visits = Visit.objects.filter(agent=agent, state__in=ACTIVE)
    return visits.select_related("reason__request_type", "service", "desk", "site").first()


@dataclass(frozen=True)
class DeskNow:
    """A desk, and whom it receives."""

    desk: Desk
    visit: Visit | None


def desks_now(desks: Iterable[Desk], site: Site, now: datetime) -> list[DeskNow]:
    """Each of the ``desks`` of a site with its visitor and agent. One query."""
    busy = Visit.objects.filter(site=site, day=timezone.localdate(now), state__in=ACTIVE).select_related("agent")
    by_desk = {visit.desk_id: visit for visit in busy}
    return [DeskNow(desk, by_desk.get(desk.pk)) for desk in desks]


def reasons_of(site: Site) -> QuerySet[VisitReason]:
    """What one may come for at a site; those tied to no site are for every one."""
    reasons = VisitReason.objects.filter(is_active=True).filter(Q(sites=site) | Q(sites__isnull=True))
    return reasons.select_related("service").distinct()


def called_visits(site: Site, now: datetime) -> list[Visit]:
    """The last numbers called today, the newest first."""
    called = Visit.objects.filter(site=site, day=timezone.localdate(now), called_at__isnull=False, desk__isnull=False)
    return list(called.select_related("desk").order_by("-called_at")[:12])


def pulses(sites: Iterable[Site], now: datetime) -> dict[int, Pulse]:
    """Site id → how its counter goes now. One query; every site asked for is in the answer."""
    ids = [site.pk for site in sites]
    waits, lately = Q(state=VisitState.WAITING), Q(called_at__gte=now - LATELY)
    ended = Q(state=VisitState.DONE, called_at__isnull=False, ended_at__gte=now - MEASURED_OVER)
    rows = (
        Visit.objects.filter(site__in=ids, day=timezone.localdate(now))
        .order_by()
        .alias(since=present_wait, begun=wait_start)
        .values("site_id")
        .annotate(
            waiting=Count("pk", filter=waits),
            over=Count("pk", filter=waits & Q(since__lt=now - TARGET)),
            oldest=Min("since", filter=waits),
            received=Count("pk", filter=Q(first_called_at__isnull=False)),
            within=Count("pk", filter=Q(first_called_at__lte=F("begun") + TARGET)),
            desks=Count("desk", filter=lately, distinct=True),
            served=Count("pk", filter=ended),
            average=Avg(F("ended_at") - F("called_at"), filter=ended),
            latest=Max(Greatest("arrived_at", "called_at")),
        )
    )
    found: dict[int, Pulse] = {}
    for row in rows:
        figures: dict[str, Any] = dict(row)
        site_id = figures.pop("site_id")
        found[site_id] = Pulse(**figures)
    return {pk: found.get(pk, Pulse()) for pk in ids}


def pulse(site: Site, now: datetime) -> Pulse:
    return pulses([site], now)[site.pk]


@dataclass(frozen=True)
class Announced:
    """A site as the public reads it: the ``pulse`` of its counter when it is open, else when it ``opens_at`` (aware).
    Both are None for a site without a calendar whose counter shows no sign of being open."""

    site: Site
    pulse: Pulse | None
    opens_at: datetime | None = None


def announced(sites: Iterable[Site], now: datetime) -> list[Announced]:
    """What the public may read of each site. Its calendar (else the town's) says whether it is open; whoever still
    waits after the closing hour reads the wait. Two queries."""
    known = list(sites)
    found, commitments = pulses(known, now), commitments_now()
    return [_announced(site, found[site.pk], commitments, now) for site in known]


def _announced(site: Site, pulse: Pulse, commitments: Commitments, now: datetime) -> Announced:
    wanted = (site.calendar_id, commitments.town_calendar_id)
    calendar = next((commitments.calendars[pk] for pk in wanted if pk in commitments.calendars), None)
    if calendar is None:
        return Announced(site, pulse if pulse.is_active(now) else None)
    if calendar.is_open(now) or (pulse.waiting and pulse.is_active(now)):
        return Announced(site, pulse)
    return Announced(site, None, calendar.next_opening(now))


@dataclass(frozen=True)
class SiteWaits:
    """The visitors of a period at one site: called within `TARGET`, and not."""

    site: str
    within: int
    over: int


def waits_by_site(
    *, start: datetime, end: datetime, now: datetime, services: Collection[int], without_service: bool
) -> list[SiteWaits]:
    """Who arrived from ``start`` to ``end`` (excluded) and was called within `TARGET` or not, by site.

    Not within: called later, or not called although they waited longer than that (they left, or still wait). Who left
    before is in neither. Only visits for ``services``, and those for no service in particular if ``without_service``.
    """
    perimeter = Q(service__in=sorted(services))
    if without_service:
        perimeter |= Q(service__isnull=True)
    rows = (
        Visit.objects.filter(perimeter, arrived_at__gte=start, arrived_at__lt=end)
        .order_by()
        .alias(begun=wait_start, called=Coalesce("first_called_at", "ended_at", Value(now)))
        .values("site__name")
        .annotate(
            within=Count("pk", filter=Q(first_called_at__lte=F("begun") + TARGET)),
            over=Count("pk", filter=Q(called__gt=F("begun") + TARGET)),
        )
        .order_by("site__name")
    )
    return [SiteWaits(row["site__name"], row["within"], row["over"]) for row in rows if row["within"] or row["over"]]
