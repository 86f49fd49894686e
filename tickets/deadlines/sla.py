"""The service's commitments. Pure: aware datetimes in, aware datetimes out.

A due date is a function of the start, the commitment and the time paused; it is never a counter that drifts.
"""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tickets.deadlines.calendars import add_working_days
from tickets.deadlines.legal import add_months

END_OF_DAY = time(18)  # a commitment in days is due when the counters close


def answer_due(start: datetime, hours: int, *, paused: timedelta = timedelta(0)) -> datetime:
    """Wall-clock commitment: ``start`` + ``hours``, later by the time ``paused``."""
    return _utc(start) + timedelta(hours=hours) + paused


def target_due(
    start: datetime, amount: int, unit: str, zone: ZoneInfo, *, paused: timedelta = timedelta(0)
) -> datetime:
    """When a request type's target falls: ``unit`` is hours, working_days, days or months.

    Hours are wall-clock; the others end at 18:00 local on their last day. Raises ValueError for another unit.
    """
    if unit == "hours":
        return _utc(start) + timedelta(hours=amount) + paused
    day = start.astimezone(zone).date()
    match unit:
        case "working_days":
            day = add_working_days(day, amount)
        case "days":
            day += timedelta(days=amount)
        case "months":
            day = add_months(day, amount)
        case _:
            raise ValueError(f"unknown unit of delay: {unit}")
    return _utc(datetime.combine(day, END_OF_DAY, tzinfo=zone)) + paused


def _utc(moment: datetime) -> datetime:
    """In UTC, where adding hours means elapsed hours even across a change to summer time."""
    if moment.tzinfo is None:
        raise ValueError("an aware datetime is needed")
    return moment.astimezone(UTC)
