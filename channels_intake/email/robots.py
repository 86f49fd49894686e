"""Mail that no person wrote, which must never be answered by a machine (RFC 3834). Pure."""

import re
from collections.abc import Mapping, Sequence

_SENDERS = re.compile(
    r"(?:mailer-daemon|postmaster|no-?_?reply|do-?not-?reply|ne-?pas-?repondre|bounces?|owner-[^@]*|[^@]*-bounces?)"
    r"(?:[+=][^@]*)?@.*",
    re.IGNORECASE,
)
# what programs without RFC 3834 headers put before the subject of an absence message
_ABSENT = re.compile(
    r"(?:(?:re|réponse|rép)\s*:\s*)?(?:réponse automatique|message automatique|absence du bureau|absent(?:e)? du bureau"
    r"|absence\s*:|en congés?\s*:|je suis (?:actuellement )?absent"
    r"|auto(?:matic)?[ -]?reply|auto(?:matic)? response|auto\s*:|out of (?:the )?office|on vacation\b|abwesenheit)",
    re.IGNORECASE,
)
Headers = Mapping[str, Sequence[str]]


def automatic_reason(headers: Headers, *, sender: str, envelope_from: str, subject: str = "") -> str:
    """Why the message is automatic, in one technical word; empty when a person seems to have written it.

    ``headers``: lower-case name → values. ``envelope_from`` is ``<>`` for the null reverse-path, empty when unknown.
    """

    def values(name: str) -> list[str]:
        return [value.strip().lower() for value in headers.get(name, ())]

    if any(re.split(r"[;\s(]", value, maxsplit=1)[0] not in {"", "no"} for value in values("auto-submitted")):
        return "auto-submitted"
    if any(value in {"bulk", "junk", "list", "auto_reply"} for value in values("precedence")):
        return "precedence"
    if any("list-id" in headers or f"list-{name}" in headers for name in ("unsubscribe", "post", "help")):
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
    return "absence" if _ABSENT.match(subject.replace("\u00a0", " ").strip()) else ""
