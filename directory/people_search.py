"""Finding people by what was typed of their name, address or number, and putting a mistyped name right.

Every read is bounded: a name that half the town bears costs no more than a rare one.
"""

from collections.abc import Iterable, Sequence

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import SearchQuery
from django.db.models import CharField, Func, QuerySet, TextField, Value

from directory.models import Citizen, ContactKind, ContactPoint, NameWord
from directory.models.citizens import name_vector

MOST_CANDIDATES = 150
MOST_TRIES = 4  # spellings of a name that found nobody
_LEAST_LETTERS = 4  # a shorter word has too many neighbours to be put right


def citizens_named(words: Sequence[str], *, unfinished: bool = True) -> QuerySet[Citizen]:
    """Those whose names hold all of these folded words; ``unfinished``: or words that begin with them. No order."""
    found = [word for word in words if not word.isdigit()][:6]
    if not found:
        return Citizen.objects.none()
    query = " & ".join(f"{word}:*" if unfinished else word for word in found)
    return (
        Citizen.objects.filter(merged_into__isnull=True)
        .alias(names=name_vector())
        .filter(names=SearchQuery(query, config="simple", search_type="raw"))
    )


def citizen_ids_named(words: Sequence[str]) -> list[int]:
    """Those whose names begin with these words; when they are too many (MOST_CANDIDATES), as many and, before them, of
    those who bear the very words. One or two queries."""
    begun = list(citizens_named(words).values_list("pk", flat=True)[:MOST_CANDIDATES])
    if len(begun) < MOST_CANDIDATES:
        return begun
    exact = list(citizens_named(words, unfinished=False).values_list("pk", flat=True)[:MOST_CANDIDATES])
    return list(dict.fromkeys(exact + begun))


def citizen_ids_at(contact: str) -> list[int]:
    """Whose address or number this is, in its normal form."""
    return list(ContactPoint.objects.filter(value=contact).values_list("citizen_id", flat=True))


def citizen_ids_writing_from(start: str) -> list[int]:
    """Whose e-mail address begins so."""
    return _ids(ContactPoint.objects.filter(kind=ContactKind.EMAIL, value__startswith=start))


def citizen_ids_called_at(digits: str) -> list[int]:
    """Whose telephone number ends with these digits, or begins with them when they start with a 0."""
    ends = ContactPoint.objects.alias(backwards=Func("value", function="reverse", output_field=CharField())).filter(
        kind=ContactKind.PHONE, backwards__startswith=digits[::-1]
    )
    found = _ids(ends)
    if digits.startswith("0") and len(digits) > 2:
        found += _ids(ContactPoint.objects.filter(kind=ContactKind.PHONE, value__startswith=f"+33{digits[1:]}"))
    return list(dict.fromkeys(found))


def _ids(points: QuerySet[ContactPoint]) -> list[int]:
    return list(dict.fromkeys(points.order_by().values_list("citizen_id", flat=True)[:MOST_CANDIDATES]))


def name_corrections(word: str) -> list[str]:
    """The known name words that one mistake separates from ``word``, the most alike first; at most three.

    Empty when the word is known, or too short to tell. One query on the index of deletions.
    """
    if len(word) < _LEAST_LETTERS or not word.isalpha():
        return []
    deletions = Func(Value(word), function="f_deletions", output_field=ArrayField(TextField()))
    # some twenty: a limit would have PostgreSQL read the whole table in the hope of as many
    known = list(NameWord.objects.filter(deletions__overlap=deletions).values_list("word", flat=True))
    if word in known:
        return []
    alike = [other for other in known if len(other) >= _LEAST_LETTERS - 1 and mistakes(word, other) == 1]
    return sorted(alike, key=lambda other: (other[0] != word[0], abs(len(other) - len(word)), other))[:3]


def respelt(words: Sequence[str]) -> list[str]:
    """What was perhaps meant by these folded words: one of them put right, each in turn, then all (MOST_TRIES)."""
    near = {index: name_corrections(word) for index, word in enumerate(words[:4])}
    found = [
        " ".join((*words[:index], other, *words[index + 1 :])) for index, others in near.items() for other in others
    ]
    if sum(bool(others) for others in near.values()) > 1:
        found.append(" ".join((near.get(index) or [word])[0] for index, word in enumerate(words)))
    return found[:MOST_TRIES]


def name_words_known(words: Iterable[str]) -> set[str]:
    """Those of these folded words that somebody's name holds. One query."""
    return set(NameWord.objects.filter(word__in=list(words)).values_list("word", flat=True))


def mistakes(a: str, b: str) -> int:
    """Letters added, forgotten, replaced or swapped with the next between two words (optimal string alignment)."""
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, left in enumerate(a, 1):
        older, before, row = before, row, [i]
        for j, right in enumerate(b, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (left != right))
            if i > 1 and j > 1 and left == b[j - 2] and a[i - 2] == right:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
    return row[-1]
