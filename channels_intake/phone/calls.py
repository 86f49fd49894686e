"""What the telephone system says becomes rows: told twice, late or in any order, the same events make the same call."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet, TextChoices

from channels_intake.models import Call, CallState, Extension, TelephoneSystem
from channels_intake.models.calls import state_of
from core.live import live_publish
from directory.contacts import normalise_phone
from directory.models import ContactKind, ContactPoint
from directory.roles import LOG
from tickets.models import Ticket

GOT_THROUGH = timedelta(days=30)  # whoever reaches us has nothing left to be called back for
RINGS_AT_MOST = timedelta(minutes=15)  # nobody waits longer: the telephone system died, or lost the end


class CallEvent(TextChoices):
    RINGING = "ringing"
    ANSWERED = "answered"
    ENDED = "ended"
    MISSED = "missed"


@dataclass(frozen=True)
class Told:
    """One event. ``caller`` and ``called`` are as the telephone system writes them: a number, a word when hidden."""

    call_id: str
    event: str
    at: datetime
    caller: str = ""
    called: str = ""
    extension: str = ""


def is_internal(told: Told) -> bool:
    """A colleague calls: the caller is one of our own extensions."""
    caller = told.caller.strip()
    return bool(caller) and len(caller) <= 6 and Extension.objects.filter(number=caller).exists()


def call_tell(*, source: str, told: Told) -> tuple[Call, bool]:
    """The call this event is about, and whether it is new here.

    ``source`` names who tells, so that two systems may number their calls alike.
    """
    with transaction.atomic():
        call, is_new = Call.objects.get_or_create(
            external_id=f"{source}:{told.call_id}"[:120], defaults={"ringing_at": told.at}
        )
        call = Call.objects.select_for_update().get(pk=call.pk)
        before = call.state
        _apply(call, told)
        call.save()
        if call.state == CallState.ANSWERED and before != call.state and call.number:
            _got_through(call, told.at)
        _publish(call, before=before)
    return call, is_new


def system_heard(*, system: TelephoneSystem, now: datetime) -> None:
    """Note that the system talks to us: the administration shows it. At most one write a minute."""
    if system.last_heard_at is None or now - system.last_heard_at > timedelta(minutes=1):
        TelephoneSystem.objects.filter(pk=system.pk).update(last_heard_at=now)


def call_logged(*, call_id: int, ticket: Ticket, now: datetime) -> None:
    """The call became this ticket: a contact was logged during it, or while calling back."""
    with transaction.atomic():
        call = Call.objects.select_for_update(of=("self",)).get(pk=call_id)
        call.ticket, call.citizen_id = ticket, ticket.requester_id or call.citizen_id
        call.save(update_fields=["ticket", "citizen"])
        if call.state == CallState.MISSED:
            missed_of(call.number).update(called_back_at=now)
            live_publish("callbacks", call.pk, group=LOG)


def calls_left(*, now: datetime) -> int:
    """Hold for missed the calls whose end was never told, so that somebody calls back; how many.

    A pick-up told later still counts. Whoever got through meanwhile is not called back.
    """
    left = Call.objects.filter(state=CallState.RINGING, ringing_at__lt=now - RINGS_AT_MOST)
    again = Call.objects.filter(number=OuterRef("number"), answered_at__gte=OuterRef("ringing_at")).exclude(number="")
    missed = {"state": CallState.MISSED, "missed_at": F("ringing_at")}
    count = left.filter(Exists(again)).update(**missed, called_back_at=now) + left.update(**missed)
    if count:
        live_publish("callbacks", 0, group=LOG)
    return count


def _apply(call: Call, told: Told) -> None:
    call.ringing_at = min(call.ringing_at, told.at)
    if not call.number and told.caller:
        call.number = normalise_phone(told.caller) or ""
        call.citizen_id = citizen_id_of(call.number)
    if not call.called_number and told.called:
        call.called_number = (normalise_phone(told.called) or told.called.strip())[:20]
    extension = told.extension.strip()[:30]
    if extension and extension not in call.extensions:
        call.extensions.append(extension)
    if told.event == CallEvent.ANSWERED:
        # transferred: the last one to pick up is on the line; the waiting ended with the first
        if extension and (call.answered_at is None or told.at > call.answered_at):
            call.extension = extension
            call.agent_id = next(iter(_agent_ids([extension])), None)
        call.answered_at = min(filter(None, [call.answered_at, told.at]))
    elif told.event == CallEvent.MISSED:
        call.missed_at = min(filter(None, [call.missed_at, told.at]))
    elif told.event == CallEvent.ENDED:
        call.ended_at = min(filter(None, [call.ended_at, told.at]))
    if call.answered_at and call.ended_at:
        call.answered_at = min(call.answered_at, call.ended_at)
    if not call.extension and call.extensions:
        call.extension = call.extensions[0]
        call.agent_id = next(iter(_agent_ids([call.extension])), None)
    call.state = state_of(answered_at=call.answered_at, missed_at=call.missed_at, ended_at=call.ended_at)


def citizen_id_of(number: str) -> int | None:
    """The citizen known by this normalised number, if any."""
    if not number:
        return None
    points = ContactPoint.objects.filter(kind=ContactKind.PHONE, value=number)
    return points.values_list("citizen_id", flat=True).first()


def missed_of(number: str) -> QuerySet[Call]:
    """The missed calls of a number that nobody has dealt with."""
    return Call.objects.filter(
        number=number, state=CallState.MISSED, called_back_at__isnull=True, dismissed_at__isnull=True
    ).exclude(number="")


def _got_through(call: Call, at: datetime) -> None:
    missed_of(call.number).filter(ringing_at__gte=at - GOT_THROUGH, ringing_at__lte=at).update(called_back_at=at)


def _agent_ids(extensions: Iterable[str]) -> list[int]:
    return list(Extension.objects.filter(number__in=list(extensions)).values_list("agent_id", flat=True))


def _publish(call: Call, *, before: str) -> None:
    """Tell the desks where it rings, and all of them when the queue of callbacks may have changed."""
    live_publish(f"call.{call.state}", call.pk, agent_ids=_agent_ids(call.extensions))
    if before != call.state and CallState.MISSED in {before, call.state}:
        live_publish("callbacks", call.pk, group=LOG)
