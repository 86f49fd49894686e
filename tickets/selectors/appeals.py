"""Until when a person may go to court against what was decided on their request, and whether that can be opposed."""

from dataclasses import dataclass
from datetime import date

from tickets.deadlines.appeals import appeal_last_day
from tickets.deadlines.calendars import is_working_day
from tickets.enums import DecisionKind, LegalRequestKind, Outcome
from tickets.selectors.legal import Standing

AGAINST = frozenset({Outcome.REFUSED, Outcome.PARTLY})


@dataclass(frozen=True)
class Appeal:
    """``since``: the day the delay runs from. ``last_day``: None while the reasons asked for have not been given, which
    keeps the delay open (CRPA L232-4), or while the person has not been told of an express decision.
    ``is_opposable``: the delays and routes were told, by the AR or by the decision itself (CJA R421-5, L112-6)."""

    since: date | None
    last_day: date | None
    is_opposable: bool
    is_extended: bool = False


def appeal_of(standing: Standing) -> Appeal | None:
    """The appeal delay against the decision that holds; None when it refuses nothing.

    The person is taken to live where the court is (CJA R421-7 adds months for the others).
    """
    decision = standing.decision
    if decision is None or decision.outcome not in AGAINST:
        return None

    def working(day: date) -> bool:
        return is_working_day(day, standing.file.region)

    if decision.kind != DecisionKind.IMPLICIT:
        told = decision.notified_on
        last = appeal_last_day(told, working=working) if told else None
        return Appeal(told, last, decision.appeals_told or decision.letter_id is not None)
    opposable = standing.receipt_sent_on is not None
    asked = standing.request_of(LegalRequestKind.REASONS)
    if asked is None:
        return Appeal(decision.decided_on, appeal_last_day(decision.decided_on, working=working), opposable)
    last = appeal_last_day(asked.met_on, working=working) if asked.met_on else None
    return Appeal(asked.met_on, last, opposable, is_extended=True)
