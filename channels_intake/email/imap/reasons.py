"""Why an account cannot be fetched: a sentence for whoever configures it, and what the machine said."""

import errno
import imaplib
import socket
import ssl
from dataclasses import dataclass

from django.utils.translation import gettext as _
from imap_tools.errors import ImapToolsError

from core.sealing import Unsealable
from core.text import one_line

_LIMIT = 300  # characters that `MailFetch.last_error` holds
_FAR = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN}


class FetchError(Exception):
    """Why an account cannot be fetched, in a sentence; ``told`` is what the server said."""

    def __init__(self, sentence: str, told: str = "") -> None:
        super().__init__(sentence)
        self.told = told


class Gone(FetchError):
    """The message is not in the folder any more: somebody moved or deleted it."""


FAILURES = (FetchError, ImapToolsError, imaplib.IMAP4.error, OSError, ValueError)


@dataclass(frozen=True)
class Reason:
    """``sentence`` in the reader's language, ``technical`` as the machine wrote it. Neither has a secret."""

    sentence: str
    technical: str = ""

    def __str__(self) -> str:
        """On one line, for the account's page."""
        return one_line(f"{self.sentence} ({self.technical})" if self.technical else self.sentence, _LIMIT)


def reason_of(error: BaseException) -> Reason:
    inner = getattr(error, "reason", None)  # what `urllib` wraps
    if isinstance(error, OSError) and isinstance(inner, OSError):
        error = inner
    if isinstance(error, FetchError):
        return Reason(str(error), one_line(error.told, _LIMIT))
    sentence = _sentence(error)
    technical = error.verify_message if isinstance(error, ssl.SSLCertVerificationError) else told_by(error)
    return Reason(sentence, one_line(technical, _LIMIT))


def _sentence(error: BaseException) -> str:
    if isinstance(error, Unsealable):
        return _("The password kept here cannot be read any more: SECRET_KEY was changed. Type it again.")
    if isinstance(error, socket.gaierror):
        return _("No server has this name: check it, and the network of this machine.")
    if isinstance(error, ConnectionRefusedError):
        return _("The server refuses the connection: check the port and the security.")
    if isinstance(error, TimeoutError):
        return _("The server did not answer in time.")
    if isinstance(error, ssl.SSLCertVerificationError):
        return _("The certificate of the server is not trusted: check its name and its authority.")
    if isinstance(error, ssl.SSLError):
        return _("The server does not speak TLS there: check the port and the security.")
    if isinstance(error, ConnectionError):
        return _("The server closed the connection.")
    if isinstance(error, OSError) and error.errno in _FAR:
        return _("The server cannot be reached from this machine: check the network.")
    return _("The server did not do what it was asked.")


def told_by(error: BaseException) -> str:
    """What the server said, without what the library wraps around it."""
    result = getattr(error, "command_result", None)
    if isinstance(result, tuple) and len(result) > 1 and isinstance(result[1], list) and result[1]:
        return b" ".join(part for part in result[1] if isinstance(part, bytes)).decode("utf-8", "replace")
    return str(error) or type(error).__name__
