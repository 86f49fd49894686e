"""Raw mail into the database, before anything reads it. Blocking: the receiver calls this in threads."""

import hashlib
import re
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from itertools import chain
from typing import Any, TypeVar

import psycopg
from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from channels_intake.email.addresses import bare_address, message_ids
from channels_intake.email.headers import halves, headers_in
from channels_intake.models import InboundMail, Mailbox
from directory.models import Town

T = TypeVar("T")
NULL_SENDER = "<>"  # the null reverse-path of RFC 5321, told apart from a sender that is not known
_MESSAGE_ID = re.compile(rb"^message-id[ \t]*:((?:[^\r\n]|\r?\n[ \t])*)", re.IGNORECASE | re.MULTILINE)
_RETURN_PATH = re.compile(rb"^return-path[ \t]*:[ \t]*<([!-;=?-~]{0,250})>", re.IGNORECASE | re.MULTILINE)
_KEY_LENGTH = 200  # what `channels_intake.pipeline` compares
_SHORT_KEY = 160  # with a digest behind
_FOLDED = re.compile(rb"\n[ \t]+")
_WRITTEN = re.compile(
    rb"(?:from|sender|reply-to|to|cc|subject|date|in-reply-to|references|message-id|content-[a-z-]+)[ \t]*:",
    re.IGNORECASE,
)
FIRST_SWEEP = 10  # seconds after which the sweep takes up a mail that no worker was told of


def external_id_of(raw: bytes) -> str:
    """What tells this message from another: its Message-ID, or a digest of it when there is none that can be used."""
    found = _MESSAGE_ID.search(headers_in(raw))
    ids = message_ids(found[1].decode("ascii", "replace")) if found else []
    if ids and len(ids[0]) <= _KEY_LENGTH:
        return ids[0]
    return f"sha256:{hashlib.sha256(raw).hexdigest()}"


def return_path(raw: bytes) -> str | None:
    """The SMTP sender as the delivering server wrote it (RFC 5321 §4.4): empty when null, None when not written."""
    found = _RETURN_PATH.search(headers_in(raw))
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
    now when None. A message already known to a mailbox is left as it is; another message that uses its Message-ID again
    is stored under that and a digest. Once this returns every mailbox holds the message. Raises django.db.Error when
    the database cannot take it.
    """
    external_id, ids = external_id_of(raw), sorted(set(mailbox_ids))
    sender = "" if envelope_from is None else (envelope_from or NULL_SENDER).replace("\x00", "")[:254]
    now = timezone.now()

    def store(into: Sequence[int], key: str) -> list[tuple[int, int]]:
        due = now + timedelta(seconds=FIRST_SWEEP)
        row = (key, sender, raw, len(raw), is_mute, received_at or now, now, due)
        return with_fresh_connection(lambda: _insert(into, row))

    stored = store(ids, external_id)
    known = [pk for pk in ids if pk not in {mailbox for _, mailbox in stored}]
    if known:
        digest = content_digest(raw)
        others = [pk for pk in known if not _holds(pk, external_id, digest)]
        if others:
            stored += store(others, keys_of(raw)[1])
    return [pk for pk, _ in stored]


def _insert(into: Sequence[int], row: tuple[Any, ...]) -> list[tuple[int, int]]:
    """[(id, mailbox id)] of the rows that are new."""
    table = InboundMail._meta.db_table
    values = ", ".join(["(%s, %s, %s, %s, %s, 'stored', '', 0, '', false, %s, %s, %s, %s)"] * len(into))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (mailbox_id, external_id, envelope_from, raw, size, status, outcome, attempts,"  # noqa: S608
            f" note, is_partial, is_mute, received_at, stored_at, next_attempt_at) VALUES {values}"
            " ON CONFLICT (mailbox_id, external_id) DO NOTHING RETURNING id, mailbox_id",
            list(chain.from_iterable((pk, *row) for pk in into)),
        )
        return [(row[0], row[1]) for row in cursor.fetchall()]


def is_stored(mailbox_id: int, raw: bytes) -> bool:
    """True when the mailbox holds this very message, whole."""
    digest = content_digest(raw)
    return any(_holds(mailbox_id, key, digest) for key in keys_of(raw))


def keys_of(raw: bytes) -> list[str]:
    """What may identify the message in a mailbox: alone, and once another message took its Message-ID."""
    external_id = external_id_of(raw)
    return [external_id, f"{external_id[:_SHORT_KEY]}#{content_digest(raw)[:32]}"]


def _holds(mailbox_id: int, external_id: str, digest: str) -> bool:
    rows = InboundMail.objects.filter(mailbox_id=mailbox_id, external_id=external_id)

    def kept() -> bytes | None:
        pk = rows.values_list("pk", flat=True).first()
        return None if pk is None else raws_read([pk])[pk]

    raw = with_fresh_connection(kept)
    return raw is not None and content_digest(raw) == digest


def content_digest(raw: bytes) -> str:
    """A digest of what was written: the body and the headers that its author wrote. The same message by another way
    (Received, DKIM, ARC, marks of filters) has the same one; line ends do not count."""
    head, body = halves(raw)
    head = head.replace(b"\r\n", b"\n")
    written = sorted(line for line in _FOLDED.sub(b" ", head).split(b"\n") if _WRITTEN.match(line))
    digest = hashlib.sha256(b"\n".join(written) + b"\n\n")
    digest.update(body.replace(b"\r\n", b"\n").rstrip(b"\n"))
    return digest.hexdigest()


def raws_read(ids: list[int]) -> dict[int, bytes]:
    """Id → message, read as bytes and not as text twice as long."""
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        query = f"SELECT id, raw FROM {InboundMail._meta.db_table} WHERE id = ANY(%s)"  # noqa: S608
        return dict(cursor.execute(query, [ids], binary=True).fetchall())


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
