"""A letter that answers: what it does to the conversation, the clocks and the decision when it leaves."""

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core.errors import Conflict, Invalid
from core.text import one_line
from directory.models import Agent
from directory.roles import WORK
from tickets import workflow
from tickets.actions.agent_messages import agent_message_add
from tickets.actions.clocks.deadlines import clocks_change
from tickets.actions.legal.decisions import Verdict, decision_add
from tickets.actions.letters.letters import letter_write
from tickets.actions.locking import status_set, ticket_lock
from tickets.actions.messages import answered
from tickets.actions.replies.checks import answered_once_check, complete_check
from tickets.actions.replies.drafts import draft_discard
from tickets.actions.timeline import event_add
from tickets.enums import UNFAVOURABLE, Channel, DeadlineKind, EventKind, LetterKind, MessageKind, Outcome, Status
from tickets.models import Letter, Ticket
from tickets.permissions import require
from tickets.selectors.legal import standing_of
from tickets.timezones import town_zone

STOPPED = (DeadlineKind.ACKNOWLEDGE, DeadlineKind.ANSWER, DeadlineKind.TARGET)


@transaction.atomic
def answer_letter_write(
    *,
    ticket: Ticket,
    actor: Agent,
    body: str,
    now: datetime,
    by_email: bool,
    subject: str = "",
    outcome: str = "",
    seen_message_id: int | None = None,
) -> Letter:
    """Write the answer: by e-mail the request is answered at once, on paper when it is posted (`letter_posted`).

    ``outcome`` (`Outcome`, or empty) is what the letter decides; where silence means something it is recorded as the
    express decision, of today. Raises `MentionsMissing`, what `decision_add` raises, and `Conflict` when somebody wrote
    after ``seen_message_id``, as for a reply.
    """
    ticket = ticket_lock(ticket.pk)
    require(actor, WORK, ticket)
    if not (ticket.is_open or ticket.status == Status.ANSWERED):
        raise Conflict(_("This ticket is over. Reopen it to write to the citizen."), code="not_open")
    if outcome and outcome not in Outcome.values:
        raise Invalid(_("Choose the decision."), field="outcome")
    complete_check(body)
    answered_once_check(ticket, seen_message_id)
    extra = {"body": body, "subject": subject, "outcome": outcome}
    letter = letter_write(ticket=ticket, kind=LetterKind.ANSWER, actor=actor, now=now, by_email=by_email, extra=extra)
    draft_discard(ticket=ticket, actor=actor, kind=MessageKind.REPLY)
    if outcome and standing_of(ticket).case is not None:
        today = now.astimezone(town_zone()).date()
        verdict = Verdict(
            outcome,
            decided_on=today,
            notified_on=today if by_email else None,
            reasons=body,
            appeals_told=outcome in UNFAVOURABLE,
            letter=letter,
        )
        decision_add(ticket, actor=actor, verdict=verdict, now=now)
    if by_email:
        _answered(letter, ticket, body, actor=actor, now=now)
    ticket.assignee = ticket.assignee or actor
    ticket.updated_at = now
    ticket.save()
    return letter


@transaction.atomic
def letter_posted(*, letter: Letter, actor: Agent, on: date, now: datetime, registered_number: str = "") -> Letter:
    """Record that a letter on paper was posted or handed over on that local day; an answer then answers the request.

    Raises `Conflict` when it has left already, `Invalid` for a day in the future or before it was written.
    """
    ticket = ticket_lock(letter.ticket_id)
    require(actor, WORK, ticket)
    letter = Letter.objects.select_for_update(of=("self",)).get(pk=letter.pk)
    zone = town_zone()
    today = now.astimezone(zone).date()
    if letter.sent_at is not None:
        raise Conflict(_("This letter has already left."), code="already_sent")
    if on > today:
        raise Invalid(_("This day is in the future."), field="on")
    if on < letter.created_at.astimezone(zone).date():
        raise Invalid(_("This day is before the letter was written."), field="on")
    noon = datetime(on.year, on.month, on.day, 12, tzinfo=zone)
    letter.sent_at = now if on == today else max(noon, letter.created_at)
    letter.registered_number = one_line(registered_number, 40)
    letter.save(update_fields=["sent_at", "registered_number"])
    event_add(
        ticket,
        EventKind.LETTER,
        actor=actor,
        at=now,
        letter=letter.kind,
        reference=letter.reference,
        posted_on=on.isoformat(),
        registered_number=letter.registered_number,
    )
    if letter.kind == LetterKind.ANSWER and ticket.status != Status.MERGED:
        _answered(letter, ticket, letter.data.get("body", ""), actor=actor, now=now)
    ticket.updated_at = now
    ticket.save()
    return letter


def _answered(letter: Letter, ticket: Ticket, body: str, *, actor: Agent, now: datetime) -> None:
    """The answer has left: it joins the conversation and stops the commitments. The caller saves the ticket."""
    agent_message_add(
        ticket,
        MessageKind.REPLY,
        channel=Channel.EMAIL if letter.by_email else Channel.POST,
        author=letter.actor or actor,
        body=body,
        now=now,
        subject=letter.subject,
        email_message_id=letter.outbound.message_id if letter.outbound else "",
        outbound=letter.outbound,
    )
    event_add(ticket, EventKind.REPLIED, actor=actor, at=now, to=Status.ANSWERED, letter=letter.reference)
    if ticket.status != Status.ANSWERED and workflow.may(ticket.status, Status.ANSWERED):
        former = status_set(ticket, Status.ANSWERED)
        event_add(ticket, EventKind.STATUS, actor=actor, at=now, former=former, current=Status.ANSWERED)
    clocks_change(ticket, now=now, stop=STOPPED, cancel=[DeadlineKind.CALLBACK])
    answered(ticket, now=now)
