"""One ticket's life told in memory, ready to be inserted in bulk.

Each method does to the unsaved rows what the action of the same name does to the database (``tickets/actions``), with
the same pure rules for clocks, steps and workflow, and sends nothing. Reminders and escalations are taken at the moment
the sweep would have taken them. ``tests/grc/test_demo.py`` compares a story with the same life told by the actions.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from core.text import one_line
from directory.models import Agent, Citizen, Regime, RequestType, Service
from grc.demo.organisation import Organisation
from knowledge.models import Article
from tickets import workflow
from tickets.actions.deadlines import deadline_build, next_due, type_deadlines
from tickets.deadlines import escalation, sla
from tickets.enums import Channel, DeadlineKind, DeadlineState, EventKind, MessageKind, Status
from tickets.models import Deadline, EscalationRecord, Message, Ticket, TicketEvent

COMMITMENTS = (DeadlineKind.ANSWER, DeadlineKind.TARGET)
LIVE = (DeadlineState.RUNNING, DeadlineState.PAUSED)


@dataclass
class Opening:
    """What a channel heard. ``email`` tells whether the requester can be answered by e-mail."""

    reference: str
    channel: str
    subject: str
    body: str
    at: datetime
    citizen: Citizen | None = None
    request_type: RequestType | None = None
    service: Service | None = None
    location: str = ""
    flag: str = ""
    email: bool = False
    email_message_id: str = ""
    by: Agent | None = None


@dataclass
class Story:
    town: Organisation
    opening: Opening
    messages: list[Message] = field(default_factory=list)
    events: list[TicketEvent] = field(default_factory=list)
    deadlines: list[Deadline] = field(default_factory=list)
    escalations: list[EscalationRecord] = field(default_factory=list)

    def __post_init__(self) -> None:
        start = self.opening
        due = sla.answer_due(start.at, self.town.answer_hours)
        self.ticket = Ticket(
            reference=start.reference,
            channel=start.channel,
            status=Status.NEW,
            subject=one_line(start.subject, 250),
            location=start.location,
            requester=start.citizen,
            request_type=start.request_type,
            service=start.service or self.town.pilot,
            created_by=start.by,
            is_sensitive=bool(start.request_type and start.request_type.is_sensitive),
            flag=start.flag,
            received_at=start.at,
            created_at=start.at,
            updated_at=start.at,
            last_inbound_at=start.at,
            answer_due_at=due,
        )
        self.deadlines.append(deadline_build(self.ticket, DeadlineKind.ANSWER, started_at=start.at, due_at=due))
        self._say(MessageKind.INBOUND, start.body, start.at, subject=start.subject, email_id=start.email_message_id)
        self._event(EventKind.OPENED, start.at, start.by, channel=start.channel)
        if start.flag:
            self._event(EventKind.FLAGGED, start.at, reason=start.flag)
        self._refresh(start.at)

    @property
    def workers(self) -> list[Agent]:
        return self.town.workers[self.ticket.service.code]

    def route(self, at: datetime, found: RequestType | None = None, keywords: tuple[str, ...] = ()) -> None:
        """Route by the type given at the opening, else by the type ``found`` from ``keywords``, else leave as it is."""
        self.advance(at)
        ticket = self.ticket
        reason = "type" if ticket.request_type else "keywords" if found else "default"
        ticket.request_type = ticket.request_type or found
        if ticket.request_type is not None:
            ticket.service = ticket.request_type.service
            ticket.is_sensitive = ticket.is_sensitive or ticket.request_type.is_sensitive
            if ticket.is_open:
                self._add(type_deadlines(ticket, ticket.request_type))
        ticket.routed_at = at
        self._event(
            EventKind.ROUTED,
            at,
            service=ticket.service.name,
            request_type=ticket.request_type.name if ticket.request_type else "",
            reason=reason,
            keywords=list(keywords),
        )
        if self.opening.email and ticket.is_open and ticket.channel in {Channel.WEB, Channel.EMAIL, Channel.API}:
            self._event(EventKind.ACKNOWLEDGED, at)
        self._refresh(at)

    def assign(self, at: datetime, agent: Agent, by: Agent | None = None) -> None:
        self.advance(at)
        self.ticket.assignee = agent
        if self.ticket.status == Status.NEW:
            self.ticket.status = Status.OPEN
        self._event(EventKind.ASSIGNED, at, by or agent, assignee=agent.full_name)
        self._refresh(at)

    def classify(self, at: datetime, request_type: RequestType, by: Agent) -> None:
        """Correct the type: the former type's clocks are cancelled, the new one's counted from the reception."""
        self.advance(at)
        ticket, former = self.ticket, self.ticket.request_type
        ticket.request_type, ticket.is_sensitive = request_type, request_type.is_sensitive
        for clock in self._live():
            if clock.kind != DeadlineKind.ANSWER:
                clock.state, clock.next_step_at = DeadlineState.CANCELLED, None
        cycle = 1 + max(clock.cycle for clock in self.deadlines)
        self._add(type_deadlines(ticket, request_type, cycle=cycle))
        self._event(EventKind.TYPED, at, by, former=former.name if former else "", request_type=request_type.name)
        self._refresh(at)

    def transfer(self, at: datetime, service: Service, reason: str, by: Agent) -> None:
        self.advance(at)
        former, self.ticket.service, self.ticket.assignee = self.ticket.service, service, None
        self._event(
            EventKind.TRANSFERRED, at, by, former=former.name, service=service.name, reason=one_line(reason, 500)
        )
        self._refresh(at)

    def note(self, at: datetime, body: str, by: Agent) -> None:
        self.advance(at)
        self._say(MessageKind.NOTE, body, at, by=by, channel=self.ticket.channel)
        self._event(EventKind.NOTED, at, by)
        self._refresh(at)

    def reply(self, at: datetime, body: str, by: Agent, then: str = Status.ANSWERED) -> None:
        """Answer by e-mail; ``then`` is the status that follows, as in ``reply_send``."""
        self.advance(at)
        ticket = self.ticket
        self._say(MessageKind.REPLY, body, at, by=by, channel=Channel.EMAIL)
        self._event(EventKind.REPLIED, at, by, to=then)
        self._answered(at)
        self._status(then, at, by)
        final = then in {Status.ANSWERED, Status.CLOSED}
        self._stop(at, [DeadlineKind.ANSWER] if not final else list(DeadlineKind))
        if then == Status.WAITING:
            for clock in self._live():
                if clock.kind in COMMITMENTS and clock.state == DeadlineState.RUNNING:
                    clock.state, clock.paused_at = DeadlineState.PAUSED, at
        elif then == Status.OPEN:
            self._resume(at)
        if then == Status.CLOSED:
            ticket.closed_at = at
        ticket.assignee = ticket.assignee or by
        self._refresh(at)

    def receive(self, at: datetime, body: str, channel: str = Channel.EMAIL) -> None:
        """The citizen writes back: a waiting ticket goes on, an answered or closed one is reopened."""
        self.advance(at)
        ticket = self.ticket
        self._say(MessageKind.INBOUND, body, at, channel=channel)
        self._event(EventKind.MESSAGE, at, channel=channel)
        ticket.last_inbound_at = at
        if ticket.status == Status.WAITING:
            self._status(Status.OPEN, at, None)
            self._resume(at)
        elif ticket.status in {Status.ANSWERED, Status.CLOSED}:
            self._status(Status.OPEN, at, None)
            ticket.closed_at = None
            ticket.reopen_count += 1
            ticket.escalation_level = 0
            ticket.answer_due_at = sla.answer_due(at, self.town.answer_hours)
            self.deadlines.append(
                deadline_build(
                    ticket,
                    DeadlineKind.ANSWER,
                    started_at=at,
                    due_at=ticket.answer_due_at,
                    cycle=ticket.reopen_count + 1,
                )
            )
        self._refresh(at)

    def close(self, at: datetime, by: Agent | None, *, cancel: bool = False, reason: str = "") -> None:
        self.advance(at)
        former = self.ticket.status
        if cancel:
            for clock in self._live():
                clock.state, clock.next_step_at = DeadlineState.CANCELLED, None
        else:
            self._answered(at)
            self._stop(at, list(DeadlineKind))
        target = Status.CANCELLED if cancel else Status.CLOSED
        workflow.check(former, target)
        self.ticket.status = target
        self.ticket.closed_at = at
        self._event(EventKind.STATUS, at, by, former=former, current=target, reason=one_line(reason, 500))
        self._refresh(at)

    def answer_on_the_spot(self, at: datetime, article: Article, by: Agent) -> None:
        """A call or a visit closed at once with an article: a first-contact resolution. Routing comes after it."""
        ticket = self.ticket
        self._say(MessageKind.REPLY, f"{article.question}\n\n{article.answer}", at, by=by)
        self._event(EventKind.REPLIED, at, by, to=Status.CLOSED, article=article.question)
        self._stop(at, list(DeadlineKind))
        ticket.status, ticket.closed_at = Status.CLOSED, at
        ticket.first_answered_at, ticket.answer_kept = at, True
        ticket.assignee, ticket.is_first_contact, ticket.resolved_with = by, True, article
        self._event(EventKind.STATUS, at, by, former=Status.NEW, current=Status.CLOSED)
        self._refresh(at)

    def advance(self, until: datetime) -> None:
        """Take every reminder and escalation that falls up to ``until``, in their order, each at its moment."""
        while True:
            due = [
                (clock.next_step_at, order, clock)
                for order, clock in enumerate(self.deadlines)
                if clock.state == DeadlineState.RUNNING and clock.next_step_at and clock.next_step_at <= until
            ]
            if not due:
                return
            at, _, clock = min(due, key=lambda entry: entry[:2])
            for level, step in escalation.steps_to_take(clock.kind, clock.due_at, done=clock.level, now=at):
                self._step(clock, level, step, at)
                clock.level = level
            clock.level, clock.next_step_at = escalation.next_step(clock.kind, clock.due_at, done=clock.level, now=at)

    def _step(self, clock: Deadline, level: int, step: escalation.Step, at: datetime) -> None:
        ticket = self.ticket
        recipient = self.town.recipient(ticket, step.audience)
        self.escalations.append(
            EscalationRecord(deadline=clock, level=level, step=step.name, recipient=recipient, at=at)
        )
        kind = EventKind.ESCALATED if step.escalation else EventKind.REMINDED
        if step.name == "implicit_decision":
            kind = EventKind.ESCALATED if ticket.legal_regime == Regime.RGPD else EventKind.IMPLICIT_DECISION
        self._event(
            kind,
            at,
            deadline=str(clock.kind),
            step=step.name,
            level=step.escalation,
            due_at=clock.due_at.isoformat(),
            regime=ticket.legal_regime if clock.kind == DeadlineKind.LEGAL else "",
            recipient=recipient.full_name if recipient else "",
        )
        if step.escalation > ticket.escalation_level:
            ticket.escalation_level, ticket.updated_at = step.escalation, at

    def _say(
        self,
        kind: str,
        body: str,
        at: datetime,
        *,
        by: Agent | None = None,
        channel: str = "",
        subject: str = "",
        email_id: str = "",
    ) -> None:
        citizen = self.ticket.requester
        name = by.full_name if by else citizen.display_name if citizen else ""
        self.messages.append(
            Message(
                ticket=self.ticket,
                kind=kind,
                channel=channel or self.ticket.channel,
                author=by,
                author_name=one_line(name, 200),
                subject=one_line(subject, 250),
                body=body,
                email_message_id=email_id,
                created_at=at,
            )
        )

    def _event(self, kind: str, at: datetime, actor: Agent | None = None, **data: Any) -> None:
        self.events.append(TicketEvent(ticket=self.ticket, kind=kind, actor=actor, at=at, data=data))

    def _status(self, status: str, at: datetime, actor: Agent | None) -> None:
        former = self.ticket.status
        if former != status:
            workflow.check(former, status)
            self.ticket.status = status
            self._event(EventKind.STATUS, at, actor, former=former, current=status)

    def _answered(self, at: datetime) -> None:
        if self.ticket.first_answered_at is None:
            self.ticket.first_answered_at = at
            self.ticket.answer_kept = at <= self.ticket.answer_due_at

    def _add(self, clocks: list[Deadline]) -> None:
        for clock in clocks:
            clock.due_at = clock.due_at.astimezone(UTC)  # as it comes back from the database
        self.deadlines += clocks

    def _live(self) -> list[Deadline]:
        return [clock for clock in self.deadlines if clock.state in LIVE]

    def _stop(self, at: datetime, kinds: list[DeadlineKind]) -> None:
        self._resume(at, kinds)
        for clock in self._live():
            if clock.kind in kinds:
                clock.state = DeadlineState.MET if at <= clock.due_at else DeadlineState.MISSED
                clock.stopped_at, clock.next_step_at = at, None

    def _resume(self, at: datetime, kinds: list[DeadlineKind] | None = None) -> None:
        for clock in self._live():
            if clock.state == DeadlineState.PAUSED and clock.paused_at and (kinds is None or clock.kind in kinds):
                waited = at - clock.paused_at
                clock.state, clock.paused_at = DeadlineState.RUNNING, None
                clock.paused_seconds += int(waited.total_seconds())
                clock.due_at += waited
                clock.level, clock.next_step_at = escalation.next_step(
                    clock.kind, clock.due_at, done=clock.level, now=at
                )

    def _refresh(self, at: datetime) -> None:
        self.ticket.next_due_at = next_due(self.deadlines)
        self.ticket.updated_at = at
