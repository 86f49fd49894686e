"""A request becomes a ticket. Every channel comes through here (see ``channels_intake/pipeline.py``)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core.errors import Invalid
from core.jobs import enqueue
from core.text import one_line
from directory.actions.citizens import Requester, citizen_identify
from directory.contacts import normalise_email, normalise_phone
from directory.models import Agent, Citizen, RequestType, Service
from directory.selectors import pilot_service
from tickets.actions.attachments import Upload, attachments_store
from tickets.actions.clocks.deadlines import commitment_clocks, dates_set
from tickets.actions.search_text import search_text_create
from tickets.actions.timeline import event_add, events_together
from tickets.enums import Channel, DeadlineKind, EventKind, MessageKind, Status
from tickets.models import Deadline, Message, Ticket
from tickets.models.held import Held
from tickets.references import new_reference
from tickets.routing.language import FRENCH, language_of
from tickets.selectors.routing import closed_codes, open_answers

MET = (Channel.PHONE, Channel.COUNTER)  # an agent speaks with who asks
HEARD = (*MET, Channel.POST)  # or holds their letter


@dataclass(frozen=True)
class Draft:
    """A request as a channel heard it, before it is a ticket.

    ``received_at`` is when the town hall received it (aware; now when None). ``service`` is where it goes when no
    type is recognised (a mailbox's own service). ``flag`` says why a person must look at it. ``answers``: [code,
    question, answer] of the questions of its type (`directory.questions`). ``language``: ISO 639-1, told by the text
    when empty. ``mailbox``: the town's address it came to. ``latitude`` and ``longitude``: degrees (WGS 84), both or
    neither. ``signed_phone``: the number of a mail's signature, kept on the request even of a new person (ADR 0014).
    """

    channel: str
    subject: str
    body: str
    requester: Requester = field(default_factory=Requester)
    citizen: Citizen | None = None
    request_type: RequestType | None = None
    service: Service | None = None
    location: str = ""
    received_at: datetime | None = None
    quoted: str = ""
    signed_phone: str = ""
    body_html: str = ""
    email_message_id: str = ""
    is_automatic: bool = False
    flag: str = ""
    answers: Sequence[Sequence[str]] = ()
    language: str = ""
    mailbox: str = ""
    tags: Sequence[str] = ()
    latitude: Decimal | None = None
    longitude: Decimal | None = None
    uploads: Sequence[Upload] = ()


def _phone(draft: Draft) -> str:
    given = draft.requester.phone or draft.signed_phone
    return normalise_phone(given) or one_line(given, 40)


def _language(draft: Draft, body: str) -> str:
    """Empty for French, and when nothing tells."""
    if draft.language:
        return "" if draft.language == FRENCH else draft.language[:5]
    asked = draft.request_type.questions if draft.request_type else []
    return language_of(body, *open_answers(draft.answers, closed_codes(asked)), draft.subject)


def ticket_open(*, draft: Draft, actor: Agent | None, now: datetime, tell: bool = True) -> Ticket:
    """Create the ticket of ``draft`` with its first message, its first clocks and its timeline, then ask for routing.

    Until it is routed it belongs to the pilot service (or the draft's), so that no ticket is ever without a service.
    ``tell`` is false for a caller already in a worker, that routes the ticket itself in the same transaction (with what
    the ticket then holds: `ticket_route_opened`).
    Raises `Invalid` for a draft with no text at all or received in the future. Within a transaction it is a part of it,
    without a savepoint: whoever catches what it raises there must end that transaction.
    """
    body = draft.body.replace("\x00", "").strip()
    subject = one_line(draft.subject, 250) or one_line(body, 80)
    if not subject:
        raise Invalid(_("Please describe the request."), field="body")
    received_at = draft.received_at or now
    if received_at > now:
        raise Invalid(_("The date of reception is in the future."), field="received_at")
    service = draft.service or pilot_service()
    with transaction.atomic(savepoint=False), events_together():
        citizen = draft.citizen or citizen_identify(
            draft.requester, heard=draft.channel in HEARD, met=draft.channel in MET
        )
        ticket = Ticket(
            reference=new_reference(),
            channel=draft.channel,
            subject=subject,
            location=one_line(draft.location, 250),
            requester=citizen,
            request_type=draft.request_type,
            service=service,
            created_by=actor,
            is_sensitive=bool(draft.request_type and draft.request_type.is_sensitive),
            flag=one_line(draft.flag, 250),
            answers=[list(each) for each in draft.answers],
            language=_language(draft, body),
            mailbox=draft.mailbox[:254],
            tags=list(draft.tags),
            latitude=draft.latitude,
            longitude=draft.longitude,
            status=Status.NEW,
            received_at=received_at,
            created_at=now,
            updated_at=now,
            last_inbound_at=received_at,
        )
        kinds = (DeadlineKind.ACKNOWLEDGE, DeadlineKind.ANSWER)
        clocks = commitment_clocks(ticket, now=now, started_at=received_at, kinds=kinds)
        dates_set(ticket, clocks)
        ticket.save(force_insert=True)
        Deadline.objects.bulk_create(clocks)
        message = Message.objects.create(
            ticket=ticket,
            kind=MessageKind.INBOUND,
            channel=draft.channel,
            author_name=_author(draft.requester, citizen),
            author_email=normalise_email(draft.requester.email) or "",
            author_phone=_phone(draft),
            subject=subject,
            body=body,
            quoted=draft.quoted.replace("\x00", ""),
            body_html=draft.body_html.replace("\x00", ""),
            email_message_id=draft.email_message_id,
            is_automatic=draft.is_automatic,
            created_at=received_at,
        )
        # the address of a letter may not be on the card of who wrote it: it is looked up there
        address = message.author_email if draft.citizen is None and draft.channel != Channel.POST else ""
        ticket.held = Held(message, clocks, is_fresh=True, address=address or None)
        attachments_store(message, draft.uploads)
        search_text_create(ticket, body)
        event_add(ticket, EventKind.OPENED, actor=actor, at=now, channel=draft.channel)
        if draft.flag:
            event_add(ticket, EventKind.FLAGGED, actor=None, at=now, reason=one_line(draft.flag, 250))
        if tell:
            ticket.held = None
            enqueue("tickets.route", ticket.pk)
        return ticket


def _author(requester: Requester, citizen: Citizen | None) -> str:
    """Who wrote, as they said it: a family shares an address, and the card it leads to names another of them."""
    said = f"{requester.first_name} {requester.last_name}".strip() or requester.name.strip() or requester.organisation
    return one_line(said or (citizen.display_name if citizen else requester.email), 200)
