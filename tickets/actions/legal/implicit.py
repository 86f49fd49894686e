"""The decision that a silence makes (CRPA L231-1: acceptance; L231-4: refusal), written by the sweep."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from directory.models import Regime
from tickets.enums import DeadlineState, DecisionKind, LegalRequestKind, Outcome
from tickets.models import Deadline, Decision, Ticket


@dataclass(frozen=True)
class Silence:
    """``outcome`` of the silence, and what the person may ask for then: the attestation (L232-3), or the reasons
    (L232-4)."""

    outcome: str
    next_step: str


OUTCOMES: Mapping[str, Silence] = {
    Regime.SVA: Silence(Outcome.ACCEPTED.value, LegalRequestKind.ATTESTATION.value),
    Regime.SVR: Silence(Outcome.REFUSED.value, LegalRequestKind.REASONS.value),
}


def decisions_write(clocks: Sequence[Deadline], *, now: datetime) -> None:
    """Write the implicit decisions of these legal clocks, whose tickets are locked, and end the clocks.

    The decision is born on the first day after the last one to decide, whenever the sweep comes; the clock ends at
    that instant. A ticket has one implicit decision that stands at the most.
    """
    for clock in clocks:
        clock.state, clock.stopped_at, clock.next_step_at = DeadlineState.MISSED, clock.due_at, None
    decisions = [
        Decision(
            ticket_id=clock.ticket_id,
            kind=DecisionKind.IMPLICIT,
            outcome=OUTCOMES[clock.ticket.legal_regime].outcome,
            decided_on=clock.ticket.legal_effective_on or timezone.localtime(clock.due_at).date(),
            created_at=now,
        )
        for clock in clocks
    ]
    Decision.objects.bulk_create(decisions, ignore_conflicts=True)
    Deadline.objects.bulk_update(clocks, ["state", "stopped_at", "next_step_at"])
    Ticket.objects.filter(pk__in=[clock.ticket_id for clock in clocks]).update(legal_running=False, updated_at=now)
