"""How a call or a visit ends, through the pipeline: the same form sent twice is one contact."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from channels_intake.pipeline import intake
from directory.actions.citizens import Requester
from directory.models import Agent, Citizen, RequestType
from knowledge.models import Article
from tickets.actions.first_contact import contact_answered
from tickets.actions.messages import Incoming, message_receive
from tickets.actions.opening import Draft, ticket_open
from tickets.models import Ticket

ANSWERED, OPENED, ADDED = "answered", "opened", "added"


@dataclass(frozen=True)
class Contact:
    """A call or a visit, as the agent wrote it down. ``outcome`` is ANSWERED, OPENED or ADDED (to ``ticket``)."""

    key: uuid.UUID
    outcome: str
    question: str
    requester: Requester
    citizen: Citizen | None = None
    request_type: RequestType | None = None
    location: str = ""
    answer: str = ""
    article: Article | None = None
    ticket: Ticket | None = None


def contact_record(*, contact: Contact, channel: str, source: str, actor: Agent, now: datetime) -> Ticket:
    """The ticket this contact made or was added to. Raises `Invalid` when a text is missing."""
    draft = Draft(
        channel=channel,
        subject="",
        body=contact.question,
        requester=contact.requester,
        citizen=contact.citizen,
        request_type=contact.request_type,
        location=contact.location,
        received_at=now,
    )
    open_with: Callable[..., Ticket] = ticket_open
    extra: dict[str, object] = {}
    if contact.outcome == ADDED:
        open_with, extra = _added, {"ticket": contact.ticket}
    elif contact.outcome == ANSWERED:
        open_with, extra = contact_answered, {"article": contact.article, "answer": contact.answer}
        if contact.article is not None:
            # what was typed to find the article is often half a word: the article's question says it better
            draft = replace(draft, subject=contact.article.question)
    ticket, _made = intake(
        source=source, key=str(contact.key), draft=draft, actor=actor, now=now, open_with=open_with, **extra
    )
    return ticket


def _added(*, draft: Draft, actor: Agent, now: datetime, ticket: Ticket) -> Ticket:
    name = draft.citizen.display_name if draft.citizen else draft.requester.name
    incoming = Incoming(channel=draft.channel, body=draft.body, author_name=name)
    message_receive(ticket=ticket, incoming=incoming, now=now, actor=actor)
    return ticket
