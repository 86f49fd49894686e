"""Who sends a call event: a telephone system that signs it with the secret it shares with us.

The signature is HMAC-SHA256, in hexadecimal, of the timestamp (seconds since 1970), a full stop, and the body as sent.
"""

import hashlib
import hmac
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from channels_intake.models import TelephoneSystem
from core.sealing import Unsealable, unseal

REPLAY_WINDOW = timedelta(minutes=5)  # a system whose clock is further off than this is refused
SYSTEM, TIMESTAMP, SIGNATURE = "X-Guichet-System", "X-Guichet-Timestamp", "X-Guichet-Signature"


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """What the telephone system computes too."""
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


class SignedByTelephoneSystem(BaseAuthentication):
    """``request.auth`` is the `TelephoneSystem`. Without the header that names one, other authentications are tried."""

    def authenticate(self, request: Request) -> tuple[None, TelephoneSystem] | None:
        code = request.headers.get(SYSTEM, "")
        if not code:
            return None
        given = request.headers.get(SIGNATURE, "").removeprefix("sha256=").strip().lower()
        timestamp = request.headers.get(TIMESTAMP, "").strip()
        system = TelephoneSystem.objects.filter(code=code[:20], is_active=True).first()
        try:
            secret = unseal(system.secret) if system else ""
        except Unsealable:
            secret = ""
        # an unknown system costs the same comparison as a wrong signature, and gets the same answer
        expected = signature(secret or "nobody", timestamp, request._request.body)
        is_right = hmac.compare_digest(expected.encode(), given.encode("utf-8", "replace"))
        if not is_right or not secret or system is None:
            raise AuthenticationFailed(_("Unknown telephone system, or wrong signature."), code="bad_signature")
        if not _is_fresh(timestamp):
            raise AuthenticationFailed(
                _("Signed too long ago, or the clock of the telephone system is wrong."), code="stale_signature"
            )
        return None, system

    def authenticate_header(self, request: Request) -> str:
        return "Guichet-Signature"


def _is_fresh(timestamp: str) -> bool:
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) < 12):
        return False
    return abs(timezone.now().timestamp() - int(timestamp)) <= REPLAY_WINDOW.total_seconds()


class _Scheme(OpenApiAuthenticationExtension):
    """How the description of the API names it."""

    target_class = SignedByTelephoneSystem
    name = "telephoneSignature"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": SIGNATURE,
            "description": (
                f"HMAC-SHA256, in hexadecimal, of `timestamp.body` with the secret of the telephone system; `{SYSTEM}` "
                f"gives its code and `{TIMESTAMP}` the timestamp (seconds since 1970, at most five minutes off)."
            ),
        }
