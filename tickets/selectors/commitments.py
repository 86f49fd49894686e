"""What the town promises, for whom, counted in which calendar, and who hears of what is late.

Every row it takes is small and changes rarely, and every request needs it: it is read once and kept in the process, as
long as ``Town.commitments_version`` stays the same (`tickets.actions.clocks.commitments_change` makes it grow).
"""

import logging
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from django.utils import timezone

from directory.models import Calendar, CalendarHours, Closure, RequestType, Service
from directory.selectors import town_get
from tickets.deadlines.calendars import DEFAULT_WEEK, CalendarError, Week, WeekError, WorkingCalendar, parse_week
from tickets.deadlines.escalation import Step, steps_of
from tickets.deadlines.sla import Promise
from tickets.enums import CountIn, DeadlineKind
from tickets.models import EscalationStep, SlaPolicy
from tickets.timezones import town_zone

logger = logging.getLogger(__name__)

CALLBACK = Promise(48, CountIn.HOURS.value, pauses=False)  # domain §3; waiting for us, never for the citizen
_current: "Commitments | None" = None


class Asked(Protocol):
    """What a promise depends on: a ticket, or what « Try it » was given."""

    @property
    def service_id(self) -> int: ...
    @property
    def request_type(self) -> RequestType | None: ...
    @property
    def channel(self) -> str: ...
    @property
    def priority(self) -> int: ...


@dataclass(frozen=True)
class Policy:
    """An `SlaPolicy` that is active; a condition that is empty or None holds for every request."""

    pk: int
    request_type_id: int | None
    service_id: int | None
    channel: str
    priority: int | None
    calendar_id: int | None
    effective_from: date | None
    effective_until: date | None
    promises: Mapping[str, Promise]

    def fits(self, asked: Asked, lineage: tuple[int, ...], on: date) -> bool:
        """Whether every condition holds for a request received on the local day ``on``."""
        type_id = asked.request_type.pk if asked.request_type else None
        return (
            (self.request_type_id is None or self.request_type_id == type_id)
            and (self.service_id is None or self.service_id in lineage)
            and (not self.channel or self.channel == asked.channel)
            and (self.priority is None or self.priority == asked.priority)
            and (self.effective_from is None or self.effective_from <= on)
            and (self.effective_until is None or on <= self.effective_until)
        )


@dataclass
class Commitments:
    """The configuration of the clocks at one version. Shared by every thread of the process: read it, never write."""

    version: int
    answer: Promise
    policies: tuple[Policy, ...]
    usual_calendar: WorkingCalendar
    calendars: dict[int, WorkingCalendar]
    town_calendar_id: int | None
    lines: dict[tuple[int | None, str], list[EscalationStep]]
    services: dict[int, tuple[int | None, int | None]] = field(default_factory=dict)  # id → (parent, calendar)
    _steps: dict[tuple[str, int | None], tuple[Step, ...]] = field(default_factory=dict)
    _calendars: dict[tuple[int, int | None], WorkingCalendar] = field(default_factory=dict)

    @classmethod
    def current(cls, version: int) -> "Commitments":
        """The commitments at ``Town.commitments_version``; read again when this process holds another version."""
        global _current
        held = _current
        if held is None or held.version != version:
            held = _current = cls.load()
        return held

    @classmethod
    def load(cls) -> "Commitments":
        """Read everything: eight queries."""
        town, zone = town_get(), town_zone()
        closures: dict[int | None, list[tuple[date, date]]] = defaultdict(list)
        for calendar_id, first, last in Closure.objects.values_list("calendar_id", "starts_on", "ends_on"):
            closures[calendar_id].append((first, last))
        weeks: dict[int, list[tuple[date | None, Week]]] = defaultdict(list)
        for calendar_id, start, week in CalendarHours.objects.values_list("calendar_id", "effective_from", "week"):
            weeks[calendar_id].append((start, _week(calendar_id, week)))
        usual = WorkingCalendar(zone, town.holiday_region, closures=tuple(closures[None]))
        calendars = {
            pk: WorkingCalendar(
                zone,
                region or town.holiday_region,
                tuple(weeks[pk]) or ((None, DEFAULT_WEEK),),
                (*closures[None], *closures[pk]),
            )
            for pk, region in Calendar.objects.filter(is_active=True).values_list("pk", "region")
        }
        return cls(
            version=town.commitments_version,
            answer=Promise(max(town.answer_hours, 1), CountIn.HOURS.value),
            policies=_policies(),
            usual_calendar=usual,
            calendars={pk: calendar for pk, calendar in calendars.items() if _opens(pk, calendar)},
            town_calendar_id=town.calendar_id,
            lines=_lines(),
            services=_services(),
        )

    def lineage(self, service_id: int) -> tuple[int, ...]:
        """The service and those above it, nearest first."""
        if service_id not in self.services:
            self.services.update(_services())  # a service made since: no promise changed, so neither did the version
        found: list[int] = []
        node: int | None = service_id
        while node is not None and node not in found:
            found.append(node)
            node = self.services[node][0] if node in self.services else None
        return tuple(found)

    def promise(self, asked: Asked, kind: str, on: date) -> tuple[int | None, Promise | None]:
        """(policy id, promise) of a kind of clock for a request received on the local day ``on``.

        The first policy that fits and promises that kind. Without one: the town's answer commitment, the request type's
        target, 48 hours for a callback; no acknowledgement is promised. (None, None) when nothing is.
        """
        lineage = self.lineage(asked.service_id)
        for policy in self.policies:
            if kind in policy.promises and policy.fits(asked, lineage, on):
                return policy.pk, policy.promises[kind]
        if kind == DeadlineKind.ANSWER:
            return None, self.answer
        if kind == DeadlineKind.CALLBACK:
            return None, CALLBACK
        if kind == DeadlineKind.TARGET and asked.request_type is not None:
            return None, Promise(max(asked.request_type.target, 1), asked.request_type.target_unit)
        return None, None

    def calendar(self, service_id: int, policy_id: int | None) -> WorkingCalendar:
        """The policy's calendar, else the service's or its nearest ancestor's, else the town's, else the default week.

        A calendar that is not active, or that never opens, is passed over.
        """
        key = (service_id, policy_id)
        found = self._calendars.get(key)
        if found is None:
            found = self._calendars[key] = self._calendar(service_id, policy_id)
        return found

    def _calendar(self, service_id: int, policy_id: int | None) -> WorkingCalendar:
        wanted = [policy.calendar_id for policy in self.policies if policy.pk == policy_id]
        wanted += [self.services[pk][1] for pk in self.lineage(service_id) if pk in self.services]
        for calendar_id in (*wanted, self.town_calendar_id):
            if calendar_id in self.calendars:
                return self.calendars[calendar_id]
        return self.usual_calendar

    def steps(self, kind: str, policy_id: int | None) -> tuple[Step, ...]:
        """The escalation matrix of a kind of clock: the policy's lines, else the usual ones, else the built-in ones."""
        key = (kind, policy_id)
        if key not in self._steps:
            own = self.lines.get((policy_id, kind), []) if policy_id else []
            self._steps[key] = steps_of(kind, own or self.lines.get((None, kind), []))
        return self._steps[key]


def commitments_now() -> Commitments:
    """The commitments as they are configured: one query, that of the town."""
    return Commitments.current(town_get().commitments_version)


def commitments_forget() -> None:
    """Have this process read them again whatever the version. For tests, which undo what they wrote."""
    global _current
    _current = None


def _policies() -> tuple[Policy, ...]:
    rows = SlaPolicy.objects.filter(is_active=True).order_by("position", "id").prefetch_related("targets")
    return tuple(
        Policy(
            pk=row.pk,
            request_type_id=row.request_type_id,
            service_id=row.service_id,
            channel=row.channel,
            priority=row.priority,
            calendar_id=row.calendar_id,
            effective_from=row.effective_from,
            effective_until=row.effective_until,
            promises={each.kind: Promise(each.amount, each.unit, each.pauses) for each in row.targets.all()},
        )
        for row in rows
    )


def _lines() -> dict[tuple[int | None, str], list[EscalationStep]]:
    lines: dict[tuple[int | None, str], list[EscalationStep]] = defaultdict(list)
    for line in EscalationStep.objects.order_by("number"):
        lines[line.policy_id, line.kind].append(line)
    return dict(lines)


def _services() -> dict[int, tuple[int | None, int | None]]:
    rows = Service.objects.values_list("pk", "parent_id", "calendar_id")
    return {pk: (parent_id, calendar_id) for pk, parent_id, calendar_id in rows}


def _week(calendar_id: int, raw: Any) -> Week:
    try:
        return parse_week(raw)
    except WeekError as error:  # the forms refuse it; a request must come in all the same
        logger.warning("Calendar %s has unreadable hours, the default ones are used: %s", calendar_id, error)
        return DEFAULT_WEEK


def _opens(calendar_id: int, calendar: WorkingCalendar) -> bool:
    try:
        calendar.next_opening(timezone.now())
        calendar.previous_closing(timezone.now())
    except CalendarError:
        logger.warning("Calendar %s never opens: it is passed over.", calendar_id)
        return False
    return True
