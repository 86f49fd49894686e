"""One ticket's life told in memory, ready to be inserted in bulk.

Each method does to the unsaved rows what the action of the same name does to the database (``tickets/actions``),
through the same functions for clocks, steps and workflow, and sends nothing. Reminders and escalations are taken at the
moment the sweep would have taken them. ``tests/grc/test_demo.py`` compares a story with the life the actions tell.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from core.text import one_line
from directory.models import Agent, Citizen, RequestType, Service
from grc.demo.organisation import Organisation
from grc.demo.sweep import Sweep
from knowledge.models import Article
from notifications.models import Notice
from tickets import workflow
from tickets.actions.clocks.deadlines import (
    LIVE,
    clocks_follow,
    commitment_clocks,
    dates_set,
    missing_clocks,
    next_cycle,
    recount,
    spans,
)
from tickets.actions.legal.clock import legal_clock_follow
from tickets.actions.replies.acknowledgement import WRITTEN
from tickets.actions.replies.first_contact import answer_shown
from tickets.enums import (
    COMMITMENTS,
    Channel,
    DeadlineKind,
    DeadlineState,
    DecisionKind,
    EventKind,
    LetterKind,
    MessageKind,
    Outcome,
    Status,
)
from tickets.models import ClockPause, Deadline, Decision, EscalationRecord, Message, Ticket, TicketEvent
from tickets.selectors.legal import LegalFile, local_day, standing_of
from tickets.selectors.letters import owes_receipt


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
    pauses: list[ClockPause] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    receipt_at: datetime | None = None  # when the electronic acknowledgement left (CRPA R112-11-1), if one was owed

    def __post_init__(self) -> None:
        start = self.opening
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
        )
        self._promise(start.at, (DeadlineKind.ACKNOWLEDGE, DeadlineKind.ANSWER))
        self._say(MessageKind.INBOUND, start.body, start.at, subject=start.subject, email_id=start.email_message_id)
        self.event(EventKind.OPENED, start.at, start.by, channel=start.channel)
        if start.flag:
            self.event(EventKind.FLAGGED, start.at, reason=start.flag)
        self._refresh(start.at)

    @property
    def workers(self) -> list[Agent]:
        return self.town.workers[self.ticket.service.code]

    @property
    def target_due(self) -> datetime | None:
        """When the request is to be settled; None without a type."""
        targets = [clock for clock in self.deadlines if clock.kind == DeadlineKind.TARGET and clock.stopped_at is None]
        return next((clock.due_at for clock in reversed(targets) if clock.state != DeadlineState.CANCELLED), None)

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
            self._law(at)
            self._recompute(at, (DeadlineKind.ACKNOWLEDGE, DeadlineKind.TARGET))
        ticket.routed_at = at
        self.event(
            EventKind.ROUTED,
            at,
            service=ticket.service.name,
            request_type=ticket.request_type.name if ticket.request_type else "",
            reason=reason,
            keywords=list(keywords),
            rules=[],
        )
        if self.opening.email and ticket.is_open and ticket.channel in WRITTEN:
            self._acknowledge(at)
        self._refresh(at)

    def _acknowledge(self, at: datetime) -> None:
        """The simple acknowledgement, or the law's (`writer` makes the letter): the demo town lacks no mention."""
        if owes_receipt(self.ticket):
            self._receipt(at)
        else:
            self.event(EventKind.ACKNOWLEDGED, at)
        self._clocks(at, stop=(DeadlineKind.ACKNOWLEDGE,))

    def _receipt(self, at: datetime) -> None:
        self.receipt_at = at
        reference = f"{self.ticket.reference}-C1"
        self.event(EventKind.ACKNOWLEDGED, at, letter=LetterKind.RECEIPT.value, reference=reference)

    def assign(self, at: datetime, agent: Agent, by: Agent | None = None) -> None:
        self.advance(at)
        self.ticket.assignee = agent
        if self.ticket.status == Status.NEW:
            self.ticket.status = Status.OPEN
        self.event(EventKind.ASSIGNED, at, by or agent, assignee=agent.full_name)
        self._refresh(at)

    def classify(self, at: datetime, request_type: RequestType, by: Agent) -> None:
        """Correct the type: the former type's clocks are cancelled, the new one's counted from the reception."""
        self.advance(at)
        ticket, former = self.ticket, self.ticket.request_type
        ticket.request_type, ticket.is_sensitive = request_type, ticket.is_sensitive or request_type.is_sensitive
        self._recompute(at, (DeadlineKind.TARGET,))
        self._law(at)
        self.event(EventKind.TYPED, at, by, former=former.name if former else "", request_type=request_type.name)
        is_written = self.opening.email and ticket.channel in WRITTEN
        if is_written and ticket.is_open and owes_receipt(ticket) and self.receipt_at is None:
            self._receipt(at)
        self._refresh(at)

    def transfer(self, at: datetime, service: Service, reason: str, by: Agent) -> None:
        self.advance(at)
        former, self.ticket.service, self.ticket.assignee = self.ticket.service, service, None
        self.ticket.transfer_count += 1
        self._recompute(at, (DeadlineKind.TARGET,))
        self.event(
            EventKind.TRANSFERRED, at, by, former=former.name, service=service.name, reason=one_line(reason, 500)
        )
        self._refresh(at)

    def note(self, at: datetime, body: str, by: Agent) -> None:
        self.advance(at)
        self._say(MessageKind.NOTE, body, at, by=by, channel=self.ticket.channel)
        self.event(EventKind.NOTED, at, by)
        self._refresh(at)

    def reply(self, at: datetime, body: str, by: Agent, then: str = Status.ANSWERED, outcome: str = "") -> None:
        """Answer by e-mail; ``then`` is the status that follows and ``outcome`` what is decided, as in `reply_send`."""
        self.advance(at)
        ticket = self.ticket
        if outcome:
            self._decide(at, outcome, by, reasons=body)
        self._say(MessageKind.REPLY, body, at, by=by, channel=Channel.EMAIL)
        self.event(EventKind.REPLIED, at, by, to=then)
        self._status(then, at, by)
        final = then in {Status.ANSWERED, Status.CLOSED}
        answered = (DeadlineKind.ACKNOWLEDGE, DeadlineKind.ANSWER)
        self._clocks(
            at,
            stop=(*answered, DeadlineKind.TARGET) if final else answered,
            cancel=(DeadlineKind.CALLBACK,) if final else (),
        )
        self._answered(at)
        if then == Status.CLOSED:
            ticket.closed_at = at
        ticket.assignee = ticket.assignee or by
        self._refresh(at)

    def receive(self, at: datetime, body: str, channel: str = Channel.EMAIL) -> None:
        """The citizen writes back: a waiting ticket goes on, an answered or closed one is reopened."""
        self.advance(at)
        ticket = self.ticket
        self._say(MessageKind.INBOUND, body, at, channel=channel)
        self.event(EventKind.MESSAGE, at, channel=channel)
        ticket.last_inbound_at = at
        if ticket.status == Status.WAITING:
            self._status(Status.OPEN, at, None)
            self._clocks(at)
        elif ticket.status in {Status.ANSWERED, Status.CLOSED}:
            self._status(Status.OPEN, at, None)
            ticket.closed_at = None
            ticket.reopen_count += 1
            ticket.escalation_level = 0
            kinds = [DeadlineKind.ANSWER]
            if not any(clock.kind == DeadlineKind.TARGET for clock in self._live()):
                kinds.append(DeadlineKind.TARGET)
            cycle = next_cycle(self.deadlines)
            self._clocks(at, stop=(DeadlineKind.ANSWER,))
            self._promise(at, kinds, cycle=cycle)
        self._refresh(at)

    def close(
        self, at: datetime, by: Agent | None, *, cancel: bool = False, reason: str = "", outcome: str = ""
    ) -> None:
        """``outcome``: the decision that closing waits for while the legal clock runs, as in `ticket_close`."""
        self.advance(at)
        former = self.ticket.status
        target = Status.CANCELLED if cancel else Status.CLOSED
        workflow.check(former, target)
        if outcome and by is not None:
            self._decide(at, outcome, by)
        self.ticket.status = target
        if cancel:
            self._clocks(at, cancel=DeadlineKind)
            self._law(at)
        else:
            self._clocks(
                at,
                stop=(DeadlineKind.ACKNOWLEDGE, DeadlineKind.ANSWER, DeadlineKind.TARGET),
                cancel=(DeadlineKind.CALLBACK,),
            )
            self._answered(at)
        self.ticket.closed_at = at
        self.event(EventKind.STATUS, at, by, former=former, current=target, reason=one_line(reason, 500))
        self._refresh(at)

    def answer_on_the_spot(self, at: datetime, article: Article, by: Agent) -> None:
        """A call or a visit closed at once with an article: a first-contact resolution. Routing comes after it."""
        ticket = self.ticket
        self._say(MessageKind.REPLY, answer_shown(article), at, by=by)
        self.event(EventKind.REPLIED, at, by, to=Status.CLOSED, article=article.question)
        self._clocks(at, stop=COMMITMENTS)
        ticket.status, ticket.closed_at = Status.CLOSED, at
        ticket.first_answered_at, ticket.answer_kept = at, True
        ticket.assignee, ticket.is_first_contact, ticket.resolved_with = by, True, article
        self.event(EventKind.STATUS, at, by, former=Status.NEW, current=Status.CLOSED)
        self._refresh(at)

    def _decide(self, at: datetime, outcome: str, by: Agent, reasons: str = "") -> None:
        """An express decision, told the same day."""
        day = local_day(at)
        self.decisions.append(
            Decision(
                ticket=self.ticket,
                kind=DecisionKind.EXPRESS,
                outcome=outcome,
                decided_on=day,
                notified_on=day,
                reasons=reasons.strip(),
                appeals_told=bool(reasons) and outcome in {Outcome.REFUSED, Outcome.PARTLY},
                actor=by,
                created_at=at,
            )
        )
        self.event(
            EventKind.DECIDED,
            at,
            by,
            outcome=outcome,
            decided_on=day.isoformat(),
            notified_on=day.isoformat(),
        )
        self._law(at)

    def advance(self, until: datetime) -> None:
        """Take every reminder and escalation that falls up to ``until``, in their order, each at its moment."""
        Sweep(self).advance(until)

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

    def event(self, kind: str, at: datetime, actor: Agent | None = None, **data: Any) -> None:
        self.events.append(TicketEvent(ticket=self.ticket, kind=kind, actor=actor, at=at, data=data))

    def _status(self, status: str, at: datetime, actor: Agent | None) -> None:
        former = self.ticket.status
        if former != status:
            workflow.check(former, status)
            self.ticket.status = status
            self.event(EventKind.STATUS, at, actor, former=former, current=status)

    def _answered(self, at: datetime) -> None:
        if self.ticket.first_answered_at is None:
            self.ticket.first_answered_at = at
            self.ticket.answer_kept = at <= self.ticket.answer_due_at

    def _live(self) -> list[Deadline]:
        return [clock for clock in self.deadlines if clock.state in LIVE]

    def _promise(self, at: datetime, kinds: Iterable[str], cycle: int = 1) -> None:
        """Start the clocks of what is promised among ``kinds``, from ``at``."""
        self.deadlines += commitment_clocks(
            self.ticket, now=at, started_at=at, kinds=kinds, cycle=cycle, commitments=self.town.commitments
        )
        dates_set(self.ticket, self.deadlines)

    def _recompute(self, at: datetime, create: Collection[str]) -> None:
        """As `clocks_recompute`."""
        pauses, commitments = spans(self.pauses), self.town.commitments
        recount(self.ticket, self.deadlines, pauses, commitments, now=at, quiet=True)
        self.deadlines += missing_clocks(self.ticket, self.deadlines, pauses, commitments, now=at, kinds=create)

    def _clocks(self, at: datetime, stop: Iterable[str] = (), cancel: Iterable[str] = ()) -> None:
        """As `clocks_change`."""
        clocks_follow(self.ticket, self.deadlines, self.pauses, now=at, stop=stop, cancel=cancel)
        dates_set(self.ticket, self.deadlines)

    def _law(self, at: datetime) -> None:
        """As `legal_clock_refresh`."""
        file = LegalFile(decisions=tuple(self.decisions))
        legal = [clock for clock in self.deadlines if clock.kind == DeadlineKind.LEGAL]
        changed = legal_clock_follow(self.ticket, standing_of(self.ticket, file), legal, now=at)
        for clock in changed:
            clock.due_at = clock.due_at.astimezone(UTC)  # as it comes back from the database
        self.deadlines += [clock for clock in changed if clock not in legal]

    def _refresh(self, at: datetime) -> None:
        dates_set(self.ticket, self.deadlines)
        self.ticket.updated_at = at
