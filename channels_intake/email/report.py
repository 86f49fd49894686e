"""What became of the mail: every message received is in exactly one line of the account."""

from datetime import datetime
from typing import Any

from django.db.models import Count, Max, Min

from channels_intake.models import InboundMail, InboundOutcome, InboundStatus, MailFetch

REASONS = 50


def inbound_report(*, since: datetime | None = None) -> dict[str, Any]:
    """Counts of the mail stored at ``since`` or later: ``received`` is the sum of ``waiting``, ``failed`` and
    ``became`` (one count for each outcome; "" for mail processed before outcomes were kept). ``ignored`` and
    ``failures`` say why, most frequent first; ``accounts`` are the IMAP accounts that fail.
    """
    rows = InboundMail.objects.all() if since is None else InboundMail.objects.filter(stored_at__gte=since)
    counts = {
        (status, outcome): number
        for status, outcome, number in rows.order_by()
        .values_list("status", "outcome")
        .annotate(number=Count("pk"))
        .values_list("status", "outcome", "number")
    }
    became = {str(value): 0 for value in InboundOutcome.values}
    for (status, outcome), number in counts.items():
        if status in {InboundStatus.DONE, InboundStatus.IGNORED}:
            name = str(InboundOutcome.IGNORED) if status == InboundStatus.IGNORED else outcome
            became[name] = became.get(name, 0) + number
    return {
        "since": since.isoformat() if since else None,
        "received": sum(counts.values()),
        "waiting": sum(number for (status, _), number in counts.items() if status == InboundStatus.STORED),
        "failed": sum(number for (status, _), number in counts.items() if status == InboundStatus.FAILED),
        "became": became,
        "mute": rows.filter(is_mute=True).count(),
        "ignored": _reasons(rows.filter(status=InboundStatus.IGNORED)),
        "failures": _reasons(rows.filter(status=InboundStatus.FAILED)),
        "accounts": [
            {"account": str(account), "failing_since": account.failing_since.isoformat(), "error": account.last_error}
            for account in MailFetch.objects.filter(is_active=True, failing_since__isnull=False)
            if account.failing_since
        ],
    }


def _reasons(rows: Any) -> list[dict[str, Any]]:
    """[{reason, number, ids of the first and last}], at most REASONS."""
    found = rows.order_by().values("note").annotate(number=Count("pk"), first=Min("pk"), last=Max("pk"))
    return [
        {"reason": row["note"], "number": row["number"], "first": row["first"], "last": row["last"]}
        for row in found.order_by("-number", "note")[:REASONS]
    ]
