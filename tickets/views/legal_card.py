"""The card « The law » of a ticket: what silence means, until when, what was recorded, and what can be done."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from directory.models import Agent, Regime
from directory.roles import WORK
from tickets.deadlines.appeals import withdrawal_last_day
from tickets.deadlines.legal import Step
from tickets.enums import DecisionKind, LegalRequestKind, Outcome
from tickets.legal_wording import article_text, step_text
from tickets.models import Decision, PieceRequest, Ticket, Transmission
from tickets.permissions import may
from tickets.selectors.appeals import Appeal, appeal_of
from tickets.selectors.legal import CLOCKED, Standing, standing_of
from tickets.views.legal_events import outcome_text


@dataclass(frozen=True)
class Link:
    """An action: the name of its address, its word and its icon."""

    name: str
    label: str
    icon: str


@dataclass(frozen=True)
class Entry:
    """A line of what is recorded. ``detail`` may be empty."""

    label: str
    detail: str = ""
    icon: str = "circle-dot"


@dataclass(frozen=True)
class LegalCard:
    """``regime`` and ``state`` are sentences; ``badge`` (label, icon, tone) is for the head of the page, or None.

    ``notes``: what an agent must know (AR, appeals), each a sentence. ``steps``: the reasoning, for a `timeline`.
    """

    regime: str
    state: str
    detail: str
    last_day: date | None
    badge: tuple[str, str, str] | None
    notes: list[str] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    steps: list[dict[str, object]] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)

    @property
    def decides(self) -> bool:
        """Whether a decision can be recorded now: the reply offers to be one."""
        return any(link.name == "decide" for link in self.links)


def legal_card(ticket: Ticket, agent: Agent) -> LegalCard | None:
    """The card of a ticket; None where no text attaches anything to silence. One query, two after a refusal."""
    kind = ticket.request_type
    if kind is None or kind.regime not in CLOCKED:
        return None
    standing = standing_of(ticket)
    state, detail, badge = state_of(standing)
    return LegalCard(
        regime=regime_text(standing.regime),
        state=state,
        detail=detail,
        last_day=ticket.legal_due_on if ticket.legal_running else None,
        badge=badge,
        notes=[*_receipt_notes(standing), *appeal_notes(standing, appeal_of(standing))],
        entries=list(_entries(standing)),
        steps=steps_of(standing),
        links=list(_links(standing)) if may(agent, WORK, ticket) else [],
    )


def regime_text(regime: str) -> str:
    match regime:
        case Regime.SVA:
            return _("Silence means acceptance (CRPA L231-1)")
        case Regime.SVR:
            return _("Silence means refusal (CRPA L231-4)")
        case _other:
            return _("Data protection right: an answer is owed within the month (RGPD art. 12)")


def day_text(day: date | None) -> str:
    return date_format(day, "j F Y") if day else ""


Badge = tuple[str, str, str] | None


def state_of(standing: Standing) -> tuple[str, str, Badge]:
    """(where the request stands, what follows, the badge of the page's head)."""
    away, decision = standing.forwarded, standing.decision
    if away is not None:
        label = _("Forwarded to %(name)s") % {"name": away.administration}
        return label, _after_forwarding(standing, away), (_("Forwarded"), "forward", "muted")
    if decision is not None:
        return _decided(standing, decision)
    if standing.is_incomplete:
        return (
            _("Waiting for pieces: the delay has not started"),
            _("It will start when the last piece asked for is received."),
            (_("Legal delay waiting for pieces"), "circle-pause", "paused"),
        )
    if standing.last_day is None or not standing.is_running:
        return _("No legal delay runs on this request."), "", None
    days = {"last": day_text(standing.last_day), "born": day_text(standing.effective_from)}
    if standing.regime == Regime.SVA:
        detail = _("Without a decision, the request is accepted on %(born)s.") % days
    elif standing.regime == Regime.SVR:
        detail = _("Without a decision, the request is refused on %(born)s.") % days
    else:
        detail = _("Past that day the answer is late, but silence decides nothing.")
    return _("Last day to decide: %(last)s, until midnight.") % days, detail, None


def _after_forwarding(standing: Standing, away: Transmission) -> str:
    """The dates the citizen can count on (L114-3)."""
    if standing.starts_elsewhere:
        return _("Acceptance by silence is counted from the day they receive the request (L114-3).")
    days = {"day": day_text(standing.effective_from), "first": day_text(away.first_received_on)}
    if standing.regime == Regime.SVA:
        return _("Without a decision of theirs, accepted on %(day)s, counted from their reception (L114-3).") % days
    if standing.regime == Regime.SVR:
        return _("Without a decision of theirs, refused on %(day)s, counted from %(first)s (L114-3).") % days
    return ""


def _decided(standing: Standing, decision: Decision) -> tuple[str, str, Badge]:
    days = {"day": day_text(decision.decided_on), "told": day_text(decision.notified_on)}
    if decision.kind == DecisionKind.WITHDRAWAL:
        label = _("What was granted was withdrawn on %(day)s") % days
        return label, _("The request can be decided again."), (_("Withdrawn"), "undo-2", "late")
    if decision.kind == DecisionKind.IMPLICIT:
        if decision.outcome == Outcome.ACCEPTED:
            last = day_text(withdrawal_last_day(decision.decided_on))
            return (
                _("Accepted by silence since %(day)s") % days,
                _("Refusing would withdraw it: only if it is illegal, until %(last)s (L242-1).") % {"last": last},
                (_("Accepted by silence"), "scale", "legal"),
            )
        return (
            _("Refused by silence since %(day)s") % days,
            _("An express decision replaces this refusal."),
            (_("Refused by silence"), "scale", "legal"),
        )
    label = _("Decided on %(day)s: %(outcome)s") % (days | {"outcome": outcome_text(decision.outcome)})
    told = _("The person was told on %(told)s.") % days if decision.notified_on else _("The person is not told yet.")
    return label, told, (_("Decided"), "gavel", "ok")


def _receipt_notes(standing: Standing) -> Iterable[str]:
    if not standing.is_silence_a_decision or standing.forwarded is not None:
        return
    sent = standing.receipt_sent_on
    if sent is not None:
        yield _("Acknowledgement sent on %(day)s.") % {"day": day_text(sent)}
    else:
        yield _("No acknowledgement was sent: the delays of appeal cannot be held against the person (L112-6).")


def appeal_notes(standing: Standing, appeal: Appeal | None) -> Iterable[str]:
    """Until when the person may go to court, or why no day can be given."""
    if appeal is None:
        return
    if appeal.last_day is not None and appeal.is_opposable:
        yield _("Appeal possible until %(day)s.") % {"day": day_text(appeal.last_day)}
    elif appeal.is_extended and appeal.last_day is None:
        yield _("The delay of appeal stays open until the reasons are given, then two months (L232-4).")
    elif appeal.is_opposable:
        yield _("The delay of appeal starts when the person is told.")
    elif standing.decision is not None and standing.decision.kind != DecisionKind.IMPLICIT:
        yield _("The appeals were not told with the decision: their delay cannot be held against the person.")


def steps_of(standing: Standing) -> list[dict[str, object]]:
    """The reasoning, each step with its article, for the `timeline` component."""
    found = standing.silence if standing.forwarded else standing.answer
    if found is None:
        return []
    steps = list(found.steps)
    if standing.regime == Regime.RGPD:
        steps = [_rgpd(step) for step in steps if step.code != "express_after_refusal"]
    return [
        {
            "label": step_text(step),
            "detail": " · ".join(part for part in (day_text(step.on), article_text(step.article)) if part),
            "icon": "scale" if step.code in _ENDS else "circle-dot",
            "tone": "legal" if step.code in _ENDS else "",
        }
        for step in steps
    ]


_ENDS = {"acceptance", "refusal", "owed", "express_in_time"}


def _rgpd(step: Step) -> Step:
    """The month of the RGPD is counted like a refusal's delay, and ends without a decision."""
    code = "owed" if step.code == "refusal" else step.code
    counted = step.code in {"refusal", "counted", "counted_to_month_end", "counted_in_days", "express_in_time"}
    return replace(step, code=code, article="RGPD art. 12" if counted else step.article)


def _entries(standing: Standing) -> Iterable[Entry]:
    """What is recorded on the ticket, in the order of the texts: pieces, transmissions, decisions, requests."""
    for request in standing.file.pieces:
        yield _pieces_entry(request)
    for each in standing.file.transmissions:
        days = {"name": each.administration, "day": day_text(each.sent_on or each.received_on)}
        if each.is_inbound:
            first = _("They had received it on %(day)s.") % {"day": day_text(each.first_received_on)}
            yield Entry(_("Received from %(name)s on %(day)s") % days, first, "building-2")
        else:
            yield Entry(_("Forwarded to %(name)s on %(day)s") % days, "", "forward")
    for decision in standing.file.decisions:
        yield _decision_entry(decision)
    for asked in standing.file.requests:
        attestation = asked.kind == LegalRequestKind.ATTESTATION
        days = {"day": day_text(asked.asked_on)}
        label = (_("Attestation asked for on %(day)s") if attestation else _("Reasons asked for on %(day)s")) % days
        if asked.met_on:
            detail = _("Issued on %(day)s.") if attestation else _("Given on %(day)s.")
        else:
            detail = _("Owed.") if attestation else _("Owed by %(day)s.")
        detail %= {"day": day_text(asked.met_on or asked.due_on)}
        yield Entry(label, detail, "stamp" if attestation else "circle-question-mark")


def _pieces_entry(request: PieceRequest) -> Entry:
    label = _("Pieces asked for on %(day)s") % {"day": day_text(request.asked_on)}
    names = ", ".join(piece.get("name", "") for piece in request.pieces)
    if request.received_on:
        state = _("received on %(day)s") % {"day": day_text(request.received_on)}
    elif request.due_on:
        state = _("expected by %(day)s") % {"day": day_text(request.due_on)}
    else:
        state = _("no deadline was set")
    return Entry(label, f"{names} — {state}" if names else state, "file-question-mark")


def _decision_entry(decision: Decision) -> Entry:
    days = {"day": day_text(decision.decided_on), "outcome": outcome_text(decision.outcome)}
    if decision.annulled_at is not None:
        return Entry(
            _("Implicit decision of %(day)s: annulled") % days,
            _("What was recorded later shows that it was never born."),
            "scale",
        )
    if decision.kind == DecisionKind.IMPLICIT:
        return Entry(_("Implicit decision on %(day)s: %(outcome)s") % days, "", "scale")
    if decision.kind == DecisionKind.WITHDRAWAL:
        return Entry(_("Withdrawal on %(day)s") % days, decision.reasons, "undo-2")
    return Entry(_("Decision of %(day)s: %(outcome)s") % days, "", "gavel")


def _links(standing: Standing) -> Iterable[Link]:
    """What can be done now; the actions check again."""
    if standing.is_running:
        yield Link("pieces_ask", _("Ask for pieces"), "file-question-mark")
    if standing.pending_pieces:
        yield Link("pieces_receive", _("Pieces received"), "file-check")
    refused = standing.implicit is not None and standing.implicit.outcome == Outcome.REFUSED
    withdrawn = standing.decision is not None and standing.decision.kind == DecisionKind.WITHDRAWAL
    if standing.is_running or refused or withdrawn:
        yield Link("decide", _("Record the decision"), "gavel")
    if standing.granted is not None:
        yield Link("withdraw", _("Withdraw (L242-1)"), "undo-2")
    if standing.implicit is not None and standing.implicit.outcome == Outcome.ACCEPTED:
        yield Link("attest", _("Attestation"), "stamp")
    if refused:
        asked = standing.request_of(LegalRequestKind.REASONS)
        if asked is None:
            yield Link("reasons_ask", _("Reasons asked for"), "circle-question-mark")
        elif asked.met_on is None:
            yield Link("reasons_give", _("Give the reasons"), "message-square-text")
    if standing.is_running:
        yield Link("transmit", _("Forward elsewhere"), "forward")
    if standing.is_running or standing.forwarded is not None:
        yield Link("transmitted", _("Received from elsewhere"), "building-2")
