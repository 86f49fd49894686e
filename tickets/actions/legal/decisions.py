"""Express decisions and withdrawals, recorded on a request whose silence means something."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from core.errors import Conflict, Invalid
from directory.models import Agent, Regime
from directory.roles import WORK
from tickets.actions.clocks.deadlines import clocks_change
from tickets.actions.legal.clock import legal_clock_refresh
from tickets.actions.locking import ticket_lock
from tickets.actions.timeline import event_add
from tickets.deadlines.appeals import withdrawal_last_day
from tickets.enums import UNFAVOURABLE, DeadlineKind, DecisionKind, EventKind, LegalRequestKind, Outcome
from tickets.models import Decision, Letter, Ticket
from tickets.permissions import require
from tickets.selectors.legal import Standing, local_day, standing_of


@dataclass(frozen=True)
class Verdict:
    """A decision as an agent records it. ``reasons`` are owed for a refusal, even partial (CRPA L211-2).

    ``notified_on``: the day the person was told, None while they have not been. ``appeals_told``: the delays and routes
    of appeal were given with it, without which they are not opposable (CJA R421-5).
    """

    outcome: str
    decided_on: date
    notified_on: date | None = None
    reasons: str = ""
    appeals_told: bool = False
    letter: Letter | None = None


@transaction.atomic
def decision_record(*, ticket: Ticket, actor: Agent, verdict: Verdict, now: datetime) -> Decision:
    """Record an express decision: it stops the law's clock, or replaces the refusal born of silence.

    Once silence has meant acceptance a refusal is blocked (L242-1): a withdrawal must be recorded first. Raises
    `Invalid` with the field for a date or reasons that cannot be, `Conflict` when the request cannot be decided.
    """
    ticket = ticket_lock(ticket.pk)
    require(actor, WORK, ticket)
    decision = decision_add(ticket, actor=actor, verdict=verdict, now=now)
    ticket.updated_at = now
    ticket.save()
    return decision


def decision_add(ticket: Ticket, *, actor: Agent, verdict: Verdict, now: datetime) -> Decision:
    """`decision_record` on a locked ticket, which the caller saves."""
    standing = standing_of(ticket)
    _check_verdict(standing, verdict, today=local_day(now))
    _check_granted(standing, verdict, today=local_day(now))
    decision = Decision.objects.create(
        ticket=ticket,
        kind=DecisionKind.EXPRESS,
        outcome=verdict.outcome,
        decided_on=verdict.decided_on,
        notified_on=verdict.notified_on,
        reasons=verdict.reasons.strip(),
        appeals_told=verdict.appeals_told,
        letter=verdict.letter,
        actor=actor,
        created_at=now,
    )
    event_add(
        ticket,
        EventKind.DECIDED,
        actor=actor,
        at=now,
        outcome=verdict.outcome,
        decided_on=verdict.decided_on.isoformat(),
        notified_on=verdict.notified_on.isoformat() if verdict.notified_on else "",
    )
    _reasons_given(ticket, standing, decision, now=now)
    legal_clock_refresh(ticket, now=now, actor=actor)
    return decision


def _reasons_given(ticket: Ticket, standing: Standing, decision: Decision, *, now: datetime) -> None:
    """An express decision gives the reasons that were asked of the implicit refusal it replaces."""
    asked = standing.request_of(LegalRequestKind.REASONS)
    if asked is not None and asked.met_on is None:
        asked.met_on = max(decision.decided_on, asked.asked_on)
        asked.save(update_fields=["met_on"])
        clocks_change(ticket, now=now, stop=[DeadlineKind.REASONS])


def _check_verdict(standing: Standing, verdict: Verdict, *, today: date) -> None:
    if standing.case is None:
        raise Conflict(_("Silence means nothing on this request: it needs no recorded decision."), code="no_regime")
    if standing.forwarded is not None:
        raise Conflict(
            _("This request was forwarded to %(name)s: the decision is theirs.")
            % {"name": standing.forwarded.administration},
            code="forwarded",
        )
    if verdict.outcome not in Outcome.values:
        raise Invalid(_("Choose the decision."), field="outcome")
    if verdict.outcome in UNFAVOURABLE and not verdict.reasons.strip():
        raise Invalid(_("Give the reasons: a refusal, even in part, must state them (CRPA L211-2)."), field="reasons")
    if verdict.decided_on > today:
        raise Invalid(_("The day of the decision is in the future."), field="decided_on")
    if verdict.decided_on < standing.case.received_on:
        raise Invalid(_("The day of the decision is before the reception of the request."), field="decided_on")
    if verdict.notified_on is not None and not verdict.decided_on <= verdict.notified_on <= today:
        raise Invalid(
            _("The person was told between the day of the decision and today."),
            field="notified_on",
        )


def _check_granted(standing: Standing, verdict: Verdict, *, today: date) -> None:
    """What was granted is not taken back by another decision, only by a withdrawal (CRPA L242-1)."""
    since = _accepted_by_silence(standing, today)
    if since is not None:
        if verdict.outcome == Outcome.ACCEPTED or _was_in_time(standing, verdict):
            return
        raise _blocked(since, by_silence=True, today=today)
    last = standing.decision
    if last is None:
        return
    if last.kind == DecisionKind.IMPLICIT and verdict.decided_on < last.decided_on:
        return  # taken in time and recorded late: the implicit refusal was never born
    if verdict.decided_on < last.decided_on:
        raise Invalid(
            _("The last decision is of %(day)s: another one cannot be older.") % {"day": _day(last.decided_on)},
            field="decided_on",
        )
    granted = standing.granted
    if granted is None or (granted.outcome == Outcome.PARTLY and verdict.outcome == Outcome.ACCEPTED):
        return
    if verdict.outcome == granted.outcome:
        raise Conflict(
            _("This is already decided since %(day)s.") % {"day": _day(granted.decided_on)}, code="already_decided"
        )
    raise _blocked(granted.decided_on, by_silence=False, today=today)


def _accepted_by_silence(standing: Standing, today: date) -> date | None:
    """Since when the request is accepted by silence, whether or not the sweep has already recorded it."""
    if standing.regime != Regime.SVA:
        return None
    if standing.implicit is not None:
        return standing.implicit.decided_on
    return standing.born_by(today)


def _was_in_time(standing: Standing, verdict: Verdict) -> bool:
    """Taken, and told to the person, on or before the last day: it only is recorded late."""
    last = standing.last_day
    return last is not None and verdict.notified_on is not None and verdict.notified_on <= last


def _blocked(since: date, *, by_silence: bool, today: date) -> Conflict:
    last = withdrawal_last_day(since)
    said = _("Silence has meant acceptance since %(day)s.") if by_silence else _("It was granted on %(day)s.")
    if today <= last:
        rule = _(
            "Refusing now would withdraw that decision: only if it is illegal, and until %(last)s (CRPA L242-1). "
            "Record the withdrawal first."
        )
    else:
        rule = _("It can no longer be withdrawn since %(last)s: the four months of CRPA L242-1 are over.")
    return Conflict(f"{said} {rule}" % {"day": _day(since), "last": _day(last)}, code="granted")


def decision_owed(ticket: Ticket) -> Invalid:
    """Why a request whose legal clock runs cannot simply be closed."""
    said: object
    if ticket.legal_due_on is None:
        said = _("The law waits for a decision on this request. Record it, or say that the request is without object.")
    else:
        said = _(
            "The legal delay runs until %(day)s: closing needs a decision. Record it, or say that the request is "
            "without object."
        ) % {"day": _day(ticket.legal_due_on)}
    return Invalid(said, field="outcome", code="decision_needed")


@transaction.atomic
def withdrawal_record(*, ticket: Ticket, actor: Agent, reasons: str, decided_on: date, now: datetime) -> Decision:
    """Withdraw what was granted, by an agent or by silence: only because it is illegal (``reasons`` say how) and within
    four months of the decision (CRPA L242-1). The request may then be decided again."""
    ticket = ticket_lock(ticket.pk)
    require(actor, WORK, ticket)
    standing = standing_of(ticket)
    granted = standing.granted
    if granted is None:
        raise Conflict(_("Nothing was granted on this request: there is nothing to withdraw."), code="not_granted")
    reasons = reasons.strip()
    if not reasons:
        raise Invalid(_("Say why the decision is illegal: it is the only ground to withdraw it."), field="reasons")
    if decided_on > local_day(now):
        raise Invalid(_("The day of the withdrawal is in the future."), field="decided_on")
    if decided_on < granted.decided_on:
        raise Invalid(_("The withdrawal is before the decision it withdraws."), field="decided_on")
    last = withdrawal_last_day(granted.decided_on)
    if decided_on > last:
        raise Invalid(
            _("It could be withdrawn until %(last)s: the four months of CRPA L242-1 are over.") % {"last": _day(last)},
            field="decided_on",
        )
    withdrawal = Decision.objects.create(
        ticket=ticket,
        kind=DecisionKind.WITHDRAWAL,
        outcome=Outcome.REFUSED,
        decided_on=decided_on,
        reasons=reasons,
        withdraws=granted,
        actor=actor,
        created_at=now,
    )
    event_add(
        ticket,
        EventKind.WITHDRAWN,
        actor=actor,
        at=now,
        decided_on=decided_on.isoformat(),
        former=granted.decided_on.isoformat(),
    )
    legal_clock_refresh(ticket, now=now, actor=actor)
    ticket.updated_at = now
    ticket.save()
    return withdrawal


def _day(day: date) -> str:
    return date_format(day, "j F Y")
