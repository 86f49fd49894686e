"""Calling people back: callbacks that tickets owe, and missed calls. Tries are kept; two agents never try at once."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from channels_intake.models import AttemptResult, Call, Callback, CallbackAttempt, CallState
from channels_intake.phone.calls import missed_of
from core.errors import Conflict, Invalid
from core.live import live_publish
from core.text import one_line
from directory.contacts import normalise_phone
from directory.models import Agent
from directory.roles import LOG, WORK
from tickets.actions.clocks.callbacks import callback_done
from tickets.actions.clocks.deadlines import LIVE
from tickets.actions.locking import ticket_lock
from tickets.enums import DeadlineKind
from tickets.models import Deadline
from tickets.permissions import require

HELD = timedelta(minutes=15)  # whoever took a callback and did nothing with it holds it no longer
LATEST = timedelta(days=60)
MISSED_KEPT = timedelta(days=30)  # a call nobody returned in a month is set aside, with that for a reason


def callback_detail(*, deadline: Deadline, phone: str, wanted_at: datetime | None) -> Callback:
    """What the queue shows of a callback just promised."""
    number = normalise_phone(phone) or ""
    defaults = {"number": number, "wanted_at": wanted_at, "next_at": wanted_at}
    detail, _is_new = Callback.objects.update_or_create(deadline=deadline, defaults=defaults)
    live_publish("callbacks", deadline.ticket_id, group=WORK)
    return detail


@transaction.atomic
def callback_take(*, deadline_id: int, actor: Agent, now: datetime) -> Deadline:
    """« I am calling ». Raises `Conflict` when a colleague took it a moment ago, or when nothing is owed any more."""
    deadline = _lock(deadline_id, actor)
    detail, _is_new = Callback.objects.get_or_create(deadline=deadline)
    _hold(detail, actor, now)
    live_publish("callbacks", deadline.ticket_id, group=WORK)
    return deadline


@transaction.atomic
def callback_attempt(
    *, deadline_id: int, actor: Agent, result: str, now: datetime, note: str = "", next_at: datetime | None = None
) -> Deadline:
    """Note how a try ended. Reached: the clock stops, the callback leaves the queue; else the next is at ``next_at``.

    Raises `Invalid` for a moment that is past, or missing when the person asks to be called later.
    """
    next_at = _next(result, next_at, now)
    deadline = _lock(deadline_id, actor)
    CallbackAttempt.objects.create(
        deadline=deadline, agent=actor, result=_result(result), note=one_line(note, 300), at=now
    )
    said = " — ".join(filter(None, [str(AttemptResult(result).label), note]))
    reached = result == AttemptResult.REACHED
    callback_done(ticket=deadline.ticket, reached=reached, actor=actor, now=now, note=note if reached else said)
    detail, _is_new = Callback.objects.get_or_create(deadline=deadline)
    detail.next_at, detail.taken_by, detail.taken_at = next_at, None, None
    detail.save(update_fields=["next_at", "taken_by", "taken_at"])
    live_publish("callbacks", deadline.ticket_id, group=WORK)
    return deadline


@transaction.atomic
def missed_take(*, call_id: int, actor: Agent, now: datetime) -> Call:
    """« I am calling back » the number of a missed call. Raises `Conflict` as `callback_take`."""
    call = _lock_missed(call_id)
    _hold(call, actor, now)
    live_publish("callbacks", call.pk, group=LOG)
    return call


@transaction.atomic
def missed_attempt(*, call_id: int, actor: Agent, result: str, now: datetime, note: str = "") -> Call:
    """Note how calling back a missed call ended. Reached: every missed call of this number is dealt with."""
    call = _lock_missed(call_id)
    CallbackAttempt.objects.create(call=call, agent=actor, result=_result(result), note=one_line(note, 300), at=now)
    if result == AttemptResult.REACHED:
        missed_of(call.number).update(called_back_at=now)
    call.taken_by, call.taken_at = None, None
    call.save(update_fields=["taken_by", "taken_at"])
    live_publish("callbacks", call.pk, group=LOG)
    return call


@transaction.atomic
def missed_dismiss(*, call_id: int, actor: Agent, reason: str, now: datetime) -> Call:
    """Nobody will call this number back, and why. Raises `Invalid` without a reason."""
    reason = one_line(reason, 200)
    if not reason:
        raise Invalid(_("Say why nobody will call back."), field="reason")
    call = _lock_missed(call_id)
    missed_of(call.number).update(dismissed_at=now, dismissed_by=actor, dismissed_reason=reason)
    live_publish("callbacks", call.pk, group=LOG)
    return call


def missed_forget(*, now: datetime) -> int:
    """Set aside the missed calls that nobody dealt with in MISSED_KEPT, saying so; how many. Nobody could return those
    without a number: they are left."""
    old = Call.objects.filter(state=CallState.MISSED, called_back_at__isnull=True, dismissed_at__isnull=True)
    old = old.exclude(number="")
    with translation.override("fr"):
        reason = gettext("Nobody called back within %(days)d days.") % {"days": MISSED_KEPT.days}
    count = old.filter(ringing_at__lt=now - MISSED_KEPT).update(dismissed_at=now, dismissed_reason=reason)
    if count:
        live_publish("callbacks", 0, group=LOG)
    return count


def is_held(row: Call | Callback, actor: Agent, now: datetime) -> bool:
    """A colleague is calling."""
    return bool(row.taken_by_id and row.taken_by_id != actor.pk and row.taken_at and now - row.taken_at < HELD)


def _hold(row: Call | Callback, actor: Agent, now: datetime) -> None:
    if is_held(row, actor, now):
        name = row.taken_by.full_name if row.taken_by else ""
        raise Conflict(_("%(name)s is calling this person back.") % {"name": name}, code="taken")
    row.taken_by, row.taken_at = actor, now
    row.save(update_fields=["taken_by", "taken_at"])


def _lock(deadline_id: int, actor: Agent) -> Deadline:
    """The callback, still owed, under the lock of its ticket."""
    owed = Deadline.objects.filter(pk=deadline_id, kind=DeadlineKind.CALLBACK)
    ticket_id = owed.values_list("ticket_id", flat=True).first()
    if ticket_id is None:
        raise Conflict(_("This person was called back meanwhile."), code="gone")
    require(actor, WORK, ticket_lock(ticket_id))
    deadline = owed.select_related("ticket").get()
    if deadline.state not in LIVE:
        raise Conflict(_("This person was called back meanwhile."), code="gone")
    return deadline


def _lock_missed(call_id: int) -> Call:
    call = Call.objects.select_for_update(of=("self",)).filter(pk=call_id).first()
    if call is None or not missed_of(call.number).filter(pk=call_id).exists():
        raise Conflict(_("This person was called back meanwhile."), code="gone")
    return call


def _result(result: str) -> str:
    if result not in AttemptResult.values:
        raise Invalid(_("Say how the call ended."), field="result")
    return result


def _next(result: str, next_at: datetime | None, now: datetime) -> datetime | None:
    if _result(result) == AttemptResult.REACHED:
        return None
    if result == AttemptResult.LATER and next_at is None:
        raise Invalid(_("Say when the person wants to be called."), field="next_at")
    if next_at is not None and not now - timedelta(minutes=5) < next_at < now + LATEST:
        raise Invalid(_("Choose a moment to come, within sixty days."), field="next_at")
    return next_at
