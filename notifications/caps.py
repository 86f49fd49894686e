"""How many automatic answers may leave: a loop with a machine that hides well must end by itself (RFC 3834 §2)."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from core.kept import kept_value
from notifications.models import OutboundMessage

TOTAL_WINDOW = timedelta(minutes=10)


def automatic_answer_capped(address: str, *, now: datetime) -> str:
    """Why no automatic answer may leave to ``address`` now, in French for the timeline; empty when one may.

    Counted from the outbox: two index scans, none longer than its cap.
    """
    hourly, daily, total = settings.AUTO_ANSWERS_PER_HOUR, settings.AUTO_ANSWERS_PER_DAY, settings.AUTO_ANSWERS_IN_TOTAL
    answers = OutboundMessage.objects.filter(kind__in=["acknowledgement", "refusal"])  # as the indexes' condition
    of_today = answers.filter(to_address=address, created_at__gt=now - timedelta(days=1)).order_by("-created_at")
    last = list(of_today.values_list("created_at", flat=True)[: max(hourly, daily)])
    with translation.override("fr"):
        if sum(at > now - timedelta(hours=1) for at in last) >= hourly:
            told = _("Not acknowledged: %(n)d automatic answers left to %(address)s within an hour.")
            return told % {"n": hourly, "address": address}
        if len(last) >= daily:
            told = _("Not acknowledged: %(n)d automatic answers left to %(address)s within a day.")
            return told % {"n": daily, "address": address}
        # those of an action that answers several mails are counted once, and then as they are allowed
        left = kept_value("automatic answers", lambda: [_left(answers, now, total)])
        if left[0] >= total:
            return _("Not acknowledged: %(n)d automatic answers left within ten minutes.") % {"n": total}
    left[0] += 1
    return ""


def _left(answers: "QuerySet[OutboundMessage]", now: datetime, most: int) -> int:
    """How many left in the last minutes, counted up to ``most``."""
    return answers.filter(created_at__gt=now - TOTAL_WINDOW).order_by("-created_at")[:most].count()
