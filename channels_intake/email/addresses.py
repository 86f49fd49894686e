"""Addresses and Message-IDs as headers carry them. Pure."""

import re
from email.utils import getaddresses

# printable ASCII between brackets: anything else cannot be quoted back in a References header (RFC 5322 §3.6.4)
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,250}>")
_BARE_MESSAGE_ID = re.compile(r"[!-;=?-~]{1,248}@[!-;=?-~]{1,248}")
_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"'@]+@[^\s<>()\[\],;:\"'@]+")
MESSAGE_ID_MAX = 250


def message_ids(value: str) -> list[str]:
    """The Message-IDs of a header value, in order, once each, with their angle brackets."""
    found = _MESSAGE_ID.findall(value)
    if not found and (bare := _BARE_MESSAGE_ID.search(value)):
        found = [f"<{bare[0]}>"]
    return list(dict.fromkeys(one for one in found if len(one) <= MESSAGE_ID_MAX))


def bare_address(address: str) -> str:
    """``accueil+voirie@ville.example`` → ``accueil@ville.example`` (RFC 5233 subaddressing)."""
    local, at, domain = address.rpartition("@")
    return f"{local.partition('+')[0]}{at}{domain}" if at else address


def first_mailbox(value: str) -> tuple[str, str]:
    """(display name still encoded, address) of the first usable address of a From-like header; else empty."""
    value = value[:5000]
    try:
        pairs = getaddresses([value])
    except (ValueError, IndexError, TypeError):  # the standard parser trips on some hostile values
        pairs = []
    for name, address in pairs:
        if _ADDRESS.fullmatch(address.strip()) and len(address) <= 254:
            return name, address.strip()
    found = _ADDRESS.search(value)
    if found and len(found[0]) <= 254:
        return value[: found.start()].strip(" \t\"'<"), found[0]
    return (pairs[0][0] if pairs else ""), ""
