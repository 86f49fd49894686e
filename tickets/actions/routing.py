"""Which service handles a ticket: its type, else the keywords of types in its text, else where it already is."""

from datetime import datetime

from django.db import transaction

from directory.models import RequestType
from tickets.actions.acknowledgement import acknowledgement_queue
from tickets.actions.deadlines import clocks_recompute
from tickets.actions.legal_clock import legal_clock_refresh
from tickets.actions.locking import ticket_lock
from tickets.actions.service_mail import service_mail_queue
from tickets.actions.timeline import event_add
from tickets.enums import DeadlineKind, EventKind
from tickets.models import Ticket
from tickets.routing.keywords import Match, TypeKeywords, best_match
from tickets.selectors.legal import LegalFile


@transaction.atomic
def ticket_route(*, ticket_id: int, now: datetime, acknowledge: bool = True) -> Ticket | None:
    """Route a ticket once; None when it is already routed. Its clocks are counted again now that its type and its
    service are known, and the acknowledgement is queued unless ``acknowledge`` is false.

    Whatever the words, the ticket keeps a service: the mailbox's own or the pilot.
    """
    ticket = ticket_lock(ticket_id)
    if ticket.routed_at is not None:
        return None
    match = None
    if ticket.request_type is None:
        match = _recognise(ticket)
        if match is not None:
            ticket.request_type = RequestType.objects.select_related("service").get(pk=match.type_id)
    fields = ["routed_at", "updated_at", "request_type", "service", "is_sensitive", "next_due_at"]
    if ticket.request_type is not None:
        ticket.service = ticket.request_type.service
        ticket.is_sensitive = ticket.is_sensitive or ticket.request_type.is_sensitive
    if ticket.is_open:
        legal_clock_refresh(ticket, now=now, file=LegalFile())
        clocks_recompute(ticket, now=now, create=[DeadlineKind.ACKNOWLEDGE, DeadlineKind.TARGET])
        fields += ["answer_due_at", "legal_regime", "legal_due_on", "legal_effective_on", "legal_running"]
    ticket.routed_at = ticket.updated_at = now
    ticket.save(update_fields=fields)
    event_add(
        ticket,
        EventKind.ROUTED,
        actor=None,
        at=now,
        service=ticket.service.name,
        request_type=ticket.request_type.name if ticket.request_type else "",
        reason="keywords" if match else "type" if ticket.request_type else "default",
        keywords=list(match.found) if match else [],
    )
    if acknowledge:
        acknowledgement_queue(ticket, now=now)
        service_mail_queue(ticket, now=now)
    return ticket


def _recognise(ticket: Ticket) -> Match | None:
    body = ticket.messages.order_by("created_at", "id").values_list("body", flat=True).first()
    types = [
        TypeKeywords(pk, keywords)
        for pk, keywords in RequestType.objects.filter(is_active=True)
        .exclude(keywords=[])
        .order_by("code")
        .values_list("pk", "keywords")
    ]
    return best_match(ticket.subject, body or "", types)
