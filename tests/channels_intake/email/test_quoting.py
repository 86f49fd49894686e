import time

import pytest

from channels_intake.email.quoting import split_quoted, split_signature
from core.signatures import is_signature, phones_in

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
    'De: "Mairie" <mairie@ville.example>\nÀ: "Claire" <c@x.example>\nEnvoyé: Mardi 3\nObjet: x\n\nBonjour',
    "De: Mairie <mairie@ville.example>\nÀ: c@x.example\nCc: d@x.example\nObjet: Re: x\n\nBonjour",
    "Mairie de Rives <mairie@ville.example> a écrit le 3 nov. 2026 à 10:12 :\n> Bonjour",
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
        "Mon grand-père a écrit le poème suivant :\nLa rivière",
        "De : chez moi\nÀ : la mairie\nil y a 3 km.",
        "Bonjour",
    ],
)
def test_ordinary_text_stays_whole(text: str) -> None:
    assert split_quoted(text) == (text, "")


@pytest.mark.parametrize(
    "signature",
    [
        "Bien cordialement,\n\nClaire Vasseur\n3 rue de la Gare\n35000 Rives-sur-Orme\n06 39 98 12 34",
        "Cordialement\nClaire VASSEUR\nTél. : 02.61.91.12.34",
        "Sincères salutations.\nClaire\nclaire@example.org\n\nEnvoyé de mon iPhone",
        "-- \nClaire",
    ],
)
def test_signatures_are_folded(signature: str) -> None:
    assert split_signature(f"Bonjour,\n\nLe banc est cassé.\n\n{signature}") == (
        "Bonjour,\n\nLe banc est cassé.",
        signature,
    )


@pytest.mark.parametrize(
    ("folded", "alone", "phones"),
    [
        ("Cordialement,\nClaire Vasseur\n06 39 98 12 34", True, ["06 39 98 12 34"]),
        ("-- \nClaire\nTél. 02.61.91.12.34 / +33 6 39 98 12 34", True, ["02.61.91.12.34", "+33 6 39 98 12 34"]),
        ("Envoyé de mon iPhone", True, []),
        ("-- \nClaire\n\nLe 3 nov. 2026 à 10:12, Mairie a écrit :\n> Appelez le 02 61 91 00 00", False, []),
        ("-- \nClaire\n\nDe : Mairie <m@ville.example>\nTél. 02 61 91 00 00", False, []),
        ("> Cordialement,\n> la mairie, 02 61 91 00 00", False, []),
        ("", False, []),
    ],
)
def test_a_signature_alone_is_told_from_what_quotes_somebody(folded: str, alone: bool, phones: list[str]) -> None:
    assert (is_signature(folded), phones_in(folded)) == (alone, phones)


@pytest.mark.parametrize(
    "text",
    [
        "Le banc est cassé.\n\nCordialement,\nClaire",
        "Cordialement,\nClaire\n06 39 98 12 34",
        "Bonjour.\nCordialement vôtre\n" + "Une ligne de plus sur le banc cassé.\n" * 9 + "06 39 98 12 34",
        "Bonjour.\nCordialement,\nRappelez-moi au 06 39 98 12 34, car le banc est cassé depuis trois semaines et "
        + "x" * 9,
    ],
)
def test_what_is_no_signature_stays(text: str) -> None:
    assert split_signature(text) == (text.strip(), "")


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
