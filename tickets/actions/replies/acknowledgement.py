"""Telling the requester that the request is in, who handles it and until when (CRPA L112-3, L112-11, L111-2).

Where silence means a decision, what leaves is the law's own acknowledgement, the ARE (R112-11-1). When it lacks a
mention, the AEE leaves meanwhile, within one working day, and the ARE within ten: a clock runs, the service is told,
and `receipt_send` tries again until the mention is given.
"""

from datetime import datetime, time, timedelta

from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from core.errors import Conflict
from directory.models import Agent
from directory.roles import WORK
from directory.selectors import town_get
from notifications.actions.notices import notice_add
from notifications.actions.outbox import outbound_queue
from notifications.caps import automatic_answer_capped
from notifications.models import Notice, OutboundKind
from tickets.actions.clocks.deadlines import (
    LIVE,
    clock_acknowledged,
    clocks_add,
    clocks_change,
    deadline_build,
    next_cycle,
)
from tickets.actions.letters.letters import MentionsMissing, letter_store, next_reference
from tickets.actions.locking import ticket_lock
from tickets.actions.people.repeats import repeat_to_tell
from tickets.actions.replies.recipients import Recipients
from tickets.actions.timeline import event_add
from tickets.deadlines import escalation
from tickets.deadlines.receipts import receipt_due
from tickets.enums import Channel, DeadlineKind, EventKind, LetterKind, MessageKind
from tickets.letters.facts import Facts
from tickets.letters.mentions import Missing, missing_mentions, service_lacks, town_lacks
from tickets.models import Letter, Message, Ticket
from tickets.permissions import require
from tickets.selectors.addresses import answer_address
from tickets.selectors.letters import facts_of, owes_receipt, receipt_of, receipt_stands, receipts_waiting, received_on
from tickets.selectors.tracking import tracking_url
from tickets.timezones import town_zone

WRITTEN = {Channel.WEB, Channel.EMAIL, Channel.API}


def acknowledgement_queue(ticket: Ticket, *, now: datetime) -> None:
    """Queue the acknowledgement of a locked ticket that came in writing; never an automatic mail (RFC 3834)."""
    if ticket.channel not in WRITTEN or not ticket.is_open:
        return
    held = ticket.held
    first = held.message if held else first_inbound(ticket)
    if first is None or first.is_automatic:
        return
    address = (held.address if held else None) or answer_address(ticket)
    if not address:
        return
    # a machine that hides well writes by e-mail: a form was filled in by somebody
    if ticket.channel == Channel.EMAIL and (capped := automatic_answer_capped(address, now=now)):
        event_add(ticket, EventKind.SEND_FAILED, actor=None, at=now, to=address, reason=capped)
        return
    if not owes_receipt(ticket):
        _simple(ticket, first, address, now=now)
    elif not _receipt(ticket, now=now, first=first, to_address=address):
        _registration(ticket, first, address, now=now)


def first_inbound(ticket: Ticket) -> Message | None:
    """What its requester wrote first."""
    return Message.objects.filter(ticket=ticket, kind=MessageKind.INBOUND).order_by("created_at", "id").first()


def receipt_ensure(ticket: Ticket, *, now: datetime) -> None:
    """After a locked ticket was given its type or another one: send the ARE that says what silence now means, or start
    its clock (R112-11-1). Nothing for a request on paper, by telephone or at the counter (its AR is printed), nor for
    an automatic mail. The ticket is saved by the caller."""
    if ticket.channel not in WRITTEN or not ticket.is_open or ticket.routed_at is None:
        return
    if not owes_receipt(ticket):
        if ticket.deadlines.filter(kind=DeadlineKind.RECEIPT, state__in=LIVE).exists():
            clocks_change(ticket, now=now, cancel=[DeadlineKind.RECEIPT])
        return
    if not ticket.legal_running or receipt_stands(receipt_of(ticket), ticket):
        return
    first = first_inbound(ticket)
    if first is None or first.is_automatic or not answer_address(ticket):
        return
    if not _receipt(ticket, now=now):
        _wait_for_mentions(ticket, _lacks(ticket, now=now), now=now)


@transaction.atomic
def receipt_send(*, ticket: Ticket, now: datetime, actor: Agent | None = None) -> Letter | None:
    """Send the ARE that waited for a mention; None when nothing is owed any more. Raises `MentionsMissing`."""
    ticket = ticket_lock(ticket.pk)
    require(actor, WORK, ticket)
    if not ticket.deadlines.filter(kind=DeadlineKind.RECEIPT, state__in=LIVE).exists():
        if actor is not None:
            raise Conflict(_("No acknowledgement is waiting on this request."), code="nothing_waits")
        return None
    if not owes_receipt(ticket) or not ticket.legal_running:  # another type since, or decided meanwhile
        clocks_change(ticket, now=now, cancel=[DeadlineKind.RECEIPT])
        ticket.save(update_fields=["next_due_at", "answer_due_at"])
        return None
    letter = _receipt(ticket, now=now, actor=actor)
    if letter is None:
        raise MentionsMissing(_lacks(ticket, now=now))
    ticket.save(update_fields=["next_due_at", "answer_due_at"])
    return letter


def receipts_send(*, now: datetime) -> int:
    """Send every ARE whose mentions are there at last; how many. Told twice at once, each leaves once."""
    sent, town = 0, town_get()
    for ticket in receipts_waiting().select_related("service").iterator():
        if ticket.legal_running and (service_lacks(ticket.service) or town_lacks(town, tribunal=False)):
            continue
        try:
            sent += receipt_send(ticket=ticket, now=now) is not None
        except MentionsMissing:
            continue
    return sent


def _lacks(ticket: Ticket, *, now: datetime) -> list[Missing]:
    return missing_mentions(facts_of(ticket, kind=LetterKind.RECEIPT, now=now, by_email=True))


def _receipt(
    ticket: Ticket, *, now: datetime, actor: Agent | None = None, first: Message | None = None, to_address: str = ""
) -> Letter | None:
    """The ARE of a locked ticket, and the end of the clocks that waited for it; None when it lacks a mention.

    ``first``: the message that opened a ticket just received. The dates of the clocks are otherwise set on the ticket,
    which the caller saves.
    """
    facts = _facts(ticket, LetterKind.RECEIPT, now=now, is_new=first is not None, to_address=to_address)
    if missing_mentions(facts):
        return None
    letter = _send(facts, first, now=now, actor=actor)
    if first is not None:
        clock_acknowledged(ticket, now=now)
    else:
        clocks_change(ticket, now=now, stop=[DeadlineKind.RECEIPT, DeadlineKind.ACKNOWLEDGE])
    return letter


def _registration(ticket: Ticket, first: Message, address: str, *, now: datetime) -> None:
    """The AEE, as complete as it can be, while the ARE waits for its mentions."""
    _wait_for_mentions(ticket, _lacks(ticket, now=now), now=now)
    facts = _facts(ticket, LetterKind.REGISTRATION, now=now, is_new=True, to_address=address)
    _send(facts, first, now=now, actor=None)
    clock_acknowledged(ticket, now=now)


def _facts(ticket: Ticket, kind: str, *, now: datetime, is_new: bool, to_address: str) -> Facts:
    reference = f"{ticket.reference}-C1" if is_new else next_reference(ticket)
    return facts_of(
        ticket, kind=kind, now=now, by_email=True, is_new=is_new, to_address=to_address, reference=reference
    )


def _send(facts: Facts, first: Message | None, *, now: datetime, actor: Agent | None) -> Letter:
    """The letter, on its way, and its event. Its PDF is made when the mail leaves: routing does not wait for it."""
    letter = letter_store(
        facts,
        actor=actor,
        now=now,
        mail_kind=OutboundKind.ACKNOWLEDGEMENT,
        in_reply_to=first.email_message_id if first else None,
        with_pdf=False,
    )
    event_add(facts.ticket, EventKind.ACKNOWLEDGED, actor=actor, at=now, letter=facts.kind, reference=letter.reference)
    return letter


def _wait_for_mentions(ticket: Ticket, missing: list[Missing], *, now: datetime) -> None:
    """Start the ten working days of the ARE, once, and tell the service what is missing."""
    clocks = list(ticket.deadlines.all())
    if any(clock.kind == DeadlineKind.RECEIPT and clock.state in LIVE for clock in clocks):
        return
    last = receipt_due(received_on(ticket))
    clock = deadline_build(
        ticket,
        DeadlineKind.RECEIPT,
        started_at=ticket.received_at,
        now=now,
        due_at=datetime.combine(last + timedelta(days=1), time.min, tzinfo=town_zone()),
        cycle=next_cycle(clocks) if any(clock.kind == DeadlineKind.RECEIPT for clock in clocks) else 1,
    )
    clocks_add(ticket, [clock])
    _tell(ticket, missing, now=now)


def _tell(ticket: Ticket, missing: list[Missing], *, now: datetime) -> None:
    """Alert whoever answers for the service, once a day: the same mention is missing from all its acknowledgements."""
    step = escalation.Step(1, "receipt", 0, escalation.HOURS, escalation.REFERENT)
    day = now.astimezone(town_zone()).date().isoformat()
    key = f"receipt:{ticket.service_id}:{day}:"
    if Notice.objects.filter(dedupe_key__startswith=key).exists():
        return
    with translation.override("fr"):
        title = _("%(reference)s: the legal acknowledgement lacks a mention") % {"reference": ticket.reference}
        body = "; ".join(each.sentence for each in missing)
    for agent in Recipients.load(now).of_step(ticket, step):
        notice_add(
            agent_id=agent.pk,
            title=title,
            body=body,
            path=reverse("tickets:detail", args=[ticket.reference]),
            ticket_reference=ticket.reference,
            created_at=now,
            dedupe_key=f"{key}{agent.pk}",
        )


def _simple(ticket: Ticket, first: Message, address: str, *, now: datetime) -> None:
    """A request on which silence means nothing: that it is in, who handles it, and until when."""
    town = town_get()
    with translation.override("fr"):
        body = render_to_string(
            "emails/acknowledgement.txt",
            {
                "ticket": ticket,
                "town": town,
                "answer_due": timezone.localtime(ticket.answer_due_at),
                "received": timezone.localtime(ticket.received_at),
                "earlier": repeat_to_tell(ticket, address),
                "tracking_url": tracking_url(ticket),
            },
        )
    outbound_queue(
        kind=OutboundKind.ACKNOWLEDGEMENT,
        to_address=address,
        to_name=ticket.requester.known_name if ticket.requester else "",
        from_address=town.email,
        from_name=town.name,
        subject=f"Votre demande {ticket.reference} est bien reçue",
        body=body,
        in_reply_to=first.email_message_id,
        references=first.email_message_id,
        is_automatic=True,
        ticket_reference=ticket.reference,
        dedupe_key=f"acknowledgement:{ticket.reference}",
    )
    event_add(ticket, EventKind.ACKNOWLEDGED, actor=None, at=now)
    clock_acknowledged(ticket, now=now)
