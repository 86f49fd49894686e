"""Addresses that answer no more: what we sent there came back (RFC 3464)."""

from datetime import datetime

from core.text import one_line
from directory.contacts import normalise_email
from directory.models import ContactKind, ContactPoint


def email_fails(*, address: str, reason: str, now: datetime) -> bool:
    """Mark an e-mail address as failing, since ``now`` unless it already was; false when nobody has it."""
    points = ContactPoint.objects.filter(kind=ContactKind.EMAIL, value=normalise_email(address) or "")
    points.filter(failing_since__isnull=True).update(failing_since=now)
    return bool(points.update(failure=one_line(reason, 250)))


def email_works(*, address: str) -> None:
    """Its owner wrote to us from it: it works again."""
    value = normalise_email(address)
    if value:
        failing = ContactPoint.objects.filter(kind=ContactKind.EMAIL, value=value, failing_since__isnull=False)
        failing.update(failing_since=None, failure="")
