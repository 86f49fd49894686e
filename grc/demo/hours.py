"""When citizens turn to the town hall, and when its agents work.

Moments are given in UTC, where adding hours means elapsed hours even across a change to summer time.
"""

import random
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tickets.deadlines.calendars import is_working_day, public_holidays

DAY_WEIGHTS = (1.35, 1.15, 1.0, 1.0, 0.9, 0.3, 0.12)  # Monday to Sunday
DESK_HOURS = {9: 3, 10: 4, 11: 3, 13: 1, 14: 3, 15: 3, 16: 3, 17: 1}
SATURDAY_HOURS = {9: 2, 10: 3, 11: 2}
SCREEN_HOURS = dict(zip(range(7, 23), (1, 3, 5, 5, 4, 3, 3, 4, 3, 3, 3, 3, 3, 4, 3, 1), strict=True))
OPENS, CLOSES = time(8, 30), time(17, 30)


def day_weight(day: date) -> float:
    """How busy a day is: Mondays most, little at weekends, less in August and on public holidays."""
    weight = DAY_WEIGHTS[day.weekday()]
    if day in public_holidays(day.year):
        weight = 0.1
    return weight * (0.6 if day.month == 8 else 1.15 if day.month in (1, 9) else 1.0)


def desk_is_open(moment: datetime) -> bool:
    """Whether the counters and the telephone are open at this local ``moment``."""
    day, hour = moment.date(), moment.time()
    if day in public_holidays(day.year) or day.weekday() == 6:
        return False
    if day.weekday() == 5:
        return time(9) <= hour < time(12)
    return time(8, 30) <= hour < time(12) or time(13, 30) <= hour < time(17, 30)


def screen_is_used(moment: datetime) -> bool:
    """Whether people write forms and mails at this local ``moment`` (not in the middle of the night)."""
    return 7 <= moment.hour < 23


def arrival(rng: random.Random, first: datetime, last: datetime, zone: ZoneInfo, *, at_desk: bool) -> datetime:
    """A moment between two aware ones, at least three days apart, when a citizen comes, calls or writes."""
    days = [(first + timedelta(days=n)).astimezone(zone).date() for n in range((last - first).days + 1)]
    while True:
        day = rng.choices(days, [day_weight(day) for day in days])[0]
        by_hour = SCREEN_HOURS if not at_desk else SATURDAY_HOURS if day.weekday() == 5 else DESK_HOURS
        hour = rng.choices(list(by_hour), list(by_hour.values()))[0]
        moment = datetime.combine(day, time(hour, rng.randint(0, 59), rng.randint(0, 59)), tzinfo=zone)
        if first <= moment <= last and (not at_desk or desk_is_open(moment)):
            return moment.astimezone(UTC)


def at_work(rng: random.Random, after: datetime, before: datetime, zone: ZoneInfo) -> datetime | None:
    """A moment in working hours between two aware ones, or None when there is none (weekend, night)."""
    slots = []
    day = after.astimezone(zone).date()
    while day <= before.astimezone(zone).date():
        if is_working_day(day):
            start = max(after, datetime.combine(day, OPENS, tzinfo=zone))
            end = min(before, datetime.combine(day, CLOSES, tzinfo=zone))
            if (end - start).total_seconds() > 60:
                slots.append((start, end - start))
        day += timedelta(days=1)
    if not slots:
        return None
    start, length = rng.choices(slots, [length.total_seconds() for _, length in slots])[0]
    return (start + length * rng.random()).astimezone(UTC)
