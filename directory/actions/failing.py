"""Addresses that answer no more: what we sent there came back (RFC 3464)."""

from collections.abc import Iterable
from datetime import datetime

from core.text import one_line
from directory.contacts import normalise_email
from directory.models import ContactKind, ContactPoint


def email_fails(*, address: str, reason: str, now: datetime) -> bool:
    """Mark an e-mail address as failing, since ``now`` unless it already was; false when nobody has it."""
    points = ContactPoint.objects.filter(kind=ContactKind.EMAIL, value=normalise_email(address) or "")
    points.filter(failing_since__isnull=True).update(failing_since=now)
    return bool(points.update(failure=one_line(reason, 250)))


def emails_work(*, addresses: Iterable[str]) -> None:
    """Their owners wrote to us from them: they work again."""
    values = {value for address in addresses if address and (value := normalise_email(address))}
    if values:
        failing = ContactPoint.objects.filter(kind=ContactKind.EMAIL, value__in=values, failing_since__isnull=False)
        failing.update(failing_since=None, failure="")
