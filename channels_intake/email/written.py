"""What a message says, of its texts and of its pages (HTML), in the order they come. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from channels_intake.email.html_text import clean_html, html_to_text

_META = re.compile(rb"<meta\b[^>]{0,500}?\bcharset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]{2,40})", re.IGNORECASE)
_META_WITHIN = 4096  # bytes
PAGES_LIMIT = 1_000_000  # characters of HTML that are read
PAGES = 50  # pages that are: those beyond are joined as a file
_STUB = 300  # characters: « votre logiciel ne peut pas afficher ce message au format HTML »


@dataclass(frozen=True)
class Written:
    """A text, or a page. ``group``: which multipart/alternative it is in, the outermost; 0 for none."""

    text: str
    is_page: bool = False
    group: int = 0


def said(written: Sequence[Written]) -> tuple[str, bool]:
    """The text of a message, and whether some of it was only in a page.

    Of alternatives the text is enough, unless it only says that there is a page. Elsewhere a page says something of its
    own: Apple Mail and the programs that add a line below a message write so.
    """
    pages = _page_texts(written)
    stubs = _stubs(written, pages)
    texts = {each.group for each in written if not each.is_page and each.text.strip() and each not in stubs}
    found: list[str] = []
    squeezed = ""
    has_page = False
    for each in written:
        if not each.is_page:
            told = each.text if each.group in texts or each.group not in pages else ""
        elif each.group and each.group in texts:
            continue
        else:
            told = pages[each.group].pop(0) if pages[each.group] else ""
            told = "" if _squeezed(told) in squeezed else told
            has_page = has_page or bool(told)
        if told.strip():
            found.append(told)
            squeezed += _squeezed(told) if pages else ""
    return "\n\n".join(found).strip(), has_page


def _page_texts(written: Sequence[Written]) -> dict[int, list[str]]:
    """Group → the texts of its pages, in order, when they may be wanted; no more than a person reads."""
    enough = {each.group for each in written if each.group and not each.is_page and each.text.strip()}
    enough -= {each.group for each in written if _may_be_stub(each)}
    found: dict[int, list[str]] = {}
    left, pages = PAGES_LIMIT, PAGES
    for each in written:
        if each.is_page:
            texts = found.setdefault(each.group, [])
            if each.group not in enough and pages and left:
                texts.append(html_to_text(clean_html(each.text[:left])))
                left, pages = max(0, left - len(each.text)), pages - 1
    return found


def meta_charset(page: bytes) -> str | None:
    """The charset that a page gives itself, for want of a header that says it."""
    found = _META.search(page[:_META_WITHIN])
    return found[1].decode("ascii") if found else None


def unflowed(text: str, *, joins_words: bool) -> str:
    """Paragraphs on one line each, of a text that was folded with a space at the end of its lines (RFC 3676 §4).
    ``joins_words``: DelSp, that space is no part of the text."""
    lines: list[tuple[int, list[str]]] = []
    goes_on = False
    for line in text.split("\n"):
        bare = line.lstrip(">")
        depth = len(line) - len(bare)
        bare = bare.removeprefix(" ")
        is_flowed = bare.endswith(" ") and bare != "-- "
        kept = bare[:-1] if is_flowed and joins_words else bare
        if goes_on and lines[-1][0] == depth and bare != "-- ":
            lines[-1][1].append(kept)
        else:
            lines.append((depth, [kept]))
        goes_on = is_flowed
    return "\n".join(f"{'>' * depth} {''.join(line)}" if depth else "".join(line) for depth, line in lines)


def _may_be_stub(text: Written) -> bool:
    return bool(text.group) and not text.is_page and len(text.text) <= _STUB and "html" in text.text.lower()


def _stubs(written: Iterable[Written], pages: Mapping[int, list[str]]) -> set[Written]:
    """The short texts that speak of HTML, beside a page that says something else. None when they are more than PAGES:
    no program writes so, and looking for each in the page would take hours."""
    found = set(filter(_may_be_stub, written))
    if len(found) > PAGES:
        return set()
    whole = {group: _squeezed(*texts) for group, texts in pages.items()}
    return {each for each in found if (page := whole.get(each.group)) and _squeezed(each.text) not in page}


def _squeezed(*texts: str) -> str:
    return "".join("".join(texts).split())
