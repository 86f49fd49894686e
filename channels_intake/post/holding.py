"""Who enters which letter: two agents never get the same one; and letters set aside, with the way back."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from channels_intake.models import Scan, ScanState
from core.errors import Conflict, DomainError, Invalid
from core.text import one_line
from directory.models import Agent

HOLD = timedelta(minutes=20)  # whoever took a letter and did nothing with it holds it no longer


class Missing(DomainError):
    code = "not_found"
    status = 404

    def __init__(self) -> None:
        super().__init__(_("There is no such letter."))


def is_held(scan: Scan, agent: Agent, now: datetime) -> bool:
    """A colleague of ``agent`` is entering it."""
    held_at = scan.held_at
    return scan.held_by_id not in {None, agent.pk} and held_at is not None and held_at > now - HOLD


def free_for(agent: Agent, now: datetime) -> Q:
    """The letters that no colleague of ``agent`` is entering."""
    return Q(held_by=None) | Q(held_by=agent) | Q(held_at__lte=now - HOLD)


def is_mine(scan: Scan, agent: Agent) -> bool:
    return scan.state == ScanState.NEW and scan.held_by_id == agent.pk


@transaction.atomic
def scan_next(*, actor: Agent, now: datetime, after: int | None = None) -> Scan | None:
    """The next letter to enter, held for ``actor``: the oldest that no colleague holds; None when there is none.

    Without ``after`` the letter the agent began comes first. With it, that letter is left and the ones behind it come
    first: « skip this one ».
    """
    waiting = Scan.objects.filter(state=ScanState.NEW).order_by("id")
    free = waiting.filter(free_for(actor, now))
    if after is not None:
        waiting.filter(pk=after, held_by=actor).update(held_by=None, held_at=None)
        scan = _first(free.filter(pk__gt=after)) or _first(free)
    else:
        scan = _first(waiting.filter(held_by=actor)) or _first(free)
    if scan is not None:
        scan_hold(scan, actor, now)
    return scan


def _first(scans: QuerySet[Scan]) -> Scan | None:
    return scans.select_for_update(skip_locked=True, of=("self",)).first()


def scan_hold(scan: Scan, actor: Agent, now: datetime) -> None:
    scan.held_by, scan.held_at = actor, now
    scan.save(update_fields=["held_by", "held_at"])


def scan_lock(scan_id: int) -> Scan:
    """The row, locked. Raises `Missing`."""
    scan = Scan.objects.select_for_update(of=("self",)).select_related("held_by", "ticket").filter(pk=scan_id).first()
    if scan is None:
        raise Missing
    return scan


def require_free(scan: Scan, actor: Agent, now: datetime) -> None:
    """Raise `Conflict` for a letter that is no longer to enter, or that a colleague holds."""
    if scan.state == ScanState.ENTERED:
        raise Conflict(_("This letter has been entered meanwhile."), code="entered")
    if scan.state == ScanState.DISCARDED:
        raise Conflict(_("This letter was set aside: put it back first."), code="discarded")
    if scan.state == ScanState.JOINED:
        raise Conflict(_("This scan is a sheet of another letter."), code="joined")
    if is_held(scan, actor, now) and scan.held_by is not None:
        raise Conflict(_("%(name)s is entering this letter.") % {"name": scan.held_by.full_name}, code="held")


@transaction.atomic
def scan_take(*, scan_id: int, actor: Agent, now: datetime) -> Scan:
    """« I enter this one ». Raises `Conflict` when it cannot be."""
    scan = scan_lock(scan_id)
    require_free(scan, actor, now)
    scan_hold(scan, actor, now)
    return scan


def scan_renew(*, scan_id: int, actor: Agent, now: datetime) -> None:
    """The agent is still at it: the twenty minutes start again. Nothing when the agent does not hold it."""
    Scan.objects.filter(pk=scan_id, held_by=actor, state=ScanState.NEW).update(held_at=now)


def scan_leave(*, scan_id: int, actor: Agent) -> None:
    """Give the letter back to the list; nothing when the agent does not hold it."""
    Scan.objects.filter(pk=scan_id, held_by=actor, state=ScanState.NEW).update(held_by=None, held_at=None)


@transaction.atomic
def scan_discard(*, scan_id: int, reason: str, actor: Agent, now: datetime) -> Scan:
    """Set a letter aside, with the reason colleagues will read. Its scan is kept. Twice is once."""
    scan = scan_lock(scan_id)
    reason = one_line(reason, 200)
    if not reason:
        raise Invalid(_("Say why this letter is set aside."), field="reason")
    if scan.state == ScanState.DISCARDED:
        return scan
    require_free(scan, actor, now)
    scan.state, scan.discard_reason, scan.discarded_by = ScanState.DISCARDED, reason, actor
    scan.held_by = scan.held_at = None
    scan.save(update_fields=["state", "discard_reason", "discarded_by", "held_by", "held_at"])
    return scan


@transaction.atomic
def scan_restore(*, scan_id: int) -> Scan:
    """Put back among the letters to enter one that was set aside. Twice is once."""
    scan = scan_lock(scan_id)
    if scan.state == ScanState.ENTERED:
        raise Conflict(_("This letter has been entered meanwhile."), code="entered")
    if scan.state == ScanState.DISCARDED:
        scan.state, scan.discard_reason, scan.discarded_by = ScanState.NEW, "", None
        scan.save(update_fields=["state", "discard_reason", "discarded_by"])
    return scan
