"""The letters of a ticket, as its page lists them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from directory.models import Agent
from directory.roles import WORK
from notifications.models import OutboundStatus
from tickets.actions.clocks.deadlines import LIVE
from tickets.enums import DeadlineKind, LetterKind
from tickets.letter_forms import PostedForm
from tickets.letters.facts import ELECTRONIC
from tickets.letters.mentions import Missing
from tickets.models import Letter, Ticket
from tickets.permissions import may
from tickets.selectors.letters import letters_of, owes_receipt, receipt_lacks
from tickets.views.mending import Mend, mends


@dataclass(frozen=True)
class Row:
    """A letter and how it fares; ``form``: to say that it was posted, when it still is to be."""

    letter: Letter
    state: str
    icon: str
    tone: str
    form: PostedForm | None


def letters_context(
    ticket: Ticket, agent: Agent, *, now: datetime, posting: dict[int, PostedForm] | None = None
) -> dict[str, Any]:
    """``letters``: rows. ``receipt``: what is to be said of the acknowledgement the law wants, or None."""
    work = may(agent, WORK, ticket)
    rows = [_row(letter, work=work, posting=posting or {}) for letter in letters_of(ticket)]
    return {"letters": rows, "receipt": _receipt(ticket, rows, agent, now=now)}


def _row(letter: Letter, *, work: bool, posting: dict[int, PostedForm]) -> Row:
    if letter.by_email:
        status = letter.outbound.status if letter.outbound else OutboundStatus.SENT
        state, icon, tone = {
            OutboundStatus.SENT: (_("Sent by e-mail"), "circle-check", "ok"),
            OutboundStatus.FAILED: (_("The e-mail failed"), "mail-x", "late"),
        }.get(OutboundStatus(status), (_("Leaving by e-mail"), "send", "accent"))
        return Row(letter, state, icon, tone, None)
    if letter.sent_at:
        return Row(letter, _("Posted"), "circle-check", "ok", None)
    today = timezone.localdate().isoformat()
    form = posting.get(letter.pk) or PostedForm(auto_id=f"posted-{letter.pk}-%s", initial={"on": today})
    return Row(letter, _("To print and post"), "printer", "soon", form if work else None)


@dataclass(frozen=True)
class Receipt:
    """The acknowledgement is owed: electronically, ``due_at`` and what keeps it back; otherwise it is to be printed."""

    is_electronic: bool
    due_at: datetime | None
    mends: list[Mend]


def _receipt(ticket: Ticket, rows: list[Row], agent: Agent, *, now: datetime) -> Receipt | None:
    if not owes_receipt(ticket) or not ticket.is_open:
        return None
    if ticket.channel not in ELECTRONIC:
        printed = any(row.letter.kind == LetterKind.RECEIPT for row in rows)
        return None if printed else Receipt(False, None, [])
    clocks = ticket.deadlines.all()  # the page has read them already
    clock = next((each for each in clocks if each.kind == DeadlineKind.RECEIPT and each.state in LIVE), None)
    if clock is None:
        return None
    missing: list[Missing] = receipt_lacks(ticket, now=now)
    return Receipt(True, clock.due_at, mends(missing, agent))
