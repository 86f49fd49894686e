"""A request sent to the wrong administration: it is forwarded to the competent one, and the person told (L114-2)."""

from dataclasses import dataclass
from datetime import date, datetime

from django.core.files.base import ContentFile
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from core.errors import Conflict, Invalid
from core.text import one_line
from directory.contacts import normalise_email
from directory.models import Agent
from directory.roles import WORK
from directory.selectors import town_get
from notifications.actions.outbox import outbound_queue
from notifications.models import OutboundAttachment, OutboundKind, OutboundMessage
from tickets.actions.clocks.deadlines import clocks_change
from tickets.actions.legal.clock import legal_clock_refresh
from tickets.actions.letters.letters import letter_write
from tickets.actions.locking import status_set, ticket_lock
from tickets.actions.messages import answered
from tickets.actions.timeline import event_add
from tickets.enums import DeadlineKind, EventKind, LetterKind, MessageKind, Status
from tickets.models import Attachment, Ticket, Transmission
from tickets.permissions import require
from tickets.selectors.legal import local_day, standing_of

ENDED = (DeadlineKind.ACKNOWLEDGE, DeadlineKind.ANSWER, DeadlineKind.TARGET)


@dataclass(frozen=True)
class Administration:
    """The other administration; it is written to when it has an e-mail address, else the file is sent by post."""

    name: str
    address: str = ""
    email: str = ""


@transaction.atomic
def transmission_send(
    *,
    ticket: Ticket,
    actor: Agent,
    to: Administration,
    now: datetime,
    by_email: bool = True,
) -> Transmission:
    """Forward the request to the competent administration and tell the citizen, by e-mail or on paper (L114-2).

    Our clock stops: SVR still runs from our reception, but for them; SVA from the day they receive it, which is today
    by e-mail and not known by post (L114-3). What was announced here is answered. Raises `Invalid`, `Conflict`.
    """
    ticket = ticket_lock(ticket.pk)
    require(actor, WORK, ticket)
    standing, today = standing_of(ticket), local_day(now)
    name, email = one_line(to.name, 160), normalise_email(to.email) or ""
    address = to.address.replace("\x00", "").strip()
    if standing.forwarded is not None:
        raise Conflict(
            _("This request was already forwarded to %(name)s.") % {"name": standing.forwarded.administration},
            code="forwarded",
        )
    if standing.decision is not None or standing.born_by(today):
        raise Conflict(_("A decision was taken here: the request can no longer be forwarded."), code="decided")
    if not name:
        raise Invalid(_("Name the competent administration."), field="administration")
    if to.email.strip() and not email:
        raise Invalid(_("This e-mail address is not complete."), field="email")
    if not (email or address):
        raise Invalid(_("Give its e-mail or postal address: the citizen will need it."), field="address")
    first = standing.case.received_on if standing.case else local_day(ticket.received_at)
    transmission = Transmission.objects.create(
        ticket=ticket,
        administration=name,
        address=address,
        email=email,
        first_received_on=first,
        sent_on=today,
        received_on=today if email else None,
        actor=actor,
        created_at=now,
    )
    if email:
        _forward(ticket, transmission, actor=actor)
    event_add(ticket, EventKind.TRANSMITTED, actor=actor, at=now, administration=name, inbound=False)
    legal_clock_refresh(ticket, now=now, actor=actor)
    transmission.letter = letter_write(
        ticket=ticket,
        kind=LetterKind.TRANSMISSION,
        actor=actor,
        now=now,
        by_email=by_email,
        extra={"administration": name, "address": address, "email": email, "received_on": transmission.received_on},
    )
    transmission.save(update_fields=["letter"])
    _answered(ticket, actor=actor, now=now)
    ticket.save()
    return transmission


def _forward(ticket: Ticket, transmission: Transmission, *, actor: Agent) -> OutboundMessage:
    """The request itself and its documents, to the other administration: who asks, what, and when we received it."""
    town = town_get()
    citizen = ticket.requester
    with translation.override("fr"):
        body = render_to_string(
            "emails/transmission.txt",
            {
                "ticket": ticket,
                "town": town,
                "agent": actor,
                "service": ticket.service,
                "citizen": citizen,
                "contacts": [point.value for point in citizen.contact_points.all()] if citizen else [],
                "first_received_on": transmission.first_received_on,
                "messages": ticket.messages.filter(kind=MessageKind.INBOUND, is_automatic=False),
            },
        )
    message = outbound_queue(
        kind=OutboundKind.LETTER,
        to_address=transmission.email,
        to_name=transmission.administration,
        from_address=town.email,
        from_name=f"{actor.public_name} — {town.name}",
        subject=f"Transmission d’une demande (article L114-2 du CRPA) — {ticket.reference}",
        body=body,
        is_automatic=False,
        ticket_reference=ticket.reference,
    )
    files = Attachment.objects.safe().filter(message__ticket=ticket, message__kind=MessageKind.INBOUND)
    for file in files:
        with file.file.open("rb") as content:
            copy = OutboundAttachment(message=message, name=file.name, content_type=file.content_type)
            copy.file.save(file.name, ContentFile(content.read()), save=True)
    return message


def _answered(ticket: Ticket, *, actor: Agent, now: datetime) -> None:
    """The citizen has been told what becomes of the request: the commitments end as with a reply."""
    former = ticket.status
    if former in {Status.NEW, Status.OPEN, Status.WAITING}:
        status_set(ticket, Status.ANSWERED)
        event_add(ticket, EventKind.STATUS, actor=actor, at=now, former=former, current=Status.ANSWERED)
    clocks_change(ticket, now=now, stop=ENDED, cancel=[DeadlineKind.CALLBACK])
    answered(ticket, now=now)
    ticket.updated_at = now


@transaction.atomic
def transmission_receive(
    *,
    ticket: Ticket,
    actor: Agent,
    administration: str,
    first_received_on: date,
    now: datetime,
    received_on: date | None = None,
) -> Transmission:
    """Record that another administration received the request first, on ``first_received_on``, and sent it to us, who
    are competent; we received it on ``received_on`` (the ticket's reception when None).

    SVR is counted from the first reception, SVA from ours, whatever had elapsed before (L114-3). It also records a
    request we had forwarded and that comes back.
    """
    ticket = ticket_lock(ticket.pk)
    require(actor, WORK, ticket)
    name, today = one_line(administration, 160), local_day(now)
    ours = received_on or local_day(ticket.received_at)
    if not name:
        raise Invalid(_("Name the administration that received the request first."), field="administration")
    if ours > today:
        raise Invalid(_("The day of reception is in the future."), field="received_on")
    if ours < local_day(ticket.received_at):
        raise Invalid(
            _("The request was received here on %(day)s: not before.")
            % {"day": timezone.localtime(ticket.received_at).strftime("%d/%m/%Y")},
            field="received_on",
        )
    if first_received_on > ours:
        raise Invalid(_("The other administration received it before us."), field="first_received_on")
    transmission = Transmission.objects.create(
        ticket=ticket,
        is_inbound=True,
        administration=name,
        first_received_on=first_received_on,
        received_on=ours,
        actor=actor,
        created_at=now,
    )
    event_add(
        ticket,
        EventKind.TRANSMITTED,
        actor=actor,
        at=now,
        administration=name,
        inbound=True,
        first_received_on=first_received_on.isoformat(),
    )
    legal_clock_refresh(ticket, now=now, actor=actor)
    ticket.updated_at = now
    ticket.save()
    return transmission
