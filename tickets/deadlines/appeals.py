"""What follows a decision: appeals, reasons, withdrawal. Pure, in whole local days.

Appeal delays are francs (CJA R421-1): the last day is the quantième + 1, then the next working day when it is a
Saturday, a Sunday or a public holiday.
"""

from datetime import date
from enum import StrEnum

from tickets.deadlines.calendars import WorkingDay, is_working_day
from tickets.deadlines.legal import DAY, add_months

APPEAL_MONTHS = 2  # CJA R421-1, R421-2


class Residence(StrEnum):
    """Where the person lives, seen from a court of metropolitan France (CJA R421-7)."""

    METROPOLE = "metropole"
    OVERSEAS = "overseas"
    ABROAD = "abroad"


EXTRA_MONTHS = {Residence.METROPOLE: 0, Residence.OVERSEAS: 1, Residence.ABROAD: 2}


def next_working_day(day: date, working: WorkingDay = is_working_day) -> date:
    """``day`` itself when it is worked, else the first one that is. ``working`` knows the local holidays."""
    while not working(day):
        day += DAY
    return day


def appeal_last_day(
    since: date, *, residence: Residence = Residence.METROPOLE, working: WorkingDay = is_working_day
) -> date:
    """The last day to go to court against a decision notified, or an implicit refusal born, on ``since``.

    CJA R421-1, R421-2, R421-7. Not opposable when the decision, or the AR of the request, does not give the delays and
    routes of appeal (CJA R421-5, CRPA L112-6): the caller says so.
    """
    quantieme = add_months(since, APPEAL_MONTHS + EXTRA_MONTHS[residence])
    return next_working_day(quantieme + DAY, working)


def reasons_due(asked_on: date) -> date:
    """The last day to give the reasons of an implicit refusal, asked within the appeal delay (CRPA L232-4)."""
    return add_months(asked_on, 1)


def withdrawal_last_day(decided_on: date) -> date:
    """The last day to withdraw an illegal decision that created rights, acceptance by silence included (CRPA L242-1).

    Not a franc delay: CE 14 Oct. 2002 n° 246583.
    """
    return add_months(decided_on, 4)
