"""Public references: ``G-7K3M9-QT2XC``. Pure.

Nine random symbols (44 bits, so that guessing is hopeless) and a check symbol: a weighted sum modulo 31, a prime, which
catches every single wrong symbol and every swap of two symbols. The alphabet has no 0, O, 1, I or L.
"""

import re
import secrets

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_VALUE = {symbol: value for value, symbol in enumerate(ALPHABET)}
_IN_TEXT = re.compile(  # people write a space or a dash of their own where the hyphens are
    r"\bG[ \u00a0\u2010-\u2014-]?([2-9A-HJKMNP-Z]{5})[ \u00a0\u2010-\u2014-]?([2-9A-HJKMNP-Z]{5})\b", re.IGNORECASE
)


def check_symbol(symbols: str) -> str:
    """The check symbol of nine symbols."""
    return ALPHABET[sum((i + 1) * _VALUE[symbol] for i, symbol in enumerate(symbols)) % len(ALPHABET)]


def new_reference() -> str:
    symbols = "".join(secrets.choice(ALPHABET) for _ in range(9))
    whole = symbols + check_symbol(symbols)
    return f"G-{whole[:5]}-{whole[5:]}"


def parse_reference(typed: str) -> str | None:
    """The reference in its canonical form, whatever the case, spaces and hyphens; None when it cannot be one."""
    symbols = re.sub(r"[\s\-–—._]", "", typed).upper()
    if len(symbols) == 11 and symbols[0] == "G":
        symbols = symbols[1:]
    if len(symbols) != 10 or any(symbol not in _VALUE for symbol in symbols):
        return None
    if check_symbol(symbols[:9]) != symbols[9]:
        return None
    return f"G-{symbols[:5]}-{symbols[5:]}"


def references_in(text: str) -> list[str]:
    """Every valid reference quoted in a text, in order, once each."""
    found = (parse_reference("".join(match.groups())) for match in _IN_TEXT.finditer(text))
    return list(dict.fromkeys(reference for reference in found if reference))
