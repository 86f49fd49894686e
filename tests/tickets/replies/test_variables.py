"""Variables, what must never leave, and the formal frame: pure texts."""

import pytest

from tickets.reply_frame import framed, has_closing, has_greeting, unframed, ungreeted
from tickets.reply_variables import VARIABLES, fill, leftovers, unknown_variables, variable_of


def test_a_variable_is_written_as_people_type_it() -> None:
    for written in ("référence", "REFERENCE", "  Réference "):
        assert variable_of(written) is not None
    assert variable_of("fonction de l'agent") is variable_of("fonction de l’agent")
    assert variable_of("requester") is None
    assert len({each.code for each in VARIABLES}) == len(VARIABLES)


def test_values_take_the_place_of_their_variables() -> None:
    text = "Demande {{ référence }} de {{nom du demandeur}}."
    assert fill(text, {"reference": "G-1", "requester": "Claire Vasseur"}) == "Demande G-1 de Claire Vasseur."


def test_a_value_is_never_read_again_as_a_variable() -> None:
    assert fill("Objet : {{ objet }}", {"subject": "{{ agent }}", "agent": "X"}) == "Objet : {{ agent }}"


def test_an_empty_value_is_marked_and_keeps_the_text_from_leaving() -> None:
    text = fill("Lieu : {{ lieu }}", {"location": "  "})
    assert text == "Lieu : [à compléter : lieu]"
    assert leftovers(text) == ["[à compléter : lieu]"]


@pytest.mark.parametrize(
    ("text", "unknown"),
    [
        ("{{ nom du demandeur }} {{ prénom }} {{ prénom }}", ["prénom"]),
        ("{{ }}", [""]),
        ("{{ agent", ["{{"]),
        ("agent }}", ["}}"]),
        ("{ agent }", []),
        ("", []),
    ],
)
def test_unknown_variables_are_named(text: str, unknown: list[str]) -> None:
    assert unknown_variables(text) == unknown


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Le {{ date }} et le {{date limite}}", ["{{ date }}", "{{date limite}}"]),
        ("Le [À compléter] puis [a completer : jour]", ["[À compléter]", "[a completer : jour]"]),
        ("Rendez-vous le XX à XXXX heures", ["XXXX"]),
        ("M. Xavier, taille XXL, modèle AXXXB, XXe siècle", []),
        ("{{ ouvert", ["{{"]),
        ("Une citation […] coupée [à lire]", []),
    ],
)
def test_what_must_not_leave(text: str, left: list[str]) -> None:
    assert leftovers(text) == left


@pytest.mark.parametrize(
    "opening",
    [
        "Bonjour Madame Vasseur,",
        "bonjour, nous passons demain.",
        "Madame, Monsieur,",
        "Monsieur le Président,",
        "Chère Madame,",
        "Maître,",
        "Hello,",
        "مرحبا،",
    ],
)
def test_a_greeting_is_recognised(opening: str) -> None:
    assert has_greeting(f"\n{opening}\n\nSuite.")


@pytest.mark.parametrize(
    "opening", ["Monsieur le maire a signé votre arrêté hier.", "Réparé.", "Chercher un acte ?", ""]
)
def test_what_is_no_greeting(opening: str) -> None:
    assert not has_greeting(opening)


def test_a_few_words_begin_after_the_greeting() -> None:
    assert ungreeted("Bonjour Madame,\n\nMon lampadaire\nest éteint.") == "Mon lampadaire\nest éteint."
    for whole in ("Bonjour,", "Bonjour, mon lampadaire est éteint depuis hier.\nMerci.", "Réparé.", ""):
        assert ungreeted(whole) == whole


def test_the_frame_adds_what_lacks_and_nothing_else() -> None:
    assert framed("Réparé.") == "Bonjour,\n\nRéparé.\n\nCordialement,"
    whole = "Bonjour Madame,\n\nRéparé.\n\nBien cordialement,\nCamille"
    assert framed(whole) == whole
    assert framed("Bonjour,\nRéparé.") == "Bonjour,\nRéparé.\n\nCordialement,"
    decision = framed("Refusé.", is_decision=True)
    assert decision.startswith("Madame, Monsieur,\n\n")
    assert decision.endswith("considération distinguée.")
    assert framed(decision, is_decision=True) == decision


@pytest.mark.parametrize(
    "end",
    [
        "Cordialement,",
        "Bien cordialement,\n\nL’équipe voirie",
        "Bien à vous,\nCamille",
        "Sincères salutations.",
        "Veuillez agréer, Madame, l’expression de nos salutations distinguées.",
        "Je vous prie d’agréer, Madame, Monsieur, l’expression de ma considération distinguée.",
        "CORDIALEMENT\nCamille DURAND\nService de la voirie\n02 61 91 00 00",
    ],
)
def test_no_formula_after_a_formula(end: str) -> None:
    assert framed(f"Bonjour,\n\nRéparé.\n\n{end}") == f"Bonjour,\n\nRéparé.\n\n{end}"


@pytest.mark.parametrize("signed", ["L’équipe voirie", "L'équipe voirie", "Le service de l’état civil", "La mairie"])
def test_the_formula_stands_above_who_signs(signed: str) -> None:
    assert framed(f"Bonjour,\n\nRéparé.\n\n{signed}") == f"Bonjour,\n\nRéparé.\n\nCordialement,\n\n{signed}"
    assert framed(f"Réparé.\r\n\r\n{signed}\r\n").endswith(f"Réparé.\n\nCordialement,\n\n{signed}")


@pytest.mark.parametrize("end", ["Le service passera demain.", "Service ouvert de 9 h à 12 h", "Réparé.\nLa mairie"])
def test_a_last_sentence_is_nobodys_signature(end: str) -> None:
    assert framed(f"Bonjour,\n\n{end}").endswith(f"{end}\n\nCordialement,")


def test_a_formula_high_in_a_long_text_is_no_closing() -> None:
    assert not has_closing("Cordialement,\n" + "\n".join(f"ligne {number}" for number in range(5)))


def test_a_letter_gets_the_text_without_its_frame() -> None:
    assert unframed("Bonjour Madame,\n\nRéparé.\nMerci.\n\nCordialement,\nCamille") == "Réparé.\nMerci."
    assert unframed("Réparé.") == "Réparé."
    assert unframed("Bonjour, nous passons demain") == "Bonjour, nous passons demain"
