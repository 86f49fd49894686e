"""What the law says of a request, in its requester's words: what silence means and when, what to send, what to ask."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from directory.models import Regime
from tickets.enums import DecisionKind, LegalRequestKind, Outcome
from tickets.models import Decision, Ticket
from tickets.selectors.appeals import Appeal, appeal_of
from tickets.selectors.legal import CLOCKED, Standing, standing_of


@dataclass(frozen=True)
class Wanted:
    """Pieces the town hall waits for. ``due_on`` is None when no deadline was set."""

    names: list[str]
    due_on: date | None


@dataclass(frozen=True)
class LegalView:
    """``sentences`` in order; ``wanted``: the letters not answered yet; ``ask``: what the requester may ask for now
    (a `LegalRequestKind`), empty when nothing."""

    sentences: list[str]
    wanted: list[Wanted] = field(default_factory=list)
    ask: str = ""


def legal_view(ticket: Ticket) -> LegalView | None:
    """What to show of a routed request; None where silence means nothing. One query, two after a refusal."""
    kind = ticket.request_type
    if kind is None or kind.regime not in CLOCKED or ticket.routed_at is None:
        return None
    standing = standing_of(ticket)
    wanted = [
        Wanted([piece.get("name", "") for piece in request.pieces], request.due_on)
        for request in standing.pending_pieces
        if standing.is_running and request.pieces
    ]
    return LegalView(list(_sentences(standing)), wanted, _ask(standing))


def _day(day: date | None) -> str:
    return date_format(day, "j F Y") if day else ""


def _sentences(standing: Standing) -> Iterable[str]:
    away, decision = standing.forwarded, standing.decision
    if away is not None:
        yield _("Your request was forwarded to %(name)s, which will answer you.") % {"name": away.administration}
        yield from _after_forwarding(standing)
    elif decision is not None:
        yield from _decided(standing, decision)
        yield from _appeal(appeal_of(standing))
        yield from _owed(standing)
    elif standing.is_incomplete:
        yield _(
            "Your request is incomplete. The delay after which it is deemed accepted starts once we have every piece."
        )
    elif standing.is_running:
        yield from _running(standing)


def _running(standing: Standing) -> Iterable[str]:
    day = {"date": _day(standing.last_day)}
    if standing.regime == Regime.SVA:
        yield (
            _(
                "Provided that your request is complete: without a decision by %(date)s, it is deemed accepted. You "
                "will then be able to ask here for an attestation."
            )
            % day
        )
    elif standing.regime == Regime.SVR:
        yield (
            _(
                "Provided that your request is complete: without a decision by %(date)s, it is deemed refused. You "
                "will then be able to ask here for the reasons, and to contest this refusal within two months."
            )
            % day
        )
    else:
        yield _("The law gives the town hall until %(date)s to answer you.") % day


def _after_forwarding(standing: Standing) -> Iterable[str]:
    day = {"date": _day(standing.last_day)}
    if standing.starts_elsewhere:
        yield _("The delay after which your request is deemed accepted runs from the day it receives your request.")
    elif standing.regime == Regime.SVA:
        yield _("Without a decision of its by %(date)s, your request is deemed accepted.") % day
    elif standing.regime == Regime.SVR:
        yield _("Without a decision of its by %(date)s, your request is deemed refused.") % day


def _decided(standing: Standing, decision: Decision) -> Iterable[str]:
    day = {"date": _day(decision.decided_on)}
    if decision.kind == DecisionKind.WITHDRAWAL:
        yield _("What had been granted was withdrawn on %(date)s.") % day
    elif decision.kind == DecisionKind.IMPLICIT and decision.outcome == Outcome.ACCEPTED:
        yield _("Your request has been deemed accepted since %(date)s: you may ask for an attestation of it.") % day
    elif decision.kind == DecisionKind.IMPLICIT:
        yield _("Your request has been deemed refused since %(date)s.") % day
    elif decision.notified_on is not None:  # a decision is told by the town hall, not found out on this page
        yield _EXPRESS[Outcome(decision.outcome)]() % day


_EXPRESS = {
    Outcome.ACCEPTED: lambda: _("The town hall granted your request on %(date)s."),
    Outcome.PARTLY: lambda: _("The town hall granted your request in part on %(date)s."),
    Outcome.REFUSED: lambda: _("The town hall refused your request on %(date)s."),
    Outcome.MOOT: lambda: _("The town hall noted on %(date)s that your request is without object."),
}


def _appeal(appeal: Appeal | None) -> Iterable[str]:
    """A day is given only where it can be held against the person."""
    if appeal is None:
        return
    if appeal.last_day is not None and appeal.is_opposable:
        yield _(
            "You may contest it before the administrative court until %(date)s (later if you live overseas or abroad)."
        ) % {"date": _day(appeal.last_day)}
    elif appeal.is_extended and appeal.last_day is None:
        yield _("You may contest it until two months after its reasons are given to you.")
    elif appeal.last_day is not None:
        yield _("You may contest it before the administrative court.")


def _owed(standing: Standing) -> Iterable[str]:
    for asked in standing.file.requests:
        if asked.met_on is not None or standing.implicit is None:
            continue
        day = {"asked": _day(asked.asked_on), "due": _day(asked.due_on)}
        if asked.kind == LegalRequestKind.REASONS:
            yield _("You asked for the reasons on %(asked)s: we owe them to you by %(due)s.") % day
        else:
            yield _("You asked for the attestation on %(asked)s: we are preparing it.") % day


def _ask(standing: Standing) -> str:
    implicit = standing.implicit
    if implicit is None:
        return ""
    kind = LegalRequestKind.ATTESTATION if implicit.outcome == Outcome.ACCEPTED else LegalRequestKind.REASONS
    if standing.request_of(kind) is not None:
        return ""
    return kind.value
