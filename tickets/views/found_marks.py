"""The words that were looked for, marked in what was found. In Python: the 25 rows of a page cost a few milliseconds,
and PostgreSQL's headlines do not know the accents that our search forgives."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache

from django.db.models.functions import Left
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from core.text import unaccent
from tickets.models import Ticket, TicketText

READ = 6_000  # characters of a text in which an excerpt is looked for
AROUND = 70  # characters shown before and after the first word found


def found_mark(tickets: Iterable[Ticket], words: Sequence[str]) -> None:
    """Give each ticket ``subject_html``, and ``excerpt_html`` where its text has words that neither its subject nor the
    name of its requester shows. One query."""
    rows = {ticket.pk: ticket for ticket in tickets}
    if not words or not rows:
        return
    texts = dict(TicketText.objects.filter(pk__in=list(rows)).values_list("pk", Left("body", READ)))
    for pk, ticket in rows.items():
        who = ticket.requester.display_name if ticket.requester else ""
        others = [word for word in words if next(_hits(f"{ticket.subject} {who}", [word]), None) is None]
        body = texts.get(pk, "").removeprefix(ticket.subject).lstrip().removeprefix(who)
        ticket.subject_html = marked(ticket.subject, words)  # type: ignore[attr-defined]
        ticket.excerpt_html = excerpt(body, others) if others else ""  # type: ignore[attr-defined]


def marked(text: str, words: Sequence[str]) -> SafeString:
    """``text`` escaped, each word that answers one of the folded ``words`` inside ``<mark>``."""
    parts, last = [], 0
    for start, end in _hits(text, words):
        parts += [escape(text[last:start]), "<mark>", escape(text[start:end]), "</mark>"]
        last = end
    parts.append(escape(text[last:]))
    return mark_safe("".join(parts))  # noqa: S308 — every piece of the text is escaped


def excerpt(text: str, words: Sequence[str]) -> SafeString:
    """What stands around the first word found, on one line; empty when none is there."""
    line = " ".join(text.split())
    hit = next(_hits(line, words), None)
    if hit is None:
        return SafeString("")
    start, end = max(0, hit[0] - AROUND), min(len(line), hit[1] + AROUND)
    if start:
        start = line.find(" ", start, hit[0]) + 1 or start
    if end < len(line):
        end = max(line.rfind(" ", hit[1], end), hit[1])
    before, after = ("… " if start else ""), (" …" if end < len(line) else "")
    return SafeString(before + marked(line[start:end], words) + after)


def _hits(text: str, words: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Where the words of ``text`` stand that answer one of ``words``: the same, one that begins with it, or (roughly,
    as stems go) another form of it."""
    plain, last = _plain(text), 0
    for start, end in sorted({hit for word in words for hit in _forms(plain, word)}):
        if start >= last:
            yield start, end
            last = end


def _forms(plain: str, word: str) -> Iterator[tuple[int, int]]:
    stem = word if len(word) < 5 else word[: max(4, len(word) - 2)]
    for spelt in {stem, stem.replace("oe", "œ").replace("ae", "æ")}:
        start = plain.find(spelt)
        while start >= 0:
            end = start + len(spelt)
            while end < len(plain) and _in_word(plain[end]):
                end += 1
            alone = start == 0 or not _in_word(plain[start - 1])
            if alone and (len(word) < 5 or abs(end - start - len(word)) < 5):
                yield start, end
            start = plain.find(spelt, end)


def _in_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def _plain(text: str) -> str:
    """``text`` without accents nor capitals, each character at its place: ligatures are left."""
    return text.lower() if text.isascii() else text.translate(_letters())


@cache
def _letters() -> dict[int, str]:
    found = {code: chr(code).lower() for code in (*range(ord("A"), ord("Z") + 1), ord("Œ"), ord("Æ"))}
    for code in (*range(0xC0, 0x250), *range(0x1E00, 0x1F00)):
        plain = unaccent(chr(code)).lower()
        if len(plain) == 1 and plain.isascii() and plain.isalpha():
            found[code] = plain
    return found
