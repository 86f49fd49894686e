"""The law's clock of a ticket: from the request type's regime and what happened to the request."""

from datetime import datetime

from directory.models import Regime, RequestType
from tickets.deadlines import legal
from tickets.models import Ticket
from tickets.timezones import town_zone

CLOCKED = frozenset({Regime.SVA, Regime.SVR, Regime.RGPD})


def legal_clock_count(ticket: Ticket, request_type: RequestType | None) -> datetime | None:
    """Count the silence of the administration and set ``legal_*`` on the ticket in memory.

    Returns the first instant of the implicit decision, None where no legal clock runs (CRPA L231-1, L231-4).
    """
    ticket.legal_regime, ticket.legal_due_on, ticket.legal_effective_on = "", None, None
    ticket.legal_running = False
    if request_type is None or request_type.regime not in CLOCKED:
        return None
    zone = town_zone()
    decision = legal.implicit_decision(
        ticket.received_at.astimezone(zone).date(), months=request_type.delay_months, days=request_type.delay_days
    )
    ticket.legal_regime = request_type.regime
    ticket.legal_due_on, ticket.legal_effective_on = decision.last_day, decision.effective_from
    ticket.legal_running = True
    return decision.starts_at(zone)
