"""Replies that leave later. The row is sent by the transaction that writes the message: once, whoever is killed.

A sweeper that dies before its commit leaves the row as it was, and the next one takes it; one that dies after has sent
it. Two sweepers never hold the same row.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from core.errors import Conflict, DomainError, Invalid, NotAllowed
from core.text import one_line
from directory.models import Agent
from directory.roles import WORK
from notifications.actions.notices import notice_add
from tickets.actions.legal.decisions import decision_owed
from tickets.actions.locking import ticket_lock
from tickets.actions.messages import reply_send
from tickets.actions.replies.checks import reply_check
from tickets.actions.replies.drafts import draft_add, draft_discard
from tickets.actions.replies.enclosures import drafted_get, enclosures_get
from tickets.actions.routing.assignment import absence_of
from tickets.actions.timeline import event_add
from tickets.enums import EventKind, MessageKind, Status
from tickets.models import DraftFile, Message, ScheduledReply, Ticket
from tickets.permissions import require
from tickets.selectors.composing import planned_on

logger = logging.getLogger(__name__)
LATEST = timedelta(days=90)
SWEEP = 200  # rows a turn


@transaction.atomic
def reply_schedule(
    *,
    ticket: Ticket,
    actor: Agent,
    body: str,
    send_at: datetime,
    now: datetime,
    then: str = Status.ANSWERED,
    seen_message_id: int | None = None,
    outcome: str = "",
    enclosed: Sequence[int] = (),
    drafted: Sequence[int] = (),
    to_address: str = "",
    remains_known: bool = False,
) -> ScheduledReply:
    """Keep a reply until ``send_at``; the other arguments are those of `reply_send`, which is asked again then.

    Raises what it raises, `Invalid` for a moment that is past or too far, `Conflict` when a reply waits already.
    """
    ticket = ticket_lock(ticket.pk)
    body = reply_check(
        ticket,
        actor=actor,
        body=body,
        then=then,
        seen_message_id=seen_message_id,
        to_address=to_address,
        remains_known=remains_known,
    )
    own = drafted_get(ticket, actor, MessageKind.REPLY, drafted)
    enclosures_get(ticket, enclosed, own)
    if not outcome and then == Status.CLOSED and ticket.legal_running:
        raise decision_owed(ticket)
    if send_at <= now:
        raise Invalid(_("This moment is past: choose a later one, or send the reply now."), field="send_at")
    if send_at > now + LATEST:
        raise Invalid(_("A reply can wait three months at most."), field="send_at")
    if planned_on(ticket).filter(refusal="").exists():
        raise Conflict(_("A reply is already waiting to leave on this ticket."), code="already_scheduled")
    row = ScheduledReply.objects.create(
        ticket=ticket,
        author=actor,
        body=body,
        then=then,
        outcome=outcome,
        enclosed=list(enclosed),
        to_address=to_address,
        seen_message_id=seen_message_id,
        send_at=send_at,
        created_at=now,
    )
    DraftFile.objects.filter(pk__in=[file.pk for file in own]).update(scheduled=row)
    draft_discard(ticket=ticket, actor=actor, kind=MessageKind.REPLY)
    event_add(ticket, EventKind.SCHEDULED, actor=actor, at=now, step="planned", send_at=send_at.isoformat())
    return row


@transaction.atomic
def scheduled_send(*, scheduled_id: int, actor: Agent, now: datetime) -> Message:
    """Send it now, at the word of its author; of a colleague, who then signs it, once the author is away or gone.

    Raises what `reply_send` raises, and `Conflict` when it is gone.
    """
    row = _locked(scheduled_id, actor, now)
    message = _send(row, actor, now=now)
    row.sent_at, row.refusal = now, ""
    row.save(update_fields=["sent_at", "refusal"])
    return message


@transaction.atomic
def scheduled_cancel(*, scheduled_id: int, actor: Agent, now: datetime, to_draft: bool = False) -> ScheduledReply:
    """Give it up; ``to_draft`` brings its text and its files back into the composer of the ``actor``."""
    row = _locked(scheduled_id, actor, now)
    row.cancelled_at = now
    row.save(update_fields=["cancelled_at"])
    if to_draft:
        draft_add(ticket=row.ticket, actor=actor, body=row.body, now=now)
        row.files.update(scheduled=None, agent=actor)
    else:
        row.files.all().delete()
    event_add(row.ticket, EventKind.SCHEDULED, actor=actor, at=now, step="cancelled")
    return row


def is_left_behind(row: ScheduledReply, now: datetime) -> bool:
    """Whether the author of a planned reply is away, without keeping their tickets, or gone: colleagues see to it."""
    return not row.author.is_active or absence_of(row.author_id, now) is not None


def _locked(scheduled_id: int, actor: Agent, now: datetime) -> ScheduledReply:
    row = (
        ScheduledReply.objects.select_related("ticket", "author")
        .select_for_update(of=("self",), no_key=True)
        .get(pk=scheduled_id)
    )
    require(actor, WORK, row.ticket)
    if row.author_id != actor.pk and not is_left_behind(row, now):
        raise NotAllowed(_("Only its author may change this reply."))
    if row.sent_at is not None:
        raise Conflict(_("This reply has already left."), code="already_sent")
    if row.cancelled_at is not None:
        raise Conflict(_("This reply was given up."), code="already_cancelled")
    return row


def scheduled_sweep(*, now: datetime) -> tuple[int, bool]:
    """Send what is due: how many were settled, and whether more may wait."""
    tried: list[int] = []
    settled = 0
    while len(tried) < SWEEP:
        found = _sweep_one(tried, now)
        if found is None:
            return settled, False
        settled += found
    return settled, True


def _sweep_one(tried: list[int], now: datetime) -> int | None:
    """1 when a row was sent or refused, 0 when it broke (the next sweep tries again), None when none is due."""
    try:
        with transaction.atomic():
            row = (
                ScheduledReply.objects.select_related("ticket", "author")
                .filter(sent_at__isnull=True, cancelled_at__isnull=True, refusal="", send_at__lte=now)
                .exclude(pk__in=tried)
                .select_for_update(of=("self",), no_key=True, skip_locked=True)
                .order_by("send_at", "id")
                .first()
            )
            if row is None:
                return None
            tried.append(row.pk)
            try:
                with transaction.atomic():
                    _send(row, row.author, now=now)
            except DomainError as refusal:
                with translation.override("fr"):
                    _refuse(row, refusal, now)
            else:
                row.sent_at = now
                row.save(update_fields=["sent_at"])
            return 1
    except Exception:  # one reply that breaks does not keep the others waiting
        logger.exception("Scheduled reply %s could not be sent.", tried[-1:] or "?")
        if not tried:
            raise
        return 0


def _send(row: ScheduledReply, actor: Agent, *, now: datetime) -> Message:
    """What changed since it was written refuses it: the citizen wrote, somebody replied, the ticket is over."""
    ticket = ticket_lock(row.ticket_id)
    if not (ticket.is_open or ticket.status == Status.ANSWERED):
        raise Conflict(_("This ticket is over. Reopen it to write to the citizen."), code="not_open")
    wrote = Message.objects.filter(ticket=ticket, kind=MessageKind.INBOUND, is_automatic=False)
    since = {"created_at__gt": row.created_at} if row.seen_message_id is None else {"pk__gt": row.seen_message_id}
    if wrote.filter(**since).exists():
        raise Conflict(_("The citizen wrote meanwhile. Read the message, then send the reply."), code="citizen_wrote")
    return reply_send(
        ticket=ticket,
        actor=actor,
        body=row.body,
        then=row.then,
        outcome=row.outcome,
        enclosed=row.enclosed,
        drafted=list(row.files.values_list("pk", flat=True)),
        to_address=row.to_address,
        planned=row,
        remains_known=True,  # asked when it was planned
        seen_message_id=row.seen_message_id,
        now=now,
    )


def _refuse(row: ScheduledReply, refusal: DomainError, now: datetime) -> None:
    """Keep the text and the reason, and tell the author; once the author is away or gone, who has the ticket or answers
    for its service."""
    ticket = row.ticket
    row.refusal = one_line(refusal.message, 300)
    row.save(update_fields=["refusal"])
    event_add(ticket, EventKind.SCHEDULED, actor=None, at=now, step="refused", reason=row.refusal)
    told: Agent | None = row.author
    if is_left_behind(row, now):
        told = ticket.assignee if ticket.assignee_id not in (None, row.author_id) else ticket.service.referent
    if told is None:
        return
    notice_add(
        agent_id=told.pk,
        title=_("A reply did not leave: %(reference)s") % {"reference": ticket.reference},
        body=row.refusal,
        path=reverse("tickets:detail", args=[ticket.reference]) + "#compose",
        ticket_reference=ticket.reference,
        is_urgent=True,
        dedupe_key=f"scheduled:{row.pk}",
        created_at=now,
    )
