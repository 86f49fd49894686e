"""How many automatic answers may leave: a loop with a machine that hides well must end by itself (RFC 3834 §2)."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from notifications.models import OutboundMessage

TOTAL_WINDOW = timedelta(minutes=10)


def automatic_answer_capped(address: str, *, now: datetime) -> str:
    """Why no automatic answer may leave to ``address`` now, in French for the timeline; empty when one may.

    Counted from the outbox: three short index scans, none longer than its cap.
    """
    answers = OutboundMessage.objects.filter(kind__in=["acknowledgement", "refusal"])  # as the indexes' condition
    to = answers.filter(to_address=address)
    with translation.override("fr"):
        if _reached(to.filter(created_at__gt=now - timedelta(hours=1)), settings.AUTO_ANSWERS_PER_HOUR):
            told = _("Not acknowledged: %(n)d automatic answers left to %(address)s within an hour.")
            return told % {"n": settings.AUTO_ANSWERS_PER_HOUR, "address": address}
        if _reached(to.filter(created_at__gt=now - timedelta(days=1)), settings.AUTO_ANSWERS_PER_DAY):
            told = _("Not acknowledged: %(n)d automatic answers left to %(address)s within a day.")
            return told % {"n": settings.AUTO_ANSWERS_PER_DAY, "address": address}
        if _reached(answers.filter(created_at__gt=now - TOTAL_WINDOW), settings.AUTO_ANSWERS_IN_TOTAL):
            told = _("Not acknowledged: %(n)d automatic answers left within ten minutes.")
            return told % {"n": settings.AUTO_ANSWERS_IN_TOTAL}
    return ""


def _reached(rows: QuerySet[OutboundMessage], cap: int) -> bool:
    return len(rows.order_by().values_list("pk")[:cap]) >= cap
