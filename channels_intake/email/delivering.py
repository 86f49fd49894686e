"""What a parsed mail becomes: the twin of another, a message of a ticket, a ticket, or the notice of a failure.

Everything here runs in the transaction of `channels_intake.email.processing`, which saves the row.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from django.db import connection
from django.utils.translation import gettext as _

from channels_intake.email.agents import answers_elsewhere, from_the_town, prepared_for, town_flag
from channels_intake.email.bounces import Bounce
from channels_intake.email.drafting import Prepared, prepare
from channels_intake.email.matching import Answered, ticket_answered
from channels_intake.email.parsed import ParsedMail
from channels_intake.email.robots import reads_nothing
from channels_intake.email.services import Addressed, service_addressed
from channels_intake.models import InboundMail, InboundOutcome, InboundStatus
from channels_intake.pipeline import intake
from core.text import one_line
from directory.actions.citizens import Requester
from directory.actions.failing import email_fails
from notifications.actions.returns import outbound_returned
from tickets.actions.by_email.mailed_notes import MailedNote, mailed_note_add
from tickets.actions.by_email.service_answers import ServiceAnswer, service_answer_add
from tickets.actions.imports import ticket_route_mute
from tickets.actions.locking import ticket_lock_kept
from tickets.actions.messages import Incoming, message_receive
from tickets.actions.opening import Draft
from tickets.actions.replies.send_failures import TO_CITIZENS, send_failure_note
from tickets.actions.routing.route import ticket_route_opened
from tickets.actions.teamwork.links import ticket_link_found
from tickets.actions.timeline import event_add, events_together
from tickets.enums import Channel, EventKind
from tickets.models import LinkKind, Ticket


def deliver(row: InboundMail, received: ParsedMail, raw: bytes, *, mailboxes: Mapping[str, int], now: datetime) -> None:
    """Make of a mail what it is. ``mailboxes``: lower-case address → id, of the town's."""
    addressed = service_addressed(raw, sender=received.sender_address, references=received.references)
    if addressed is not None and received.automatic:
        row.status, row.outcome = InboundStatus.IGNORED, InboundOutcome.IGNORED
        row.ticket, row.note = addressed.ticket, _("Automatic answer to a mail that a service received.")
        return
    if addressed is not None and addressed.is_known:
        mail, prepared, written = received, prepare(received, raw), ""
    else:
        mail, prepared, written = prepared_for(received, raw, mailboxes)
    twin = _twin(row, prepared, [pk for pk in mailboxes.values() if pk != row.mailbox_id])
    if twin is not None:
        row.ticket, row.message, row.outcome = twin.ticket, twin.message, InboundOutcome.TWIN
        row.note = one_line(_("Also sent to %(address)s: same ticket.") % {"address": twin.mailbox.address}, 300)
        if twin.ticket is not None:
            event_add(twin.ticket, EventKind.LINKED, actor=None, at=now, mailbox=row.mailbox.address)
        return
    if addressed is not None and addressed.is_known:
        _take_service(row, mail, prepared, addressed, now)
        return
    if addressed is not None:
        prepared = replace(prepared, flag=f"{prepared.flag} {_stranger(addressed)}".strip())
    answered = ticket_answered(mail, mailboxes)
    if answered.ticket is not None and answered.is_note:
        _note_from_inside(row, mail, prepared, answered, now)
    elif answered.ticket is not None:
        _join(row, mail, prepared, answered.ticket, now)
    else:
        requester, is_machine = Requester(name=mail.sender_name, email=mail.sender_address), bool(mail.automatic)
        if from_the_town(mail, mailboxes):
            prepared = replace(prepared, flag=f"{prepared.flag} {town_flag(mail)}".strip())
            elsewhere = answers_elsewhere(mail, mailboxes)
            requester = Requester(name=mail.reply_name, email=mail.reply_to) if elsewhere else Requester()
            is_machine = is_machine or elsewhere
        elif reads_nothing(mail.sender_address) and answers_elsewhere(mail, mailboxes):
            # a form of another website writes for a citizen, whom nobody would answer
            requester, is_machine = Requester(name=mail.reply_name, email=mail.reply_to), True
        with events_together():
            _open(row, mail, prepared, answered.quoted, requester, is_machine, now)
    if written and row.ticket is not None and row.outcome in {InboundOutcome.TICKET, InboundOutcome.REPLY}:
        note = MailedNote(
            body=written,
            author_name=received.sender_name or received.sender_address,
            author_email=received.sender_address.lower(),
        )
        mailed_note_add(ticket=row.ticket, note=note, now=now)


def take_bounce(row: InboundMail, mail: ParsedMail, bounce: Bounce, *, now: datetime) -> None:
    """The notice that a message was not delivered, or is late: on our message, its ticket and the person's card.

    Only a Message-ID of ours counts, which nobody else knows: a forged notice marks nobody's address.
    """
    told = " — ".join(filter(None, (bounce.recipient, bounce.reason))) or mail.subject
    sent = outbound_returned(message_ids=mail.references, reason=told, is_final=bounce.is_final)
    if sent is None:
        row.status, row.outcome = InboundStatus.IGNORED, InboundOutcome.IGNORED
        row.note = one_line(_("Notice about a message that we did not send: %(told)s") % {"told": told}, 300)
        return
    row.outcome = InboundOutcome.BOUNCE
    row.ticket = Ticket.objects.filter(reference=sent.ticket_reference).first() if sent.ticket_reference else None
    if not bounce.is_final:
        row.note = one_line(_("Late, still being tried: %(told)s") % {"told": told}, 300)
        return
    row.note = one_line(_("Not delivered: %(told)s") % {"told": told}, 300)
    if sent.kind in TO_CITIZENS:
        email_fails(address=sent.to_address, reason=told, now=now)
    if row.ticket is not None:
        send_failure_note(sent, now=now)


def _take_service(row: InboundMail, mail: ParsedMail, prepared: Prepared, addressed: Addressed, now: datetime) -> None:
    answer = ServiceAnswer(
        service=addressed.service,
        agent=addressed.agent,
        address=mail.sender_address.lower(),
        body=prepared.body,
        quoted=mail.quoted,
        body_html=mail.html,
        uploads=prepared.uploads,
    )
    row.message = service_answer_add(ticket=addressed.ticket, answer=answer, now=now)
    row.ticket, row.outcome = row.message.ticket, InboundOutcome.SERVICE
    row.note = row.note or one_line(_("Answer of %(service)s") % {"service": addressed.service.name}, 300)


def _stranger(addressed: Addressed) -> str:
    told = _("Answers what %(service)s received about %(reference)s, by somebody not known to be of that service.")
    return told % {"service": addressed.service.name, "reference": addressed.ticket.reference}


def _join(row: InboundMail, mail: ParsedMail, prepared: Prepared, ticket: Ticket, now: datetime) -> None:
    row.message = message_receive(
        ticket=ticket,
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
    row.ticket, row.outcome = row.message.ticket, InboundOutcome.REPLY
    row.note = row.note or _note(mail, _("Reply"))


def _note_from_inside(
    row: InboundMail, mail: ParsedMail, prepared: Prepared, answered: Answered, now: datetime
) -> None:
    """Somebody of the town hall says something of a ticket; a machine's absence message is not worth a note."""
    assert answered.ticket is not None
    row.ticket = answered.ticket
    if mail.automatic:
        row.status, row.outcome = InboundStatus.IGNORED, InboundOutcome.IGNORED
        row.note = _("Automatic answer of somebody of the town hall.")
        return
    note = MailedNote(
        body=prepared.body,
        author=answered.agent,
        author_name=mail.sender_name or mail.sender_address,
        author_email=mail.sender_address.lower(),
        quoted=mail.quoted,
        body_html=mail.html,
        uploads=prepared.uploads,
        tells=True,
    )
    row.message = mailed_note_add(ticket=answered.ticket, note=note, now=now)
    row.ticket, row.outcome = row.message.ticket, InboundOutcome.NOTE
    row.note = row.note or _("Internal note of somebody of the town hall")


def _open(
    row: InboundMail,
    mail: ParsedMail,
    prepared: Prepared,
    quoted: Ticket | None,
    requester: Requester,
    is_machine: bool,
    now: datetime,
) -> None:
    """``is_machine``: never acknowledged."""
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
            requester=requester,
            service=row.mailbox.service,
            mailbox=row.mailbox.address,
            received_at=min(row.received_at, now),
            quoted=mail.quoted,
            signed_phone="" if is_machine or requester.email != mail.sender_address else mail.phone,
            body_html=mail.html,
            email_message_id=mail.message_id,
            is_automatic=is_machine,
            flag=" ".join(flags),
            uploads=prepared.uploads,
        ),
        actor=None,
        now=now,
        tell=False,
    )
    row.ticket = ticket
    row.message = ticket.held.message if ticket.held else ticket.messages.order_by("created_at", "id").first()
    if made and row.is_mute:
        ticket_route_mute(ticket_id=ticket.pk, now=now)
    elif made:
        ticket_route_opened(ticket, now=now)
    if made and quoted is not None:
        _link(ticket, quoted, now)
    row.outcome = InboundOutcome.TICKET if made else InboundOutcome.TWIN
    what = _("New ticket") if made else _("Already known")
    if row.is_mute:
        what = _("%(what)s; imported without any automatic answer") % {"what": what}
    row.note = row.note or _note(mail, what)


def _link(ticket: Ticket, quoted: Ticket, now: datetime) -> None:
    """To the request that its sender named, whose agents read it there; a sensitive one is named to nobody."""
    ticket.refresh_from_db(fields=["is_sensitive"])
    if not ticket.is_sensitive:
        ticket_link_found(ticket, ticket_lock_kept(quoted.pk), LinkKind.RELATED, now=now)


def _twin(row: InboundMail, prepared: Prepared, others: list[int]) -> InboundMail | None:
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
    if found is None or found.message is None:
        return None
    if found.envelope_from != row.envelope_from and found.envelope_from and row.envelope_from:
        return None
    return found if found.message.body == prepared.body.strip() else None


def _note(mail: ParsedMail, what: str) -> str:
    if mail.automatic:
        return one_line(
            _("%(what)s; automatic mail (%(why)s), not acknowledged") % {"what": what, "why": mail.automatic}, 300
        )
    return what
