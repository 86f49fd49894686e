"""Letters as they were written, and what the next one would be written from."""

from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet

from directory.models import Agent, RequestType, Service, Town
from directory.selectors import town_get
from notifications.models import OutboundStatus
from tickets.deadlines.receipts import receipt_due
from tickets.enums import DeadlineKind, DeadlineState, DecisionKind, LetterKind
from tickets.letters.facts import SILENCE, Facts, Piece
from tickets.letters.mentions import Missing, agent_lacks, missing_mentions, service_lacks, town_lacks
from tickets.models import Deadline, Letter, PieceRequest, Ticket
from tickets.selectors.addresses import answer_address
from tickets.selectors.page_file import holds_none
from tickets.selectors.tracking import tracking_url
from tickets.timezones import town_zone

LEFT = Q(sent_at__isnull=False) & ~Q(outbound__status=OutboundStatus.FAILED, outbound__isnull=False)


def letters_of(ticket: Ticket) -> QuerySet[Letter]:
    """The letters of a ticket, the last first, with how their e-mail fares: one query."""
    if holds_none(ticket, "letters"):
        return Letter.objects.none()
    return ticket.letters.select_related("outbound", "actor").order_by("-created_at", "-id")


def letters_for_citizen(ticket: Ticket) -> QuerySet[Letter]:
    """Those that left: what was written and not posted is not the citizen's yet. Those of their tickets merged into
    this one too."""
    whose = Q(ticket=ticket)
    if ticket.requester_id is not None:
        whose |= Q(ticket__merged_into=ticket, ticket__requester=ticket.requester_id)
    return Letter.objects.filter(whose, sent_at__isnull=False).order_by("-sent_at", "-id")


def receipt_of(ticket: Ticket) -> Letter | None:
    """The last acknowledgement (AR or ARE) that left for the requester, as far as is known.

    Without one, appeals delays cannot be held against the person (CRPA L112-6).
    """
    return ticket.letters.filter(LEFT, kind=LetterKind.RECEIPT).order_by("-sent_at", "-id").first()


def receipt_stands(letter: Letter | None, ticket: Ticket) -> bool:
    """Whether this acknowledgement says what silence means now: the type may have changed since."""
    return letter is not None and letter.data.get("regime") == ticket.legal_regime


def receipts_waiting() -> QuerySet[Ticket]:
    """The open tickets whose electronic acknowledgement is owed (R112-11-1), the first received first."""
    clocks = Deadline.objects.filter(kind=DeadlineKind.RECEIPT, state=DeadlineState.RUNNING)
    return Ticket.objects.filter(pk__in=clocks.values("ticket")).order_by("received_at", "id")


def received_on(ticket: Ticket) -> date:
    """The town's day of reception."""
    return ticket.received_at.astimezone(town_zone()).date()


def facts_of(
    ticket: Ticket,
    *,
    kind: str,
    now: datetime,
    by_email: bool,
    actor: Agent | None = None,
    extra: dict[str, Any] | None = None,
    reference: str = "",
    is_new: bool = False,
    to_address: str = "",
) -> Facts:
    """What a letter of ``kind`` about ``ticket`` is written from. ``extra``: see `letter_write`.

    ``is_new``: the ticket was just received, so nothing was asked for yet (saves a query). ``to_address``: where the
    requester is answered, when it is known already.
    """
    extra = extra or {}
    pieces, pieces_due = _pieces(ticket, kind, extra, is_new=is_new)
    arrived = received_on(ticket)
    return Facts(
        kind=kind,
        ticket=ticket,
        town=extra.get("town") or town_get(),
        service=ticket.service,
        on=now.astimezone(town_zone()).date(),
        received_on=arrived,
        reference=reference,
        by_email=by_email,
        to_address=(to_address or answer_address(ticket)) if by_email else "",
        agent=actor,
        in_charge=actor or ticket.assignee or ticket.service.referent or ticket.service.manager,
        citizen=ticket.requester,
        pieces=pieces,
        pieces_due=pieces_due,
        receipt_due=receipt_due(arrived) if kind == LetterKind.REGISTRATION else None,
        body=str(extra.get("body", "")),
        subject=str(extra.get("subject", "")),
        reasons=str(extra.get("reasons", "")),
        outcome=str(extra.get("outcome", "")),
        administration=str(extra.get("administration", "")),
        administration_lines=_lines(extra),
        administration_on=extra.get("received_on"),
        decided_on=extra.get("decided_on") or _implicit_on(ticket, kind),
        asked_on=extra.get("asked_on"),
        tracking_url=tracking_url(ticket),
    )


def _lines(extra: dict[str, Any]) -> tuple[str, ...]:
    parts = [*str(extra.get("address", "")).splitlines(), str(extra.get("email", ""))]
    return tuple(part.strip() for part in parts if part.strip())


def _pieces(ticket: Ticket, kind: str, extra: dict[str, Any], *, is_new: bool) -> tuple[tuple[Piece, ...], date | None]:
    """The pieces a letter asks for; an acknowledgement repeats those asked for that have not come."""
    if kind == LetterKind.INCOMPLETE:
        rows = extra.get("pieces", ())
        return tuple(Piece(str(row.get("name", "")), str(row.get("text", ""))) for row in rows), extra.get("due_on")
    if kind != LetterKind.RECEIPT or is_new:
        return (), None
    waiting = list(PieceRequest.objects.filter(ticket=ticket, received_on=None, due_on__isnull=False))
    asked = [Piece(row.get("name", ""), row.get("text", "")) for each in waiting for row in each.pieces]
    return tuple(asked), max((each.due_on for each in waiting if each.due_on), default=None)


def _implicit_on(ticket: Ticket, kind: str) -> date | None:
    """The day the implicit decision was born, for the letters that are about it."""
    if kind not in {LetterKind.ATTESTATION, LetterKind.REASONS}:
        return None
    born = ticket.decisions.filter(kind=DecisionKind.IMPLICIT, annulled_at=None).order_by("-decided_on").first()
    return born.decided_on if born else None


def receipt_lacks(ticket: Ticket, *, now: datetime) -> list[Missing]:
    """What keeps the electronic acknowledgement of a ticket from leaving by itself."""
    return missing_mentions(facts_of(ticket, kind=LetterKind.RECEIPT, now=now, by_email=True))


def town_hall_lacks(town: Town) -> list[Missing]:
    """Every mention missing from the rows letters read: the town, the services, their agents. A few queries."""
    services = list(Service.objects.filter(is_active=True))
    agents = Agent.objects.filter(is_active=True, memberships__isnull=False).distinct()
    found = town_lacks(town)
    found += [each for service in services for each in service_lacks(service)]
    return found + [each for agent in agents for each in agent_lacks(agent)]


def types_without_regime() -> QuerySet[RequestType]:
    """Types whose silence Guichet cannot tell: no acknowledgement leaves by itself for them."""
    return RequestType.objects.filter(is_active=True, regime="special").select_related("service")


def owes_receipt(ticket: Ticket) -> bool:
    """Silence means a decision on this request: its acknowledgement must say so (R112-5, R112-11-1)."""
    return ticket.legal_regime in SILENCE
