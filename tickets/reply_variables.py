"""The variables of the reply templates, and what must never leave unfilled. Pure: it knows texts only.

A variable is written ``{{ nom du demandeur }}``: French, since those who write the templates are; case, accents and
spaces are forgiven. One without a value becomes ``[à compléter : nom du demandeur]`` when the template is inserted, and
a text that still holds such a mark is not sent (`leftovers`).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from core.text import fold

_MARK = re.compile(r"\{\{[ \t]*([^{}\n]{0,80}?)[ \t]*\}\}")
# what a hurried hand leaves: a variable, « [à compléter …] », « XXX », a lone pair of braces
_LEFT = re.compile(
    r"\{\{[^{}\n]{0,80}\}\}|\[\s*(?:[àaÀA])\s+compl[ée]ter[^\]\n]{0,120}\]|(?<!\w)X{3,}(?!\w)|\{\{|\}\}",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Variable:
    """``name`` is what is written between the braces, ``code`` the key of its value, ``example`` what it may give."""

    code: str
    name: str
    example: str


VARIABLES = (
    Variable("requester", "nom du demandeur", "Claire Vasseur"),
    Variable("subject", "objet", "Lampadaire éteint allée du Stade"),
    Variable("reference", "référence", "G-4K7M2-9QX3D"),
    Variable("type", "type de demande", "Éclairage public"),
    Variable("location", "lieu", "allée du Stade"),
    Variable("received", "date de réception", "12 novembre 2026"),
    Variable("answer_due", "date limite de réponse", "15 novembre 2026"),
    Variable("legal_due", "date limite légale", "12 janvier 2027"),
    Variable("service", "service", "Éclairage public"),
    Variable("service_phone", "téléphone du service", "02 61 91 00 21"),
    Variable("service_email", "courriel du service", "eclairage@rives-sur-orme.example"),
    Variable("service_address", "adresse du service", "4 rue des Ateliers, 00000 Rives-sur-Orme"),
    Variable("service_hours", "horaires du service", "Du lundi au vendredi, 9 h – 12 h"),
    Variable("agent", "agent", "Camille DURAND"),
    Variable("agent_title", "fonction de l’agent", "Référente éclairage"),
    Variable("town", "ville", "Rives-sur-Orme"),
    Variable("town_phone", "téléphone de la mairie", "02 61 91 00 00"),
    Variable("today", "date du jour", "22 novembre 2026"),
)
_BY_NAME = {fold(each.name): each for each in VARIABLES}


def variable_of(name: str) -> Variable | None:
    """The variable written so, whatever its case, accents and spaces."""
    return _BY_NAME.get(fold(name))


def unknown_variables(text: str) -> list[str]:
    """What is written between braces and is no variable, in order; a lone pair of braces counts as ``{{``."""
    unknown = [name for name in _MARK.findall(text) if variable_of(name) is None]
    rest = _MARK.sub("", text)
    if "{{" in rest or "}}" in rest:
        unknown.append("{{" if "{{" in rest else "}}")
    return list(dict.fromkeys(unknown))


def fill(text: str, values: Mapping[str, str]) -> str:
    """``text`` with its variables replaced by ``values`` (code → value); others are marked to complete."""

    def replaced(found: "re.Match[str]") -> str:
        variable = variable_of(found[1])
        if variable is None:
            return found[0]
        return values.get(variable.code, "").strip() or to_complete(variable.name)

    return _MARK.sub(replaced, text)


def to_complete(what: str) -> str:
    """The mark of something the agent must write: it keeps the text from leaving."""
    return f"[à compléter : {what}]"


def leftovers(text: str) -> list[str]:
    """What must not leave, each once, in order: variables, « [à compléter] », « XXX », lone braces."""
    return list(dict.fromkeys(found.group() for found in _LEFT.finditer(text)))
