"""Secrets that we must be able to read again (to sign, to log in elsewhere), sealed before they reach the database.

The key is derived from SECRET_KEY: a dump of the database alone gives nothing. When SECRET_KEY changes they must be
given again.
"""

import base64

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


class Unsealable(ValueError):
    """Sealed with another SECRET_KEY, or not sealed at all."""


def seal(text: str) -> str:
    """``text`` as ASCII that only this installation can read again."""
    return _key().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """What `seal` was given. Raises `Unsealable`."""
    try:
        return _key().decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise Unsealable("this secret was sealed with another SECRET_KEY") from None


def _key() -> Fernet:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"guichet sealed secrets")
    return Fernet(base64.urlsafe_b64encode(derived.derive(settings.SECRET_KEY.encode())))
