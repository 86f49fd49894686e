"""Every figure of the dashboard is a condition on tickets, written once.

The counts and the lists behind them read the same conditions, so they agree.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tickets.enums import OPEN_STATUSES, Channel, Status
from tickets.selectors.queues import due_today_q, late_q, legal_q


@dataclass(frozen=True)
class Figure:
    """``in_period`` figures count the tickets received in the period; the others, the tickets as they stand now."""

    key: str
    label: object
    condition: Callable[[datetime], Q]
    in_period: bool


DESKS = (Channel.PHONE, Channel.COUNTER)
COUNTED = ~Q(status__in=(Status.MERGED, Status.CANCELLED))


def _kept(_now: datetime) -> Q:
    return COUNTED & Q(answer_kept=True)


def _missed(now: datetime) -> Q:
    return COUNTED & (Q(answer_kept=False) | Q(answer_kept__isnull=True, answer_due_at__lt=now))


_ALL = (
    Figure("open", pgettext_lazy("figures", "Open"), lambda now: Q(status__in=OPEN_STATUSES), False),
    Figure("late", pgettext_lazy("figures", "Late"), late_q, False),
    Figure("today", pgettext_lazy("figures", "Due today"), due_today_q, False),
    Figure("legal", _("Legal deadlines within 15 days"), legal_q, False),
    Figure("received", pgettext_lazy("figures", "Received"), lambda now: COUNTED, True),
    Figure("kept", _("Answered in time"), _kept, True),
    Figure("missed", _("Not answered in time"), _missed, True),
    Figure("desk", _("Calls and visits"), lambda now: COUNTED & Q(channel__in=DESKS), True),
    Figure(
        "first_contact",
        _("Answered at first contact"),
        lambda now: COUNTED & Q(channel__in=DESKS, is_first_contact=True),
        True,
    ),
)
FIGURES = {figure.key: figure for figure in _ALL}
