"""How people sign what they write: the lines a signature begins with, and what it says of how to reach them. Pure."""

import re

SIGNATURE = re.compile(r"^-- ?$", re.MULTILINE)  # RFC 3676 §4.3; the space is often lost
DEVICE = re.compile(
    r"^(?:envoy[ée] (?:de|depuis|[àa] partir d[e’'])\b|sent from (?:my|outlook|yahoo|mail)\b"
    r"|(?:t[ée]l[ée]charger|obtenir|get) outlook\b|provenance ?: (?:courrier|mail))[^\n]{0,120}$",
    re.MULTILINE | re.IGNORECASE,
)
CLOSING = re.compile(
    r"^[ \t]*(?:(?:bien|très|tres) )?(?:cordialement|respectueusement|sinc[èe]rement|amicalement|courtoisement"
    r"|bien à vous|(?:sincères |meilleures |cordiales |respectueuses )?salutations|cdlt|cdt"
    r"|bonne (?:journ[ée]e|soir[ée]e))\b[^\n]{0,40}$",
    re.MULTILINE | re.IGNORECASE,
)
PHONE = r"(?:\+33|\b0)[ .]?[1-9](?:[ .-]?\d{2}){4}\b"  # as it is written in France
_PHONE = re.compile(PHONE)
_QUOTED = re.compile(
    r"^(?:[ \t]*>|[> ]*(?:-{2,}[^\n]{2,60}-{2,}|_{20,}|(?:De|From|Envoy[ée]|Sent|Objet|Subject) ?:)"
    r"|[^\n]*(?:a [ée]crit|wrote)\b)",
    re.MULTILINE | re.IGNORECASE,
)
_LONGEST = 4000  # characters


def is_signature(text: str) -> bool:
    """Whether ``text``, folded away under a message, is a signature and quotes nothing."""
    begins = any(expression.match(text) for expression in (SIGNATURE, DEVICE, CLOSING))
    return begins and len(text) <= _LONGEST and not _QUOTED.search(text)


def phones_in(text: str) -> list[str]:
    """The French telephone numbers of a signature, as they are written, without what quotes somebody else."""
    quoted = _QUOTED.search(text[:_LONGEST])
    return _PHONE.findall(text[: quoted.start() if quoted else _LONGEST])
