"""The sweep: reminders, escalations and implicit decisions whose moment has come, each exactly once.

Cost follows what is due: the sweep reads the index of ``next_step_at``, works by batches, and writes in bulk.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import connection, transaction
from django.template.base import Template
from django.template.loader import get_template
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format

from core.jobs import enqueue
from directory.models import Agent, Regime, Service, Town
from directory.selectors import town_get
from notifications.actions.outbox import absolute_url, outbound_build
from notifications.models import OutboundKind, OutboundMessage
from tickets.deadlines import escalation
from tickets.enums import DeadlineKind, DeadlineState, EventKind
from tickets.models import Deadline, EscalationRecord, Ticket, TicketEvent

BATCH = 1000
_PLACE = re.compile("\0([a-z]+)\0")  # a subject holds no NUL


@dataclass(frozen=True)
class Taken:
    """One step taken (or that would be, in a dry run) on one ticket."""

    reference: str
    kind: str
    step: str
    level: int
    due_at: datetime
    recipient: str


@dataclass
class Report:
    taken: list[Taken] = field(default_factory=list)

    def counts(self) -> Counter[str]:
        return Counter(f"{taken.kind}/{taken.step}" for taken in self.taken)


def deadlines_enforce(
    *, now: datetime, dry_run: bool = False, backwards: bool = False, on_crowd: Callable[[], None] | None = None
) -> Report:
    """Take every step due at ``now`` (aware). Safe to run twice, concurrently, or killed at any point.

    Tickets locked by somebody else are left to the next sweep. A dry run reports and writes nothing. ``on_crowd`` is
    called once when there is more than one batch to take: a second sweep may then come from the other end
    (``backwards``), and they meet.
    """
    report = Report()
    people = _People.load()
    if dry_run:
        due = Deadline.objects.filter(state=DeadlineState.RUNNING, next_step_at__lte=now)
        clocks = due.order_by("next_step_at", "id").select_related("ticket__assignee")
        report.taken = _take(list(clocks), people, now).report
        return report
    while True:
        with transaction.atomic():
            batch = _due(now, backwards=backwards)
            if not batch:
                return report
            if on_crowd is not None and len(batch) >= BATCH:
                on_crowd()
                on_crowd = None
            taken = _take(batch, people, now)
            taken.save(now)
            report.taken += taken.report


def _due(now: datetime, *, backwards: bool) -> list[Deadline]:
    """The next batch, its tickets locked first (every writer of a deadline locks the ticket before it)."""
    due = Deadline.objects.filter(state=DeadlineState.RUNNING, next_step_at__lte=now)
    order = ("-next_step_at", "-id") if backwards else ("next_step_at", "id")
    ids = list(due.order_by(*order).values_list("ticket_id", flat=True)[:BATCH])
    if not ids:
        return []
    locked = {
        ticket.pk: ticket
        for ticket in Ticket.objects.select_related("assignee")
        .select_for_update(of=("self",), no_key=True, skip_locked=True)
        .filter(pk__in=ids)
    }
    clocks = list(due.filter(ticket_id__in=list(locked)).order_by("next_step_at", "id"))
    for clock in clocks:
        clock.ticket = locked[clock.ticket_id]
    return clocks


@dataclass
class _Batch:
    records: list[EscalationRecord] = field(default_factory=list)
    events: list[TicketEvent] = field(default_factory=list)
    mails: list[OutboundMessage] = field(default_factory=list)
    clocks: list[Deadline] = field(default_factory=list)
    levels: dict[int, int] = field(default_factory=dict)
    report: list[Taken] = field(default_factory=list)

    def save(self, now: datetime) -> None:
        EscalationRecord.objects.bulk_create(self.records)
        TicketEvent.objects.bulk_create(self.events)
        OutboundMessage.objects.bulk_create(self.mails, ignore_conflicts=True)
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE tickets_deadline d SET level = v.level, next_step_at = v.at "
                "FROM unnest(%s::bigint[], %s::smallint[], %s::timestamptz[]) AS v(id, level, at) WHERE d.id = v.id",
                [
                    [clock.pk for clock in self.clocks],
                    [clock.level for clock in self.clocks],
                    [clock.next_step_at for clock in self.clocks],
                ],
            )
            if self.levels:
                cursor.execute(
                    "UPDATE tickets_ticket t SET escalation_level = v.level, updated_at = %s "
                    "FROM unnest(%s::bigint[], %s::smallint[]) AS v(id, level) WHERE t.id = v.id",
                    [now, list(self.levels), list(self.levels.values())],
                )
        if self.mails:
            enqueue("notifications.sweep_outbox")


def _take(batch: list[Deadline], people: "_People", now: datetime) -> _Batch:
    result = _Batch()
    letter = _Letter(people.town)
    for clock in batch:
        ticket = clock.ticket
        for level, step in escalation.steps_to_take(clock.kind, clock.due_at, done=clock.level, now=now):
            recipient = people.recipient(ticket, step.audience)
            name = recipient.full_name if recipient else ""
            result.records.append(
                EscalationRecord(deadline=clock, level=level, step=step.name, recipient=recipient, at=now)
            )
            result.events.append(
                TicketEvent(ticket=ticket, kind=_event_kind(step, ticket), at=now, data=_data(clock, step, name))
            )
            if recipient is not None:
                result.mails.append(letter.write(clock, level, step, recipient))
            if step.escalation > max(ticket.escalation_level, result.levels.get(ticket.pk, 0)):
                result.levels[ticket.pk] = step.escalation
            result.report.append(Taken(ticket.reference, clock.kind, step.name, level, clock.due_at, name))
            clock.level = level
        clock.level, clock.next_step_at = escalation.next_step(clock.kind, clock.due_at, done=clock.level, now=now)
        result.clocks.append(clock)
    return result


def _event_kind(step: escalation.Step, ticket: Ticket) -> str:
    if step.name == "implicit_decision":
        # the RGPD's month (art. 12) is owed, but its silence decides nothing
        return EventKind.ESCALATED if ticket.legal_regime == Regime.RGPD else EventKind.IMPLICIT_DECISION
    return EventKind.ESCALATED if step.escalation else EventKind.REMINDED


def _data(clock: Deadline, step: escalation.Step, recipient: str) -> dict[str, object]:
    return {
        "deadline": clock.kind,
        "step": step.name,
        "level": step.escalation,
        "due_at": clock.due_at.isoformat(),
        "regime": clock.ticket.legal_regime if clock.kind == "legal" else "",
        "recipient": recipient,
    }


class _People:
    """Who holds each place in each service. Loaded once a sweep: the tree is small."""

    def __init__(self, services: dict[int, Service], town: Town) -> None:
        self.services = services
        self.town = town
        self.pilot = next((service for service in services.values() if service.is_pilot), None)

    @classmethod
    def load(cls) -> "_People":
        services = Service.objects.select_related("referent", "manager")
        return cls({service.pk: service for service in services}, town_get())

    def recipient(self, ticket: Ticket, audience: str) -> Agent | None:
        """The first active agent of the audience's chain; the pilot service's own when the service has nobody."""
        for agent in self._candidates(ticket, audience):
            if agent is not None and agent.is_active:
                return agent
        return None

    def _candidates(self, ticket: Ticket, audience: str) -> Iterator[Agent | None]:
        service = self.services[ticket.service_id]
        for place in escalation.recipient_chain(audience):
            if place == escalation.ASSIGNEE:
                yield ticket.assignee
            elif place == escalation.REFERENT:
                yield service.referent
            else:
                yield from self._managers(service)
        if self.pilot is not None:
            yield self.pilot.referent
            yield from self._managers(self.pilot)
        yield service.referent

    def _managers(self, service: Service) -> Iterator[Agent | None]:
        node: Service | None = service
        while node is not None:
            yield node.manager
            node = self.services.get(node.parent_id) if node.parent_id else None


class _Letter:
    """The mail of one step. A sensitive ticket's subject is never written in it.

    A sweep may write thousands: the text of each kind of step is rendered once for each recipient, with marks where
    one ticket differs from another.
    """

    def __init__(self, town: Town) -> None:
        self.town = town
        self.template: Template = get_template("emails/escalation.txt")  # type: ignore[assignment]
        self.url = absolute_url(reverse("tickets:detail", args=["REFERENCE"])).replace("REFERENCE", "\0reference\0")
        self.texts: dict[tuple[object, ...], str] = {}
        self.days: dict[date, str] = {}

    def write(self, clock: Deadline, level: int, step: escalation.Step, recipient: Agent) -> OutboundMessage:
        ticket = clock.ticket
        places = {"reference": ticket.reference, "subject": ticket.subject, "due": self._due(clock)}
        text = self._text(clock.kind, step, recipient, ticket)
        return outbound_build(
            kind=OutboundKind.ESCALATION,
            to_address=recipient.email,
            to_name=recipient.full_name,
            from_address=self.town.email,
            from_name=self.town.name,
            subject=f"{SUBJECTS[step.name]} — {ticket.reference}",
            body=_PLACE.sub(lambda mark: places[mark[1]], text),
            ticket_reference=ticket.reference,
            dedupe_key=f"escalation:{clock.pk}:{level}",
        )

    def _text(self, kind: str, step: escalation.Step, recipient: Agent, ticket: Ticket) -> str:
        key = (kind, step.name, recipient.pk, ticket.legal_regime, ticket.is_sensitive)
        if key not in self.texts:
            context = {
                "ticket": {"reference": "\0reference\0", "legal_regime": ticket.legal_regime},
                "subject": "" if ticket.is_sensitive else "\0subject\0",
                "step": step,
                "kind": kind,
                "due": "\0due\0",
                "agent": recipient,
                "url": self.url,
                "town": self.town,
            }
            with translation.override("fr"):
                self.texts[key] = self.template.render(context)  # type: ignore[arg-type]
        return self.texts[key]

    def _due(self, clock: Deadline) -> str:
        """« 3 mars 2026 à 14h05 »; the day alone for the law, which counts in days."""
        due = timezone.localtime(clock.due_at)
        day = due.date()
        if day not in self.days:
            with translation.override("fr"):
                self.days[day] = date_format(day, "j F Y")
        return self.days[day] if clock.kind == DeadlineKind.LEGAL else f"{self.days[day]} à {due:%Hh%M}"


SUBJECTS = {
    "reminder": "Échéance proche",
    "late": "Demande en retard",
    "late_referent": "Demande en retard, niveau référent",
    "late_manager": "Demande en retard, niveau responsable",
    "legal_15": "Échéance légale dans 15 jours",
    "legal_7": "Échéance légale dans 7 jours",
    "legal_2": "Échéance légale dans 2 jours",
    "implicit_decision": "Échéance légale atteinte",
}
