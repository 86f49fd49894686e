"""Raw mail into the database, before anything reads it. Blocking: the receiver calls this in threads."""

import hashlib
import re
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from channels_intake.email.addresses import bare_address, message_ids
from channels_intake.models import InboundMail, Mailbox
from directory.models import Town

T = TypeVar("T")
NULL_SENDER = "<>"  # the null reverse-path of RFC 5321, told apart from a sender that is not known
_HEADER_LIMIT = 256 * 1024
_MESSAGE_ID = re.compile(rb"^message-id[ \t]*:((?:[^\r\n]|\r?\n[ \t])*)", re.IGNORECASE | re.MULTILINE)
_RETURN_PATH = re.compile(rb"^return-path[ \t]*:[ \t]*<([!-;=?-~]{0,250})>", re.IGNORECASE | re.MULTILINE)
_HEADER_END = re.compile(rb"\r?\n\r?\n")
_KEY_LENGTH = 200  # what `channels_intake.pipeline` compares


def external_id_of(raw: bytes) -> str:
    """What tells this message from another: its Message-ID, or a digest of it when there is none that can be used."""
    end = _HEADER_END.search(raw, 0, _HEADER_LIMIT)
    found = _MESSAGE_ID.search(raw[: end.start() if end else _HEADER_LIMIT])
    ids = message_ids(found[1].decode("ascii", "replace")) if found else []
    if ids and len(ids[0]) <= _KEY_LENGTH:
        return ids[0]
    return f"sha256:{hashlib.sha256(raw).hexdigest()}"


def return_path(raw: bytes) -> str | None:
    """The SMTP sender as the delivering server wrote it (RFC 5321 §4.4): empty when null, None when not written."""
    end = _HEADER_END.search(raw, 0, _HEADER_LIMIT)
    found = _RETURN_PATH.search(raw[: end.start() if end else _HEADER_LIMIT])
    return found[1].decode("ascii") if found else None


def mail_store(
    *,
    mailbox_ids: Iterable[int],
    raw: bytes,
    envelope_from: str | None,
    received_at: datetime | None = None,
    is_mute: bool = False,
) -> list[int]:
    """Store one row per mailbox in one statement, hence one transaction; the ids of the new ones.

    ``envelope_from`` is the SMTP sender: empty for the null one, None when it is not known (IMAP). ``received_at``:
    now when None. A message already known to a mailbox (same Message-ID) is left as it is. Raises django.db.Error when
    the database cannot take it: nothing is stored then.
    """
    external_id = external_id_of(raw)
    sender = "" if envelope_from is None else (envelope_from or NULL_SENDER).replace("\x00", "")[:254]
    now = timezone.now()
    ids = sorted(set(mailbox_ids))
    table = InboundMail._meta.db_table
    values = ", ".join(["(%s, %s, %s, %s, %s, 'stored', '', 0, '', %s, %s, %s)"] * len(ids))
    row = (external_id, sender, raw, len(raw), is_mute, received_at or now, now)
    parameters = [value for pk in ids for value in (pk, *row)]

    def insert() -> list[int]:
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {table} (mailbox_id, external_id, envelope_from, raw, size, status, outcome, attempts,"  # noqa: S608
                f" note, is_mute, received_at, stored_at) VALUES {values}"
                " ON CONFLICT (mailbox_id, external_id) DO NOTHING RETURNING id",
                parameters,
            )
            return [row[0] for row in cursor.fetchall()]

    return with_fresh_connection(insert)


def with_fresh_connection(work: Callable[[], T]) -> T:
    """Do ``work``; once more on a new connection when the one at hand was cut (a restarted database)."""
    try:
        return work()
    except (OperationalError, InterfaceError):
        connection.close()
    try:
        return work()
    except (OperationalError, InterfaceError):
        connection.close()
        raise


class Addresses:
    """The town's active addresses, read again every few seconds and whenever an unknown one is asked for."""

    FRESH_SECONDS = 5.0
    UNKNOWN_SECONDS = 0.5

    def __init__(self) -> None:
        self._known: dict[str, int] = {}
        self._read_at = float("-inf")

    def find(self, recipient: str) -> int | None:
        """The id of the mailbox of ``recipient`` (any case, ``+tag`` allowed); None when it is not ours.

        While the database is out of reach the addresses known before are still accepted; raises django.db.Error for
        the others.
        """
        age = time.monotonic() - self._read_at
        found = self._look_up(recipient)
        if age > (self.FRESH_SECONDS if found is not None else self.UNKNOWN_SECONDS):
            try:
                self._known = with_fresh_connection(read_addresses)
                self._read_at = time.monotonic()
            except (OperationalError, InterfaceError):
                if found is None:
                    raise
                return found
            found = self._look_up(recipient)
        return found

    def _look_up(self, recipient: str) -> int | None:
        address = recipient.strip().lower()
        return self._known.get(address, self._known.get(bare_address(address)))


def read_addresses() -> dict[str, int]:
    """Lower-case address → mailbox id, of the active mailboxes. The town's general address gets its mailbox here."""
    general = Town.objects.values_list("email", flat=True).first()
    rows = list(Mailbox.objects.order_by("-pk").values_list("pk", "address", "is_active"))
    if general and general.lower() not in {address.lower() for _, address, _ in rows}:
        mailbox, _ = Mailbox.objects.get_or_create(address=general.lower())
        rows.append((mailbox.pk, mailbox.address, mailbox.is_active))
    return {address.lower(): pk for pk, address, active in rows if active}
