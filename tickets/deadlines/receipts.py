"""Acknowledgements of electronic requests and electronic notification. Pure, in whole local days."""

from datetime import date, timedelta

from tickets.deadlines.calendars import WorkingDay, is_working_day, nth_day

REGISTRATION_DAYS, RECEIPT_DAYS = 1, 10  # jours ouvrés
UNOPENED_DAYS = 15


def registration_due(received_on: date, *, working: WorkingDay = is_working_day) -> date:
    """The last day of the AEE, one working day after receipt by the competent administration (CRPA R112-11-1 to -3).

    ``working`` knows the local holidays.
    """
    return nth_day(received_on, REGISTRATION_DAYS, working)


def receipt_due(received_on: date, *, working: WorkingDay = is_working_day) -> date:
    """The last day of the ARE, ten working days after receipt by the competent administration (CRPA R112-11-1 to -3).

    Day 1 is the first working day after receipt [?].
    """
    return nth_day(received_on, RECEIPT_DAYS, working)


def open_until(available_on: date) -> date:
    """The last day to open an electronic notification before it is deemed made all the same (CRPA R112-20)."""
    return available_on + timedelta(days=UNOPENED_DAYS)


def notified_on(available_on: date, opened_on: date | None = None) -> date:
    """The day an electronic notification counts as made, once its 15 days are over (CRPA R112-20).

    The day it was opened within them; otherwise the day it was made available. ValueError when opened before that day.
    """
    if opened_on is not None and opened_on < available_on:
        raise ValueError("a notification cannot be opened before it is made available")
    return opened_on if opened_on and opened_on <= open_until(available_on) else available_on
