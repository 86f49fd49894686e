"""The learned model: what it suggests and why, and what it never does."""

import math
import subprocess
import sys
from array import array

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tickets.routing import learned
from tickets.routing.features import features
from tickets.routing.keywords import TypeKeywords
from tickets.routing.learned import Weights, pack, suggest, unpack

ROADS, LIGHTS, SCHOOL = 11, 12, 13
CATALOGUE = (TypeKeywords(ROADS, ("nid-de-poule",)), TypeKeywords(LIGHTS, ("lampadaire",)))


def small() -> Weights:
    """Three types, six features; « trou » and « chausse » say roads, « etein » lights, « ecol » school."""
    rows = {
        "trou": (4.0, -1.0, -1.0),
        "chausse": (3.0, -1.0, -1.0),
        "trou chausse": (2.0, 0.0, 0.0),
        "eteint": (-1.0, 4.0, -1.0),
        "ecol": (-1.0, -1.0, 4.0),
        "#11": (5.0, -1.0, -1.0),
    }
    coef = array("f", [value for row in rows.values() for value in row])
    index = {key: number for number, key in enumerate(rows)}
    return Weights((ROADS, LIGHTS, SCHOOL), index, array("f", [1.0] * 6), coef, array("f", [0.0] * 3), 1.0, CATALOGUE)


def test_it_suggests_and_says_why():
    found = suggest("Bonjour, il y a un trou énorme sur la chaussée devant l'école. Éteint aussi.", small())
    assert found is not None
    assert found.type_id == ROADS
    assert {word for word, _ in found.words} <= {"trou", "chaussée", "trou chaussée"}
    assert "trou" in found.words[0][0]
    assert all(weight > 0 for _, weight in found.words)


def test_the_keywords_of_the_catalogue_count_and_are_told():
    found = suggest("Un nid de poule.", small())
    assert found is not None
    assert (found.type_id, found.words[0][0]) == (ROADS, "nid-de-poule")


@pytest.mark.parametrize(
    "text", ["", "   ", "Bonjour, merci.", "12 345", "claire@example.org https://example.org/ecole"]
)
def test_a_text_without_a_known_word_gets_nothing(text):
    assert suggest(text, small()) is None


def test_it_abstains_under_the_confidence_wanted():
    text = "Le trou devant l'école."
    found = suggest(text, small())
    assert found is not None
    assert suggest(text, small(), confidence=found.confidence) is not None
    assert suggest(text, small(), confidence=found.confidence + 0.01) is None


@settings(deadline=None)
@given(st.text())
def test_it_never_raises_and_probabilities_sum_to_one(text):
    found = suggest(text + " trou", small())
    if found is None:  # « trou » stuck to a word of the text
        return
    assert math.isclose(math.fsum(chance for _, chance in found.ranking), 1.0, abs_tol=1e-9)
    assert found.ranking[0] == (found.type_id, found.confidence)
    assert [chance for _, chance in found.ranking] == sorted((chance for _, chance in found.ranking), reverse=True)


@given(st.permutations(["Un trou", "La chaussée est abîmée", "Devant l'école", "Tout est éteint", "Un nid-de-poule"]))
def test_the_order_of_the_sentences_changes_nothing(sentences):
    expected = suggest("Un trou. La chaussée est abîmée. Devant l'école. Tout est éteint. Un nid-de-poule", small())
    found = suggest(". ".join(sentences), small())
    assert found is not None
    assert expected is not None
    assert (found.type_id, found.confidence, found.words) == (expected.type_id, expected.confidence, expected.words)


@given(st.floats(0.7, 6), st.lists(st.floats(-60000, 60000), min_size=18, max_size=18))
def test_a_model_is_packed_and_read_again(temperature, values):
    given_ = small()
    weights = Weights(given_.types, given_.index, given_.idf, values, given_.bias, temperature, CATALOGUE)
    read = unpack(pack(weights))
    assert (read.types, dict(read.index), read.catalogue) == (weights.types, dict(weights.index), CATALOGUE)
    assert read.temperature == temperature
    assert list(read.coef) == pytest.approx(values, rel=2e-3, abs=1e-4)
    suggest("trou école éteint", read)


_whole = pack(small())
_cut = st.integers(0, len(_whole) - 1).map(lambda length: _whole[:length])
_bytes = st.binary() | st.binary().map(lambda tail: learned._MAGIC + tail) | _cut


@settings(deadline=None)
@given(_bytes)
def test_bytes_that_are_not_a_model_are_refused(data):
    with pytest.raises(ValueError):
        unpack(data)


def test_numbers_and_addresses_are_never_seen():
    keys = {each.key for each in features("Appelez le 06 12 34 56 78 ou ecrivez à jean@example.org, www.trou.fr", ())}
    assert not any(character.isdigit() for key in keys for character in key)
    assert not any("example" in key or "jean" in key or "trou" in key for key in keys)


def test_suggesting_needs_neither_numpy_nor_scikit_learn():
    """Web and worker processes stay small: only the process that learns imports them."""
    script = "import sys, tickets.routing.learned; print(sorted({'numpy', 'scipy', 'sklearn'} & set(sys.modules)))"
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
