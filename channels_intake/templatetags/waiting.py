"""Waits in words and figures: `{% load waiting %}`."""

from datetime import datetime, timedelta

from django import template

from channels_intake.models import Visit

register = template.Library()
NEW_FOR = timedelta(seconds=20)  # how long a number just called stands out on the display


@register.filter
def minutes_until(start: datetime | None, end: datetime) -> int:
    """Whole minutes from ``start`` to ``end``; 0 before it, or without a start."""
    return max(0, int((end - start).total_seconds() // 60)) if start else 0


@register.filter
def waited(visit: Visit) -> int:
    """Whole minutes the visitor waited before this call, the hour of an appointment taken as the arrival."""
    first = visit.called_at is not None and visit.called_at == visit.first_called_at
    start = max(visit.arrived_at, visit.appointment_at or visit.arrived_at) if first else visit.waiting_since
    return minutes_until(start, visit.called_at) if visit.called_at else 0


@register.filter
def share_of(part: int, whole: int) -> int:
    """Whole percents, never rounded up to 100."""
    return 0 if not whole else 100 if part == whole else min(99, round(100 * part / whole))


@register.filter
def just_called(visit: Visit, now: datetime) -> bool:
    return visit.called_at is not None and now - visit.called_at <= NEW_FOR
