"""The configuration of the clocks changed: every process reads it again, and the open tickets are counted again."""

import secrets
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from core.jobs import enqueue
from directory.models import Agent, Town
from tickets.models import Recomputation


@transaction.atomic
def commitments_changed(*, reason: str, actor: Agent | None, now: datetime) -> Recomputation:
    """Call it in the transaction that writes a policy, target, calendar, hours, closure, escalation step, a service's
    place or calendar, a type's target, or the town's commitment or holidays.

    The worker then counts the open tickets again (`tickets.actions.clocks.recomputation`). A recomputation that has not
    finished is replaced: the new one does its work too.
    """
    version_bump()
    Recomputation.objects.filter(finished_at__isnull=True).update(
        finished_at=now, updated_at=now, last_error=_("Replaced by a later change.")
    )
    row = Recomputation.objects.create(reason=reason[:200], actor=actor, created_at=now, updated_at=now)
    enqueue("tickets.recompute", row.pk)
    return row


def version_bump() -> None:
    """Have every process read the commitments again.

    By a random step: of two changes, one of which is undone, no process mistakes one for the other.
    """
    Town.objects.update(commitments_version=F("commitments_version") + 1 + secrets.randbelow(1000))
