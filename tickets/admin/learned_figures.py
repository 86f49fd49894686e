"""The figures of a version of the learned routing as its page shows them: shares from the counts of its report."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q
from django.db.models.functions import Length
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from directory.models import RequestType
from tickets.enums import EventKind
from tickets.models import RoutingModel, TicketEvent, TicketSuggestion

ACCEPTANCE_DAYS = 90

STEPS = {
    "reading": gettext_lazy("Reading past requests"),
    "names": gettext_lazy("Leaving out the names of people"),
    "calibrating": gettext_lazy("Measuring how sure it may be"),
    "learning": gettext_lazy("Learning"),
    "measuring": gettext_lazy("Measuring on the latest requests"),
    "learning from the latest too": gettext_lazy("Learning from the latest requests too"),
    "done": gettext_lazy("Finished"),
}


def percent(part: int, whole: int) -> float | None:
    """A share with one decimal, in %; None of nothing."""
    return round(100 * part / whole, 1) if whole else None


@dataclass(frozen=True)
class CurveRow:
    """One confidence: what share gets a suggestion, what share of these is right; the same with the keywords after."""

    confidence: int
    answered: float | None
    right: float | None
    both_answered: float | None
    both_right: float | None
    is_chosen: bool


def curve_rows(figures: dict[str, Any], chosen: int) -> list[CurveRow]:
    total = figures["tickets"]
    nearest = min((row["confidence"] for row in figures["curve"]), key=lambda each: abs(each - chosen), default=None)
    return [
        CurveRow(
            confidence=row["confidence"],
            answered=percent(row["answered"], total),
            right=percent(row["right"], row["answered"]),
            both_answered=percent(row["both_answered"], total),
            both_right=percent(row["both_right"], row["both_answered"]),
            is_chosen=row["confidence"] == nearest,
        )
        for row in figures["curve"]
    ]


def type_rows(report: dict[str, Any], names: dict[int, str]) -> list[dict[str, Any]]:
    """By type: recall (of its requests, how many it found) and precision (of those it said, how many were)."""
    return [
        {
            "name": names.get(row["type"], _("A type that is no more")),
            "tickets": row["tickets"],
            "recall": percent(row["right"], row["tickets"]),
            "precision": percent(row["right"], row["said"]),
            "keywords": percent(row["keywords_right"], row["tickets"]),
        }
        for row in report["by_type"]
    ]


def type_names() -> dict[int, str]:
    return dict(RequestType.objects.values_list("pk", "name"))


def versions(limit: int) -> list[RoutingModel]:
    """The latest versions without their bytes; ``size`` is how many bytes are left of each."""
    sized = RoutingModel.objects.defer("weights", "judged").annotate(size=Length("weights"))
    return list(sized.order_by("-id")[:limit])


def version_row(model: RoutingModel) -> dict[str, Any]:
    """A version in the list (of `versions`): its accuracy, and against what it was judged."""
    figures, against = model.report["all"], model.report["against"]
    return {
        "model": model,
        "right": percent(figures["right"], figures["tickets"]),
        "in_three": percent(figures["right_in_three"], figures["tickets"]),
        "against": against,
        "own": percent(against["right"], against["tickets"]),
        "former": percent(against["former_right"], against["tickets"]),
        "is_kept": model.report["is_better"],
        "has_weights": model.size > 0,  # type: ignore[attr-defined]
    }


def acceptance(now: datetime) -> dict[str, Any]:
    """What agents did of the suggestions of the last ACCEPTANCE_DAYS days, whatever the version: each counts once.

    ``corrected``: an agent gave another type. Else what they clicked: ``right`` or ``aside``. Else ``left``: the type
    was applied, and the ticket was answered or closed with it; ``ignored``: nobody said anything yet. ``share``: right
    or left, of those ``dealt`` with, in %. One query.
    """
    typed = TicketEvent.objects.filter(ticket=OuterRef("pk"), kind=EventKind.TYPED, actor__isnull=False)
    is_same = Q(ticket__request_type=F("request_type"))
    is_done = Q(ticket__first_answered_at__isnull=False) | Q(ticket__closed_at__isnull=False)
    is_corrected = Q(is_typed=True, ticket__request_type__isnull=False) & ~is_same
    rows = TicketSuggestion.objects.filter(ticket__received_at__gte=now - timedelta(days=ACCEPTANCE_DAYS))
    counts = rows.annotate(is_typed=Exists(typed)).aggregate(
        made=Count("pk"),
        corrected=Count("pk", filter=is_corrected),
        right=Count("pk", filter=Q(is_right=True) & ~is_corrected),
        aside=Count("pk", filter=Q(is_right=False) & ~is_corrected),
        left=Count("pk", filter=Q(is_right=None, is_applied=True) & is_same & is_done),
    )
    dealt = counts["corrected"] + counts["right"] + counts["aside"] + counts["left"]
    share = percent(counts["right"] + counts["left"], dealt)
    return counts | {"ignored": counts["made"] - dealt, "dealt": dealt, "share": share, "days": ACCEPTANCE_DAYS}
