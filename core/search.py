"""French full-text search with PostgreSQL's core only (no extension): accents and inflections are forgiven.

``f_vector(text)`` indexes each word in three forms: stemmed then stripped of accents, stripped then stemmed, and plain
without accents, which is what prefixes match.
"""

from django.contrib.postgres.search import SearchVectorField
from django.db.models import F, Func, GeneratedField, Value
from django.db.models.expressions import RawSQL

from core.text import words


class FrenchVector(Func):
    function = "f_vector"
    output_field = SearchVectorField()


def generated_vector(field: str) -> GeneratedField:
    """A stored column holding the search vector of the text column ``field``. Index it with GIN."""
    return GeneratedField(expression=FrenchVector(F(field)), output_field=SearchVectorField(), db_persist=True)


def french_query(text: str) -> RawSQL | None:
    """All the words of ``text``, the last one also as a prefix; None when there is no word to look for."""
    found = words(text)[:12]
    if not found:
        return None
    prefix = " & ".join([*(word for word in found[:-1] if len(word) > 2), f"{found[-1]}:*"])
    return RawSQL("f_query(%s, %s)", (text[:400].replace("\x00", ""), prefix))


def any_word_query(text: str) -> RawSQL | None:
    """Any word of ``text``: for suggestions, to be ranked."""
    found = [word for word in dict.fromkeys(words(text)) if len(word) > 2][:40]
    if not found:
        return None
    return RawSQL("f_any_query(%s)", (" ".join(found),))


class Rank(Func):
    function = "ts_rank"

    def __init__(self, vector: str, query: RawSQL | Value) -> None:
        from django.db.models import FloatField

        super().__init__(F(vector), query, Value(1), output_field=FloatField())
