"""What the text of a letter suggests: its subject, what it asks, its request type. Pure, but for the catalogue."""

import re
from dataclasses import dataclass

from core.text import one_line
from directory.models import RequestType
from tickets.routing.keywords import TypeKeywords, best_match

LONGEST = 3000  # characters of a summary: the whole text stays below it, folded
_SUBJECT = re.compile(  # as it is read on a scan: j is taken for i, o for 0, e for c, a colon for a semicolon
    r"^[ \t]*(?:[o0]b[ji][ec]t|obj\.?|concerne)\s*[:;]\s*(\S.*)$", re.IGNORECASE | re.MULTILINE
)
_GREETING = re.compile(
    r"^[ \t]*(?:(?:madame|mesdames|monsieur|messieurs)\b[^.\n]{0,60}|bonjour[^.\n]{0,40}),[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
_FAREWELL = re.compile(
    r"^[ \t]*(?:(?:je vous prie|nous vous prions|veuillez) (?:d[’']agréer|agréer|de croire|croire|recevoir)"
    r"|dans l[’']attente|en vous remerciant|je vous remercie par avance|cordialement|recevez|restant à votre)",
    re.IGNORECASE | re.MULTILINE,
)


@dataclass(frozen=True)
class Hints:
    subject: str = ""
    body: str = ""


def hints_of(text: str) -> Hints:
    """The line « Objet : », and what stands between the greeting and the farewell (the whole text without them)."""
    if not text:
        return Hints()
    named = _SUBJECT.search(text)
    greeting = _GREETING.search(text, named.end() if named else 0)
    rest = text[greeting.end() :] if greeting else text
    farewell = _FAREWELL.search(rest) if greeting else None
    body = rest[: farewell.start()] if farewell else rest
    return Hints(one_line(named.group(1), 250) if named else "", _paragraphs(body)[:LONGEST].rstrip())


def suggested_type(text: str) -> int | None:
    """The id of the request type whose keywords weigh most in the text. One query."""
    if not text:
        return None
    hints = hints_of(text)
    types = RequestType.objects.filter(is_active=True).exclude(keywords=[]).order_by("code")
    match = best_match(
        hints.subject, hints.body, [TypeKeywords(pk, found) for pk, found in types.values_list("pk", "keywords")]
    )
    return match.type_id if match else None


def _paragraphs(text: str) -> str:
    """Lines of one paragraph joined: the page cut them, not the author."""
    blocks = re.split(r"\n[ \t]*\n", text.strip())
    return "\n\n".join(" ".join(block.split()) for block in blocks if block.strip())
