"""The counters of the demo town: desks, reasons, the visitors of three months, and a waiting room in full swing.

The past is played desk by desk as the actions would have written it; the last half hour is left unfinished, whatever
the hour the demo is loaded at, so that there is somebody to call.
"""

import heapq
import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from channels_intake.models import Desk, SiteScreens, Visit, VisitPriority, VisitReason, VisitState
from directory.models import Agent, Service, Site
from directory.roles import Role
from grc.demo import data
from grc.demo.hours import DESK_HOURS, day_weight, desk_is_open

DAYS = 92
A_DAY = {"hotel-de-ville": 62, "mairie-annexe": 11}  # visitors of an ordinary day
ANNEX_HOURS = {1: (14, 18), 2: (9, 12), 3: (14, 18)}  # weekday → first and last hour, as its opening hours say
MINUTE = timedelta(minutes=1)
# the waiting room at the end of the story: minutes ago, letter, priority, name
WAITING = (
    (19, "U", VisitPriority.USUAL, ""),
    (13, "P", VisitPriority.USUAL, ""),
    (11, "C", VisitPriority.USUAL, "Mme Solène Bertin"),
    (7, "D", VisitPriority.REDUCED_MOBILITY, ""),
    (4, "S", VisitPriority.USUAL, ""),
    (2, "P", VisitPriority.APPOINTMENT, ""),
)


@dataclass(frozen=True)
class Kind:
    """A reason with what the story needs of it."""

    reason: VisitReason
    weight: int
    minutes: int
    sites: tuple[str, ...]


def visits_build(*, seed: int, now: datetime, zone: ZoneInfo) -> int:
    """Build the counters and their visitors; returns how many came. The town and its agents must be built."""
    rng = random.Random(seed)  # noqa: S311 - a repeatable story, no secret in it
    kinds = list(_kinds())
    sites = {site.code: site for site in Site.objects.filter(code__in=A_DAY)}
    desks = _desks(sites)
    agents = _agents()
    told: list[Visit] = []
    today = now.astimezone(zone).date()
    for days_ago in range(DAYS, 0, -1):
        for code, site in sites.items():
            crew = list(zip(desks[code], agents[code], strict=True))
            told += _day(rng, site, today - timedelta(days=days_ago), crew, kinds, zone)
    hall = sites["hotel-de-ville"]
    told += _waiting_room(hall, desks["hotel-de-ville"], agents["hotel-de-ville"], kinds, now, today)
    Visit.objects.bulk_create(_numbered(told), batch_size=500)
    SiteScreens.objects.bulk_create([SiteScreens(site=site) for site in sites.values()])
    return len(told)


def _kinds() -> Iterator[Kind]:
    services = {service.code: service for service in Service.objects.all()}
    for position, entry in enumerate(data.toml("counters")["reasons"]):
        reason = VisitReason.objects.create(
            label=entry["label"],
            label_en=entry["label_en"],
            letter=entry["letter"],
            service=services.get(entry["service"]),
            position=position,
        )
        reason.sites.set(Site.objects.filter(code__in=entry["sites"]))
        yield Kind(reason, entry["weight"], entry["minutes"], tuple(entry["sites"] or A_DAY))


def _desks(sites: dict[str, Site]) -> dict[str, list[Desk]]:
    """Site code → its desks, the one of a single service last."""
    services = {service.code: service for service in Service.objects.all()}
    found: dict[str, list[Desk]] = {code: [] for code in sites}
    for entry in data.toml("counters")["desks"]:
        service = services.get(entry.get("service", ""))
        desk = Desk.objects.create(site=sites[entry["site"]], name=entry["name"], service=service)
        found[entry["site"]].append(desk)
    return found


def _agents() -> dict[str, list[Agent]]:
    """Site code → one agent a desk: the counter agents, and a telephone agent who lends a hand."""
    counter = list(Agent.objects.filter(memberships__role=Role.COUNTER).order_by("pk"))
    phone = list(Agent.objects.filter(memberships__role=Role.PHONE).order_by("pk"))
    return {"hotel-de-ville": [*counter[:2], phone[-1]], "mairie-annexe": counter[2:3]}


def _arrivals(rng: random.Random, code: str, day: date, zone: ZoneInfo) -> list[datetime]:
    """When people come in that day, in order."""
    weights = dict(DESK_HOURS)
    if code == "mairie-annexe":
        first, last = ANNEX_HOURS.get(day.weekday(), (0, 0))
        weights = dict.fromkeys(range(first, last), 1)
    if not weights:
        return []
    count = round(A_DAY[code] * day_weight(day) * rng.uniform(0.8, 1.2))
    hours = rng.choices(list(weights), list(weights.values()), k=count)
    moments = [datetime.combine(day, time(hour, rng.randrange(60), rng.randrange(60)), zone) for hour in hours]
    return sorted(moment for moment in moments if desk_is_open(moment + 20 * MINUTE))


def _day(
    rng: random.Random, site: Site, day: date, crew: list[tuple[Desk, Agent]], kinds: list[Kind], zone: ZoneInfo
) -> list[Visit]:
    """One day: each visitor goes to the desk of their service or of everybody that is free first."""
    arrivals = _arrivals(rng, site.code, day, zone)
    here = [kind for kind in kinds if site.code in kind.sites]
    opening = datetime.combine(day, time(0), zone)
    free: dict[int | None, list[tuple[datetime, int]]] = defaultdict(list)  # service of the desk → (free from, place)
    for place, (desk, _agent) in enumerate(crew):
        free[desk.service_id].append((opening, place))
    visits = []
    for arrived in arrivals:
        kind = rng.choices(here, [one.weight for one in here])[0]
        queue = free[kind.reason.service_id if kind.reason.service_id in free else None]
        visit = _visit(site, day, kind.reason, arrived, by_kiosk=rng.random() < 0.7)
        visits.append(visit)
        if rng.random() < 0.02:
            visit.state, visit.ended_at = VisitState.LEFT, arrived + rng.randint(4, 20) * MINUTE
            continue
        since, place = heapq.heappop(queue)
        visit.desk, visit.agent = crew[place]
        called = max(since, arrived + timedelta(seconds=rng.randint(20, 150)))
        served = called + timedelta(seconds=rng.randint(20, 70))
        visit.called_at = visit.first_called_at = called
        if rng.random() < 0.03:
            visit.state, visit.ended_at = VisitState.NO_SHOW, called + 2 * MINUTE
        else:
            visit.state, visit.served_at = VisitState.DONE, served
            visit.ended_at = served + kind.minutes * MINUTE * rng.uniform(0.4, 1.4)
        heapq.heappush(queue, (visit.ended_at + timedelta(seconds=20), place))
    return visits


def _waiting_room(
    site: Site, desks: list[Desk], agents: list[Agent], kinds: list[Kind], now: datetime, today: date
) -> list[Visit]:
    """Who is there now: some served already, two at the desks, the others waiting. The first agent is free to call."""
    reasons = {kind.reason.letter: kind.reason for kind in kinds}
    visits = []
    for ago, letter in ((52, "P"), (44, "C"), (38, "D"), (33, "B")):
        visit = _visit(site, today, reasons[letter], now - ago * MINUTE, by_kiosk=True)
        visit.desk, visit.agent, visit.state = desks[ago % 2], agents[ago % 2], VisitState.DONE
        visit.called_at = visit.first_called_at = visit.arrived_at + 5 * MINUTE
        visit.served_at, visit.ended_at = visit.called_at + MINUTE, visit.called_at + 6 * MINUTE
        visits.append(visit)
    for number, (ago, letter, state) in enumerate(((24, "S", VisitState.SERVING), (21, "B", VisitState.CALLED)), 1):
        visit = _visit(site, today, reasons[letter], now - ago * MINUTE, by_kiosk=False)
        visit.desk, visit.agent, visit.state = desks[number], agents[number], state
        visit.called_at = visit.first_called_at = now - (10 if state == VisitState.SERVING else 1) * MINUTE
        visit.served_at = visit.called_at + MINUTE if state == VisitState.SERVING else None
        visits.append(visit)
    for ago, letter, priority, name in WAITING:
        visit = _visit(site, today, reasons[letter], now - ago * MINUTE, by_kiosk=not name)
        visit.priority, visit.name = priority, name
        visits.append(visit)
    return visits


def _visit(site: Site, day: date, reason: VisitReason, arrived: datetime, **fields: Any) -> Visit:
    return Visit(
        site=site,
        day=day,
        letter=reason.letter,
        reason=reason,
        service=reason.service,
        arrived_at=arrived,
        waiting_since=arrived,
        **fields,
    )


def _numbered(visits: list[Visit]) -> list[Visit]:
    """Each visit with the number of its day, site and letter, in the order of the arrivals."""
    counts: Counter[tuple[int, date, str]] = Counter()
    for visit in sorted(visits, key=lambda one: one.arrived_at):
        place = (visit.site_id, visit.day, visit.letter)
        counts[place] += 1
        visit.number = counts[place]
    return visits
