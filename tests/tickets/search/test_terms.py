"""What is typed in the box, read without a database."""

import pytest

from directory.people_search import mistakes
from tickets.references import new_reference
from tickets.search_terms import Terms, read
from tickets.views.found_marks import excerpt, marked


def test_a_whole_reference_is_one_however_it_is_typed():
    reference = new_reference()
    for typed in (reference, reference.lower(), reference.replace("-", " "), f"  {reference} "):
        assert read(typed).reference == reference, typed


@pytest.mark.parametrize(
    ("typed", "start"),
    [
        ("G-7K3", "G-7K3"),
        ("g-7k3m9", "G-7K3M9"),
        ("g-7k3m9-qt", "G-7K3M9-QT"),
        ("7k3m", "G-7K3M"),
        ("rd45", "G-RD45"),  # a road as well: what is not found as a reference is looked for as a word
        ("gare", ""),
        ("lampadaire", ""),
        ("7k3-qt", ""),
        ("2345", ""),
    ],
)
def test_the_beginning_of_a_reference(typed, start):
    assert read(typed).reference_start == start


@pytest.mark.parametrize(
    ("typed", "field", "value"),
    [
        ("06 39 98 12 34", "contact", "+33639981234"),
        ("+33 (0)6 39 98 12 34", "contact", "+33639981234"),
        ("Claire.V@Example.ORG", "contact", "claire.v@example.org"),
        ("+508 41 12 34", "contact", "+508411234"),
        ("12 34", "digits", "1234"),
        ("37 55", "digits", "3755"),  # also the form of a short number, which it finds just as well
        ("98 37 55", "digits", "983755"),  # also a number of Saint-Pierre-et-Miquelon
        ("06 39 98", "digits", "063998"),
        ("claire.v", "email_start", "claire.v"),
        ("claire@", "email_start", "claire@"),
        ("Claire@exam", "email_start", "claire@exam"),
    ],
)
def test_addresses_and_numbers_in_whole_and_in_part(typed, field, value):
    terms = read(typed)
    assert getattr(terms, field) == value
    others = {"reference", "reference_start", "contact", "email_start", "digits"} - {field}
    assert not any(getattr(terms, other) for other in others)


@pytest.mark.parametrize("typed", ["12", "123", "Dupont lampadaire", "l’école", "12 rue Pasteur", "jean-pierre", ""])
def test_words_are_words(typed):
    terms = read(typed)
    assert terms == Terms(typed, terms.words)


def test_words_are_folded_and_counted():
    assert read("Réparée  l’École").words == ("reparee", "l", "ecole")
    assert len(read("mot " * 40).words) == 12
    assert read("a\x00b").text == "ab"


@pytest.mark.parametrize(
    ("a", "b", "count"),
    [("dupont", "dupont", 0), ("dupnot", "dupont", 1), ("dupon", "dupont", 1), ("dupond", "dupont", 1),
     ("duupont", "dupont", 1), ("dupnto", "dupont", 2), ("", "ab", 2)],
)  # fmt: skip
def test_mistakes_between_two_words(a, b, count):
    assert mistakes(a, b) == mistakes(b, a) == count


def test_words_found_are_marked_and_everything_is_escaped():
    text = "<b>Lampadaires</b> cassés à l’école"
    assert marked(text, ["lampadaire", "ecole"]) == (
        "&lt;b&gt;<mark>Lampadaires</mark>&lt;/b&gt; cassés à l’<mark>école</mark>"
    )
    assert marked("réparée", ["reparer"]) == "<mark>réparée</mark>"
    assert marked("Un mur", ["murs"]) == "Un mur"


def test_an_excerpt_stands_around_the_first_word_found():
    text = "Bonjour, " + "blabla " * 40 + "le toboggan est\ncassé depuis lundi " + "encore " * 40
    found = excerpt(text, ["toboggan"])
    assert found.startswith("… blabla")
    assert "<mark>toboggan</mark> est cassé depuis lundi" in found
    assert found.endswith("encore …")
    assert excerpt(text, ["piscine"]) == ""


def test_the_beginning_of_a_reference_is_no_telephone_number_in_letters():
    assert read("G-738XH-Y").reference_start == "G-738XH-Y"
