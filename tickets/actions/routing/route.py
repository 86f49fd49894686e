"""Where a ticket goes: emergencies, then the administrators' rules, the type given, what the town's history teaches,
the keywords of types, else where it already is (the mailbox's own service, or the pilot)."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from core.kept import kept, kept_value
from directory.models import Agent, RequestType, Service
from directory.permissions import has_right
from directory.roles import SENSITIVE, VIEW, WORK
from tickets.actions.by_email.service_mail import service_mail_queue
from tickets.actions.clocks.deadlines import clocks_recompute
from tickets.actions.legal.clock import legal_clock_refresh
from tickets.actions.locking import ticket_lock
from tickets.actions.people.repeats import repeat_mark
from tickets.actions.replies.acknowledgement import acknowledgement_queue, first_inbound
from tickets.actions.rights.compartments import refuge_of
from tickets.actions.routing.assignment import assign_on_arrival
from tickets.actions.routing.emergencies import emergency_mark, emergency_tell
from tickets.actions.routing.learning import suggestion_make
from tickets.actions.tags import MOST, tags_clean
from tickets.actions.timeline import event_add, events_together
from tickets.enums import DeadlineKind, EventKind, Status
from tickets.models import RoutingHit, Ticket
from tickets.models.held import Held
from tickets.routing.decision import LEARNED, Decision, Recognised, decide
from tickets.routing.emergencies import alarms_in
from tickets.routing.text import Text
from tickets.selectors.assignable import somebody_opens
from tickets.selectors.commitments import commitments_now
from tickets.selectors.legal import LegalFile
from tickets.selectors.presence import absent_ids, local_day
from tickets.selectors.routing import RoutingTable, facts_of, recognise_keywords, words_of

_ROUTED = [
    *("routed_at", "updated_at", "request_type", "service", "assignee", "status", "is_sensitive", "priority"),
    *("tags", "flag", "emergency", "next_due_at"),
]
_DATED = ["answer_due_at", "legal_regime", "legal_due_on", "legal_effective_on", "legal_running"]


@transaction.atomic
def ticket_route(*, ticket_id: int, now: datetime, acknowledge: bool = True) -> Ticket | None:
    """Route a ticket once; None when it is already routed. Its clocks are counted again now that its type, its service
    and its priority are known, and the acknowledgement is queued unless ``acknowledge`` is false (old mail being
    imported: nobody is alerted either).

    Whatever the words and the rules, the ticket keeps a service: the mailbox's own or the pilot.
    """
    ticket = ticket_lock(ticket_id)
    if ticket.routed_at is not None:
        return None
    ticket.held = Held(first_inbound(ticket), list(ticket.deadlines.all()))
    ticket_route_opened(ticket, now=now, acknowledge=acknowledge)
    return ticket


def ticket_route_opened(ticket: Ticket, *, now: datetime, acknowledge: bool = True) -> None:
    """`ticket_route` for a ticket that `ticket_open` made in this very transaction, and that nobody else sees yet."""
    with kept(), events_together():
        _route(ticket, now=now, acknowledge=acknowledge)
    ticket.held = None


def _route(ticket: Ticket, *, now: datetime, acknowledge: bool) -> None:
    commitments = commitments_now()
    table = RoutingTable.current(commitments.version)
    body = ticket.held.message.body if ticket.held and ticket.held.message else ""
    words = words_of(ticket, body)
    text = Text(ticket.subject, words)
    alarms = alarms_in(text, table.emergencies)
    decision = decide(table.rules, facts_of(ticket, text, table.districts), lambda: _recognise(ticket, words))
    _type_set(ticket, decision)
    _effects_apply(ticket, decision, now=now)
    if acknowledge:
        repeat_mark(ticket, body, now=now)
    if alarms:
        emergency_mark(ticket, alarms)
    fields = [*_ROUTED]
    if ticket.is_open:
        legal_clock_refresh(ticket, now=now, file=LegalFile())
        kinds = [DeadlineKind.ACKNOWLEDGE, DeadlineKind.TARGET]
        clocks_recompute(ticket, now=now, create=kinds, commitments=commitments)
        fields += _DATED
    ticket.routed_at = ticket.updated_at = now
    ticket.save(update_fields=fields)
    event_add(
        ticket,
        EventKind.ROUTED,
        actor=None,
        at=now,
        service=ticket.service.name,
        request_type=ticket.request_type.name if ticket.request_type else "",
        reason=decision.reason,
        keywords=decision.words,
        rules=decision.outcome.names(),
    )
    if decision.outcome.applied:
        RoutingHit.objects.bulk_create(
            RoutingHit(rule_id=each.rule.rule_id, ticket=ticket, at=now) for each in decision.outcome.applied
        )
    if assign_on_arrival(ticket, now=now) is not None:
        ticket.save(update_fields=["assignee", "status"])
    if alarms:
        emergency_tell(ticket, alarms, now=now, quiet=not acknowledge)
    if acknowledge:
        acknowledgement_queue(ticket, now=now)
        service_mail_queue(ticket, now=now)


def _recognise(ticket: Ticket, words: str) -> Recognised | None:
    """What the town's history says when it may be applied without asking, else the keywords of the catalogue."""
    suggestion = suggestion_make(ticket, f"{ticket.subject}\n\n{words}")
    if suggestion is not None and suggestion.is_applied:
        return Recognised(suggestion.request_type_id, LEARNED, tuple(str(word) for word, _weight in suggestion.words))
    return recognise_keywords(ticket.subject, words)


def _type_set(ticket: Ticket, decision: Decision) -> None:
    """The type and the service, in memory. A sensitive type closes its compartment; nothing here opens one. A type or a
    service closed since the rules were read is passed over: the ticket goes on without it."""
    if decision.type_id is not None and decision.type_id != ticket.request_type_id:
        types = RequestType.objects.select_related("service").filter(pk=decision.type_id, is_active=True)
        ticket.request_type = kept_value(f"type {decision.type_id}", types.first) or ticket.request_type
    if ticket.request_type is not None:
        ticket.service = ticket.request_type.service
        ticket.is_sensitive = ticket.is_sensitive or ticket.request_type.is_sensitive
    if decision.outcome.effects.service_id is not None:
        wanted = Service.objects.filter(pk=decision.outcome.effects.service_id, is_active=True)
        ticket.service = wanted.first() or ticket.service


def _effects_apply(ticket: Ticket, decision: Decision, *, now: datetime) -> None:
    """What else the rules decide, in memory, with the events of what an agent would have done by hand."""
    effects = decision.outcome.effects
    ticket.is_sensitive = ticket.is_sensitive or effects.sensitive
    _keep_openable(ticket, now=now)
    if effects.priority is not None:
        ticket.priority = effects.priority
    ticket.tags = list(dict.fromkeys((*ticket.tags, *tags_clean(effects.tags))))[:MOST]
    if effects.split and not ticket.flag:
        ticket.flag = _("This request may hold several subjects: split it if it does.")
        event_add(ticket, EventKind.FLAGGED, actor=None, at=now, reason=ticket.flag)
    if effects.agent_id is not None:
        agent = Agent.objects.filter(pk=effects.agent_id, is_active=True).first()
        if agent is not None and _may_process(agent, ticket, now):
            ticket.assignee = agent
            if ticket.status == Status.NEW:
                ticket.status = Status.OPEN
            event_add(ticket, EventKind.ASSIGNED, actor=None, at=now, assignee=agent.full_name)


def _keep_openable(ticket: Ticket, *, now: datetime) -> None:
    """A sensitive ticket sent where nobody may open it goes to the service of its type, else to the pilot, who reads
    why. It stays where it is sent when they cannot open it either. No query for an ordinary ticket."""
    if not ticket.is_sensitive or somebody_opens(ticket.service_id):
        return
    refuge = refuge_of(ticket)
    if refuge is None:
        return
    why = _("Sent here because nobody in %(service)s may open sensitive requests.") % {"service": ticket.service.name}
    ticket.service, ticket.flag = refuge, ticket.flag or why
    event_add(ticket, EventKind.FLAGGED, actor=None, at=now, reason=why)


def _may_process(agent: Agent, ticket: Ticket, now: datetime) -> bool:
    """Whether a rule may give them the ticket: a compartment stays closed, and those who are away get nothing."""
    if not agent.is_available or agent.pk in absent_ids(local_day(now)):
        return False
    if not all(has_right(agent, right, ticket.service_id) for right in (VIEW, WORK)):
        return False
    return not ticket.is_sensitive or has_right(agent, SENSITIVE, ticket.service_id)
