"""Pauses as intervals: the times during which a clock of the commitments does not run. Pure."""

from collections.abc import Iterable
from datetime import UTC, datetime

from tickets.deadlines.calendars import Interval, merged

Pause = tuple[datetime, datetime | None]  # aware; None: it has not ended


def in_utc(moment: datetime) -> datetime:
    """In UTC, where adding hours means elapsed hours even across a change to summer time. ValueError when naive."""
    if moment.tzinfo is None:
        raise ValueError("an aware datetime is needed")
    return moment.astimezone(UTC)


def ended(pauses: Iterable[Pause]) -> list[Interval]:
    """The pauses that ended, in UTC, in order, those that overlap as one."""
    found = [(in_utc(first), in_utc(last)) for first, last in pauses if last is not None]
    return merged([(first, last) for first, last in found if first < last])


def is_paused(end: datetime, paused: Iterable[Interval]) -> bool:
    """Whether the clock stood still just before ``end``: a pause that begins there leaves it running until then."""
    return any(first < end <= last for first, last in paused)


def without(start: datetime, end: datetime, paused: Iterable[Interval]) -> list[Interval]:
    """What is left of [start, end) once the pauses (in order and apart) are taken out."""
    left = []
    for first, last in paused:
        if last <= start:
            continue
        if first >= end:
            break
        if first > start:
            left.append((start, first))
        start = last
    if start < end:
        left.append((start, end))
    return left
