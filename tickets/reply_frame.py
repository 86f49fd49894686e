"""The formal frame of a reply: no answer of the town hall leaves without a greeting and a closing formula. Pure.

What the agent wrote is recognised, in French and in the languages people write in most; what lacks is added, never what
is there already. A decision is greeted as a letter is.
"""

import re

from core.text import fold

GREETING, FORMAL_GREETING = "Bonjour,", "Madame, Monsieur,"
CLOSING = "Cordialement,"
FORMAL_CLOSING = "Je vous prie d’agréer, Madame, Monsieur, l’expression de ma considération distinguée."

_HELLO = re.compile(
    r"(?:re-?)?(?:bonjour|bonsoir|chere?s?\b|hello|hi\b|dear\b|good (?:morning|afternoon|evening)|hola|estimad"
    r"|buen[oa]s|ola\b|bom dia|boa tarde|guten|sehr geehrte|hallo|ciao|buongiorno|gentile|salam|merhaba|miredita)"
)
_HELLO_ELSEWHERE = ("مرحب", "السلام", "здравств", "добрый", "您好", "你好", "γεια", "доброго")
_TITLE = re.compile(r"(?:mesdames|madame|monsieur|messieurs|mademoiselle|maitre|docteur)\b[^.:;]{0,60}(?:,|!|$)")
_BYE = re.compile(
    r"cordialement|salutations|bien a vous|respectueu|agreer|consideration distinguee|courtoisement|bonne journee"
    r"|bonne soiree|bon week-?end|regards|sincerely|saludos|atentamente|cumprimentos|gruss|gruess|cordiali saluti"
    r"|a bientot"
)
_SIGNED = re.compile(
    r"(?:(?:pour )?(?:l'equipe|le service|les services|la mairie|la direction|le maire|votre (?:mairie|service)|equipe"
    r"|service|mairie|direction)\b)[^.!?:;,\d]*"
)
_BYE_ELSEWHERE = ("تحيات", "уважением", "此致")
_LONGEST_FORMULA = 160  # a longer last line says something else too
_LONGEST_GREETING = 40


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip()]


def _is_greeting(line: str) -> bool:
    folded = fold(line)
    return bool(_HELLO.match(folded) or _TITLE.match(folded)) or line.strip().casefold().startswith(_HELLO_ELSEWHERE)


def _is_closing(line: str) -> bool:
    return bool(_BYE.search(fold(line))) or any(word in line.casefold() for word in _BYE_ELSEWHERE)


def has_greeting(text: str) -> bool:
    lines = _lines(text)
    return bool(lines) and _is_greeting(lines[0])


def ungreeted(text: str) -> str:
    """``text`` without the greeting that stands on its first line alone: what a few words of it should begin with."""
    lines = _lines(text)
    if len(lines) > 1 and len(lines[0]) <= _LONGEST_GREETING and _is_greeting(lines[0]):
        del lines[0]
    return "\n".join(lines)


def has_closing(text: str) -> bool:
    """A closing formula among the last four lines: a signature may follow it."""
    return any(_is_closing(line) for line in _lines(text)[-4:])


def framed(text: str, *, is_decision: bool = False) -> str:
    """``text`` between a greeting and a closing formula, its own where it has them; who signs stays last."""
    parts = [text.strip()]
    if not has_closing(text):
        written, signed = _unsigned(parts[0])
        parts = [written, FORMAL_CLOSING if is_decision else CLOSING, *signed]
    if not has_greeting(text):
        parts.insert(0, FORMAL_GREETING if is_decision else GREETING)
    return "\n\n".join(parts)


def _unsigned(text: str) -> tuple[str, list[str]]:
    """(``text`` without its last line, [that line]) when this line, a paragraph of its own, is who signs."""
    *lines, last = text.splitlines() or [""]
    written = "\n".join(lines).strip()
    if not written or lines[-1].strip() or len(last) > _LONGEST_GREETING or not _SIGNED.fullmatch(fold(last)):
        return text, []
    return written, [last.strip()]


def unframed(text: str) -> str:
    """``text`` without the line that greets and what follows the formula that closes, for what has its own."""
    lines = text.strip().splitlines()
    if lines and _is_greeting(lines[0]) and lines[0].rstrip().endswith((",", "!", ".")) and len(lines[0]) < 80:
        lines = lines[1:]
    filled = [number for number, line in enumerate(lines) if line.strip()][-4:]
    for number in filled:
        if _is_closing(lines[number]) and len(lines[number]) <= _LONGEST_FORMULA:
            lines = lines[:number]
            break
    return "\n".join(lines).strip()
