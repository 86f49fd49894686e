"""One stored mail becomes a ticket, a message on a ticket, or a line that says why it is neither.

Everything happens in one transaction, of one mail or of a few at once, so that a worker killed anywhere leaves a mail
``stored``, to be taken again, or done, once.
"""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext as _
from psycopg.errors import DeadlockDetected

from channels_intake.email.agents import answers_elsewhere, from_the_town
from channels_intake.email.delivering import deliver, take_bounce
from channels_intake.email.parsed import ParsedMail
from channels_intake.email.parser import parse_mail, unreadable
from channels_intake.email.robots import looks_absent
from channels_intake.email.storing import raws_read
from channels_intake.models import InboundMail, InboundOutcome, InboundStatus, Mailbox
from core.jobs import enqueued_together
from core.kept import kept
from core.text import one_line
from directory.actions.failing import emails_work
from notifications.models import OutboundMessage

logger = logging.getLogger(__name__)

PARSE_ATTEMPTS = 3  # after these the mail is not parsed any more: it may be what kills the worker
RETRY_AFTER = (20, 60, 5 * 60, 30 * 60, 2 * 3600, 5 * 60)  # seconds before the sweep takes up, by attempts made
MAX_ATTEMPTS = len(RETRY_AFTER)
TOGETHER = 8  # mails in one transaction, while more are waiting
SMALL = 100_000  # bytes: heavier ones are processed alone
_OURS = (OperationalError, InterfaceError)


@dataclass(frozen=True)
class Done:
    """What `mails_process` did: the new status of each mail by id, and the id after which others may be waiting."""

    statuses: dict[int, str | None]
    next_id: int | None = None


def mails_process(*, mail_id: int, now: datetime) -> Done:
    """Process one stored mail, and with it small ones that came after it and that nobody tried, in one transaction.

    When anything goes wrong with one of them each is processed alone, as by `mail_process`. Raises OperationalError or
    InterfaceError when the database fails: the mails stay stored for the sweep.
    """
    claimed = _claim(mail_id, TOGETHER, now)
    next_id = max(claimed) + 1 if len(claimed) == TOGETHER else None
    if len(claimed) > 1:
        try:
            with translation.override("fr"):
                return Done(_process_all(claimed, now), next_id)
        except Exception as error:
            if isinstance(error, _OURS) and not isinstance(error.__cause__, DeadlockDetected):
                raise
            logger.info("%s mails are processed one by one: %s", len(claimed), error)
    statuses: dict[int, str | None] = {}
    failure: Exception | None = None
    for pk, attempts in claimed.items():
        try:
            statuses[pk] = _alone(pk, attempts, now)
        except _OURS as error:  # the others may have more luck
            failure = error
    if failure is not None:
        raise failure
    return Done(statuses, next_id)


def mail_process(*, mail_id: int, now: datetime) -> str | None:
    """Process one stored mail; its new status, or None when it is done already or in other hands.

    A mail that cannot be processed becomes a ticket that a person must read; if even that fails it is marked failed and
    listed. Raises OperationalError or InterfaceError when the database fails: the mail stays stored for the sweep.
    """
    attempts = _claim(mail_id, 1, now).get(mail_id)
    return None if attempts is None else _alone(mail_id, attempts, now)


def _alone(mail_id: int, attempts: int, now: datetime) -> str | None:
    with translation.override("fr"):
        try:
            return _process(mail_id, now, readable=attempts <= PARSE_ATTEMPTS)
        except _OURS:
            raise
        except Exception as error:
            logger.exception("Mail %s could not be processed: a person will read it.", mail_id)
            reason = one_line(f"{type(error).__name__}: {error}", 250)
        try:
            return _process(mail_id, now, readable=False, why=reason)
        except _OURS:
            raise
        except Exception:
            logger.exception("Mail %s could not even become a ticket.", mail_id)
        InboundMail.objects.filter(pk=mail_id, status=InboundStatus.STORED).update(
            status=InboundStatus.FAILED, note=reason, processed_at=now
        )
        return InboundStatus.FAILED


def _claim(mail_id: int, most: int, now: datetime) -> dict[int, int]:
    """Count one more attempt on the mail, and on up to ``most`` - 1 small ones after it that nobody tried.

    Id → attempts. Committed before the work, so that a mail that kills its worker is noticed. That commit does not wait
    for the disk: a server that crashes forgets an attempt, nothing else.
    """
    table = InboundMail._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            # a plan may run a sub-select again for each row, and lock more than ``most``: materialised, it runs once
            f"WITH chosen AS MATERIALIZED (SELECT id FROM {table} WHERE status = 'stored'"  # noqa: S608
            " AND (id = %s OR (id > %s AND attempts = 0 AND size < %s)) ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED)"
            f" UPDATE {table} mail SET attempts = mail.attempts + 1, next_attempt_at = %s + make_interval(secs =>"
            " (%s::float[])[least(mail.attempts + 1, %s)]) FROM chosen WHERE mail.id = chosen.id"
            " RETURNING mail.id, mail.attempts, set_config('synchronous_commit', 'off', true)",
            [mail_id, mail_id, SMALL, most, now, list(RETRY_AFTER), len(RETRY_AFTER)],
        )
        return {row[0]: row[1] for row in cursor.fetchall()}


def _process_all(claimed: Mapping[int, int], now: datetime) -> dict[int, str | None]:
    # one sending of the acknowledgements, not one each
    sending = enqueued_together("notifications.deliver", many="notifications.sweep_outbox")
    with transaction.atomic(), kept(), sending:
        rows = list(_locked(claimed))
        mailboxes = _mailboxes()
        raws = raws_read([row.pk for row in rows])
        wrote = [
            _take(row, raws.pop(row.pk), mailboxes, now, readable=claimed[row.pk] <= PARSE_ATTEMPTS) for row in rows
        ]
        emails_work(addresses=wrote)
    return {row.pk: row.status for row in rows}


def _process(mail_id: int, now: datetime, *, readable: bool, why: str = "") -> str | None:
    with transaction.atomic(), kept():
        row = _locked([mail_id]).first()
        if row is None:
            return None
        raw = raws_read([mail_id])[mail_id]
        emails_work(addresses=[_take(row, raw, _mailboxes(), now, readable=readable, why=why)])
    return row.status


def _locked(ids: Iterable[int]) -> QuerySet[InboundMail]:
    rows = InboundMail.objects.select_for_update(of=("self",), skip_locked=True, no_key=True)
    return (
        rows.defer("raw")
        .select_related("mailbox__service")
        .filter(pk__in=ids, status=InboundStatus.STORED)
        .order_by("pk")
    )


def _mailboxes() -> dict[str, int]:
    """Lower-case address → id, of all of the town's."""
    return {address.lower(): pk for pk, address in Mailbox.objects.order_by().values_list("pk", "address")}


def _take(
    row: InboundMail, raw: bytes, mailboxes: Mapping[str, int], now: datetime, *, readable: bool, why: str = ""
) -> str:
    """Make of a locked mail what it is, and save it; the address from which a person wrote, empty for a machine's."""
    address = ""
    parsed = (parse_mail if readable else unreadable)(raw, envelope_from=row.envelope_from)
    if not parsed.automatic and looks_absent(parsed.subject, parsed.text) and _answers_ours(parsed):
        parsed.automatic = "absence"
    row.processed_at = now
    row.status, row.note = InboundStatus.DONE, one_line(why, 300)
    loop = _loop_reason(parsed, mailboxes)
    if loop:
        row.status, row.outcome, row.note = InboundStatus.IGNORED, InboundOutcome.IGNORED, loop
    elif parsed.bounce is not None:
        take_bounce(row, parsed, parsed.bounce, now=now)
    else:
        deliver(row, parsed, raw, mailboxes=mailboxes, now=now)
        if not parsed.automatic and not row.is_mute and not from_the_town(parsed, mailboxes):
            address = parsed.sender_address
    row.save(update_fields=["status", "outcome", "note", "ticket", "message", "processed_at"])
    return address


def _answers_ours(mail: ParsedMail) -> bool:
    return bool(mail.references) and OutboundMessage.objects.filter(message_id__in=mail.references).exists()


def _loop_reason(mail: ParsedMail, mailboxes: Mapping[str, int]) -> str:
    """Why the mail would go round for ever; empty when it would not.

    A town mailbox is also a place where people write and forward: only what a machine sends from there is cut.
    """
    if mail.automatic and from_the_town(mail, mailboxes) and not answers_elsewhere(mail, mailboxes):
        return _("Automatic mail from one of the town's own mailboxes (loop).")
    domain = mail.message_id.rpartition("@")[2].rstrip(">").lower()  # ours are in the domain of a town address
    ours = domain in {address.rpartition("@")[2] for address in mailboxes}
    if ours and OutboundMessage.objects.filter(message_id=mail.message_id).exists():
        return _("A message that we sent ourselves came back (loop).")
    return ""
