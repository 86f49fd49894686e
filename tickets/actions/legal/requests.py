"""What a person may ask once silence has become a decision: the attestation (L232-3), the reasons (L232-4)."""

from datetime import date, datetime, time

from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.errors import Conflict, Invalid
from directory.models import Agent
from directory.roles import WORK
from tickets.actions.clocks.deadlines import clocks_change, deadline_build, next_cycle
from tickets.actions.legal.clock import legal_clock_refresh
from tickets.actions.letters.letters import letter_write
from tickets.actions.locking import ticket_lock
from tickets.actions.messages import Incoming, message_receive
from tickets.actions.timeline import event_add
from tickets.deadlines.appeals import reasons_due
from tickets.enums import Channel, DeadlineKind, DecisionKind, EventKind, LegalRequestKind, LetterKind, Outcome
from tickets.models import Decision, LegalRequest, Ticket
from tickets.permissions import require
from tickets.selectors.appeals import appeal_of
from tickets.selectors.legal import Standing, local_day, standing_of
from tickets.timezones import town_zone

END_OF_DAY = time(23, 59, 59)
NOT_ACCEPTED = _("Silence has not meant acceptance on this request: there is nothing to attest.")
NOT_REFUSED = _("Silence has not meant refusal on this request: there are no reasons to ask for.")


@transaction.atomic
def attestation_ask(
    *, ticket: Ticket, actor: Agent | None, now: datetime, asked_on: date | None = None
) -> LegalRequest:
    """Record that the person asks for the attestation of an implicit acceptance (L232-3).

    Without ``actor`` the citizen asks on the tracking page: it is also a message of theirs, which reopens the ticket.
    Asking again while one is owed changes nothing. Raises `Conflict` when silence did not mean acceptance, or when the
    acceptance was withdrawn.
    """
    ticket, standing = _open(ticket, actor)
    _implicit(standing, Outcome.ACCEPTED, NOT_ACCEPTED)
    return _ask(ticket, standing, LegalRequestKind.ATTESTATION, actor=actor, asked_on=asked_on, now=now)


@transaction.atomic
def attestation_give(
    *, ticket: Ticket, actor: Agent, now: datetime, by_email: bool = True, asked_on: date | None = None
) -> LegalRequest:
    """Write the attestation and send it, to the request that is owed or to one made otherwise, on ``asked_on``."""
    ticket, standing = _open(ticket, actor)
    born = _implicit(standing, Outcome.ACCEPTED, NOT_ACCEPTED)
    request = _ask(ticket, standing, LegalRequestKind.ATTESTATION, actor=actor, asked_on=asked_on, now=now)
    request.letter = letter_write(
        ticket=ticket,
        kind=LetterKind.ATTESTATION,
        actor=actor,
        now=now,
        by_email=by_email,
        extra={"decided_on": born.decided_on, "asked_on": request.asked_on},
    )
    return _met(request, now=now)


@transaction.atomic
def reasons_ask(*, ticket: Ticket, actor: Agent | None, now: datetime, asked_on: date | None = None) -> LegalRequest:
    """Record that the person asks for the reasons of an implicit refusal: owed within a month (L232-4).

    Only within the delay of appeal, when it can be held against them (the AR was sent, L112-6). A clock of kind REASONS
    starts. Raises `Conflict` out of the delay, or when silence did not mean refusal.
    """
    ticket, standing = _open(ticket, actor)
    _implicit(standing, Outcome.REFUSED, NOT_REFUSED)
    day, former = asked_on or local_day(now), standing.request_of(LegalRequestKind.REASONS)
    if former is not None and former.met_on is not None:
        raise Conflict(
            _("The reasons were given on %(day)s.") % {"day": date_format(former.met_on, "j F Y")}, code="given"
        )
    appeal = appeal_of(standing)
    if appeal and appeal.is_opposable and appeal.last_day and day > appeal.last_day:
        raise Conflict(
            _("The reasons could be asked for until %(day)s, the last day to appeal (CRPA L232-4).")
            % {"day": date_format(appeal.last_day, "j F Y")},
            code="too_late",
        )
    return _ask(ticket, standing, LegalRequestKind.REASONS, actor=actor, asked_on=asked_on, now=now)


@transaction.atomic
def reasons_give(*, ticket: Ticket, actor: Agent, reasons: str, now: datetime, by_email: bool = True) -> LegalRequest:
    """Write and send the reasons that are owed; the appeal delay then runs again, for two months (L232-4)."""
    ticket, standing = _open(ticket, actor)
    born = _implicit(standing, Outcome.REFUSED, NOT_REFUSED)
    request = standing.request_of(LegalRequestKind.REASONS)
    if request is None or request.met_on is not None:
        raise Conflict(_("Nobody has asked for the reasons, or they were given."), code="not_asked")
    reasons = reasons.replace("\x00", "").strip()
    if not reasons:
        raise Invalid(_("Write the reasons: the texts and the facts (CRPA L211-5)."), field="reasons")
    request.letter = letter_write(
        ticket=ticket,
        kind=LetterKind.REASONS,
        actor=actor,
        now=now,
        by_email=by_email,
        extra={"reasons": reasons, "decided_on": born.decided_on, "asked_on": request.asked_on},
    )
    born.reasons = reasons
    born.save(update_fields=["reasons"])
    clocks_change(ticket, now=now, stop=[DeadlineKind.REASONS])
    ticket.updated_at = now
    ticket.save()
    return _met(request, now=now)


def _open(ticket: Ticket, actor: Agent | None) -> tuple[Ticket, Standing]:
    ticket = ticket_lock(ticket.pk)
    require(actor, WORK, ticket)
    return ticket, standing_of(ticket)


def _implicit(standing: Standing, outcome: str, refusal: object) -> Decision:
    """The implicit decision that holds, with this outcome. `Conflict` otherwise, saying why."""
    last = standing.decision
    if last is not None and last.kind == DecisionKind.WITHDRAWAL:
        raise Conflict(_("The implicit acceptance was withdrawn: it can no longer be attested."), code="withdrawn")
    if standing.implicit is None or standing.implicit.outcome != outcome:
        raise Conflict(refusal, code="no_implicit_decision")
    return standing.implicit


def _ask(
    ticket: Ticket, standing: Standing, kind: str, *, actor: Agent | None, asked_on: date | None, now: datetime
) -> LegalRequest:
    """The request that is owed already, or a new one with its event, its message and its clock."""
    today, born = local_day(now), standing.implicit
    day = asked_on or today
    owed = standing.request_of(kind)
    if owed is not None and owed.met_on is None:
        return owed
    if day > today:
        raise Invalid(_("The day of the request is in the future."), field="asked_on")
    if born is not None and day < born.decided_on:
        raise Invalid(_("The day of the request is before the implicit decision."), field="asked_on")
    reasons = kind == LegalRequestKind.REASONS
    request = LegalRequest.objects.create(
        ticket=ticket, kind=kind, asked_on=day, due_on=reasons_due(day) if reasons else None, created_at=now
    )
    event_add(ticket, EventKind.LEGAL_REQUEST, actor=actor, at=now, asked=kind, asked_on=day.isoformat())
    if actor is None:
        message_receive(ticket=ticket, incoming=Incoming(channel=Channel.WEB, body=_words(kind)), now=now)
        ticket.refresh_from_db()
    if reasons and request.due_on:
        clock = deadline_build(
            ticket,
            DeadlineKind.REASONS,
            started_at=now,
            due_at=datetime.combine(request.due_on, END_OF_DAY, tzinfo=town_zone()),
            now=now,
            cycle=next_cycle(ticket.deadlines.filter(kind=DeadlineKind.REASONS)),
        )
        clocks_change(ticket, now=now, add=[clock])
    legal_clock_refresh(ticket, now=now, actor=actor)
    ticket.updated_at = now
    ticket.save()
    return request


def _words(kind: str) -> str:
    """What the citizen's click says, in the conversation."""
    if kind == LegalRequestKind.REASONS:
        return gettext("I ask for the reasons of the implicit refusal of my request (CRPA, article L232-4).")
    return gettext("I ask for the attestation of the implicit acceptance of my request (CRPA, article L232-3).")


def _met(request: LegalRequest, *, now: datetime) -> LegalRequest:
    request.met_on = max(local_day(now), request.asked_on)
    request.save(update_fields=["met_on", "letter"])
    return request
