"""The conversation: the citizen writes back, an agent replies or leaves a note."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from core.errors import Conflict, Invalid
from core.text import one_line
from directory.contacts import normalise_email
from directory.models import Agent, Town
from directory.roles import WORK
from directory.selectors import town_get
from notifications.actions.outbox import outbound_queue
from notifications.models import OutboundKind
from tickets.actions.agent_messages import agent_message_add
from tickets.actions.attachments import Upload, attachments_store
from tickets.actions.by_email.service_mail import service_mail_queue
from tickets.actions.clocks.deadlines import LIVE, clocks_change, commitment_clocks, next_cycle
from tickets.actions.legal.clock import legal_clock_refresh
from tickets.actions.legal.decisions import Verdict, decision_add, decision_owed
from tickets.actions.locking import status_set, ticket_lock, ticket_lock_kept
from tickets.actions.replies.checks import reply_check, written
from tickets.actions.replies.enclosures import drafted_get, enclosures_add, enclosures_get
from tickets.actions.routing.assignment import release_if_away
from tickets.actions.routing.emergencies import emergency_watch
from tickets.actions.search_text import search_text_append
from tickets.actions.teamwork.mentions import mentions_add
from tickets.actions.teamwork.watching import assignee_tell, watchers_tell
from tickets.actions.timeline import event_add
from tickets.enums import UNFAVOURABLE, Channel, DeadlineKind, EventKind, MessageKind, Status
from tickets.letters.mentions import agent_lacks, town_lacks
from tickets.models import Message, ScheduledReply, Ticket
from tickets.permissions import require
from tickets.reply_mail import reply_mail
from tickets.timezones import town_zone


@dataclass(frozen=True)
class Incoming:
    """What the citizen wrote on a ticket that exists."""

    channel: str
    body: str
    author_name: str = ""
    author_email: str = ""
    subject: str = ""
    quoted: str = ""
    body_html: str = ""
    email_message_id: str = ""
    is_automatic: bool = False
    received_at: datetime | None = None
    uploads: Sequence[Upload] = ()


@transaction.atomic
def message_receive(*, ticket: Ticket, incoming: Incoming, now: datetime, actor: Agent | None = None) -> Message:
    """Append a message of the citizen; ``actor`` is the agent who heard it at a desk, if any.

    A person's message reopens the ticket and starts a new answer clock; it also takes the ticket back from an agent who
    is away. An automatic message (RFC 3834) is kept and
    changes nothing else. On a merged ticket it lands on the target.
    """
    ticket = ticket_lock_kept(ticket.pk)
    body = incoming.body.replace("\x00", "").strip()
    if not body and not incoming.uploads:
        raise Invalid(_("The message is empty."), field="body")
    at = incoming.received_at or now
    message = Message.objects.create(
        ticket=ticket,
        kind=MessageKind.INBOUND,
        channel=incoming.channel,
        author_name=one_line(incoming.author_name or (ticket.requester.display_name if ticket.requester else ""), 200),
        author_email=normalise_email(incoming.author_email) or "",
        subject=one_line(incoming.subject, 250),
        body=body,
        quoted=incoming.quoted.replace("\x00", ""),
        body_html=incoming.body_html.replace("\x00", ""),
        email_message_id=incoming.email_message_id,
        is_automatic=incoming.is_automatic,
        created_at=at,
    )
    attachments_store(message, incoming.uploads)
    search_text_append(ticket, body)
    event_add(ticket, EventKind.MESSAGE, actor=actor, at=now, channel=incoming.channel)
    if incoming.is_automatic:
        return message
    ticket.last_inbound_at = ticket.updated_at = now
    if ticket.status == Status.WAITING:
        _status(ticket, Status.OPEN, actor=actor, now=now)
        clocks_change(ticket, now=now)
    elif ticket.status in {Status.ANSWERED, Status.CLOSED, Status.CANCELLED}:
        ticket_reopen_locked(ticket, actor=actor, now=now)
    released = release_if_away(ticket, now=now)
    emergency_watch(ticket, body, now=now)
    ticket.save()
    service_mail_queue(ticket, now=now, added=message)
    words = _("the citizen wrote")
    told = None if released else assignee_tell(ticket, "message", words, now=now, but=actor)
    watchers_tell(ticket, words, now=now, but=actor, told=told)
    return message


def ticket_reopen_locked(ticket: Ticket, *, actor: Agent | None, now: datetime) -> None:
    """Reopen a locked ticket (not saved here): a new answer clock from now, and a new target when the former is over.

    Both are clocks of their own and the escalation level is back to zero, so no old escalation comes again. The law's
    clock runs on as it was, but after a cancellation: it is then counted again from the reception.
    """
    was_cancelled = ticket.status == Status.CANCELLED
    _status(ticket, Status.OPEN, actor=actor, now=now)
    ticket.closed_at = None
    ticket.reopen_count += 1
    ticket.escalation_level = 0
    clocks = list(ticket.deadlines.all())
    kinds = [DeadlineKind.ANSWER]
    if not any(clock.kind == DeadlineKind.TARGET and clock.state in LIVE for clock in clocks):
        kinds.append(DeadlineKind.TARGET)
    added = commitment_clocks(ticket, now=now, started_at=now, kinds=kinds, cycle=next_cycle(clocks))
    clocks_change(ticket, now=now, stop=[DeadlineKind.ANSWER], add=added)
    if was_cancelled:
        legal_clock_refresh(ticket, now=now, actor=actor)


@transaction.atomic
def note_add(*, ticket: Ticket, actor: Agent, body: str, now: datetime, drafted: Sequence[int] = ()) -> Message:
    """An internal note: agents who see the ticket read it, citizens never. ``drafted``: ids of `DraftFile`."""
    ticket = ticket_lock(ticket.pk)
    require(actor, WORK, ticket)
    if ticket.merged_into_id is not None:
        raise Conflict(_("This ticket was merged meanwhile: write on the one that is kept."), code="merged")
    body = written(body)
    files = drafted_get(ticket, actor, MessageKind.NOTE, drafted)
    message = agent_message_add(ticket, MessageKind.NOTE, channel=ticket.channel, author=actor, body=body, now=now)
    enclosures_add(message, None, files)
    event_add(ticket, EventKind.NOTED, actor=actor, at=now)
    mentions_add(message)
    ticket.updated_at = now
    ticket.save(update_fields=["updated_at"])
    return message


@transaction.atomic
def reply_send(
    *,
    ticket: Ticket,
    actor: Agent,
    body: str,
    now: datetime,
    then: str = Status.ANSWERED,
    seen_message_id: int | None = None,
    outcome: str = "",
    enclosed: Sequence[int] = (),
    drafted: Sequence[int] = (),
    to_address: str = "",
    planned: ScheduledReply | None = None,
    remains_known: bool = False,
) -> Message:
    """Answer the citizen by e-mail, signed as CRPA L111-2 wants, and stop the answer clock.

    An answer is not a decision: the law's clock runs on unless ``outcome`` says what this reply decides; it is then
    decided and notified today, the text being its reasons, with the delays and routes of appeal against a refusal.

    ``then`` is the status that follows: ``answered``, ``waiting`` (a question to the citizen), ``open`` or ``closed``.
    ``seen_message_id`` is the last message the agent had on screen: when another reply was sent or the citizen wrote
    meanwhile the reply is refused, so that nobody is answered twice, or beside the point. ``enclosed``: ids of files
    that a service sent about this ticket; ``drafted``: of the actor's own files (`DraftFile`), of their draft or of the
    ``planned`` reply. ``to_address``: one of the requester's, the usual one when empty.
    ``remains_known``: the agent closes it knowing what is left undone (`what_remains`). Raises `Invalid` when the
    requester has no e-mail address.
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
    files = enclosures_get(ticket, enclosed, drafted_get(ticket, actor, MessageKind.REPLY, drafted, planned=planned))
    town = town_get()
    if outcome:
        _decide(ticket, actor, town, outcome, body, now=now)
    elif then == Status.CLOSED and ticket.legal_running:
        raise decision_owed(ticket)
    previous = list(
        Message.objects.filter(ticket=ticket).exclude(email_message_id="").order_by("-created_at", "-id")[:10]
    )
    mail = reply_mail(ticket=ticket, actor=actor, body=body, outcome=outcome, town=town, to_address=to_address)
    outbound = outbound_queue(
        kind=OutboundKind.REPLY,
        to_address=mail.to_address,
        to_name=mail.to_name,
        from_address=mail.from_address,
        from_name=mail.from_name,
        subject=mail.subject,
        body=mail.text,
        in_reply_to=previous[0].email_message_id if previous else "",
        references=" ".join(message.email_message_id for message in reversed(previous)),
        is_automatic=False,
        ticket_reference=ticket.reference,
    )
    message = agent_message_add(
        ticket,
        MessageKind.REPLY,
        channel=Channel.EMAIL,
        author=actor,
        body=body,
        now=now,
        email_message_id=outbound.message_id,
        outbound=outbound,
    )
    enclosures_add(message, outbound, files)
    event_add(ticket, EventKind.REPLIED, actor=actor, at=now, to=then)
    watchers_tell(ticket, format_lazy(_("{name} replied"), name=actor.full_name), now=now, but=actor)
    _status(ticket, then, actor=actor, now=now)
    stop, cancel = [DeadlineKind.ACKNOWLEDGE, DeadlineKind.ANSWER], []
    if then in {Status.ANSWERED, Status.CLOSED}:
        stop += [DeadlineKind.TARGET]
        cancel += [DeadlineKind.CALLBACK]  # answered otherwise: nobody waits by the telephone any more
    clocks_change(ticket, now=now, stop=stop, cancel=cancel)
    answered(ticket, now=now)
    if then == Status.CLOSED:
        ticket.closed_at = now
    ticket.assignee = ticket.assignee or actor
    ticket.updated_at = now
    ticket.save()
    return message


def _decide(ticket: Ticket, actor: Agent, town: Town, outcome: str, body: str, *, now: datetime) -> None:
    """Record the decision a reply contains, once it is sure that the reply can name its author and the appeals."""
    unfavourable = outcome in UNFAVOURABLE
    lacking = agent_lacks(actor, is_decision=True) + (town_lacks(town) if unfavourable else [])
    if lacking:
        named = "\u202f; ".join(missing.sentence for missing in lacking)
        raise Invalid(
            _("This decision cannot leave yet. Missing: %(list)s.") % {"list": named},
            field="outcome",
            code="mentions_missing",
        )
    today = now.astimezone(town_zone()).date()
    verdict = Verdict(outcome, decided_on=today, notified_on=today, reasons=body, appeals_told=unfavourable)
    decision_add(ticket, actor=actor, verdict=verdict, now=now)


def answered(ticket: Ticket, *, now: datetime) -> None:
    """Record the first answer, in memory, and whether it kept the commitment."""
    if ticket.first_answered_at is None:
        ticket.first_answered_at = now
        ticket.answer_kept = now <= ticket.answer_due_at


def _status(ticket: Ticket, status: str, *, actor: Agent | None, now: datetime) -> None:
    former = status_set(ticket, status)
    if former != status:
        event_add(ticket, EventKind.STATUS, actor=actor, at=now, former=former, current=status)
