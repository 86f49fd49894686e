"""What the sweep would have done to a story, when each step fell: `tickets.actions.clocks.enforcement`, in memory."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from directory.models import Agent, Regime
from tickets.actions.clocks.alerts import Told
from tickets.actions.legal.implicit import OUTCOMES
from tickets.deadlines import escalation
from tickets.deadlines.escalation import Step
from tickets.enums import DeadlineKind, DeadlineState, DecisionKind, EventKind
from tickets.models import Deadline, Decision, EscalationRecord
from tickets.selectors.legal import local_day

if TYPE_CHECKING:
    from grc.demo.story import Story


class Sweep:
    def __init__(self, story: "Story") -> None:
        self._story, self._ticket, self._town = story, story.ticket, story.town

    def advance(self, until: datetime) -> None:
        """Take every reminder and escalation that falls up to ``until``, in their order, each at its moment."""
        while True:
            moments = [clock.next_step_at for clock in self._running() if clock.next_step_at]
            at = min(moments, default=None)
            if at is None or at > until:
                return
            self._sweep(at)

    def _running(self) -> list[Deadline]:
        return [clock for clock in self._story.deadlines if clock.state == DeadlineState.RUNNING]

    def _sweep(self, at: datetime) -> None:
        """What the sweep does to this ticket at ``at``: `tickets.actions.clocks.enforcement`."""
        ticket = self._ticket
        come = [(clock, step) for clock in self._running() for step in self._come(clock, at)]
        heard: dict[int, dict[int, tuple[Deadline, Step]]] = {}
        people: dict[int, Agent] = {}
        for clock, step in come:
            recipients = self._town.recipients.of_step(ticket, step)
            first = recipients[0] if recipients else None
            self._story.escalations.append(
                EscalationRecord(deadline=clock, level=step.number, step=step.name, recipient=first, at=at)
            )
            if step.escalation > ticket.escalation_level:
                ticket.escalation_level, ticket.updated_at = step.escalation, at
            for agent in recipients:
                people[agent.pk] = agent
                known = heard.setdefault(agent.pk, {}).get(id(clock))
                if known is None or (not self._decides(known[1]) and step.escalation >= known[1].escalation):
                    heard[agent.pk][id(clock)] = (clock, step)
            if self._decides(step):
                self._silence(clock, step, ", ".join(agent.full_name for agent in recipients), at)
        for pk, clocks in heard.items():
            for clock, step in clocks.values():
                if not self._decides(step):
                    self._told(clock, step, people[pk].full_name, at)
            if self._town.is_recent(at):
                told = [Told(clock, step) for clock, step in clocks.values()]
                self._story.notices.append(self._town.notice(ticket, people[pk], told, at))

    def _come(self, clock: Deadline, at: datetime) -> list[Step]:
        ticket, commitments, start, due = self._ticket, self._town.commitments, clock.started_at, clock.due_at
        steps = commitments.steps(clock.kind, clock.policy_id)
        calendar = commitments.calendar(ticket.service_id, clock.policy_id)
        found, taken = escalation.steps_to_take(
            steps, started_at=start, due_at=due, taken=clock.taken, now=at, calendar=calendar
        )
        clock.taken, clock.next_step_at = escalation.plan(
            steps, started_at=start, due_at=due, taken=taken, now=at, calendar=calendar
        )
        return found

    def _decides(self, step: Step) -> bool:
        return step.is_decision and self._ticket.legal_regime in OUTCOMES

    def _silence(self, clock: Deadline, step: Step, names: str, at: datetime) -> None:
        """The implicit decision (CRPA L231-1, L231-4): the legal clock ends at the instant it is born."""
        ticket, silence = self._ticket, OUTCOMES[self._ticket.legal_regime]
        clock.state, clock.stopped_at, clock.next_step_at = DeadlineState.MISSED, clock.due_at, None
        born = ticket.legal_effective_on or local_day(clock.due_at)
        self._story.decisions.append(
            Decision(ticket=ticket, kind=DecisionKind.IMPLICIT, outcome=silence.outcome, decided_on=born, created_at=at)
        )
        ticket.legal_running, ticket.updated_at = False, at
        self._told(clock, step, names, at, outcome=silence.outcome, next=silence.next_step)

    def _told(self, clock: Deadline, step: Step, names: str, at: datetime, **more: Any) -> None:
        level = 1 if step.is_decision and self._ticket.legal_regime == Regime.RGPD else step.escalation
        kind = EventKind.ESCALATED if level else EventKind.REMINDED
        self._story.event(
            EventKind.IMPLICIT_DECISION if more else kind,
            at,
            deadline=str(clock.kind),
            step=step.name,
            level=level,
            due_at=clock.due_at.isoformat(),
            regime=self._ticket.legal_regime if clock.kind == DeadlineKind.LEGAL else "",
            recipient=names,
            **more,
        )
