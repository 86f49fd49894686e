"""Telling a failure that will pass from one that never will."""

import smtplib
from dataclasses import dataclass

from django.core.mail import BadHeaderError

_OURS = {421, 450, 451, 452, 454, 530, 534, 535, 538}  # RFC 5321 and 4954: the server or our account, not the message


@dataclass(frozen=True)
class Failure:
    """``is_permanent``: the message is refused for good. ``stops_batch``: the server itself cannot be used now."""

    reason: str
    is_permanent: bool
    stops_batch: bool = False


def failure_of(error: Exception) -> Failure:
    """What to do about an exception raised by a mail backend while sending one message."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, text = next(iter(error.recipients.values()), (450, b""))
        return Failure(_words(code, text), is_permanent=_is_permanent(code))
    if isinstance(error, smtplib.SMTPConnectError | smtplib.SMTPHeloError | smtplib.SMTPAuthenticationError):
        return Failure(_words(error.smtp_code, error.smtp_error), is_permanent=False, stops_batch=True)
    if isinstance(error, smtplib.SMTPResponseException):
        permanent = _is_permanent(error.smtp_code)
        return Failure(_words(error.smtp_code, error.smtp_error), permanent, stops_batch=error.smtp_code in _OURS)
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return Failure(str(error), is_permanent=True)
    if isinstance(error, OSError):  # smtplib's own SMTPException is one, and so are time-outs and refused connections
        return Failure(f"{type(error).__name__}: {error}", is_permanent=False, stops_batch=True)
    if isinstance(error, BadHeaderError | UnicodeError | ValueError):
        return Failure(f"{type(error).__name__}: {error}", is_permanent=True)
    return Failure(f"{type(error).__name__}: {error}", is_permanent=False)


def _is_permanent(code: int) -> bool:
    return 500 <= code < 600 and code not in _OURS


def _words(code: int, text: bytes | str) -> str:
    return f"{code} {text.decode('utf-8', 'replace') if isinstance(text, bytes) else text}"
