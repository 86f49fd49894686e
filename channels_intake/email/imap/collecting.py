"""From the folder of an account into the database, one message at a time: stored first, then moved or deleted there.

Killed between two steps, the next pass takes the message again and finds it stored already (`inbound_mail_once`).
"""

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from django.conf import settings
from django.db import transaction
from django.template.defaultfilters import filesizeformat
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from channels_intake.email.imap.connection import FetchError, Folder, Gone, reason_of
from channels_intake.email.parser import parse_mail
from channels_intake.email.storing import external_id_of, mail_store, return_path, with_fresh_connection
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
    stored, held = 0, False
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
            _give_up(account, folder, uid, reason_of(error))
        if not held:
            _position(account, last_uid=uid)
    return stored


def _position(account: MailFetch, **fields: int) -> None:
    for name, value in fields.items():
        setattr(account, name, value)
    with_fresh_connection(lambda: MailFetch.objects.filter(pk=account.pk).update(**fields))


def _take(account: MailFetch, folder: Folder, uid: int) -> int:
    size, internal = folder.size_and_date(uid)
    if size > settings.MAIL_MAX_BYTES:
        header = folder.raw(uid, only_header=True)
        return with_fresh_connection(lambda: _too_large(account, header, size, internal))
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
    if account.after == AfterFetch.DELETE and (ids or _is_stored(account, raw)):
        folder.delete(uid)
    elif account.after == AfterFetch.MOVE and account.move_to:
        folder.move(uid, account.move_to)
    return len(ids)


def _is_stored(account: MailFetch, raw: bytes) -> bool:
    """False for another message that uses a Message-ID again: nothing else holds it, so it stays on the server."""
    same = InboundMail.objects.filter(mailbox_id=account.mailbox_id, external_id=external_id_of(raw), raw=raw)
    return with_fresh_connection(same.exists)


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
            "status": InboundStatus.FAILED,
            "note": one_line(reason, 300),
            "processed_at": timezone.now(),
        },
    )


@transaction.atomic
def _too_large(account: MailFetch, header: bytes, size: int, internal: datetime | None) -> int:
    """List a message above MAIL_MAX_BYTES, which stays on the server, and tell its sender, once."""
    at = received_at(header, internal)
    with translation.override("fr"):
        note = _("Too large (%(size)s): left on the server, its sender was told.") % {"size": filesizeformat(size)}
        ids = mail_store(
            mailbox_ids=[account.mailbox_id], raw=header, envelope_from=return_path(header), received_at=at
        )
        if not ids:
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
        status=InboundStatus.IGNORED, outcome=InboundOutcome.IGNORED, note=note, size=size, processed_at=now
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
