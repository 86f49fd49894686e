"""French full-text search with PostgreSQL's core only (no extension): accents and inflections are forgiven.

``f_vector(text)`` indexes each word in three forms: stemmed then stripped of accents, stripped then stemmed, and plain
without accents, which is what prefixes match.
"""

from datetime import UTC, datetime

from django.contrib.postgres.search import SearchQuery, SearchVectorField
from django.db.models import F, Func, GeneratedField, Value

from core.text import words


class FrenchVector(Func):
    function = "f_vector"
    output_field = SearchVectorField()


class MonthVector(Func):
    """``(vector, month)``: to be indexed instead of the vector, where texts are looked for month after month."""

    function = "f_month_vector"
    output_field = SearchVectorField()


def month_number(moment: datetime) -> int:
    """Months since the year 0 in UTC, as ``f_month`` has it."""
    moment = moment.astimezone(UTC)
    return moment.year * 12 + moment.month - 1


def generated_vector(field: str) -> GeneratedField:
    """A stored column holding the search vector of the text column ``field``. Index it with GIN."""
    return GeneratedField(expression=FrenchVector(F(field)), output_field=SearchVectorField(), db_persist=True)


class SqlQuery(SearchQuery):
    """A tsquery computed by one of our SQL functions from plain texts."""

    def __init__(self, function: str, *texts: str) -> None:
        super().__init__(Value(""))
        self.function, self.texts = function, texts
        self.set_source_expressions([Value(text) for text in texts])


def french_query(text: str) -> SqlQuery | None:
    """All the words of ``text``, the last one also as a prefix; None when there is no word to look for."""
    found = words(text)[:12]
    if not found:
        return None
    prefix = " & ".join([*(word for word in found[:-1] if len(word) > 2), f"{found[-1]}:*"])
    return SqlQuery("f_query", text[:400].replace("\x00", ""), prefix)


def word_query(word: str, *, unfinished: bool = False) -> SqlQuery:
    """One folded word (`core.text.words`) in any of its forms; ``unfinished`` also takes what begins with it."""
    return SqlQuery("f_query", word, f"{word}:*" if unfinished else word)
