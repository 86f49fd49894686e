"""A town's past, as many tickets as asked, always the same: rows as the actions write them, put in by COPY.

30 % of tickets are open; 60 % are assigned, over 20 agents; they were received evenly over 730 days and closed after an
exponential delay of mean 4 days, with one reply; there are min(50,000, n/2) requesters. One ticket in 2,000 goes to the
small service. Left out: the raw e-mails and the alerts already sent to agents, which no measured page reads.

More than SMALL_PAST tickets, when they are a multiple of it, are grown out of as many in the database
(`benchmarks.growing`, which says what that keeps and what not).
"""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max, Model

from benchmarks import clocks
from benchmarks.bare import bare
from benchmarks.copying import sequences_follow
from benchmarks.growing import grow
from benchmarks.town import MAILBOX, Staff
from benchmarks.words import FIRST_NAMES, Writer
from core.copying import copy_in
from core.search import month_number
from directory.models import Agent, Citizen, ContactKind, ContactPoint, RequestType, Service
from notifications.models import OutboundKind, OutboundMessage, OutboundStatus
from tickets.actions.legal.implicit import OUTCOMES
from tickets.deadlines import legal, sla
from tickets.deadlines.escalation import Step
from tickets.enums import (
    Channel,
    CountIn,
    DeadlineKind,
    DeadlineState,
    DecisionKind,
    EventKind,
    MessageKind,
    Outcome,
    Status,
)
from tickets.models import Deadline, Decision, EscalationRecord, Message, Ticket, TicketEvent, TicketText
from tickets.references import ALPHABET, check_symbol
from tickets.selectors.commitments import commitments_now
from tickets.timezones import town_zone

DAYS, MEAN_DAYS, ANSWER_HOURS, BATCH = 730, 4.0, 72, 5_000
CHANNELS = (Channel.WEB, Channel.EMAIL, Channel.PHONE, Channel.COUNTER)
WRITTEN = {Channel.WEB, Channel.EMAIL}
SMALL_PAST, SMALL_SHARE = 50_000, 1 / 2_000
TABLES: tuple[type[Model], ...] = (
    Ticket, OutboundMessage, Message, TicketText, TicketEvent, Deadline, EscalationRecord, Decision,
)  # fmt: skip


def generate(size: int, staff: Staff, *, now: datetime, seed: int = 2026) -> None:
    """Write ``size`` tickets that end at ``now``, then index, count and clean as a database of that age would be."""
    rng = random.Random(seed)
    past = Past(rng, staff, now, Writer(rng))
    citizens = min(50_000, size // 2)
    times = size // SMALL_PAST if size > SMALL_PAST and size % SMALL_PAST == 0 else 1
    with bare(TABLES):
        with transaction.atomic():
            past.write_citizens(citizens)
        step = timedelta(days=DAYS) / size
        for start in range(0, size // times, BATCH):
            with transaction.atomic():
                for number in range(start, min(start + BATCH, size // times)):
                    past.ticket(received_at=now - timedelta(days=DAYS) + step * times * number)
                past.write(texts=times == 1)
        if times > 1:
            grow(times, seconds=step.total_seconds(), citizens=citizens, now=now, rng=rng)
    sequences_follow([Citizen, ContactPoint])
    past.end()


class Past:
    def __init__(self, rng: random.Random, staff: Staff, now: datetime, writer: Writer) -> None:
        self.rng, self.staff, self.now, self.writer = rng, staff, now, writer
        self.zone = town_zone()
        self.commitments = commitments_now()
        self.steps = {kind.value: self.commitments.steps(kind, None) for kind in DeadlineKind}
        self.rows: dict[type[Model], list[Any]] = {table: [] for table in TABLES}
        self.numbers: dict[type[Model], int] = dict.fromkeys(TABLES, 0)
        self.targets: dict[tuple[int, Any], datetime] = {}  # working days are counted once per type and day
        self.names: list[str] = []
        self.agents = {agent.pk: agent for agent in [*staff.workers, staff.manager, staff.archivist]}

    @classmethod
    def resume(cls, rng: random.Random, staff: Staff, now: datetime, writer: Writer) -> "Past":
        """Go on after the rows that are already there."""
        past = cls(rng, staff, now, writer)
        for table in TABLES:
            past.numbers[table] = table._default_manager.aggregate(last=Max("pk"))["last"] or 0
        people = Citizen.objects.order_by("pk").values_list("first_name", "last_name")
        known = ContactPoint.objects.filter(value__startswith="habitant").count()
        past.names = [f"{first} {last}" for first, last in people[:known]]
        return past

    def end(self) -> None:
        sequences_follow(table for table in TABLES if table is not TicketText)

    def write_citizens(self, count: int) -> None:
        rng, forms = self.rng, self.writer.forms
        people, points = [], []
        for pk in range(1, count + 1):
            first, last = rng.choice(FIRST_NAMES), rng.choice(forms).capitalize()
            people.append({"id": pk, "first_name": first, "last_name": last})
            self.names.append(f"{first} {last}")
            points.append({"id": pk, "citizen_id": pk, "kind": ContactKind.EMAIL, "value": citizen_email(pk)})
        copy_in(Citizen, people, numbered=True)
        copy_in(ContactPoint, points, numbered=True)

    def _add(self, table: type[Model], **values: Any) -> int:
        """Keep a row for the next `write`; returns its number."""
        self.numbers[table] += 1
        self.rows[table].append({"id": self.numbers[table], **values})
        return self.numbers[table]

    def write(self, *, texts: bool = True) -> None:
        """Put the rows in; without the ``texts`` that search reads, whose vectors cost most, when they come later."""
        for table in TABLES:
            if texts or table is not TicketText:
                copy_in(table, self.rows[table], numbered=True)
            self.rows[table].clear()

    def ticket(self, *, received_at: datetime, is_open: bool | None = None) -> Ticket:
        """One ticket with everything around it, in memory until `write`; 30 % are open unless ``is_open`` says."""
        rng, staff, now = self.rng, self.staff, self.now
        service = staff.small if rng.random() < SMALL_SHARE else rng.choice(staff.services)
        types = staff.types[service.pk]
        kind = rng.choice(types) if types and rng.random() < 0.85 else None
        is_open = rng.random() < 0.3 if is_open is None else is_open
        closed_at = None
        if not is_open:
            closed_at = min(now, received_at + timedelta(days=rng.expovariate(1 / MEAN_DAYS)))
        assignee = rng.choice(staff.workers_of[service.pk]) if rng.random() < 0.6 else None
        citizen = rng.randrange(len(self.names)) + 1
        answer_due_at = self._round(received_at) + timedelta(hours=ANSWER_HOURS)
        received_at = self._round(received_at)
        ticket = Ticket(
            pk=self.numbers[Ticket] + 1,
            reference=self._reference(),
            channel=rng.choices(CHANNELS, weights=(40, 30, 20, 10))[0],
            subject=self.writer.subject(),
            requester_id=citizen,
            request_type=kind,
            service=service,
            assignee=assignee,
            is_sensitive=bool(kind and kind.is_sensitive),
            status=Status.CLOSED if closed_at else Status.OPEN if assignee else Status.NEW,
            received_at=received_at,
            created_at=received_at,
            routed_at=received_at + timedelta(seconds=2),
            last_inbound_at=received_at,
            updated_at=closed_at or received_at,
            closed_at=closed_at,
            first_answered_at=closed_at,
            answer_due_at=answer_due_at,
            answer_kept=closed_at <= answer_due_at if closed_at else None,
        )
        self._clocks(ticket, kind, end=closed_at or now)
        self._add(Ticket, **{name: value for name, value in vars(ticket).items() if name != "id"})
        self._timeline(ticket, kind, service, assignee)
        self._conversation(ticket, citizen, assignee)
        return ticket

    def _clocks(self, ticket: Ticket, kind: RequestType | None, *, end: datetime) -> None:
        start = ticket.received_at
        promised = {DeadlineKind.ANSWER: (ANSWER_HOURS, CountIn.HOURS.value)}
        due = {DeadlineKind.ANSWER: ticket.answer_due_at}
        if kind is not None:
            day = start.astimezone(self.zone).date()
            key = (kind.pk, start if kind.target_unit == "hours" else day)
            if key not in self.targets:
                promise = sla.Promise(kind.target, kind.target_unit)
                self.targets[key] = sla.due(start, promise, self.commitments.usual_calendar)
            promised[DeadlineKind.TARGET] = (kind.target, kind.target_unit)
            due[DeadlineKind.TARGET] = self.targets[key]
            if kind.regime in {"SVA", "SVR", "RGPD"}:
                decision = legal.implicit_decision(day, months=kind.delay_months, days=kind.delay_days)
                ticket.legal_regime = kind.regime
                ticket.legal_due_on, ticket.legal_effective_on = decision.last_day, decision.effective_from
                due[DeadlineKind.LEGAL] = decision.starts_at(self.zone)
        for name, due_at in due.items():
            over, stop = ticket.closed_at is not None, end
            if name == DeadlineKind.LEGAL:
                over, stop = self._decision(ticket, due_at, end=end)
            values, steps = clocks.live(
                self.steps[name], start, due_at, self.commitments.usual_calendar, end=stop, over=over
            )
            if over and stop == due_at and name == DeadlineKind.LEGAL:
                values["state"] = DeadlineState.MISSED  # silence decided at that very instant
            amount, unit = promised.get(name, (None, ""))
            clock = self._add(Deadline, ticket_id=ticket.pk, kind=name, amount=amount, unit=unit, **values)
            for step, at in steps:
                self._step(ticket, clock, name, step, at)
        if ticket.closed_at is None:
            ticket.next_due_at = min(at for name, at in due.items() if name != DeadlineKind.LEGAL)

    def _decision(self, ticket: Ticket, due_at: datetime, *, end: datetime) -> tuple[bool, datetime]:
        """(whether the law's clock ended, when): by the answer, or by the silence that decided before it."""
        if ticket.legal_regime in OUTCOMES and due_at <= end:
            outcome, kind, day = OUTCOMES[ticket.legal_regime].outcome, DecisionKind.IMPLICIT, due_at
        elif ticket.closed_at is not None:
            outcome, kind, day = Outcome.ACCEPTED.value, DecisionKind.EXPRESS, ticket.closed_at
        else:
            ticket.legal_running = True
            return False, end
        decided_on = day.astimezone(self.zone).date()
        self._add(Decision, ticket_id=ticket.pk, kind=kind, outcome=outcome, decided_on=decided_on, created_at=day)
        return True, day

    def _step(self, ticket: Ticket, clock: int, deadline: str, step: Step, at: datetime) -> None:
        service, recipient = ticket.service, ticket.assignee
        if recipient is None or step.audience != "assignee":
            recipient = self.agents[(service.manager_id if step.audience == "manager" else service.referent_id) or 0]
        self._add(
            EscalationRecord, deadline_id=clock, level=step.number, step=step.name, recipient_id=recipient.pk, at=at
        )
        kind = EventKind.ESCALATED if step.escalation else EventKind.REMINDED
        if step.is_decision and ticket.legal_regime in OUTCOMES:
            kind = EventKind.IMPLICIT_DECISION
        data = {"deadline": deadline, "step": step.name, "level": step.escalation, "recipient": recipient.full_name}
        self._event(ticket, kind, at, None, data)
        ticket.escalation_level = max(ticket.escalation_level, step.escalation)

    def _timeline(self, ticket: Ticket, kind: RequestType | None, service: Service, assignee: Agent | None) -> None:
        start = ticket.received_at
        self._event(ticket, EventKind.OPENED, start, None, {"channel": ticket.channel})
        routed = {
            "service": service.name,
            "request_type": kind.name if kind else "",
            "reason": "keywords" if kind else "default",
            "keywords": [],
        }
        self._event(ticket, EventKind.ROUTED, ticket.routed_at, None, routed)
        if ticket.channel in WRITTEN:
            self._event(ticket, EventKind.ACKNOWLEDGED, ticket.routed_at, None, {})
        if assignee:
            at = start + timedelta(hours=3)
            self._event(ticket, EventKind.ASSIGNED, at, assignee, {"assignee": assignee.full_name})
        if ticket.closed_at:
            self._event(ticket, EventKind.REPLIED, ticket.closed_at, assignee, {"to": "closed"})
            change = {"former": "open", "current": "closed"}
            self._event(ticket, EventKind.STATUS, ticket.closed_at, assignee, change)

    def _event(self, ticket: Ticket, kind: str, at: Any, actor: Agent | None, data: dict[str, Any]) -> None:
        self._add(TicketEvent, ticket_id=ticket.pk, kind=kind, at=at, actor_id=actor.pk if actor else None, data=data)

    def _conversation(self, ticket: Ticket, citizen: int, assignee: Agent | None) -> None:
        body, name = f"{self.writer.body()} {self.writer.rare()}".strip(), self.names[citizen - 1]
        by_mail = ticket.channel == Channel.EMAIL
        self._add(
            Message,
            ticket_id=ticket.pk,
            kind=MessageKind.INBOUND,
            channel=ticket.channel,
            author_name=name,
            subject=ticket.subject,
            body=body,
            email_message_id=f"<{ticket.pk}@requester.example>" if by_mail else "",
            created_at=ticket.received_at,
        )
        found = [ticket.subject, name, body]
        if ticket.channel in WRITTEN:
            self._mail(ticket, citizen, OutboundKind.ACKNOWLEDGEMENT, body, ticket.routed_at)
        if ticket.closed_at:
            answer = self.writer.body()
            author = assignee or self.staff.workers_of[ticket.service_id][0]
            mail = self._mail(ticket, citizen, OutboundKind.REPLY, answer, ticket.closed_at)
            self._add(
                Message,
                ticket_id=ticket.pk,
                kind=MessageKind.REPLY,
                channel=Channel.EMAIL,
                author_id=author.pk,
                author_name=author.public_name,
                body=answer,
                email_message_id=reply_id(mail),
                outbound_id=mail,
                created_at=ticket.closed_at,
            )
            found.append(answer)
        month = month_number(ticket.received_at)
        self.rows[TicketText].append({"ticket_id": ticket.pk, "body": "\n".join(found), "month": month})

    def _mail(self, ticket: Ticket, citizen: int, kind: str, body: str, at: Any) -> int:
        automatic = kind == OutboundKind.ACKNOWLEDGEMENT
        return self._add(
            OutboundMessage,
            kind=kind,
            to_address=citizen_email(citizen),
            to_name=self.names[citizen - 1],
            from_address=MAILBOX,
            from_name="Banc-d'essai",
            subject=f"Re: {ticket.subject} [{ticket.reference}]"[:250],
            body=body,
            message_id=reply_id(self.numbers[OutboundMessage] + 1),
            is_automatic=automatic,
            ticket_reference=ticket.reference,
            dedupe_key=f"acknowledgement:{ticket.reference}" if automatic else None,
            status=OutboundStatus.SENT,
            attempts=1,
            next_attempt_at=at,
            created_at=at,
            sent_at=at,
        )

    def _reference(self) -> str:
        symbols = "".join(self.rng.choices(ALPHABET, k=9))
        whole = symbols + check_symbol(symbols)
        return f"G-{whole[:5]}-{whole[5:]}"

    @staticmethod
    def _round(moment: datetime) -> datetime:
        return moment.astimezone(UTC).replace(microsecond=0)


def citizen_email(number: int) -> str:
    return f"habitant{number}@requester.example"


def reply_id(number: int) -> str:
    return f"<reply.{number}@banc-essai.example>"
