"""How the telephone is answered: the calls of a period, told by the telephone system."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Avg, Count, F, Q
from django.db.models.functions import Extract

from channels_intake.models import Call, CallState

GOAL = 95  # percent of calls picked up, the commitment of the default preset (domain §3)


@dataclass(frozen=True)
class CallFigures:
    """``picked_up`` and ``missed`` calls; those still ringing are in neither. ``wait``: mean seconds to the pick-up,
    None without any."""

    picked_up: int
    missed: int
    wait: int | None

    @property
    def count(self) -> int:
        return self.picked_up + self.missed


def call_figures(*, start: datetime, end: datetime) -> CallFigures:
    """The calls that began to ring from ``start`` to ``end`` (excluded). One query, answered by the index alone."""
    found = Call.objects.filter(ringing_at__gte=start, ringing_at__lt=end).aggregate(
        picked_up=Count("ringing_at", filter=Q(answered_at__isnull=False)),
        missed=Count("ringing_at", filter=Q(answered_at__isnull=True, state=CallState.MISSED)),
        wait=Avg(Extract(F("answered_at") - F("ringing_at"), "epoch")),
    )
    wait = found["wait"]
    return CallFigures(found["picked_up"], found["missed"], None if wait is None else round(wait))
