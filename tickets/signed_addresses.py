"""The address a service answers to: ``mairie+s12-g7k3m9qt2xc-<signature>@ville.example``.

The tag of the town's own mailbox (RFC 5233) says the service and the ticket; its signature says that we wrote it. Only
the case of letters may change on the way. It proves what is answered, never who answers.
"""

import base64
import re
from dataclasses import dataclass

from django.utils.crypto import constant_time_compare, salted_hmac

from tickets.references import parse_reference

_TAG = re.compile(r"\+s([0-9]{1,9})-(g[2-9a-hjkmnp-z]{10})-([a-z2-7]{16})@", re.IGNORECASE)
_SIGNATURE_BYTES = 10  # 80 bits, 16 letters: the part before the @ holds 64 characters (RFC 5321 §4.5.3.1.1)


@dataclass(frozen=True)
class Signed:
    service_id: int
    reference: str


def service_address(mailbox: str, signed: Signed) -> str:
    """The address of ``mailbox`` (the town's) where a service answers about a ticket."""
    local, _, domain = mailbox.rpartition("@")
    compact = signed.reference.replace("-", "").lower()
    signature = _signature(signed)
    return f"{local.partition('+')[0]}+s{signed.service_id}-{compact}-{signature}@{domain}"


def signed_in(text: str) -> Signed | None:
    """What the first address of ours in ``text`` says; None when no signature is right."""
    for service_id, compact, signature in _TAG.findall(text):
        reference = parse_reference(compact)
        if reference is None:
            continue
        signed = Signed(int(service_id), reference)
        if constant_time_compare(signature.lower(), _signature(signed)):
            return signed
    return None


def _signature(signed: Signed) -> str:
    value = f"{signed.service_id}:{signed.reference}"
    digest = salted_hmac("tickets.signed_addresses", value, algorithm="sha256").digest()
    return base64.b32encode(digest[:_SIGNATURE_BYTES]).decode().lower()
