"""What the town hall owes on a ticket, as it is told to the citizen, even before the worker has routed it."""

from dataclasses import dataclass
from datetime import date, datetime

from directory.models import Regime, Service
from tickets.deadlines import legal
from tickets.models import Ticket
from tickets.timezones import town_zone


@dataclass(frozen=True)
class Promises:
    """``answer_due_at``: the announced answer. ``service``: who handles it, None while it is not known.
    ``legal_due_on``: last day to decide under ``regime`` (SVA, SVR or RGPD), None without one or once it is past."""

    answer_due_at: datetime
    service: Service | None
    regime: str
    legal_due_on: date | None


def promises_of(ticket: Ticket, *, now: datetime) -> Promises:
    """Read from the routed ticket; before that, from the type the citizen chose (CRPA L231-1, L231-4)."""
    kind, zone = ticket.request_type, town_zone()
    service, regime, last_day = ticket.service, ticket.legal_regime, ticket.legal_due_on
    if ticket.routed_at is None:
        if kind is None:
            return Promises(ticket.answer_due_at, None, "", None)
        service, regime = kind.service, kind.regime
        if regime in {Regime.SVA, Regime.SVR, Regime.RGPD}:
            received_on = ticket.received_at.astimezone(zone).date()
            last_day = legal.implicit_decision(received_on, months=kind.delay_months, days=kind.delay_days).last_day
    if last_day is not None and last_day < now.astimezone(zone).date():
        last_day = None
    return Promises(ticket.answer_due_at, service, regime, last_day)
