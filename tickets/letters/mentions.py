"""The mentions the law wants in each letter, and those that are missing, with the place where each is mended.

CRPA R112-5 (paper acknowledgement), R112-11-1 (electronic), L111-2 (the agent), L114-5 (missing pieces), L212-1
(decisions), CJA R421-5 (appeals).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from directory.models import Agent, Regime, Service, Town
from tickets.enums import LetterKind
from tickets.letters.facts import SILENCE, Facts


class Where(StrEnum):
    """Whose row, or which field of the letter, lacks a mention."""

    TOWN = "town"
    SERVICE = "service"
    AGENT = "agent"
    TYPE = "type"
    CITIZEN = "citizen"
    TICKET = "ticket"
    LETTER = "letter"


@dataclass(frozen=True)
class Missing:
    """``code`` is stable. ``where`` and ``pk`` say which row to mend, ``owner`` names it."""

    code: str
    where: Where
    label: str | Promise
    article: str
    pk: int | None = None
    owner: str = ""

    @property
    def sentence(self) -> str:
        return f"{self.owner} — {self.label}" if self.owner else str(self.label)


LABELS: dict[str, tuple[str | Promise, str]] = {
    "town_address": (_("postal address of the town hall"), "R112-5"),
    "tribunal": (_("name and address of the administrative court"), "CJA R421-5"),
    "service_address": (_("postal address of the service"), "R112-5"),
    "service_phone": (_("telephone of the service"), "R112-5"),
    "service_email": (_("e-mail address of the service"), "R112-5, R112-11-1"),
    "agent_name": (_("first name and last name of the agent"), "L111-2"),
    "agent_title": (_("position (« qualité ») of the agent"), "L111-2, L212-1"),
    "agent_anonymous": (_("name of the author: a decision is signed by name, let a colleague sign it"), "L212-1"),
    "citizen_name": (_("name of the requester"), "R112-5"),
    "citizen_address": (_("postal address of the requester"), "R112-5"),
    "citizen_email": (_("e-mail address of the requester"), "R112-11-1"),
    "type": (_("type of the request, which says what silence means"), "R112-5"),
    "type_regime": (_("meaning of silence for this type: its special regime is not known to Guichet"), "R112-5"),
    "legal_date": (_("date of the implicit decision"), "R112-5"),
    "pieces": (_("list of the missing pieces"), "L114-5"),
    "pieces_text": (_("text in force that requires each piece"), "L114-5"),
    "pieces_due": (_("deadline to send the pieces"), "L114-5"),
    "administration": (_("name of the competent administration"), "L114-2"),
    "decided_on": (_("date of the implicit decision"), "L232-3, L232-4"),
    "reasons": (_("reasons of the decision"), "L211-5, L232-4"),
    "body": (_("text of the letter"), ""),
}


def _row(code: str, where: Where, pk: int | None = None, owner: str = "") -> Missing:
    label, article = LABELS[code]
    return Missing(code, where, label, article, pk, owner)


def town_lacks(town: Town, *, tribunal: bool = True) -> list[Missing]:
    found = []
    if not town.postal_address.strip():
        found.append(_row("town_address", Where.TOWN, 1, town.name))
    if tribunal and not (town.tribunal_name.strip() and town.tribunal_address.strip()):
        found.append(_row("tribunal", Where.TOWN, 1, town.name))
    return found


def service_lacks(service: Service) -> list[Missing]:
    wanted = {
        "service_address": service.postal_address,
        "service_phone": service.phone,
        "service_email": service.email,
    }
    return [_row(code, Where.SERVICE, service.pk, service.name) for code, value in wanted.items() if not value.strip()]


def agent_lacks(agent: Agent, *, is_decision: bool = False) -> list[Missing]:
    """An agent whose anonymity was granted is told by a number (L111-2), but a decision is signed by name (L212-1)."""
    if agent.is_anonymous_for_safety:
        return [_row("agent_anonymous", Where.LETTER, agent.pk, agent.full_name)] if is_decision else []
    found = []
    if not (agent.first_name.strip() and agent.last_name.strip()):
        found.append(_row("agent_name", Where.AGENT, agent.pk, agent.full_name))
    if not agent.title.strip():
        found.append(_row("agent_title", Where.AGENT, agent.pk, agent.full_name))
    return found


def missing_mentions(facts: Facts) -> list[Missing]:
    """What the letter lacks; empty when it may be sent. The AEE lacks nothing: it is what is sent meanwhile."""
    if facts.kind == LetterKind.REGISTRATION:
        return []
    found = town_lacks(facts.town, tribunal=facts.tells_appeals) + service_lacks(facts.service)
    if facts.agent is not None:
        found += agent_lacks(facts.agent, is_decision=facts.is_decision)
    return found + _requester(facts) + list(_OWN.get(facts.kind, lambda _facts: ())(facts))


def _requester(facts: Facts) -> list[Missing]:
    citizen, pk = facts.citizen, facts.citizen.pk if facts.citizen else None
    if facts.by_email:
        return [] if facts.to_address else [_row("citizen_email", Where.CITIZEN, pk)]
    found = [] if citizen and citizen.known_name else [_row("citizen_name", Where.CITIZEN, pk)]
    if not citizen or not citizen.address.strip():
        found.append(_row("citizen_address", Where.CITIZEN, pk))
    return found


def _receipt(facts: Facts) -> Iterable[Missing]:
    """R112-5 and R112-11-1: what silence means and from when, unless nothing can be decided on the request."""
    kind = facts.request_type
    if kind is None:
        yield _row("type", Where.TICKET, facts.ticket.pk)
    elif facts.regime == Regime.SPECIAL:
        yield _row("type_regime", Where.TYPE, kind.pk, kind.name)
    elif facts.regime in SILENCE and facts.ticket.legal_due_on is None and not facts.date_depends_on_pieces:
        yield _row("legal_date", Where.TYPE, kind.pk, kind.name)
    if facts.pieces and facts.pieces_due is None:
        yield _row("pieces_due", Where.LETTER)


def _incomplete(facts: Facts) -> Iterable[Missing]:
    if not facts.pieces:
        yield _row("pieces", Where.LETTER)
    if any(not piece.text.strip() for piece in facts.pieces):
        yield _row("pieces_text", Where.LETTER)
    if facts.pieces_due is None:
        yield _row("pieces_due", Where.LETTER)


def _transmission(facts: Facts) -> Iterable[Missing]:
    if not facts.administration.strip():
        yield _row("administration", Where.LETTER)


def _attestation(facts: Facts) -> Iterable[Missing]:
    if facts.decided_on is None:
        yield _row("decided_on", Where.LETTER)


def _reasons(facts: Facts) -> Iterable[Missing]:
    yield from _attestation(facts)
    if not facts.reasons.strip():
        yield _row("reasons", Where.LETTER)


def _answer(facts: Facts) -> Iterable[Missing]:
    if not facts.body.strip():
        yield _row("body", Where.LETTER)


_OWN: dict[str, Callable[[Facts], Iterable[Missing]]] = {
    LetterKind.RECEIPT: _receipt,
    LetterKind.INCOMPLETE: _incomplete,
    LetterKind.TRANSMISSION: _transmission,
    LetterKind.ATTESTATION: _attestation,
    LetterKind.REASONS: _reasons,
    LetterKind.ANSWER: _answer,
}
