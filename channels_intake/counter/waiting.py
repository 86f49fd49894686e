"""How long visitors wait: the commitment, and what to announce to whoever arrives now. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

# The commitment of the « Guichet unique 72 h » preset (domain §3): called within 15 minutes, for 95 % of the visitors.
TARGET = timedelta(minutes=15)
GOAL = 95
# Without enough visits to measure, a visit is taken to last this long.
USUAL_VISIT = timedelta(minutes=6)
MEASURED = 3  # visits at least, to trust their average
STEP = 5  # minutes: nobody believes « 7 min »
QUIET = timedelta(hours=1)  # nobody arrived nor was called for so long: the counter is taken to be closed


@dataclass(frozen=True)
class Pulse:
    """The counter of one site now.

    ``waiting``: people; ``over``: of them, those who have waited longer than `TARGET`; ``oldest``: since when the one
    who has waited longest waits; ``received`` and ``within``: visitors called for the first time today, and of them
    within `TARGET`; ``desks``: desks that called somebody lately; ``served`` visits lasted ``average`` lately;
    ``latest``: the last time anybody arrived or was called today.
    """

    waiting: int = 0
    over: int = 0
    oldest: datetime | None = None
    received: int = 0
    within: int = 0
    desks: int = 0
    served: int = 0
    average: timedelta | None = None
    latest: datetime | None = None

    def is_active(self, now: datetime) -> bool:
        """Whether there is something to announce: somebody arrived or was called within the last hour."""
        return self.latest is not None and now - self.latest <= QUIET

    @property
    def estimate(self) -> int:
        """Minutes a visitor who arrives now would wait, rounded up to five; 0 when nobody waits."""
        known = self.average is not None and self.served >= MEASURED
        return estimated_minutes(self.waiting, self.desks, self.average if known and self.average else USUAL_VISIT)


def estimated_minutes(waiting: int, desks: int, visit: timedelta) -> int:
    """``waiting`` people shared between ``desks`` (one at least), ``visit`` each; rounded up to five minutes."""
    seconds = waiting * visit.total_seconds() / max(desks, 1)
    minutes = -(-seconds // 60)
    return int(-(-minutes // STEP) * STEP)
