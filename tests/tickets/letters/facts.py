"""Letters from rows that are not saved: nothing of them is in the database."""

from datetime import UTC, date, datetime
from typing import Any

from directory.models import Agent, Citizen, RequestType, Service, Town
from tickets.enums import LetterKind
from tickets.letters.facts import Facts, Piece
from tickets.models import Ticket

REFERENCE = "G-7K3M9-QT2XC"
PIECE = Piece("Plan de situation", "R. 431-7 du code de l’urbanisme")


def town(**fields: Any) -> Town:
    values = {
        "pk": 1,
        "name": "Rives-sur-Orme",
        "email": "mairie@rives-sur-orme.example",
        "phone": "02 61 91 10 00",
        "postal_address": "1 place de la Mairie\n99120 Rives-sur-Orme",
        "tribunal_name": "tribunal administratif du Val-d’Orme",
        "tribunal_address": "3 rue du Greffe\n99000 Val-d’Orme",
    }
    return Town(**(values | fields))


def service(**fields: Any) -> Service:
    values = {
        "pk": 4,
        "name": "Voirie",
        "postal_address": "2 rue des Services\n99120 Rives-sur-Orme",
        "phone": "02 61 91 10 41",
        "email": "voirie@rives-sur-orme.example",
    }
    return Service(**(values | fields))


def agent(**fields: Any) -> Agent:
    values = {"pk": 3, "first_name": "Jeanne", "last_name": "Morel", "title": "chargée de dossiers"}
    return Agent(**(values | fields))


def citizen(**fields: Any) -> Citizen:
    values = {"pk": 5, "first_name": "Claire", "last_name": "Vasseur", "address": "12 allée des Tilleuls, 99120 Rives"}
    return Citizen(**(values | fields))


def ticket(regime: str = "SVR", **fields: Any) -> Ticket:
    months = 2 if regime in {"SVA", "SVR"} else None
    values = {
        "pk": 6,
        "reference": REFERENCE,
        "channel": "web",
        "subject": "Échafaudage rue des Tilleuls",
        "request_type": RequestType(pk=7, name="Permission de voirie", regime=regime, delay_months=months),
        "answer_due_at": datetime(2026, 11, 25, 9, tzinfo=UTC),
        "legal_regime": regime if months else "",
        "legal_due_on": date(2027, 1, 22) if months else None,
        "legal_effective_on": date(2027, 1, 23) if months else None,
    }
    return Ticket(**(values | fields))


def complete(kind: str, regime: str = "SVR", **fields: Any) -> Facts:
    """Facts of a letter that lacks nothing."""
    own: dict[str, dict[str, Any]] = {
        LetterKind.RECEIPT: {"agent": None},
        LetterKind.REGISTRATION: {"agent": None, "receipt_due": date(2026, 12, 4)},
        LetterKind.INCOMPLETE: {"pieces": (PIECE,), "pieces_due": date(2026, 12, 15)},
        LetterKind.TRANSMISSION: {
            "administration": "Département du Val-d’Orme",
            "administration_lines": ("1 rue Haute",),
        },
        LetterKind.ATTESTATION: {"decided_on": date(2027, 1, 23)},
        LetterKind.REASONS: {"decided_on": date(2027, 1, 23), "reasons": "La chaussée est trop étroite."},
        LetterKind.ANSWER: {"body": "La chaussée est trop étroite.", "outcome": "refused"},
    }
    values: dict[str, Any] = {
        "kind": kind,
        "ticket": ticket(regime),
        "town": town(),
        "service": service(),
        "on": date(2026, 11, 22),
        "received_on": date(2026, 11, 22),
        "reference": f"{REFERENCE}-C1",
        "to_address": "claire@example.org",
        "agent": agent(),
        "in_charge": agent(),
        "citizen": citizen(),
        "tracking_url": "https://guichet.rives-sur-orme.example/suivi/",
    }
    return Facts(**(values | own[kind] | fields))
