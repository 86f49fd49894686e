"""What the law reads on a ticket: its facts, the case they make, and where the request stands. Every day is local."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any, TypeVar

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import JSONField, Model, OuterRef, QuerySet, Subquery
from django.db.models.functions import JSONObject

from directory.models import ContactPoint, Regime, Town
from notifications.models import OutboundStatus
from tickets.deadlines import legal
from tickets.enums import DecisionKind, LetterKind, Outcome, Status
from tickets.models import Decision, LegalRequest, Letter, PieceRequest, Ticket, Transmission
from tickets.timezones import town_zone

CLOCKED = frozenset({Regime.SVA, Regime.SVR, Regime.RGPD})
GRANTED = frozenset({Outcome.ACCEPTED, Outcome.PARTLY})
GONE = frozenset({Status.CANCELLED, Status.MERGED})
M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class LegalFile:
    """Everything recorded on a ticket that the law reads. ``receipts``: for each meaning of silence told by an AR (or
    ARE), the day the first one left; the appeal delays are not opposable without it (CRPA L112-6).
    ``region``: whose public holidays the town keeps."""

    pieces: tuple[PieceRequest, ...] = ()
    transmissions: tuple[Transmission, ...] = ()
    decisions: tuple[Decision, ...] = ()
    requests: tuple[LegalRequest, ...] = ()
    receipts: Mapping[str, date] = field(default_factory=dict)
    region: str = "metropole"

    @property
    def is_empty(self) -> bool:
        return not (self.pieces or self.transmissions or self.decisions or self.requests)


def with_legal_file(tickets: QuerySet[Ticket]) -> QuerySet[Ticket]:
    """``tickets`` carrying what `legal_file` reads, and the requester's contacts, for a page that asks nothing more."""
    letters = (
        Letter.objects.filter(ticket=OuterRef("pk"), kind=LetterKind.RECEIPT, sent_at__isnull=False)
        .exclude(outbound__status=OutboundStatus.FAILED)
        .order_by("-sent_at")
        .values_list(JSONObject(sent_at="sent_at", regime="data__regime"), flat=True)
    )
    return tickets.annotate(
        file_pieces=rows_of(PieceRequest, "asked_on", "id"),
        file_transmissions=rows_of(Transmission, "id"),
        file_decisions=rows_of(Decision, "decided_on", "id"),
        file_requests=rows_of(LegalRequest, "asked_on", "id"),
        file_receipts=ArraySubquery(letters),
        file_region=Subquery(Town.objects.values("holiday_region")[:1]),
        requester_contacts=ArraySubquery(
            ContactPoint.objects.filter(citizen=OuterRef("requester_id")).values_list("value", flat=True)
        ),
        requester_failing=ArraySubquery(
            ContactPoint.objects.filter(citizen=OuterRef("requester_id"), failing_since__isnull=False).values_list(
                JSONObject(value="value", failure="failure"), flat=True
            )
        ),
    )


def legal_file(ticket: Ticket) -> LegalFile:
    """The legal file of a ticket, in one query; none when the ticket came through `with_legal_file`."""
    row: Any = ticket
    if not hasattr(ticket, "file_pieces"):
        row = with_legal_file(Ticket.objects.filter(pk=ticket.pk)).only("pk").get()
    told = {each["regime"] or "": local_day(datetime.fromisoformat(each["sent_at"])) for each in row.file_receipts}
    return LegalFile(
        pieces=models_of(PieceRequest, row.file_pieces),
        transmissions=models_of(Transmission, row.file_transmissions),
        decisions=models_of(Decision, row.file_decisions),
        requests=models_of(LegalRequest, row.file_requests),
        receipts=told,
        region=row.file_region or "metropole",
    )


def _names(model: type[Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]


def rows_of(model: type[Model], *order: str) -> ArraySubquery:
    """The ticket's rows of ``model``, each as one JSON object."""
    columns = {name: name for name in _names(model)}
    rows = model._default_manager.filter(ticket=OuterRef("pk")).order_by(*order)
    return ArraySubquery(rows.values_list(JSONObject(**columns), flat=True), output_field=None)


def models_of(model: type[M], rows: Sequence[dict[str, Any]]) -> tuple[M, ...]:
    """``rows`` of JSON values back as instances that know they are saved."""
    columns, names = model._meta.concrete_fields, _names(model)
    return tuple(
        model.from_db(
            "default",
            names,
            [
                row[column.attname] if isinstance(column, JSONField) else column.to_python(row[column.attname])
                for column in columns
            ],
        )
        for row in rows
    )


def local_day(moment: datetime) -> date:
    """The town's day of an aware moment."""
    return moment.astimezone(town_zone()).date()


def case_of(ticket: Ticket, file: LegalFile | None = None) -> legal.Case | None:
    """The case the ticket's facts make; None where silence means nothing (no regime).

    The RGPD's month (art. 12) is counted like a refusal's, from the first reception. Reads the facts when ``file`` is
    not given. Raises `legal.CaseError` when dates contradict each other; the actions refuse such dates.
    """
    kind = ticket.request_type
    if kind is None or kind.regime not in CLOCKED:
        return None
    file = legal_file(ticket) if file is None else file
    first = ours = local_day(ticket.received_at)
    competent: date | None = None
    for transmission in file.transmissions:
        if transmission.is_inbound:
            first = min(first, transmission.first_received_on)
            competent = transmission.received_on or ours
        else:
            competent = transmission.received_on
    express = [each.decided_on for each in file.decisions if each.kind == DecisionKind.EXPRESS]
    return legal.Case(
        regime=legal.Regime.SVA if kind.regime == Regime.SVA else legal.Regime.SVR,
        delay=legal.Delay(months=kind.delay_months, days=kind.delay_days),
        received_on=first,
        competent_received_on=competent,
        letters=tuple(
            legal.Letter(each.asked_on, each.due_on, each.received_on, each.required_by_text, each.list_sent)
            for each in file.pieces
        ),
        express_decision_on=min(express, default=None),
    )


def standing_of(ticket: Ticket, file: LegalFile | None = None) -> "Standing":
    """Where the request stands in law. One query when ``file`` is not given."""
    file = legal_file(ticket) if file is None else file
    return Standing(ticket, file, case_of(ticket, file))


@dataclass(frozen=True)
class Standing:
    """``case`` is None where no text attaches anything to silence."""

    ticket: Ticket
    file: LegalFile
    case: legal.Case | None

    @property
    def regime(self) -> str:
        """SVA, SVR, RGPD, or empty."""
        kind = self.ticket.request_type
        return str(kind.regime) if self.case is not None and kind is not None else ""

    @property
    def is_silence_a_decision(self) -> bool:
        """False for the RGPD, whose month is owed but decides nothing."""
        return self.regime in {Regime.SVA, Regime.SVR}

    @cached_property
    def answer(self) -> legal.Answer | None:
        """With the express decision: no dates when it came in time."""
        return legal.answer(self.case) if self.case else None

    @cached_property
    def silence(self) -> legal.Answer | None:
        """As if no express decision had been taken: the last day there is or was to decide."""
        if self.case is None or self.starts_elsewhere:
            return None
        return legal.answer(replace(self.case, express_decision_on=None))

    @property
    def forwarded(self) -> Transmission | None:
        """The transmission by which the request left us for another administration and has not come back."""
        last = self.file.transmissions[-1] if self.file.transmissions else None
        return last if last is not None and not last.is_inbound else None

    @property
    def starts_elsewhere(self) -> bool:
        """An SVA clock that starts when the other administration receives the request, a day not known yet (L114-3)."""
        away = self.forwarded
        return away is not None and away.received_on is None and self.regime == Regime.SVA

    @property
    def is_incomplete(self) -> bool:
        """An SVA clock that waits for a piece (L114-5)."""
        return self.silence is not None and self.silence.last_day is None

    @property
    def pending_pieces(self) -> list[PieceRequest]:
        return [each for each in self.file.pieces if each.received_on is None]

    @property
    def last_day(self) -> date | None:
        return self.silence.last_day if self.silence else None

    @property
    def effective_from(self) -> date | None:
        """The day the silence becomes, became or would have become a decision."""
        return self.silence.effective_from if self.silence else None

    @property
    def implicit_expected(self) -> tuple[date, str] | None:
        """(day, outcome) of the implicit decision that the facts lead to, if nothing else is done in time."""
        if not self.is_silence_a_decision or self.answer is None or self.forwarded or self.starts_elsewhere:
            return None
        born = self.answer.effective_from
        outcome = Outcome.ACCEPTED if self.regime == Regime.SVA else Outcome.REFUSED
        return (born, outcome) if born else None

    def born_by(self, day: date) -> date | None:
        """The day silence became a decision, on or before ``day``, that no decision has replaced or recorded yet: the
        sweep is about to write it. None otherwise."""
        expected = self.implicit_expected
        return expected[0] if self.decision is None and expected and expected[0] <= day else None

    def stands(self, decision: Decision) -> bool:
        """Whether a decision still holds. An implicit one does while the facts lead to it."""
        if decision.annulled_at is not None:
            return False
        if decision.kind != DecisionKind.IMPLICIT:
            return True
        return (decision.decided_on, decision.outcome) == self.implicit_expected

    @cached_property
    def decision(self) -> Decision | None:
        """The last decision that holds: express, implicit or a withdrawal."""
        holding = [each for each in self.file.decisions if self.stands(each)]
        return holding[-1] if holding else None

    @property
    def granted(self) -> Decision | None:
        """The decision that gave the person something and was not withdrawn."""
        last = self.decision
        return last if last and last.kind != DecisionKind.WITHDRAWAL and last.outcome in GRANTED else None

    @property
    def implicit(self) -> Decision | None:
        """The implicit decision, when it is the one that holds."""
        return self.decision if self.decision and self.decision.kind == DecisionKind.IMPLICIT else None

    @property
    def is_running(self) -> bool:
        """No decision yet, and it is up to us to give one. True too while an SVA clock waits for a piece."""
        if self.case is None or self.forwarded or self.decision or self.ticket.status in GONE:
            return False
        # answered on the spot: the clock of a request that was closed before any text applied never starts
        return self.ticket.status != Status.CLOSED or self.ticket.legal_running or not self.file.is_empty

    def request_of(self, kind: str) -> LegalRequest | None:
        """The last time this was asked for after the implicit decision."""
        return next((each for each in reversed(self.file.requests) if each.kind == kind), None)

    @property
    def receipt_sent_on(self) -> date | None:
        """The day the AR (or ARE) left that tells what silence means now."""
        return self.file.receipts.get(self.regime)
