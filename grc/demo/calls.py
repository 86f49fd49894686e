"""The telephone of the demo town: extensions, the calls behind its telephone requests, those nobody picked up.

And a few callbacks, promised and not yet made."""

import random
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from channels_intake.models import AttemptResult, Call, Callback, CallbackAttempt, CallState, Extension, TelephoneSystem
from channels_intake.phone.systems import secret_set
from directory.models import Agent, ContactKind, ContactPoint
from directory.roles import Role
from grc.demo.hours import desk_is_open
from tickets.actions.clocks.callbacks import callback_request
from tickets.enums import OPEN_STATUSES, Channel, DeadlineKind
from tickets.models import Ticket

FIRST_EXTENSION = 201
MISSED_SHARE = 0.035
STILL_MISSED = ((14, 1), (52, 3), (95, 1), (260, 2))  # minutes ago, calls in a row
# hours since the promise, hours until the moment the person asked for (none: as soon as possible), tries already made
PROMISED = ((1, None, 0), (3, 4, 0), (20, None, 1), (27, 2, 2), (30, None, 0))
MINUTE = timedelta(minutes=1)
TOWN_NUMBER = "+33261910000"


def calls_build(*, seed: int, now: datetime, zone: ZoneInfo) -> int:
    """Build the calls of the six months before ``now``; returns how many. The requests must be told."""
    rng = random.Random(seed)  # noqa: S311 - a repeatable story, no secret in it
    secret_set(system=TelephoneSystem(code="standard", name="Standard téléphonique"))
    extensions = _extensions()
    numbers: dict[int, str] = {}
    points = ContactPoint.objects.filter(kind=ContactKind.PHONE).order_by("-id")
    for citizen_id, value in points.values_list("citizen_id", "value"):
        numbers[citizen_id] = value
    told = _picked_up(rng, extensions, numbers)
    told += _missed(rng, told, numbers, now, zone)
    told += _still_missed(rng, numbers, now)
    told.sort(key=lambda call: call.ringing_at)
    for number, call in enumerate(told):
        call.external_id = f"standard:demo-{number}"
    Call.objects.bulk_create(told, batch_size=500)
    _promises(rng, numbers, now)
    return len(told)


def _extensions() -> dict[int, str]:
    """Agent id → extension of those who answer the telephone."""
    agents = Agent.objects.filter(memberships__role=Role.PHONE).distinct().order_by("id")
    found = {agent.pk: str(FIRST_EXTENSION + number) for number, agent in enumerate(agents)}
    Extension.objects.bulk_create([Extension(agent_id=agent, number=number) for agent, number in found.items()])
    return found


def _picked_up(rng: random.Random, extensions: dict[int, str], numbers: dict[int, str]) -> list[Call]:
    """One call for each request heard on the telephone: the ticket is opened while the person is on the line."""
    calls = []
    tickets = Ticket.objects.filter(channel=Channel.PHONE).order_by("received_at", "id")
    for pk, agent_id, citizen_id, received_at in tickets.values_list(
        "pk", "created_by_id", "requester_id", "received_at"
    ):
        agent = agent_id if agent_id in extensions else rng.choice(list(extensions))
        answered_at = received_at - timedelta(seconds=rng.randint(20, 150))
        ringing_at = answered_at - timedelta(seconds=min(90, 3 + int(rng.expovariate(1 / 14))))
        call = _call(ringing_at, numbers.get(citizen_id, ""), citizen_id, extensions[agent], agent)
        call.state, call.answered_at, call.ticket_id = CallState.ENDED, answered_at, pk
        call.ended_at = received_at + timedelta(seconds=rng.randint(5, 60))
        calls.append(call)
    return calls


def _missed(
    rng: random.Random, answered: list[Call], numbers: dict[int, str], now: datetime, zone: ZoneInfo
) -> list[Call]:
    """Calls lost at busy moments; they were called back, or the person called again."""
    people = sorted(numbers)
    calls = []
    for other in rng.sample(answered, round(len(answered) * MISSED_SHARE)) if people else []:
        ringing_at = other.ringing_at + timedelta(seconds=rng.randint(5, 40))
        if not desk_is_open(ringing_at.astimezone(zone)) or now - ringing_at < timedelta(hours=8):
            continue
        citizen_id = rng.choice(people)
        call = _lost(rng, ringing_at, numbers[citizen_id], citizen_id)
        call.called_back_at = ringing_at + timedelta(minutes=rng.randint(10, 200))
        calls.append(call)
    return calls


def _still_missed(rng: random.Random, numbers: dict[int, str], now: datetime) -> list[Call]:
    """What the queue of callbacks shows when the demo opens: the last number is nobody's."""
    calls = []
    people = rng.sample(sorted(numbers), min(len(numbers), len(STILL_MISSED) - 1))
    known = [(numbers[citizen_id], citizen_id) for citizen_id in people]
    for (number, citizen_id), (minutes, times) in zip([*known, ("+33639987042", None)], STILL_MISSED, strict=False):
        for time in range(times):
            calls.append(_lost(rng, now - (minutes - 4 * time) * MINUTE, number, citizen_id))
    return calls


def _lost(rng: random.Random, ringing_at: datetime, number: str, citizen_id: int | None) -> Call:
    call = _call(ringing_at, number, citizen_id, "", None)
    call.state = CallState.MISSED
    call.missed_at = ringing_at + timedelta(seconds=rng.randint(15, 80))
    return call


def _call(ringing_at: datetime, number: str, citizen_id: int | None, extension: str, agent_id: int | None) -> Call:
    return Call(
        number=number,
        called_number=TOWN_NUMBER,
        extension=extension,
        extensions=[extension] if extension else [],
        agent_id=agent_id,
        citizen_id=citizen_id,
        ringing_at=ringing_at,
    )


def _promises(rng: random.Random, numbers: dict[int, str], now: datetime) -> None:
    """Callbacks still to be made, on open requests of people with a number."""
    tickets = Ticket.objects.filter(status__in=OPEN_STATUSES, requester__in=list(numbers), is_sensitive=False)
    tickets = tickets.exclude(deadlines__kind=DeadlineKind.CALLBACK).order_by("-received_at", "-id")
    agents = list(Agent.objects.filter(extension__isnull=False).order_by("id"))
    for ticket, (ago, wanted, tries) in zip(tickets[: 2 * len(PROMISED) : 2], PROMISED, strict=False):
        begun = max(ticket.received_at, now - timedelta(hours=ago))
        number = numbers[ticket.requester_id or 0]
        clock = callback_request(ticket=ticket, phone=number, actor=None, now=begun)
        wanted_at = (now + timedelta(hours=wanted)).replace(minute=0, second=0, microsecond=0) if wanted else None
        Callback.objects.create(deadline=clock, number=number, wanted_at=wanted_at, next_at=wanted_at)
        for trial in range(tries):
            CallbackAttempt.objects.create(
                deadline=clock,
                agent=rng.choice(agents),
                result=rng.choice([AttemptResult.NO_ANSWER, AttemptResult.VOICEMAIL]),
                at=begun + (now - begun) * (trial + 1) / (tries + 2),
            )
