"""Writing a letter: its row, its PDF, and how it leaves."""

import logging
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core.errors import Invalid
from core.text import one_line
from directory.models import Agent
from directory.roles import WORK
from notifications.actions.outbox import outbound_queue
from notifications.models import OutboundAttachment, OutboundKind, OutboundMessage
from tickets.actions.letters.files import pdf_write
from tickets.actions.timeline import event_add
from tickets.enums import EventKind, MessageKind
from tickets.letters import render
from tickets.letters.content import Content, compose
from tickets.letters.facts import Facts
from tickets.letters.mentions import Missing, missing_mentions
from tickets.models import Letter, Message, Ticket
from tickets.permissions import require
from tickets.selectors.letters import facts_of, receipt_of

__all__ = ["MentionsMissing", "letter_preview", "letter_write", "receipt_of"]

logger = logging.getLogger(__name__)
PDF = "application/pdf"


class MentionsMissing(Invalid):
    """The law wants a mention that is known nowhere; ``missing`` says which, and where each is mended."""

    def __init__(self, missing: list[Missing]) -> None:
        names = "; ".join(each.sentence for each in missing)
        super().__init__(
            _("This letter lacks what the law wants in it: %(names)s. Nothing was sent.") % {"names": names},
            code="mentions_missing",
        )
        self.missing = missing


@transaction.atomic
def letter_write(
    *,
    ticket: Ticket,
    kind: str,
    actor: Agent | None,
    now: datetime,
    by_email: bool,
    extra: dict[str, Any] | None = None,
) -> Letter:
    """Write a letter about ``ticket``: by e-mail it leaves at once, on paper it is printed, then posted.

    The ticket is read as it stands in memory (dates just counted, not saved yet). ``extra``, by kind (days are local):
    incomplete: ``pieces`` [{"name", "text"}], ``due_on``; transmission: ``administration``, ``address``, ``email``,
    ``received_on`` (by that administration, when known); attestation: ``asked_on``, ``decided_on``; reasons: the same
    and ``reasons``; answer: ``body``, ``subject`` (optional), ``outcome`` (`Outcome`, empty when nothing is decided: a
    refusal tells the appeals). ``decided_on`` is otherwise read from the implicit decision.

    Raises `MentionsMissing` (an `Invalid`, code ``mentions_missing``) when the law wants what is not known, `Invalid`
    when no PDF can be made. The file is written before the commit: a transaction undone later leaves an orphan file,
    under a name that nothing points to.
    """
    require(actor, WORK, ticket)
    number = _next_number(ticket)
    facts = facts_of(ticket, kind=kind, now=now, by_email=by_email, actor=actor, extra=extra, reference=number)
    missing = missing_mentions(facts)
    if missing:
        raise MentionsMissing(missing)
    try:
        letter = letter_store(facts, actor=actor, now=now)
    except render.RenderError as error:
        logger.exception("Letter %s cannot be made", number)
        raise Invalid(
            _("The PDF of this letter cannot be made. Shorten its text and try again."), field="body"
        ) from error
    event_add(ticket, EventKind.LETTER, actor=actor, at=now, letter=kind, reference=number, by_email=by_email)
    return letter


def letter_preview(
    *, ticket: Ticket, kind: str, actor: Agent, now: datetime, by_email: bool, extra: dict[str, Any]
) -> tuple[Content, list[Missing]]:
    """The letter as it would be, and the mentions it lacks. Writes nothing."""
    facts = facts_of(ticket, kind=kind, now=now, by_email=by_email, actor=actor, extra=extra)
    return compose(facts), missing_mentions(facts)


@transaction.atomic
def requester_locate(*, ticket: Ticket, address: str, actor: Agent) -> None:
    """Keep the postal address the requester is written to; an empty one changes nothing."""
    require(actor, WORK, ticket)
    wanted = ", ".join(part.strip() for part in address.replace("\x00", "").splitlines() if part.strip())[:250]
    if ticket.requester is not None and wanted and wanted != ticket.requester.address:
        ticket.requester.address = wanted
        ticket.requester.save(update_fields=["address"])


def letter_store(
    facts: Facts,
    *,
    actor: Agent | None,
    now: datetime,
    mail_kind: str = OutboundKind.LETTER,
    in_reply_to: str | None = None,
    with_pdf: bool = True,
) -> Letter:
    """The row, its PDF and, by e-mail, the message, in the thread of ``in_reply_to`` (the citizen's last, when None).

    ``with_pdf`` false leaves the PDF to its first use (`letter_files.pdf_ensure`): the mail's departure at the latest.
    Raises RenderError and OSError, and leaves no file behind then.
    """
    letter = letter_build(facts, actor=actor, now=now, with_pdf=with_pdf)
    try:
        if facts.by_email:
            letter.outbound = _mail(letter, facts, mail_kind, in_reply_to)
        letter.save()
    except BaseException:
        if letter.pdf:
            letter.pdf.delete(save=False)
        raise
    return letter


def letter_build(facts: Facts, *, actor: Agent | None, now: datetime, with_pdf: bool = True) -> Letter:
    """An unsaved row, its PDF written unless it is left for later. Raises RenderError, OSError."""
    content = compose(facts)
    letter = Letter(
        ticket=facts.ticket,
        kind=facts.kind,
        reference=facts.reference,
        subject=one_line(content.subject, 250),
        data=content.data,
        text=content.text,
        by_email=facts.by_email,
        actor=actor,
        created_at=now,
        sent_at=now if facts.by_email else None,
    )
    if with_pdf:
        pdf_write(letter)
    return letter


def next_reference(ticket: Ticket) -> str:
    """Of the next letter of a locked ticket: G-7K3M9-QT2XC-C1, -C2…"""
    return f"{ticket.reference}-C{Letter.objects.filter(ticket=ticket).count() + 1}"


def _next_number(ticket: Ticket) -> str:
    """`next_reference`, with the ticket locked so that two letters never get the same number."""
    Ticket.objects.select_for_update(no_key=True).filter(pk=ticket.pk).values_list("pk").get()
    return next_reference(ticket)


def _mail(letter: Letter, facts: Facts, kind: str, last: str | None) -> OutboundMessage:
    """The text of the letter with its PDF attached, in answer to the message whose id is ``last``."""
    if last is None:
        last = (
            Message.objects.filter(ticket=facts.ticket, kind=MessageKind.INBOUND)
            .exclude(email_message_id="")
            .order_by("-created_at", "-id")
            .values_list("email_message_id", flat=True)
            .first()
        )
    town, agent = facts.town, facts.agent
    outbound = outbound_queue(
        kind=kind,
        to_address=facts.to_address,
        to_name=facts.citizen.known_name if facts.citizen else "",
        from_address=town.email,
        from_name=f"{agent.public_name} — {town.name}" if agent else town.name,
        subject=f"{letter.data['title']} [{facts.ticket.reference}]",
        body=letter.text,
        in_reply_to=last or "",
        references=last or "",
        is_automatic=agent is None,
        ticket_reference=facts.ticket.reference,
    )
    OutboundAttachment.objects.create(
        message=outbound, name=f"{letter.reference}.pdf", content_type=PDF, file=letter.pdf.name or ""
    )
    return outbound
