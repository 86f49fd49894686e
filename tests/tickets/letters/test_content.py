"""What each letter says, in its case (domain §1): table of the mentions of R112-5 and R112-11-1, and the others."""

from datetime import date

import pytest

from tests.tickets.letters.facts import PIECE, agent, complete, service, ticket, town
from tickets.enums import LetterKind
from tickets.letters.content import compose, parse
from tickets.letters.facts import Piece

CPLT = "Sous réserve que votre demande soit complète"
SERVICE = ["Voirie", "2 rue des Services, 99120 Rives-sur-Orme", "02 61 91 10 41", "voirie@rives-sur-orme.example"]
APPEALS = ["deux mois", "recours gracieux", "hiérarchique", "tribunal administratif du Val-d’Orme", "3 rue du Greffe"]


def says(facts):
    return compose(facts).text


@pytest.mark.parametrize("channel", ["web", "email", "api", "post", "counter", "phone"])
@pytest.mark.parametrize("regime", ["SVA", "SVR", "none"])
def test_every_acknowledgement_names_the_day_and_the_service(regime, channel):
    text = says(complete(LetterKind.RECEIPT, regime, ticket=ticket(regime, channel=channel)))
    for mention in ["Date de réception : 22 novembre 2026", "G-7K3M9-QT2XC", *SERVICE]:
        assert mention in text


def test_an_electronic_acknowledgement_under_svr():
    text = says(complete(LetterKind.RECEIPT))
    assert "R. 112-11-1" in text
    assert f"{CPLT}, le silence gardé par la mairie vaudra rejet" in text
    assert "le 22 janvier 2027 au plus tard, votre demande sera réputée rejetée à compter du 23 janvier 2027" in text
    for mention in [*APPEALS, "à compter du 23 janvier 2027", "L. 231-4", "L. 232-4", "R. 421-5"]:
        assert mention in text
    assert "attestation" not in text


def test_an_electronic_acknowledgement_under_sva():
    text = says(complete(LetterKind.RECEIPT, "SVA"))
    assert f"{CPLT}, le silence gardé par la mairie vaudra acceptation" in text
    assert "le 22 janvier 2027 au plus tard, votre demande sera réputée acceptée à compter du 23 janvier 2027" in text
    assert "attestation de cette décision implicite d’acceptation (article L. 232-3)" in text
    assert "tribunal" not in text


@pytest.mark.parametrize("regime", ["SVA", "SVR"])
def test_a_paper_acknowledgement_makes_no_reservation(regime):
    text = says(complete(LetterKind.RECEIPT, regime, ticket=ticket(regime, channel="post"), by_email=False))
    assert "R. 112-5" in text
    assert CPLT not in text
    assert "22 janvier 2027" in text


def test_an_incomplete_request_is_told_the_pieces_and_what_they_do_to_the_clock():
    asked = {"pieces": (PIECE,), "pieces_due": date(2026, 12, 15)}
    refused = says(complete(LetterKind.RECEIPT, **asked))
    assert "au plus tard le 15 décembre 2026" in refused
    assert "  - Plan de situation (R. 431-7 du code de l’urbanisme)" in refused
    assert "suspendu" in refused
    accepted = says(complete(LetterKind.RECEIPT, "SVA", ticket=ticket("SVA", legal_due_on=None), **asked))
    assert "dans un délai de deux mois à compter de la réception de l’ensemble des pièces" in accepted
    assert "None" not in accepted


def test_where_silence_means_nothing_nothing_is_said_of_it():
    text = says(complete(LetterKind.RECEIPT, "none"))
    assert "silence" not in text
    assert "réputée" not in text


def test_the_registration_announces_the_acknowledgement():
    text = says(complete(LetterKind.REGISTRATION))
    assert "Date de réception : 22 novembre 2026" in text
    assert "au plus tard le 4 décembre 2026" in text
    bare = says(
        complete(LetterKind.REGISTRATION, service=service(phone="", email="", postal_address=""), in_charge=None)
    )
    assert "Téléphone" not in bare
    assert "Service chargé de votre dossier : Voirie" in bare


@pytest.mark.parametrize(
    ("regime", "effect"),
    [
        ("SVA", "ne court qu’à compter de la réception de l’ensemble de ces pièces"),
        ("SVR", "est suspendu à compter de ce courrier et jusqu’au 15 décembre 2026"),
        ("none", "L’examen de votre demande reprend"),
    ],
)
def test_a_letter_for_missing_pieces(regime, effect):
    text = says(complete(LetterKind.INCOMPLETE, regime))
    assert "Plan de situation — exigé par : R. 431-7 du code de l’urbanisme" in text
    assert "au plus tard le 15 décembre 2026" in text
    assert effect in text
    assert "L. 114-5" in text


@pytest.mark.parametrize(
    ("regime", "effect"),
    [
        ("SVA", "court à compter de la réception de votre demande par l’administration compétente"),
        ("SVR", "court depuis la réception de votre demande par la mairie, le 22 novembre 2026"),
    ],
)
def test_a_transmission(regime, effect):
    text = says(complete(LetterKind.TRANSMISSION, regime))
    for mention in ["Département du Val-d’Orme", "1 rue Haute", "L. 114-2", "L. 114-3", effect]:
        assert mention in text


def test_the_attestation_of_an_implicit_acceptance():
    text = says(complete(LetterKind.ATTESTATION, "SVA", asked_on=date(2027, 2, 1)))
    for mention in ["Réputée acceptée le : 23 janvier 2027", "L. 232-3", "1er février 2027", "Jeanne MOREL"]:
        assert mention in text


def test_the_reasons_of_an_implicit_refusal_open_the_appeals_again():
    text = says(complete(LetterKind.REASONS))
    for mention in ["La chaussée est trop étroite.", "23 janvier 2027", "L. 232-4", *APPEALS]:
        assert mention in text


@pytest.mark.parametrize(
    ("outcome", "sentence", "appeals"),
    [
        ("refused", "Votre demande est rejetée.", True),
        ("partly", "Votre demande est acceptée en partie.", True),
        ("accepted", "Votre demande est acceptée.", False),
        ("moot", "Votre demande est devenue sans objet.", False),
        ("", "réponse à votre demande", False),
    ],
)
def test_an_answer_tells_the_appeals_when_it_refuses(outcome, sentence, appeals):
    text = says(complete(LetterKind.ANSWER, outcome=outcome))
    assert sentence in text
    assert all((mention in text) is appeals for mention in APPEALS)


@pytest.mark.parametrize("kind", list(LetterKind))
def test_every_letter_ends_with_the_identity_of_l111_2(kind):
    footer = says(complete(kind)).rsplit("--\n", 1)[1].strip()
    assert footer == (
        "Jeanne MOREL, chargée de dossiers — Voirie — 2 rue des Services, 99120 Rives-sur-Orme — tél. 02 61 91 10 41 — "
        "voirie@rives-sur-orme.example — réf. dossier G-7K3M9-QT2XC"
    )


def test_an_agent_anonymous_for_safety_is_a_number():
    hidden = agent(is_anonymous_for_safety=True)
    text = says(complete(LetterKind.ANSWER, outcome="", agent=hidden, in_charge=None))
    assert "Morel" not in text
    assert "MOREL" not in text
    assert f"--\n{hidden.public_name} — Voirie" in text
    assert "3" in hidden.public_name


def test_a_fictional_town_says_so():
    fictional = complete(LetterKind.ANSWER, town=town(is_fictional=True))
    assert "Commune fictive" in says(fictional)
    assert "Commune fictive" in compose(fictional).data["notice"]
    assert "fictive" not in says(complete(LetterKind.ANSWER))


@pytest.mark.parametrize("kind", list(LetterKind))
def test_no_hole_nor_stray_mark_is_left_by_a_template(kind):
    for regime in ("SVA", "SVR", "none"):
        content = compose(complete(kind, regime))
        assert content.subject
        for block in content.data["blocks"]:
            for text in [block.get("text", ""), *block.get("lines", []), *block.get("items", [])]:
                assert "None" not in text
                assert "{" not in text
                assert not text.startswith(("|", "#", "@", "==", "> "))
            for label, value in block.get("rows", []):
                assert label
                assert value


def test_what_people_type_never_changes_the_form_of_a_letter():
    nasty = "# titre\n== rubrique\n- point\n| a | b\n> note\n@body"
    content = compose(complete(LetterKind.ANSWER, body=nasty, ticket=ticket(subject=nasty), outcome="", citizen=None))
    kinds = [block["kind"] for block in content.data["blocks"]]
    assert set(kinds) == {"p"}
    assert ["# titre", "== rubrique", "- point", "| a | b", "> note", "@body"] in [
        block["lines"] for block in content.data["blocks"]
    ]
    pieces = compose(complete(LetterKind.INCOMPLETE, pieces=(Piece("a\n== b", "c\n| d | e"),)))
    assert {"kind": "list", "items": ["a == b — exigé par : c | d | e"]} in pieces.data["blocks"]


def test_the_little_language_of_the_templates():
    subject, blocks = parse(
        "# Objet\nUn.\n== Titre\n- a\n- b\n| x | y | z\n> note\n@body\n", [{"kind": "p", "lines": ["B"]}]
    )
    assert subject == "Objet"
    assert blocks == [
        {"kind": "p", "lines": ["Un."]},
        {"kind": "heading", "text": "Titre"},
        {"kind": "list", "items": ["a", "b"]},
        {"kind": "facts", "rows": [["x", "y | z"]]},
        {"kind": "note", "lines": ["note"]},
        {"kind": "p", "lines": ["B"]},
    ]
