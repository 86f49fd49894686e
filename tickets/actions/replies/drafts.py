"""What an agent is writing on a ticket, kept on the server so that no text is lost with a page or a computer."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core.errors import Invalid
from directory.models import Agent
from directory.roles import WORK
from tickets.enums import MessageKind
from tickets.models import Message, Ticket, WrittenDraft
from tickets.permissions import require

KINDS = (MessageKind.REPLY, MessageKind.NOTE)
LONGEST = 50_000  # characters, as the forms


@transaction.atomic
def draft_save(
    *, ticket: Ticket, actor: Agent, kind: str, body: str, now: datetime, seen_message_id: int | None = None
) -> WrittenDraft | None:
    """Keep the text; an empty one forgets the draft. None when nothing is kept.

    ``seen_message_id``: the last message of the page that saves. A page that saves after its text was sent (its request
    was on the way) keeps nothing. Raises `NotAllowed`, and `Invalid` for an unknown kind or a text too long.
    """
    require(actor, WORK, ticket)
    if kind not in KINDS:
        raise Invalid(_("This draft is not valid."))
    body = body.replace("\x00", "")
    if len(body) > LONGEST:
        raise Invalid(_("This text is too long to be kept."), field="body")
    if not body.strip():
        draft_discard(ticket=ticket, actor=actor, kind=kind)
        return None
    if seen_message_id is not None and _was_sent(ticket, actor, kind, seen_message_id):
        return None
    return WrittenDraft.objects.update_or_create(
        ticket=ticket, agent=actor, kind=kind, defaults={"body": body, "updated_at": now}
    )[0]


def draft_discard(*, ticket: Ticket, actor: Agent, kind: str) -> None:
    """Forget the agent's own draft, if there is one."""
    WrittenDraft.objects.filter(ticket=ticket, agent=actor, kind=kind).delete()


def draft_add(*, ticket: Ticket, actor: Agent, body: str, now: datetime) -> WrittenDraft:
    """Bring a text back into the draft of the reply, above what is being written there."""
    draft, created = WrittenDraft.objects.select_for_update().get_or_create(
        ticket=ticket, agent=actor, kind=MessageKind.REPLY, defaults={"body": body, "updated_at": now}
    )
    if not created and draft.body.strip() != body.strip():
        draft.body, draft.updated_at = f"{body}\n\n{draft.body}"[:LONGEST], now
        draft.save(update_fields=["body", "updated_at"])
    return draft


def _was_sent(ticket: Ticket, actor: Agent, kind: str, seen_message_id: int) -> bool:
    return Message.objects.filter(ticket=ticket, author=actor, kind=kind, pk__gt=seen_message_id).exists()
