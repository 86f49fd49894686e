"""A logged-in IMAP connection on the folder of an account, and the few commands it needs."""

import imaplib
import json
import re
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime

from django.utils.translation import gettext as _
from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError, MailboxFolderSelectError

from channels_intake.email.imap.reasons import FAILURES, FetchError, Gone, told_by
from channels_intake.models import Authentication, MailFetch, Security
from core.sealing import seal, unseal
from core.text import one_line

TIMEOUT = 30  # seconds, for each answer of the server
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)", re.IGNORECASE)
_IDLE_OPEN = 0.2  # a connection that is readable and says nothing for less than this was closed


class Folder:
    """The selected folder of a connection. UIDs are whole numbers, counted again when ``uid_validity`` changes."""

    def __init__(self, box: BaseMailBox, name: str) -> None:
        self.box, self.name = box, name
        try:
            box.folder.set(name)
        except MailboxFolderSelectError as error:
            sentence = _("The folder « %(folder)s » cannot be opened: check its name.")
            raise FetchError(sentence % {"folder": name}, told_by(error)) from None
        validity = box.client.response("UIDVALIDITY")[1]
        self.uid_validity = int(validity[0]) if validity and validity[0] else 0
        box.client._get_capabilities()  # many servers tell some of them only once logged in
        self.has_idle = "IDLE" in box.client.capabilities

    def uids_after(self, last: int, since: date | None) -> list[int]:
        """The UIDs above ``last``, lowest first, of mail received on ``since`` or later and not marked as deleted."""
        self.box.client.response("EXISTS")  # what it told until now, this answer knows
        return self._above(last, "UNDELETED" + (f" SINCE {imaplib_date(since)}" if since else ""))

    def marked_after(self, last: int) -> list[int]:
        """The UIDs above ``last`` that are marked as deleted and still there."""
        return self._above(last, "DELETED")

    def _above(self, last: int, criteria: str) -> list[int]:
        """``n:*`` also names the last message when it is below n (RFC 3501 §9)."""
        found = self.box.uids(f"UID {last + 1}:* {criteria}", charset=None)
        return sorted(uid for uid in map(int, found) if uid > last)

    def told_of_more(self) -> bool:
        """Whether the server tells of new mail since `uids_after`, or told of it in its answers meanwhile. It does not
        tell it again, and some only tell what comes once they are waited for (`wait`)."""
        self.box.client.noop()
        return self.box.client.response("EXISTS")[1] != [None]

    def size_and_date(self, uid: int) -> tuple[int, datetime | None]:
        """(bytes, when the server received it). Raises Gone when it is not there any more."""
        told = self._fetch(uid, "(RFC822.SIZE INTERNALDATE)")
        line = b" ".join(part if isinstance(part, bytes) else part[0] for part in told)
        size = _SIZE.search(line)
        when = imaplib.Internaldate2tuple(line)
        at = datetime.fromtimestamp(time.mktime(when), UTC) if when else None
        return int(size[1]) if size else 0, at

    def raw(self, uid: int, *, only_header: bool = False) -> bytes:
        """The message as the server has it, left unread there."""
        told = self._fetch(uid, "(BODY.PEEK[HEADER])" if only_header else "(BODY.PEEK[])")
        literal = next((part[1] for part in told if isinstance(part, tuple)), None)
        if literal is None:
            raise FetchError(_("The server does not give this message."))
        return bytes(literal)

    def _fetch(self, uid: int, parts: str) -> list[bytes | tuple[bytes, bytes]]:
        status, told = self.box.client.uid("FETCH", str(uid), parts)
        if status != "OK":
            raise FetchError(_("The server does not give this message."))
        found = [part for part in told if part]
        if not found:
            raise Gone("The message is gone")
        return found

    def move(self, uid: int, to: str) -> None:
        """Into another folder, made when it is missing. Without MOVE (RFC 6851): copied, then deleted."""
        if not self.box.folder.exists(to):
            self.box.folder.create(to)
        if "MOVE" in self.box.client.capabilities:
            self.box.move(str(uid), to)
        else:
            self.box.copy(str(uid), to)
            self.delete(uid)

    def delete(self, uid: int) -> None:
        """This one only: EXPUNGE would take what somebody else marked (RFC 4315).

        Without UIDPLUS it stays there, marked: mail programs hide it, and the server or a person removes it.
        """
        client = self.box.client
        if client.uid("STORE", str(uid), "+FLAGS.SILENT", r"(\Deleted)")[0] != "OK":
            raise FetchError(_("The server does not let this message be deleted."))
        if "UIDPLUS" in client.capabilities:
            client.uid("EXPUNGE", str(uid))

    def wait(self, seconds: float) -> bool:
        """Wait for the server to tell of a change (RFC 2177), at most ``seconds``; whether it did.

        Raises OSError when the connection was closed meanwhile.
        """
        started = time.monotonic()
        told = self._told_already() or self.box.idle.poll(timeout=seconds)
        if not told and time.monotonic() - started < min(_IDLE_OPEN, seconds / 2):
            raise ConnectionError("The server closed the connection")
        return any(b"EXISTS" in line or b"RECENT" in line for line in told)

    def _told_already(self) -> list[bytes]:
        """What came together with an earlier answer: it is read from the socket, so that no poll tells of it."""
        client, told = self.box.client, list[bytes]()
        timeout = client.sock.gettimeout()
        client.sock.settimeout(0)
        try:
            while True:
                told.append(client._get_line())
        except (OSError, imaplib.IMAP4.abort):
            return told
        finally:
            client.sock.settimeout(timeout)


def imaplib_date(day: date) -> str:
    """``01-Nov-2026``, whatever the locale (RFC 3501)."""
    months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    return f"{day.day:02d}-{months[day.month - 1]}-{day.year}"


@contextmanager
def opened(account: MailFetch, timeout: float = TIMEOUT) -> Iterator[Folder]:
    """The account's folder, logged in. ``timeout``: seconds for each answer. Raises one of FAILURES."""
    box = _connected(account, timeout)
    try:
        try:
            _log_in(box, account)
        except (ImapToolsError, imaplib.IMAP4.error) as error:
            raise FetchError(_("The server refuses the user name or the password."), told_by(error)) from None
        yield Folder(box, account.folder)
    finally:
        try:
            box.client.logout()
        except FAILURES:
            box.client.shutdown()


def _connected(account: MailFetch, timeout: float) -> BaseMailBox:
    where = (account.host, account.port)
    if account.security == Security.NONE:
        return MailBoxUnencrypted(*where, timeout=timeout)
    context = ssl.create_default_context()
    if account.security == Security.STARTTLS:
        return MailBoxStartTls(*where, timeout=timeout, ssl_context=context)
    return MailBox(*where, timeout=timeout, ssl_context=context)


def _log_in(box: BaseMailBox, account: MailFetch) -> None:
    secret = unseal(account.secret) if account.secret else ""
    if account.authentication == Authentication.XOAUTH2:
        token = access_token(account, secret) if account.token_url else secret
        box.xoauth2(account.username, token, initial_folder=None)
    elif (account.username + secret).isascii():
        box.login(account.username, secret, initial_folder=None)
    else:
        box.login_utf8(account.username, secret, initial_folder=None)


def access_token(account: MailFetch, secret: str) -> str:
    """A fresh access token (RFC 6749 §6 with a refresh token, §4.4 without). Raises FetchError."""
    fields = {"client_id": account.client_id, "client_secret": secret, "grant_type": "client_credentials"}
    if account.refresh_token:
        fields |= {"grant_type": "refresh_token", "refresh_token": unseal(account.refresh_token)}
    if account.token_scope:
        fields["scope"] = account.token_scope
    if not account.token_url.startswith(("https://", "http://127.0.0.1:", "http://localhost:")):
        raise FetchError(_("The address that gives tokens must start with https://."))
    request = urllib.request.Request(account.token_url, data=urllib.parse.urlencode(fields).encode())  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as response:  # noqa: S310 - checked above
            answer = json.loads(response.read(100_000))
    except urllib.error.HTTPError as error:
        told = error.read(2000).decode("utf-8", "replace")
        raise FetchError(_("No token was given: %(told)s") % {"told": one_line(f"{error.code} {told}", 250)}) from None
    except ValueError:
        answer = None
    token = answer.get("access_token") if isinstance(answer, dict) else None
    if not isinstance(token, str):
        raise FetchError(_("No token was given: %(told)s") % {"told": account.token_url})
    renewed = answer.get("refresh_token") if isinstance(answer, dict) else None
    if account.refresh_token and isinstance(renewed, str) and renewed != fields["refresh_token"]:
        _token_keep(account, renewed)
    return token


def _token_keep(account: MailFetch, renewed: str) -> None:
    """The refresh token that replaces the one just used (RFC 6749 §6), unless somebody typed another meanwhile."""
    rows, sealed = MailFetch.objects.filter(pk=account.pk, refresh_token=account.refresh_token), seal(renewed)
    account.refresh_token = sealed
    if account.pk is not None:
        rows.update(refresh_token=sealed)
