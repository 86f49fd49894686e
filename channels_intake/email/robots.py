"""Mail that no person wrote, which must never be answered by a machine (RFC 3834). Pure."""

import re
from collections.abc import Mapping, Sequence

_SENDERS = re.compile(
    r"(?:mailer-daemon|postmaster|no-?_?reply|do-?not-?reply|ne-?pas-?repondre|bounces?|owner-[^@]*|[^@]*-bounces?)"
    r"(?:[+=][^@]*)?@.*",
    re.IGNORECASE,
)
# programs that tell people things, and never that a message was not delivered
_NOTIFIERS = re.compile(
    r"(?:[^@]*[-_.])?(?:no[-_.]?reply|do[-_.]?not[-_.]?reply|ne[-_.]?pas[-_.]?repondre|notifications?|newsletters?)"
    r"(?:[-_.][^@]*)?(?:[+=][^@]*)?@.*",
    re.IGNORECASE,
)
# what programs without RFC 3834 headers put before the subject of an absence message
_ABSENT = re.compile(
    r"(?:(?:re|réponse|rép)\s*:\s*)?(?:réponse automatique|message automatique|absence du bureau|absent(?:e)? du bureau"
    r"|absence\s*:|message d['’]absence|en (?:congés?|vacances)(?:\s*:|\s+(?:jusqu|du \d|à partir du \d))"
    r"|(?:congés?|vacances)\s*[:-]\s*(?:re|rép)\s*:"
    r"|absent(?:e)? (?:jusqu['’ ]|du \d|à partir du \d|ce jour\b)"
    r"|je suis (?:actuellement )?(?:absent|en (?:congés?|vacances) (?:jusqu|du \d|à partir du \d))"
    r"|auto(?:matic)?[ -]?reply|auto(?:matic)? response|auto\s*:|out of (?:the )?office|on vacation\b|abwesenheit)",
    re.IGNORECASE,
)
# a citizen may write so too: these count only in an answer to one of our messages
_BARE_SUBJECT = re.compile(r"(?:absence|absent(?:e)?|congés?|en congés?|vacances|en vacances)[ .!]*", re.IGNORECASE)
_AWAY = re.compile(
    r"\b(?:je (?:suis|serai) (?:actuellement |momentanément )?(?:absente?|en congés?|en vacances|en déplacement"
    r"|indisponible)|actuellement (?:absente?|en congés?)"
    r"|i am (?:currently )?(?:out of (?:the )?office|on (?:leave|holiday)))\b",
    re.IGNORECASE,
)
_FORMULA = re.compile(
    r"(?:en|pendant|durant) mon absence|en cas d['’]urgence|pour toute urgence|[àa] mon retour|d[èe]s mon retour"
    r"|votre (?:message|mail|courriel|demande)|(?:contacter|joindre|adresser|rapprocher)\b|upon my return"
    r"|urgent matter",
    re.IGNORECASE,
)
_ABSENCE_READ = 300
Headers = Mapping[str, Sequence[str]]


def automatic_reason(headers: Headers, *, sender: str, envelope_from: str, subject: str = "") -> str:
    """Why the message is automatic, in one technical word; empty when a person seems to have written it.

    ``headers``: lower-case name → values. ``envelope_from`` is ``<>`` for the null reverse-path, empty when unknown.
    """

    def values(name: str) -> list[str]:
        return [value.strip().lower() for value in headers.get(name, ())]

    if any(re.split(r"[;\s(]", value, maxsplit=1)[0] not in {"", "no"} for value in values("auto-submitted")):
        return "auto-submitted"
    if any(value in {"bulk", "junk", "list", "auto_reply", "auto-reply"} for value in values("precedence")):
        return "precedence"
    if any(name.startswith("list-") for name in headers):
        return "list"
    suppressed = {part.strip() for value in values("x-auto-response-suppress") for part in value.split(",")}
    if suppressed & {"all", "autoreply", "oof"}:
        return "x-auto-response-suppress"
    if any(name in headers for name in ("x-autoreply", "x-autorespond", "x-autoresponder", "x-failed-recipients")):
        return "x-autoreply"
    if any(value.startswith("multipart/report") for value in values("content-type")):
        return "report"
    if envelope_from == "<>" or any(value == "<>" for value in values("return-path")):
        return "null-sender"
    if _SENDERS.fullmatch(sender) or (envelope_from and _SENDERS.fullmatch(envelope_from)):
        return "sender"
    if _NOTIFIERS.fullmatch(sender):
        return "notifier"
    return "absence" if _ABSENT.match(subject.replace("\u00a0", " ").strip()) else ""


def reads_nothing(address: str) -> bool:
    """True when nobody reads what is sent to ``address``."""
    return bool(_SENDERS.fullmatch(address) or _NOTIFIERS.fullmatch(address))


def looks_absent(subject: str, text: str) -> bool:
    """True when an answer to a message of ours is likely what a program sends for somebody away. Only the beginning of
    the text counts; who asks something is a person."""
    head = text[:_ABSENCE_READ]
    if "?" in head:
        return False
    return bool(_BARE_SUBJECT.fullmatch(subject.strip()) or (_AWAY.search(head) and _FORMULA.search(head)))
