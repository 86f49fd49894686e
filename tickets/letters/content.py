"""What a letter says, once: the same blocks become the PDF and the text of the e-mail.

The sentences are in ``templates/letters/<kind>.txt``, one line a paragraph:

    # object            == heading          - item of a list          | label | value          > smaller note
    @body               the agent's text (the answer, or the reasons), paragraph by paragraph

The first character of a line is always the template's own: values are put on one line, and the agent's text comes in
after the lines are read. So nothing that citizens or agents type can change the form of a letter.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.formats import date_format

from core.accent import DEFAULT, accent_tokens
from directory.models import Agent
from tickets.enums import LetterKind
from tickets.letters.facts import Facts
from tickets.letters.glyphs import clean, line

MAX_BODY = 20_000
MAX_PIECES = 30
Block = dict[str, Any]

TITLES = {
    LetterKind.RECEIPT: "Accusé de réception",
    LetterKind.REGISTRATION: "Accusé d’enregistrement",
    LetterKind.INCOMPLETE: "Demande de pièces manquantes",
    LetterKind.TRANSMISSION: "Transmission à l’administration compétente",
    LetterKind.ATTESTATION: "Attestation de décision implicite d’acceptation",
    LetterKind.REASONS: "Motifs d’une décision implicite de rejet",
    LetterKind.ANSWER: "Réponse à votre demande",
}
CHANNELS = {
    "web": "par le formulaire en ligne",
    "email": "par courriel",
    "phone": "par téléphone",
    "counter": "au guichet",
    "post": "par courrier",
    "api": "par voie électronique",
}
NUMBERS = {1: "un", 2: "deux", 3: "trois", 4: "quatre", 6: "six"}


@dataclass(frozen=True)
class Content:
    """A composed letter. ``data`` is all that `render.pdf` needs; ``text`` is what an e-mail says."""

    subject: str
    data: dict[str, Any]
    text: str


def compose(facts: Facts) -> Content:
    """The letter of these facts, whatever they lack: ask `mentions.missing_mentions` before it is sent."""
    with translation.override("fr"):
        raw = render_to_string(f"letters/{facts.kind}.txt", _context(facts))
        own = facts.reasons if facts.kind == LetterKind.REASONS else facts.body
        subject, blocks = parse(raw, _paragraphs(clean(own, MAX_BODY)))
        data = _frame(facts, subject, blocks)
    return Content(subject=subject, data=data, text=text_of(data))


def parse(raw: str, body: list[Block]) -> tuple[str, list[Block]]:
    """The object and the blocks of a rendered template; ``body`` takes the place of the ``@body`` line."""
    subject, blocks = "", list[Block]()
    for each in (found.strip() for found in raw.splitlines()):
        mark, rest = each[:2], each[2:].strip()
        if not each:
            continue
        if mark == "# ":
            subject = rest
        elif mark == "==":
            blocks.append({"kind": "heading", "text": rest})
        elif mark == "- ":
            _append(blocks, "list", "items", rest)
        elif mark == "| ":
            label, _bar, value = rest.partition("|")
            _append(blocks, "facts", "rows", [label.strip(), value.strip()])
        elif mark == "> ":
            blocks.append({"kind": "note", "lines": [rest]})
        elif each == "@body":
            blocks += body
        else:
            blocks.append({"kind": "p", "lines": [each]})
    return subject, blocks


def _append(blocks: list[Block], kind: str, field: str, value: Any) -> None:
    if not blocks or blocks[-1]["kind"] != kind:
        blocks.append({"kind": kind, field: []})
    blocks[-1][field].append(value)


def _paragraphs(body: str) -> list[Block]:
    """An agent's text: blank lines part paragraphs, other line ends are kept."""
    parts = "\n".join(each.strip() for each in body.split("\n")).split("\n\n")
    return [{"kind": "p", "lines": part.strip().split("\n")} for part in parts if part.strip()]


def identity(agent: Agent | None) -> str:
    """« Prénom NOM, qualité », or the number of an agent whose anonymity was granted (CRPA L111-2)."""
    if agent is None:
        return ""
    if agent.is_anonymous_for_safety:
        return str(agent.public_name)
    return line(", ".join(part for part in (agent.full_name, agent.title) if part))


def _address(text: str) -> list[str]:
    return [line(each, 80) for each in text.split("\n") if each.strip()][:6]


def day(value: date | None) -> str:
    """« 1er décembre 2026 »."""
    if value is None:
        return ""
    return f"{'1er' if value.day == 1 else value.day} {date_format(value, 'F Y')}"


def delay(facts: Facts) -> str:
    """« deux mois », « 30 jours »; empty without a legal delay."""
    kind = facts.request_type
    if kind is None or not (kind.delay_months or kind.delay_days):
        return ""
    if kind.delay_months:
        return f"{NUMBERS.get(kind.delay_months, kind.delay_months)} mois"
    return f"{kind.delay_days} jours"


def _context(facts: Facts) -> dict[str, Any]:
    ticket, kind, service = facts.ticket, facts.request_type, facts.service
    return {
        "subject": line(ticket.subject, 150),
        "own_subject": line(facts.subject, 200),
        "reference": ticket.reference,
        "type": line(kind.name) if kind else "",
        "received": day(facts.received_on),
        "channel": CHANNELS.get(ticket.channel, ""),
        "electronic": facts.is_electronic,
        "regime": facts.regime,
        "delay": delay(facts),
        "last_day": day(ticket.legal_due_on),
        "effective": day(ticket.legal_effective_on),
        "town": line(facts.town.name),
        "town_address": line(", ".join(_address(facts.town.postal_address))),
        "tribunal": line(facts.town.tribunal_name),
        "tribunal_address": line(", ".join(_address(facts.town.tribunal_address))),
        "service": line(service.name),
        "service_address": line(", ".join(_address(service.postal_address))),
        "service_phone": line(service.phone, 40),
        "service_email": line(service.email),
        "in_charge": identity(facts.in_charge),
        "pieces": [{"name": line(p.name, 300), "text": line(p.text, 300)} for p in facts.pieces[:MAX_PIECES]],
        "pieces_due": day(facts.pieces_due),
        "receipt_due": day(facts.receipt_due),
        "answer_due": ticket.answer_due_at,
        "tracking_url": facts.tracking_url,
        "outcome": facts.outcome,
        "is_decision": facts.is_decision,
        "tells_appeals": facts.tells_appeals,
        "administration": line(facts.administration),
        "administration_address": line(", ".join(facts.administration_lines)),
        "administration_on": day(facts.administration_on),
        "decided_on": day(facts.decided_on),
        "asked_on": day(facts.asked_on),
    }


def _frame(facts: Facts, subject: str, blocks: list[Block]) -> dict[str, Any]:
    """The letter around its text: who sends it, to whom, when, and the footer of L111-2."""
    town, service, who = facts.town, facts.service, identity(facts.agent or facts.in_charge)
    address = _address(service.postal_address) or _address(town.postal_address)
    phone, email = service.phone or town.phone, service.email or town.email
    signature = identity(facts.agent).split(", ", 1) if facts.agent else []
    meta = [["Réf. dossier", facts.ticket.reference]]
    if facts.reference:
        meta.append(["Réf. courrier", facts.reference])
    if in_charge := identity(facts.in_charge or facts.agent):
        meta.append(["Dossier suivi par", in_charge])
    if facts.by_email and facts.to_address:
        meta.append(["Par courriel", line(facts.to_address)])
    footer = [who, line(service.name), ", ".join(address), f"tél. {phone}" if phone else "", email]
    return {
        "title": TITLES[LetterKind(facts.kind)],
        "author": line(town.name),
        "reference": facts.reference,
        "file-reference": facts.ticket.reference,
        "day": facts.on.isoformat(),
        "accent": _accent(town.accent),
        "notice": "Commune fictive : document de démonstration, sans aucune valeur." if town.is_fictional else "",
        "sender": {
            "town": line(town.name, 80),
            "service": line(service.name, 100),
            "lines": [*address, *([f"Tél. {line(phone, 40)}"] if phone else []), *([line(email)] if email else [])],
        },
        "recipient": _recipient(facts),
        "meta": meta,
        "place-date": f"{line(town.name, 80)}, le {day(facts.on)}",
        "subject": subject,
        "blocks": blocks,
        "signature": [part[:1].upper() + part[1:] for part in signature] + ([line(service.name)] if signature else []),
        "hand-signed": bool(signature) and not facts.by_email,
        "footer": " — ".join([*(part for part in footer if part), f"réf. dossier {facts.ticket.reference}"]),
        # not printed: what was announced and answered, for the file
        "regime": facts.regime,
        "last_day": facts.ticket.legal_due_on.isoformat() if facts.ticket.legal_due_on else "",
        "outcome": facts.outcome,
        "body": clean(facts.body, MAX_BODY),
    }


def _recipient(facts: Facts) -> list[str]:
    if facts.citizen is None:
        return [facts.to_address] if facts.to_address else []
    names = [f"{facts.citizen.first_name} {facts.citizen.last_name}".strip(), facts.citizen.organisation]
    place = facts.citizen.address.replace("\n", ",").split(",")
    return [line(each, 80) for each in [*names, *place] if each.strip()][:6]


def _accent(colour: str) -> str:
    """The town's colour, dark enough to be read on paper."""
    try:
        return accent_tokens(colour)[0]["--accent"]
    except (ValueError, KeyError):
        return DEFAULT


def text_of(data: dict[str, Any]) -> str:
    """The letter as plain text: its object is the e-mail's, its footer the identity of L111-2."""
    parts = [data["place-date"], f"Objet : {data['subject']}"]
    for block in data["blocks"]:
        match block["kind"]:
            case "heading":
                parts.append(block["text"].upper() if len(block["text"]) < 60 else block["text"])
            case "list":
                parts.append("\n".join(f"  - {item}" for item in block["items"]))
            case "facts":
                parts.append("\n".join(f"  {label} : {value}" for label, value in block["rows"]))
            case _:
                parts.append("\n".join(block["lines"]))
    if data["signature"]:
        parts.append("\n".join(data["signature"]))
    parts.append("--\n" + data["footer"] + (f"\n{data['notice']}" if data["notice"] else ""))
    return "\n\n".join(parts) + "\n"
