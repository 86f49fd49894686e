"""How a call or a visit ends, through the pipeline: the same form sent twice is one contact."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from django.utils.translation import gettext

from channels_intake.phone.callbacks import callback_detail
from channels_intake.pipeline import intake
from directory.actions.citizens import Requester
from directory.actions.contact_points import phone_add
from directory.models import Agent, Citizen, RequestType, Service
from directory.roles import WORK
from knowledge.models import Article
from tickets.actions.clocks.callbacks import callback_request
from tickets.actions.messages import Incoming, message_receive
from tickets.actions.opening import Draft, ticket_open
from tickets.actions.processing import ticket_transfer
from tickets.actions.replies.first_contact import contact_answered
from tickets.actions.routing.route import ticket_route
from tickets.models import Ticket
from tickets.permissions import may
from tickets.selectors.detail import phone_of

ANSWERED, OPENED, ADDED, CALLBACK = "answered", "opened", "added", "callback"


@dataclass(frozen=True)
class Contact:
    """A call or a visit, as the agent wrote it down. ``outcome``: ANSWERED, OPENED, CALLBACK, or ADDED (to ``ticket``).

    ``new_phone`` goes on the card of ``citizen``. A callback is promised at ``callback_phone`` (the person's own number
    when empty), by ``service`` (the one routing finds when None), at ``callback_at`` or as soon as possible.
    """

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
    new_phone: str = ""
    service: Service | None = None
    callback_phone: str = ""
    callback_at: datetime | None = None


def contact_record(*, contact: Contact, channel: str, source: str, actor: Agent, now: datetime) -> Ticket:
    """The ticket this contact made or was added to. Raises `Invalid` when a text is missing."""
    if contact.citizen is not None and contact.new_phone:
        phone_add(citizen=contact.citizen, phone=contact.new_phone)
    draft = Draft(
        channel=channel,
        subject="",
        body=contact.question,
        requester=contact.requester,
        citizen=contact.citizen,
        request_type=contact.request_type,
        service=contact.service,
        location=contact.location,
        received_at=now,
    )
    open_with: Callable[..., Ticket] = ticket_open
    extra: dict[str, object] = {}
    if contact.outcome == ADDED:
        open_with, extra = _added, {"ticket": contact.ticket}
    elif contact.outcome == CALLBACK:
        open_with, extra = _to_call_back, {"contact": contact}
    elif contact.outcome == ANSWERED:
        open_with, extra = contact_answered, {"article": contact.article, "answer": contact.answer}
        if contact.article is not None and contact.article.is_public:
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


def _to_call_back(*, draft: Draft, actor: Agent, now: datetime, contact: Contact) -> Ticket:
    """A ticket whose CALLBACK clock runs, and its line in the queue of callbacks."""
    ticket = ticket_open(draft=draft, actor=actor, now=now, tell=contact.service is None)
    if contact.service is not None:
        # routed at once, so that the service the agent chose has the last word
        ticket = ticket_route(ticket_id=ticket.pk, now=now) or ticket
        if ticket.service != contact.service and may(actor, WORK, ticket):
            reason = gettext("Service chosen during the call.")
            ticket = ticket_transfer(ticket=ticket, service=contact.service, reason=reason, actor=actor, now=now)
    phone = contact.callback_phone or contact.new_phone or phone_of(ticket)
    # whoever answers the telephone may promise in the name of a service where they do not work
    promised_by = actor if may(actor, WORK, ticket) else None
    clock = callback_request(ticket=ticket, phone=phone, actor=promised_by, now=now)
    callback_detail(deadline=clock, phone=phone, wanted_at=contact.callback_at)
    return ticket
