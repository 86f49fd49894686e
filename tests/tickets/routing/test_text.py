"""Phrases in a text: French stems, order, distance, negation, quotation marks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickets.routing.text import EXCERPT, LONGEST, Text, phrase, stem


@pytest.mark.parametrize(
    ("first", "second"),
    [("lampadaires", "lampadaire"), ("brulee", "brulent"), ("effondree", "effondrer"), ("fuites", "fuite")],
)
def test_one_stem_for_the_forms_of_a_word(first: str, second: str) -> None:
    assert stem(first) == stem(second)


def test_every_place_is_told_with_its_sentence() -> None:
    found = list(Text("Odeur de gaz ici. Rien là. Une odeur de gaz aussi").places("odeur de gaz"))
    assert [(each.said, each.sentence) for each in found] == [("Odeur de gaz", 0), ("odeur de gaz", 2)]


def test_a_stem_that_lost_the_word_is_not_trusted() -> None:
    assert stem("batiments") == stem("batiment") != stem("bat")


@pytest.mark.parametrize(
    ("text", "wanted", "found"),
    [
        ("Les LAMPADAIRES cassés de la rue", "lampadaire cassé", "LAMPADAIRES cassés"),
        ("une odeur très forte de gaz", "odeur de gaz", "odeur très forte de gaz"),
        ("de l'odeur. Du gaz aussi", "odeur de gaz", ""),
        ("gaz et odeur", "odeur de gaz", ""),
        ("odeur un deux trois quatre gaz", "odeur gaz", ""),
        ("l’odeur\nde gaz", "odeur de gaz", "odeur de gaz"),
        ("ma maison en feu", "en feu", "en feu"),
        ("en passant au feu", "en feu", ""),
        ("il me tue", '"me tuer"', ""),
        ("je vais me tuer", "« me tuer »", "me tuer"),
        ("Où est-ce ?", "où", "Où"),
        ("", "gaz", ""),
        ("gaz", "…", ""),
    ],
)
def test_find(text: str, wanted: str, found: str) -> None:
    assert Text(text).find(wanted) == found


@pytest.mark.parametrize(
    ("text", "denied"),
    [
        ("aucune odeur de gaz", True),
        ("il n'y a pas eu d'odeur de gaz", True),
        ("plus d'odeur de gaz", True),
        ("au plus vite : odeur de gaz", False),
        ("je ne dors pas, odeur de gaz", False),
        ("pas de bruit mais odeur de gaz", False),
        ("aucune odeur de gaz hier, ce matin une odeur de gaz", False),
    ],
)
def test_negation(text: str, denied: bool) -> None:
    assert bool(list(Text(text).places("odeur de gaz", affirmed=True))) is not denied


@given(st.text(max_size=300), st.text(max_size=60), st.booleans())
def test_it_never_raises_and_finds_only_what_is_there(raw: str, wanted: str, affirmed: bool) -> None:
    found = list(Text(raw).places(wanted, affirmed=affirmed))
    assert all(len(each.said) <= EXCERPT and each.start < each.end for each in found)
    assert not found or phrase(wanted).keys


@given(st.lists(st.sampled_from(["lampadaire", "panne", "gaz", "odeur", "rue", "feu"]), min_size=2, max_size=5))
def test_a_phrase_finds_itself(words: list[str]) -> None:
    assert Text("Bonjour. " + " ".join(words)).find(" ".join(words))


def test_a_very_long_text_is_read_up_to_a_limit() -> None:
    assert Text("a " * LONGEST + "odeur de gaz").find("odeur de gaz") == ""
