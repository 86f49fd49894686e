"""What the stored search vector holds: each word stemmed, without accents, and plain for prefixes."""

import pytest
from django.db import connection

pytestmark = pytest.mark.django_db


def lexemes(text: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tsvector_to_array(f_vector(%s))", [text])
        return set(cursor.fetchone()[0])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", set()),
        ("Lampadaires", {"lampadair", "lampadaires"}),
        ("Réparée", {"repar", "reparee", "repare"}),
        ("RÉPARÉE", {"repar", "reparee", "repare"}),
        ("Re\u0301pare\u0301e", {"repar", "reparee", "repare"}),  # decomposed, as macOS types it
        ("Œuvre du cœur", {"oeuvr", "oeuvre", "coeur", "du"}),
        ("« l’école »", {"ecol", "ecole", "l"}),
    ],
)
def test_each_word_in_its_forms(text: str, expected: set[str]) -> None:
    assert lexemes(text) == expected
