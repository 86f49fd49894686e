"""A service that is not on the tool yet receives its requests by e-mail, and answers them by e-mail.

A sensitive request says its reference and where to read it, nothing else. Headers name the request, never a person.
"""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from core.templatetags.wording import exact_moment
from directory.contacts import display_phone
from directory.models import ContactKind
from directory.selectors import town_get
from notifications.actions.outbox import absolute_url, outbound_queue
from notifications.models import OutboundAttachment, OutboundKind, OutboundMessage
from tickets.actions.timeline import event_add
from tickets.enums import DeadlineKind, EventKind, MessageKind
from tickets.models import Attachment, Message, Ticket
from tickets.selectors.detail import given_with, live_deadlines
from tickets.signed_addresses import Signed, service_address

FILES_MAX_BYTES = 15_000_000  # many servers refuse a mail above 20 MB, and base64 adds a third
_TOLD = (DeadlineKind.CALLBACK, DeadlineKind.ANSWER, DeadlineKind.TARGET, DeadlineKind.LEGAL, DeadlineKind.REASONS)


def service_mail_queue(
    ticket: Ticket, *, now: datetime, added: Message | None = None, reason: str = ""
) -> OutboundMessage | None:
    """Send a locked ticket to its service if that works by e-mail; None when it does not, or when the ticket is over.

    ``added``: the citizen's new message, sent alone under the first mail. ``reason``: why it was transferred. Call it
    once the service, the clocks and the files are what they will be.
    """
    service = ticket.service
    if not service.works_by_email or not service.email or not ticket.is_open or ticket.routed_at is None:
        return None
    town, messages = town_get(), [] if ticket.is_sensitive else _messages(ticket, added)
    files, left_out = _files(messages)
    before = _sent_before(ticket, service.email)
    with translation.override("fr"):
        body = render_to_string(
            "emails/service.txt",
            {
                "ticket": ticket,
                "service": service,
                "town": town,
                "is_sensitive": ticket.is_sensitive,
                "is_follow_up": added is not None,
                "reason": reason,
                "citizen": ticket.requester,
                "contacts": _contacts(ticket),
                "deadlines": _deadlines(ticket),
                "messages": messages,
                "left_out": left_out,
                "url": absolute_url(reverse("tickets:detail", args=[ticket.reference])),
            },
        )
        what = "" if ticket.is_sensitive or ticket.request_type is None else ticket.request_type.name
        subject = " — ".join(filter(None, (_("Request %(reference)s") % {"reference": ticket.reference}, what)))
    outbound = outbound_queue(
        kind=OutboundKind.SERVICE,
        to_address=service.email,
        to_name=service.name,
        from_address=town.email,
        from_name=town.name,
        reply_to=service_address(town.email, Signed(service.pk, ticket.reference))
        if settings.SERVICE_REPLY_TAG
        else "",
        subject=subject,
        body=body,
        in_reply_to=before[-1] if before else "",
        references=" ".join(before),
        ticket_reference=ticket.reference,
    )
    OutboundAttachment.objects.bulk_create(  # the same file, not a copy of it
        OutboundAttachment(message=outbound, name=one.name, content_type=one.content_type, file=one.file.name)
        for one in files
    )
    event_add(ticket, EventKind.SERVICE_ASKED, actor=None, at=now, service=service.name, to=service.email)
    return outbound


def _messages(ticket: Ticket, added: Message | None) -> list[Message]:
    if added is not None:
        return [added]
    told = ticket.messages.filter(kind__in=[MessageKind.INBOUND, MessageKind.REPLY], is_automatic=False)
    return list(told) or list(ticket.messages.filter(kind=MessageKind.INBOUND))  # a robot's request is one too


def _files(messages: Sequence[Message]) -> tuple[list[Attachment], list[str]]:
    """(those that leave, the names of those that would make the mail too heavy)."""
    kept, left_out, size = list[Attachment](), list[str](), 0
    for file in Attachment.objects.safe().filter(message__in=messages):
        if size + file.size <= FILES_MAX_BYTES:
            size += file.size
            kept.append(file)
        else:
            left_out.append(file.name)
    return kept, left_out


def _contacts(ticket: Ticket) -> list[str]:
    points = list(ticket.requester.contact_points.all()) if ticket.requester else []
    found = [display_phone(point.value) if point.kind == ContactKind.PHONE else point.value for point in points]
    opening = ticket.messages.filter(kind=MessageKind.INBOUND).order_by("created_at", "id")[:1]
    for each in given_with(opening, [point.value for point in points]):
        shown = each.value if each.is_email else display_phone(each.value)
        found.append(_("%(contact)s (given with the request, not checked)") % {"contact": shown})
    return found


def _deadlines(ticket: Ticket) -> list[tuple[str, str]]:
    """(what is due, when) in the active language, the earliest first."""
    told = []
    for clock in live_deadlines(ticket):
        if clock.kind == DeadlineKind.LEGAL and ticket.legal_due_on:
            told.append((_("Last day to decide"), exact_moment(ticket.legal_due_on)))
        elif clock.kind in _TOLD:
            told.append((str(DeadlineKind(clock.kind).label), exact_moment(timezone.localtime(clock.due_at))))
    return told


def _sent_before(ticket: Ticket, address: str) -> list[str]:
    """The Message-IDs of what the service already received about the ticket, oldest first."""
    sent = OutboundMessage.objects.filter(
        ticket_reference=ticket.reference, kind=OutboundKind.SERVICE, to_address=address
    )
    return list(sent.order_by("-id").values_list("message_id", flat=True)[:10])[::-1]
