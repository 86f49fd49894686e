"""Mail that failed or was ignored, taken again. One whose header alone was kept is asked for again from its server."""

from datetime import datetime, timedelta
from enum import Enum

from django.conf import settings
from django.db import transaction
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from channels_intake.email.storing import is_stored, keys_of, return_path
from channels_intake.models import InboundMail, InboundOutcome, InboundStatus, MailFetch
from core.text import one_line


class Requeued(Enum):
    """What `mail_requeue` did. The last two say why nothing can be done, in `told`."""

    NOT_NEEDED = "not needed"
    AGAIN = "again"
    ASKED = "asked"
    TOO_LARGE = "too large"
    OUT_OF_REACH = "out of reach"


_TOLD = timedelta(minutes=1)  # the worker is told at once: the sweep comes later
_LEFT = (InboundStatus.FAILED, InboundStatus.IGNORED)


def mail_requeue(*, mail_id: int, now: datetime) -> Requeued:
    """Put a failed or ignored mail back to be processed: AGAIN, and the caller tells the worker.

    A header alone is never parsed: the message is ASKED for again from its IMAP server, unless that cannot work.
    """
    row = InboundMail.objects.filter(pk=mail_id, status__in=_LEFT).defer("raw").first()
    if row is None:
        return Requeued.NOT_NEEDED
    if row.is_partial:
        return _ask(row, now)
    again = {"status": InboundStatus.STORED, "outcome": "", "attempts": 0, "note": "", "processed_at": None}
    rows = InboundMail.objects.filter(pk=mail_id, status__in=_LEFT, is_partial=False)
    changed = rows.update(**again, next_attempt_at=now + _TOLD)
    return Requeued.AGAIN if changed else Requeued.NOT_NEEDED


def _ask(row: InboundMail, now: datetime) -> Requeued:
    if row.size > settings.MAIL_MAX_BYTES:
        return Requeued.TOO_LARGE
    fetched = MailFetch.objects.filter(mailbox=row.mailbox_id, is_active=True, mailbox__is_active=True)
    if row.remote_uid is None or not fetched.exists():
        return Requeued.OUT_OF_REACH
    InboundMail.objects.filter(pk=row.pk, is_partial=True).update(asked_at=now)
    return Requeued.ASKED


def told(result: Requeued) -> str:
    """What whoever asked reads, in the active language."""
    return {
        Requeued.NOT_NEEDED: _("This e-mail is processed already, or is about to be."),
        Requeued.AGAIN: _("The e-mail will be processed again."),
        Requeued.ASKED: _("Only its header is here: the message is asked for again from its server."),
        Requeued.TOO_LARGE: _(
            "This e-mail is still on its server, larger than MAIL_MAX_BYTES (%(limit)s): raise that first."
        )
        % {"limit": filesizeformat(settings.MAIL_MAX_BYTES)},
        Requeued.OUT_OF_REACH: _(
            "Only the header of this e-mail is here, and its mailbox is not fetched by IMAP: read it on its server."
        ),
    }[result]


def asked_mails(mailbox_id: int) -> list[InboundMail]:
    """Those of a mailbox to be asked for again, oldest first, without what is kept of them."""
    return list(InboundMail.objects.filter(mailbox=mailbox_id, asked_at__isnull=False).defer("raw").order_by("pk"))


def asked_mailbox_ids() -> set[int]:
    return set(InboundMail.objects.filter(asked_at__isnull=False).order_by().values_list("mailbox_id", flat=True))


def mail_given_up(row: InboundMail, reason: str, *, size: int | None = None) -> None:
    """It was asked for in vain: say why, and leave it where it is."""
    row.note, row.asked_at = one_line(reason, 300), None
    row.size = row.size if size is None else size
    row.save(update_fields=["note", "asked_at", "size"])


@transaction.atomic
def mail_complete(row: InboundMail, raw: bytes, *, is_mute: bool, now: datetime) -> bool:
    """Put the whole message where its header was, to be processed; false when it came another way meanwhile."""
    if is_stored(row.mailbox_id, raw):
        row.status, row.outcome, row.asked_at = InboundStatus.IGNORED, InboundOutcome.IGNORED, None
        row.note = _("The same message came another way.")
        row.save(update_fields=["status", "outcome", "asked_at", "note"])
        return False
    others = InboundMail.objects.filter(mailbox=row.mailbox_id).exclude(pk=row.pk)
    row.external_id = next(key for key in keys_of(raw) if not others.filter(external_id=key).exists())
    row.raw, row.size, row.is_mute, row.envelope_from = raw, len(raw), is_mute, return_path(raw) or ""
    row.is_partial, row.asked_at, row.remote_uid, row.remote_validity = False, None, None, None
    row.status, row.outcome, row.note, row.attempts = InboundStatus.STORED, "", "", 0
    row.processed_at, row.next_attempt_at = None, now + _TOLD
    row.save()
    return True
