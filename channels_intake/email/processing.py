"""One stored mail becomes a ticket, a message on a ticket, or a line that says why it is neither.

Everything happens in one transaction per mail, so that a worker killed anywhere leaves the mail ``stored``, to be taken
again, or done, once.
"""

import logging
from datetime import datetime

from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from channels_intake.email.drafting import Prepared, prepare
from channels_intake.email.matching import ticket_answered
from channels_intake.email.parser import ParsedMail, parse_mail, unreadable
from channels_intake.models import InboundMail, InboundStatus, Mailbox
from channels_intake.pipeline import intake
from core.text import one_line
from directory.actions.citizens import Requester
from notifications.models import OutboundMessage
from tickets.actions.messages import Incoming, message_receive
from tickets.actions.opening import Draft
from tickets.actions.routing import ticket_route
from tickets.enums import Channel
from tickets.models import Ticket

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
        status=InboundStatus.STORED, attempts=0, note="", processed_at=None
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
        row.status, row.note = InboundStatus.IGNORED, loop
    else:
        _deliver(row, parsed, raw, others=[pk for pk in mailboxes.values() if pk != row.mailbox_id], now=now)
    row.save(update_fields=["status", "note", "ticket", "message", "processed_at"])
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


def _deliver(row: InboundMail, mail: ParsedMail, raw: bytes, *, others: list[int], now: datetime) -> None:
    prepared = prepare(mail, raw)
    twin = _twin(row, mail, prepared, others)
    if twin is not None:
        row.ticket, row.message = twin.ticket, twin.message
        row.note = one_line(_("Also sent to %(address)s: same ticket.") % {"address": twin.mailbox.address}, 300)
        return
    answered = ticket_answered(mail)
    if answered.ticket is not None:
        row.message = message_receive(
            ticket=answered.ticket,
            incoming=Incoming(
                channel=Channel.EMAIL,
                body=prepared.body,
                author_name=mail.sender_name or mail.sender_address,
                author_email=mail.sender_address,
                subject=mail.subject,
                quoted=mail.quoted,
                body_html=mail.html,
                email_message_id=mail.message_id,
                is_automatic=bool(mail.automatic),
                received_at=min(row.received_at, now),
                uploads=prepared.uploads,
            ),
            now=now,
        )
        row.ticket = row.message.ticket
        row.note = row.note or _note(mail, _("Reply"))
        return
    row.ticket, made = _open(row, mail, prepared, answered.quoted, now)
    row.message_id = row.ticket.messages.order_by("created_at", "id").values_list("pk", flat=True).first()
    row.note = row.note or _note(mail, _("New ticket") if made else _("Already known"))


def _open(
    row: InboundMail, mail: ParsedMail, prepared: Prepared, quoted: Ticket | None, now: datetime
) -> tuple[Ticket, bool]:
    flags = [prepared.flag] if prepared.flag else []
    if quoted is not None:
        flags.append(
            _("The sender quotes %(reference)s without being a known contact of it.") % {"reference": quoted.reference}
        )
    ticket, made = intake(
        source=f"email:{row.mailbox.address}",
        key=row.external_id,
        draft=Draft(
            channel=Channel.EMAIL,
            subject=prepared.subject,
            body=prepared.body,
            requester=Requester(name=mail.sender_name, email=mail.sender_address),
            service=row.mailbox.service,
            received_at=min(row.received_at, now),
            quoted=mail.quoted,
            body_html=mail.html,
            email_message_id=mail.message_id,
            is_automatic=bool(mail.automatic),
            flag=" ".join(flags),
            uploads=prepared.uploads,
        ),
        actor=None,
        now=now,
        tell=False,
    )
    if made:
        ticket_route(ticket_id=ticket.pk, now=now)
    return ticket, made


def _twin(row: InboundMail, mail: ParsedMail, prepared: Prepared, others: list[int]) -> InboundMail | None:
    """The same message as processed for another mailbox of the town. Two workers on the two copies wait for each other.

    A Message-ID alone is not trusted: sender and text must be the same, so that nothing hides behind a copied one.
    """
    if not others:
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 1))", [row.external_id])
    found = (
        InboundMail.objects.filter(mailbox_id__in=others, external_id=row.external_id, ticket__isnull=False)
        .select_related("mailbox", "ticket", "message")
        .defer("raw")
        .order_by("pk")
        .first()
    )
    if found is None or found.envelope_from != row.envelope_from or found.message is None:
        return None
    return found if found.message.body == prepared.body.strip() else None


def _note(mail: ParsedMail, what: str) -> str:
    if mail.automatic:
        return one_line(
            _("%(what)s; automatic mail (%(why)s), not acknowledged") % {"what": what, "why": mail.automatic}, 300
        )
    return what
