"""From the folder of an account into the database, one message at a time: stored first, then moved or deleted there.

Killed between two steps, the next pass takes the message again and finds it stored already (`inbound_mail_once`).
"""

import logging
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from django.conf import settings
from django.db import transaction
from django.template.defaultfilters import filesizeformat
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from channels_intake.email.imap.connection import Folder
from channels_intake.email.imap.reasons import FetchError, Gone, reason_of
from channels_intake.email.parser import parse_mail
from channels_intake.email.replaying import asked_mails, mail_complete, mail_given_up
from channels_intake.email.storing import is_stored, keys_of, mail_store, return_path, with_fresh_connection
from channels_intake.models import AfterFetch, InboundMail, InboundOutcome, InboundStatus, MailFetch
from core.jobs import enqueue
from core.text import one_line
from directory.selectors import town_get
from notifications.actions.outbox import absolute_url, outbound_queue
from notifications.caps import automatic_answer_capped
from notifications.models import OutboundKind

logger = logging.getLogger(__name__)
REFUSALS = 3  # passes after which a message the server will not give is listed as failed, and no longer asked for


@dataclass
class Pass:
    """What several passes over one account must remember."""

    refused: Counter[int] = field(default_factory=Counter)


def collect(account: MailFetch, folder: Folder, memory: Pass, stopping: Callable[[], bool]) -> int:
    """Take what is new in the folder; how many messages were stored. ``account``'s position is updated as it goes.

    A message the server will not give stops neither the others nor the account. Raises what the connection raises.
    """
    if account.uid_validity != folder.uid_validity:  # the server counts again: all is looked at, nothing stored twice
        _position(account, uid_validity=folder.uid_validity, last_uid=0)
        memory.refused.clear()
    if account.after == AfterFetch.DELETE:  # killed between the mark and the removal
        for uid in folder.marked_after(account.last_uid):
            with suppress(FetchError):
                _put_away(account, folder, uid, folder.raw(uid))
    stored, held = _asked(account, folder, stopping), False
    for uid in folder.uids_after(account.last_uid, account.import_from):
        if stopping():
            break
        try:
            stored += _take(account, folder, uid)
        except Gone:
            pass
        except FetchError as error:
            memory.refused[uid] += 1
            logger.warning("Account %s: message %s was not given: %s", account.pk, uid, error)
            if memory.refused[uid] < REFUSALS:
                held = True  # the position stays below it, so that the next pass asks again
                continue
            _give_up(account, folder, uid, str(reason_of(error)))
        if not held:
            _position(account, last_uid=uid)
    return stored


def _position(account: MailFetch, **fields: int) -> None:
    """Write where the fetch stopped, unless the account reads another place, or from the beginning, since it began."""
    same = ("host", "port", "username", "folder", "import_from", "uid_validity")
    rows = MailFetch.objects.filter(pk=account.pk, **{name: getattr(account, name) for name in same})
    for name, value in fields.items():
        setattr(account, name, value)
    with_fresh_connection(lambda: rows.update(**fields))


def _take(account: MailFetch, folder: Folder, uid: int) -> int:
    size, internal = folder.size_and_date(uid)
    if size > settings.MAIL_MAX_BYTES:
        header, place = folder.raw(uid, only_header=True), (folder.uid_validity, uid)
        return with_fresh_connection(lambda: _too_large(account, header, size, internal, place))
    raw = folder.raw(uid)
    at = received_at(raw, internal)
    ids = mail_store(
        mailbox_ids=[account.mailbox_id],
        raw=raw,
        envelope_from=return_path(raw),
        received_at=at,
        is_mute=at < account.answer_from,
    )
    for mail_id in ids:
        enqueue("channels_intake.process_mail", mail_id)
    _put_away(account, folder, uid, raw)
    return len(ids)


def _put_away(account: MailFetch, folder: Folder, uid: int, raw: bytes) -> None:
    """Delete or move on the server what is here for sure, as the account wants."""
    if account.after == AfterFetch.KEEP or not is_stored(account.mailbox_id, raw):
        return
    if account.after == AfterFetch.DELETE:
        folder.delete(uid)
    elif account.move_to:
        folder.move(uid, account.move_to)


def _asked(account: MailFetch, folder: Folder, stopping: Callable[[], bool]) -> int:
    """Take again the messages of which only the header was kept, and that somebody wants; how many are whole now."""
    taken = 0
    for row in with_fresh_connection(lambda: asked_mails(account.mailbox_id)):
        if stopping():
            break
        try:
            taken += _take_again(account, folder, row)
        except FetchError as error:
            why = _("It is not on its server any more.") if isinstance(error, Gone) else str(reason_of(error))
            mail_given_up(row, why)
    return taken


def _take_again(account: MailFetch, folder: Folder, row: InboundMail) -> int:
    if row.remote_uid is None or row.remote_validity != folder.uid_validity:
        raise Gone("The server counts otherwise now")
    size, internal = folder.size_and_date(row.remote_uid)
    if size > settings.MAIL_MAX_BYTES:
        with translation.override("fr"):
            note = _("Too large (%(size)s): left on the server.") % {"size": filesizeformat(size)}
        mail_given_up(row, note, size=size)
        return 0
    uid, raw = row.remote_uid, folder.raw(row.remote_uid)
    is_mute = received_at(raw, internal) < account.answer_from
    is_whole = mail_complete(row, raw, is_mute=is_mute, now=timezone.now())
    if is_whole:
        enqueue("channels_intake.process_mail", row.pk)
    _put_away(account, folder, uid, raw)
    return int(is_whole)


def received_at(raw: bytes, internal: datetime | None) -> datetime:
    """When the town's server received a message: the earlier of INTERNALDATE and of its own Received header.

    Copying a folder from one server to another may give every message today's INTERNALDATE.
    """
    now = timezone.now()
    found = [internal] if internal else []
    header = next((line for line in _unfolded(raw) if line[:9].lower() == "received:"), "")
    try:
        written = parsedate_to_datetime(header.rpartition(";")[2].strip())
        found.append(written if written.tzinfo else written.replace(tzinfo=UTC))
    except (ValueError, TypeError, IndexError, OverflowError):
        pass
    return min([now, *(at for at in found if at.year > 1990)])


def _unfolded(raw: bytes) -> list[str]:
    header = raw[:65_536].replace(b"\r\n", b"\n").partition(b"\n\n")[0].decode("ascii", "replace")
    return header.replace("\n ", " ").replace("\n\t", " ").split("\n")


def _give_up(account: MailFetch, folder: Folder, uid: int, reason: str) -> None:
    """List a message the server will not give, with its header if it gives that. It stays on the server."""
    try:
        header = folder.raw(uid, only_header=True)
    except FetchError:
        header = b""
    InboundMail.objects.get_or_create(
        mailbox_id=account.mailbox_id,
        external_id=f"imap:{folder.uid_validity}:{uid}",
        defaults={
            "raw": header,
            "size": len(header),
            "is_partial": True,
            "remote_uid": uid,
            "remote_validity": folder.uid_validity,
            "status": InboundStatus.FAILED,
            "note": one_line(reason, 300),
            "processed_at": timezone.now(),
        },
    )


@transaction.atomic
def _too_large(account: MailFetch, header: bytes, size: int, internal: datetime | None, place: tuple[int, int]) -> int:
    """List a message above MAIL_MAX_BYTES, which stays on the server at ``place`` (UIDVALIDITY, UID), and tell its
    sender, once."""
    where = dict(zip(("remote_validity", "remote_uid"), place, strict=True))
    rows = InboundMail.objects.filter(mailbox=account.mailbox_id, external_id__in=keys_of(header))
    if rows.filter(is_partial=False, size=size).exists():  # taken whole when the limit was higher
        return 0
    at = received_at(header, internal)
    with translation.override("fr"):
        note = _("Too large (%(size)s): left on the server, its sender was told.") % {"size": filesizeformat(size)}
        ids = mail_store(
            mailbox_ids=[account.mailbox_id], raw=header, envelope_from=return_path(header), received_at=at
        )
        if not ids:
            rows.filter(is_partial=True).update(**where)
            return 0
        mail = parse_mail(header, envelope_from=return_path(header) or "")
        now = timezone.now()
        answered = (
            at >= account.answer_from
            and mail.sender_address
            and not mail.automatic
            and not automatic_answer_capped(mail.sender_address.lower(), now=now)
        )
        if answered:
            _refuse(mail.sender_name, mail.sender_address, mail.subject, mail.message_id, size, at)
        else:
            note = _("Too large (%(size)s): left on the server.") % {"size": filesizeformat(size)}
    InboundMail.objects.filter(pk__in=ids).update(
        status=InboundStatus.IGNORED,
        outcome=InboundOutcome.IGNORED,
        note=note,
        size=size,
        is_partial=True,
        processed_at=now,
        **where,
    )
    return 1


def _refuse(name: str, address: str, subject: str, message_id: str, size: int, at: datetime) -> None:
    town = town_get()
    body = render_to_string(
        "emails/too_large.txt",
        {
            "subject": subject or _("(no subject)"),
            "received": timezone.localtime(at),
            "size": filesizeformat(size),
            "limit": filesizeformat(settings.MAIL_MAX_BYTES),
            "url": absolute_url("/"),
            "town": town,
        },
    )
    outbound_queue(
        kind=OutboundKind.REFUSAL,
        to_address=address.lower(),
        to_name=name[:160],
        from_address=town.email,
        from_name=town.name,
        subject=_("Message too large: %(subject)s") % {"subject": subject},
        body=body,
        in_reply_to=message_id,
        references=message_id,
        is_automatic=True,
    )
