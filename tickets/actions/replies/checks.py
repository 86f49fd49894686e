"""What is asked of an answer before it leaves: words, nothing left to complete, an address, and the page read."""

from django.utils.translation import gettext_lazy as _

from core.errors import Conflict, Invalid
from directory.models import Agent
from directory.roles import WORK
from tickets.enums import MessageKind, Status
from tickets.models import Message, Ticket
from tickets.permissions import require
from tickets.reply_variables import leftovers
from tickets.selectors.addresses import answer_address, answer_addresses
from tickets.selectors.remaining import remains_sentence, what_remains


def reply_check(
    ticket: Ticket,
    *,
    actor: Agent,
    body: str,
    then: str,
    seen_message_id: int | None,
    to_address: str = "",
    remains_known: bool = False,
) -> str:
    """The text of a reply that may leave now, stripped; the arguments of `reply_send`, on the locked ticket.

    Raises `NotAllowed`; `Invalid` for an empty text, one that holds something to complete, a requester without e-mail,
    an address that is not theirs, what closing would leave undone; `Conflict` when somebody replied or the citizen
    wrote meanwhile.
    """
    require(actor, WORK, ticket)
    body = written(body)
    complete_check(body)
    if then not in {Status.ANSWERED, Status.WAITING, Status.OPEN, Status.CLOSED}:
        raise Invalid(_("This status cannot follow a reply."), field="then")
    if to_address and to_address not in answer_addresses(ticket):
        raise Invalid(_("This address is no longer one of this person’s: choose another."), field="to")
    if not answer_address(ticket):
        raise Invalid(
            _("This person has no e-mail address: answer by telephone or by letter, and note it here."), field="body"
        )
    answered_once_check(ticket, seen_message_id)
    if then == Status.CLOSED and not remains_known:
        remains_check(ticket)
    return body


def remains_check(ticket: Ticket, *, in_bulk: bool = False) -> None:
    """Raise `Invalid` when closing the ticket would leave something undone, and say what."""
    found = what_remains(ticket)
    if found:
        one, many = _("Tick the box to close the request all the same."), _("Close this request on its own page.")
        told = f"{remains_sentence(found)} {many if in_bulk else one}"
        raise Invalid(told, field="remains_known", code="remains")


def answered_once_check(ticket: Ticket, seen_message_id: int | None) -> None:
    """Raise `Conflict` when somebody replied, or the citizen wrote, after the last message the agent had on screen, if
    that is known. What a machine sent is no reason."""
    if seen_message_id is None:
        return
    kinds = [MessageKind.REPLY, MessageKind.INBOUND]
    newer = Message.objects.filter(ticket=ticket, kind__in=kinds, is_automatic=False, pk__gt=seen_message_id).first()
    if newer is not None and newer.kind == MessageKind.INBOUND:
        raise Conflict(
            _("The citizen has just written. Read that message before you send yours."), code="citizen_wrote"
        )
    if newer is not None:
        raise Conflict(
            _("%(name)s has just replied. Read that answer before you send yours.") % {"name": newer.author_name},
            code="already_replied",
        )


def complete_check(body: str) -> None:
    """Raise `Invalid` when the text still holds a variable or something to complete, and name it."""
    left = leftovers(body)
    if left:
        raise Invalid(
            _("Complete the text before it leaves: %(list)s.") % {"list": "\u202f; ".join(left)},
            field="body",
            code="to_complete",
        )


def written(body: str) -> str:
    """The text, stripped; `Invalid` when there is none."""
    body = body.replace("\x00", "").strip()
    if not body:
        raise Invalid(_("Please write something."), field="body")
    return body
