"""Everything a letter is written from. Gathered by `tickets.selectors.letters.facts_of`, or by hand in tests."""

from dataclasses import dataclass
from datetime import date

from directory.models import Agent, Citizen, Regime, RequestType, Service, Town
from tickets.enums import Channel, LetterKind, Outcome
from tickets.models import Ticket

ELECTRONIC = frozenset({Channel.WEB, Channel.EMAIL, Channel.API})
SILENCE = frozenset({Regime.SVA, Regime.SVR})


@dataclass(frozen=True)
class Piece:
    """A piece asked for, and the text in force that requires it (CRPA L114-5)."""

    name: str
    text: str


@dataclass(frozen=True)
class Facts:
    """A letter of ``kind`` about ``ticket``, dated ``on`` (a local day).

    ``agent``: who writes it, None when Guichet does. ``in_charge``: who handles the request (CRPA L111-2).
    ``to_address``: the e-mail it goes to, empty on paper. ``pieces`` and ``pieces_due``: what a letter of L114-5 asks
    for and has not received. ``receipt_due``: the last day of the ARE, told by the AEE. Then what only some kinds have:
    ``body`` (the agent's text), ``reasons``, ``outcome`` (`Outcome`, empty when nothing is decided),
    ``administration`` (name and lines of the competent one), ``administration_on`` (when it received the request),
    ``decided_on`` (the day an implicit decision was born), ``asked_on`` (when the attestation or the reasons were
    asked for).
    """

    kind: str
    ticket: Ticket
    town: Town
    service: Service
    on: date
    received_on: date
    reference: str = ""
    by_email: bool = True
    to_address: str = ""
    agent: Agent | None = None
    in_charge: Agent | None = None
    citizen: Citizen | None = None
    pieces: tuple[Piece, ...] = ()
    pieces_due: date | None = None
    receipt_due: date | None = None
    body: str = ""
    subject: str = ""
    reasons: str = ""
    outcome: str = ""
    administration: str = ""
    administration_lines: tuple[str, ...] = ()
    administration_on: date | None = None
    decided_on: date | None = None
    asked_on: date | None = None
    tracking_url: str = ""

    @property
    def request_type(self) -> RequestType | None:
        return self.ticket.request_type

    @property
    def regime(self) -> str:
        """What silence means on this request (`Regime`), empty without a type."""
        if self.ticket.legal_regime:
            return self.ticket.legal_regime
        return self.request_type.regime if self.request_type else ""

    @property
    def is_electronic(self) -> bool:
        return self.ticket.channel in ELECTRONIC

    @property
    def date_depends_on_pieces(self) -> bool:
        """Under SVA no date can be given while pieces asked for have not all come (L114-5)."""
        return self.regime == Regime.SVA and bool(self.pieces)

    @property
    def is_decision(self) -> bool:
        return self.kind == LetterKind.ANSWER and self.outcome in {Outcome.ACCEPTED, Outcome.PARTLY, Outcome.REFUSED}

    @property
    def tells_appeals(self) -> bool:
        """The delays and routes of appeal must be in it (R112-5, R112-11-1, CJA R421-5)."""
        if self.kind == LetterKind.RECEIPT:
            return self.regime == Regime.SVR
        return self.kind == LetterKind.REASONS or (self.is_decision and self.outcome != Outcome.ACCEPTED)
