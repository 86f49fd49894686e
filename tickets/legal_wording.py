"""The law's clock in words: one sentence for each step of a reasoning and for each case refused."""

from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from tickets.deadlines.legal import CaseError, Delay, Step

STEPS = {
    "no_clock": gettext_lazy("No text attaches a decision to silence here: no legal clock runs."),
    "received": gettext_lazy("The request is received. This day does not count."),
    "clock_from_competent": gettext_lazy(
        "The competent administration receives the request: silence that means acceptance is counted from this day, "
        "whatever had elapsed before."
    ),
    "clock_from_first": gettext_lazy(
        "The competent administration receives the request: silence that means refusal is still counted from the first "
        "reception, %(start)s."
    ),
    "letter_not_required": gettext_lazy(
        "The letter asks for a piece that no text in force requires: it has no effect on the clock."
    ),
    "letter_no_list": gettext_lazy("The letter does not list the missing pieces: it has no effect on the clock."),
    "letter_no_due_date": gettext_lazy(
        "The letter sets no deadline to send the pieces: it has no effect on the clock."
    ),
    "letter_too_late": gettext_lazy("The letter is sent after the last day to decide, %(last)s: it changes nothing."),
    "pieces_asked": gettext_lazy(
        "Missing pieces are asked for, by %(due)s: the clock will start only once all of them are received."
    ),
    "pieces_received": gettext_lazy("The pieces asked for are received: the clock starts on %(start)s."),
    "pieces_missing": gettext_lazy("The pieces asked for on %(asked)s have not been received."),
    "never_complete": gettext_lazy(
        "The request is not complete: the clock has not started, and silence means nothing yet."
    ),
    "suspended_until_production": gettext_lazy(
        "Missing pieces are asked for: the clock is suspended until they are received, on %(end)s (%(days)s)."
    ),
    "suspended_until_due": gettext_lazy(
        "Missing pieces are asked for: the clock is suspended until the deadline set, %(end)s (%(days)s)."
    ),
    "overlap": gettext_lazy("The days that another letter already suspends are counted once."),
    "piece_late": gettext_lazy(
        "The pieces arrive after the deadline set, %(due)s: the clock was already running again, nothing changes."
    ),
    "counted": gettext_lazy("%(delay)s from %(start)s, to the same day of the month."),
    "counted_to_month_end": gettext_lazy("%(delay)s from %(start)s: that month has no such day, its last day is kept."),
    "counted_in_days": gettext_lazy("%(delay)s from %(start)s."),
    "suspension_added": gettext_lazy("The suspension is added: %(days)s."),
    "extended": gettext_lazy(
        "%(last)s is a Saturday, a Sunday or a public holiday: the last day moves to the next working day, "
        "as you asked."
    ),
    "express_in_time": gettext_lazy(
        "An express decision is taken on or before the last day, %(last)s: no implicit decision arises."
    ),
    "acceptance": gettext_lazy("Without a decision by the end of %(last)s, the request is accepted on this day."),
    "refusal": gettext_lazy("Without a decision by the end of %(last)s, the request is refused on this day."),
    "owed": gettext_lazy("Without an answer by the end of %(last)s, the month is over; silence decides nothing."),
    "express_after_acceptance": gettext_lazy(
        "The express decision comes after the acceptance. A refusal would withdraw it: only if it is illegal, and "
        "within four months."
    ),
    "express_after_refusal": gettext_lazy("The express decision comes after the implicit refusal and replaces it."),
}

ERRORS = {
    "not_an_object": gettext_lazy("An object is expected."),
    "not_a_list": gettext_lazy("A list is expected."),
    "unknown_key": gettext_lazy("“%(key)s” is not a known key."),
    "unknown_regime": gettext_lazy("The regime is SVA, SVR or none."),
    "delay_missing": gettext_lazy("Give the delay."),
    "delay_not_positive": gettext_lazy("The delay is a positive whole number, either of months or of days."),
    "date_missing": gettext_lazy("Give this date."),
    "not_a_date": gettext_lazy("This is not a date that exists, written YYYY-MM-DD."),
    "not_a_boolean": gettext_lazy("True or false is expected."),
    "before_reception": gettext_lazy("This date is before the reception of the request."),
    "before_asking": gettext_lazy("This date is before the letter."),
    "out_of_calendar": gettext_lazy("This delay leads out of the calendar."),
}


def step_text(step: Step) -> str:
    return str(STEPS[step.code]) % {name: value_text(value) for name, value in step.params.items()}


def error_text(refusal: CaseError) -> str:
    return str(ERRORS[refusal.code]) % refusal.params


def days_text(days: int) -> str:
    return ngettext("%(count)d day", "%(count)d days", days) % {"count": days}


def article_text(article: str) -> str:
    """Where a rule is written; an empty article is a convention of ours (docs/developer/law.md)."""
    if not article:
        return _("convention of this calculator")
    return article if " " in article else _("CRPA, art. %(article)s") % {"article": article}


def value_text(value: Any) -> str:
    """A parameter of a step as people read it: dates in full, whole numbers as days."""
    if isinstance(value, date):
        return date_format(value, "DATE_FORMAT")
    if isinstance(value, Delay):
        if value.days:
            return days_text(value.days)
        return ngettext("%(count)d month", "%(count)d months", value.months or 0) % {"count": value.months}
    return days_text(value) if isinstance(value, int) else str(value)
