"""One stored mail becomes a ticket, a message on a ticket, or a line that says why it is neither.

Everything happens in one transaction per mail, so that a worker killed anywhere leaves the mail ``stored``, to be taken
again, or done, once.
"""

import logging
from datetime import datetime

from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from channels_intake.email.delivering import deliver, take_bounce
from channels_intake.email.parser import ParsedMail, parse_mail, unreadable
from channels_intake.models import InboundMail, InboundOutcome, InboundStatus, Mailbox
from core.text import one_line
from directory.actions.failing import email_works
from notifications.models import OutboundMessage

logger = logging.getLogger(__name__)

PARSE_ATTEMPTS = 3  # after these the mail is not parsed any more: it may be what kills the worker
MAX_ATTEMPTS = 6


def mail_process(*, mail_id: int, now: datetime) -> str | None:
    """Process one stored mail; its new status, or None when it is done already or in other hands.

    A mail that cannot be processed becomes a ticket that a person must read; if even that fails it is marked failed and
    listed. Raises OperationalError or InterfaceError when the database fails: the mail stays stored for the sweep.
    """
    attempts = _claim(mail_id)
    if attempts is None:
        return None
    with translation.override("fr"):
        try:
            return _process(mail_id, now, readable=attempts <= PARSE_ATTEMPTS)
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:
            logger.exception("Mail %s could not be processed: a person will read it.", mail_id)
            reason = one_line(f"{type(error).__name__}: {error}", 250)
        try:
            return _process(mail_id, now, readable=False, why=reason)
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            logger.exception("Mail %s could not even become a ticket.", mail_id)
        InboundMail.objects.filter(pk=mail_id, status=InboundStatus.STORED).update(
            status=InboundStatus.FAILED, note=reason, processed_at=now
        )
        return InboundStatus.FAILED


def mail_requeue(*, mail_id: int) -> bool:
    """Put a failed or ignored mail back to be processed; false when it is neither. The caller tells the worker."""
    changed = InboundMail.objects.filter(pk=mail_id, status__in=[InboundStatus.FAILED, InboundStatus.IGNORED]).update(
        status=InboundStatus.STORED, outcome="", attempts=0, note="", processed_at=None
    )
    return bool(changed)


def _claim(mail_id: int) -> int | None:
    """Count one more attempt, committed before the work, so that a mail that kills its worker is noticed."""
    table = InboundMail._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} SET attempts = attempts + 1 WHERE id = (SELECT id FROM {table} WHERE id = %s"  # noqa: S608
            " AND status = 'stored' FOR UPDATE SKIP LOCKED) RETURNING attempts",
            [mail_id],
        )
        row = cursor.fetchone()
    return row[0] if row else None


@transaction.atomic
def _process(mail_id: int, now: datetime, *, readable: bool, why: str = "") -> str | None:
    row = (
        InboundMail.objects.select_for_update(of=("self",), skip_locked=True, no_key=True)
        .select_related("mailbox__service")
        .filter(pk=mail_id, status=InboundStatus.STORED)
        .first()
    )
    if row is None:
        return None
    raw = bytes(row.raw)
    parsed = (parse_mail if readable else unreadable)(raw, envelope_from=row.envelope_from)
    row.processed_at = now
    row.status, row.note = InboundStatus.DONE, one_line(why, 300)
    mailboxes = {address.lower(): pk for pk, address in Mailbox.objects.order_by().values_list("pk", "address")}
    loop = _loop_reason(parsed, mailboxes)
    if loop:
        row.status, row.outcome, row.note = InboundStatus.IGNORED, InboundOutcome.IGNORED, loop
    elif parsed.bounce is not None:
        take_bounce(row, parsed, parsed.bounce, now=now)
    else:
        deliver(row, parsed, raw, mailboxes=mailboxes, now=now)
        if not parsed.automatic and not row.is_mute:
            email_works(address=parsed.sender_address)
    row.save(update_fields=["status", "outcome", "note", "ticket", "message", "processed_at"])
    return row.status


def _loop_reason(mail: ParsedMail, mailboxes: dict[str, int]) -> str:
    """Why the mail comes from ourselves, hence would go round for ever; empty when it does not."""
    if mail.sender_address.lower() in mailboxes:
        return _("Sent by one of the town's own mailboxes (loop).")
    domain = mail.message_id.rpartition("@")[2].rstrip(">").lower()  # ours are in the domain of a town address
    ours = domain in {address.rpartition("@")[2] for address in mailboxes}
    if ours and OutboundMessage.objects.filter(message_id=mail.message_id).exists():
        return _("A message that we sent ourselves came back (loop).")
    return ""
