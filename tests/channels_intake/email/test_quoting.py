import time

import pytest

from channels_intake.email.quoting import split_quoted

HEADERS = [
    "Le mar. 3 nov. 2026 à 10:12, Mairie de Rives-sur-Orme <mairie@ville.example> a écrit :\n> Bonjour",
    "Le mar. 3 nov. 2026 à 10:12, Mairie de Rives-sur-Orme\n<mairie@ville.example> a écrit :\n> Bonjour",
    "Le 3 novembre 2026 à 10:12, mairie@ville.example a écrit\u00a0:\n\n> Bonjour",
    "Le 03/11/2026 à 10:12, Mairie a écrit\u202f:\n> Bonjour",
    "Le lundi 3 novembre 2026, Mairie de Rives-sur-Orme <\nmairie@ville.example> a écrit :\n\n> Bonjour",
    "De : Mairie <mairie@ville.example>\nEnvoyé : mardi 3 novembre 2026 10:12\nÀ : Claire\nObjet : Re: x\n\nBonjour",
    "De\u00a0: Mairie <mairie@ville.example>\nEnvoyé\u00a0: mardi 3 novembre 2026 10:12\nÀ\u00a0: Claire\n\nBonjour",
    "-----Message d'origine-----\nDe : Mairie\nEnvoyé : mardi\nObjet : x\n\nBonjour",
    "-------- Message transféré --------\nSujet : x\n\nBonjour",
    '----- Mail original -----\nDe: "Mairie" <mairie@ville.example>\nÀ: c\n\nBonjour',
    "________________________________\nDe : Mairie\nEnvoyé : mardi 3 novembre 2026\nÀ : Claire\nObjet : x\n\nBonjour",
    "On Tue, Nov 3, 2026 at 10:12 AM Mairie <mairie@ville.example> wrote:\n> Bonjour",
    "-----Original Message-----\nFrom: Mairie\nSent: Tuesday\nTo: Claire\n\nBonjour",
    "> Bonjour,\n> votre demande est bien reçue.\n>\n> La mairie",
]


@pytest.mark.parametrize("quotation", HEADERS)
def test_french_quotations_are_split_off(quotation: str) -> None:
    written, quoted = split_quoted(f"Merci, mais le lampadaire\nest encore éteint.\n\nClaire\n\n{quotation}")
    assert written == "Merci, mais le lampadaire\nest encore éteint.\n\nClaire"
    assert "Bonjour" in quoted


@pytest.mark.parametrize(
    "text",
    [
        "Bonjour,\n\nLe chat de ma voisine a écrit une lettre.\n\nMerci",
        "Le 3 novembre vous m’avez dit que c’était réparé.",
        "De : la rue de la Gare jusqu’au pont, tout est éteint.",
        "Bonjour",
    ],
)
def test_ordinary_text_stays_whole(text: str) -> None:
    assert split_quoted(text) == (text, "")


def test_answers_below_the_quotation_are_not_lost() -> None:
    text = "> Où est-ce ?\n\nDevant le 3."
    assert split_quoted(text) == (text, "")


@pytest.mark.parametrize(
    "text", ["Le " * 20_000, "> " * 50_000, "\n>" * 50_000, "De : x\n" * 10_000, "On a\n" * 20_000]
)
def test_hostile_text_is_split_in_bounded_time(text: str) -> None:
    started = time.monotonic()
    split_quoted("Bonjour\n" + text)
    assert time.monotonic() - started < 5
