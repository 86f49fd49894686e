"""Words that cannot wait were recognised: the ticket says so at the top, its priority rises, supervisors are told."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from core.errors import Conflict
from core.text import one_line
from directory.models import Agent
from directory.roles import WORK
from directory.selectors import town_get
from notifications.actions.notices import notice_add
from notifications.actions.outbox import absolute_url, outbound_queue
from notifications.models import OutboundKind, OutboundMessage
from tickets.actions.clocks.deadlines import clocks_recompute
from tickets.actions.locking import ticket_lock
from tickets.actions.replies.recipients import Recipients
from tickets.actions.timeline import event_add
from tickets.deadlines import escalation
from tickets.deadlines.escalation import Step
from tickets.enums import DeadlineKind, EventKind
from tickets.models import Ticket
from tickets.permissions import may_see, require
from tickets.routing.emergencies import Alarm
from tickets.selectors.routing import alarms_told

_TOLD = (escalation.REFERENT, escalation.MANAGER, escalation.PILOT)


def emergency_mark(ticket: Ticket, alarms: Sequence[Alarm]) -> None:
    """Set the emergency and the priority of a ticket, in memory: the first alarm is the gravest. Never lowers it."""
    ticket.emergency_id = alarms[0].emergency.emergency_id
    ticket.priority = max(ticket.priority, *(alarm.emergency.priority for alarm in alarms))


def emergency_tell(ticket: Ticket, alarms: Sequence[Alarm], *, now: datetime, quiet: bool = False) -> None:
    """Write the alarms in the timeline, and alert at once the référent and the manager of the service and the pilot.

    Call it once the service is what it will be. ``quiet``: nobody is alerted (old mail being imported). An alert, in
    the application and by mail at once, never quotes the request; those who may not see it are told of it without the
    name of the emergency.
    """
    for alarm in alarms:
        event_add(
            ticket,
            EventKind.EMERGENCY,
            actor=None,
            at=now,
            name=alarm.emergency.name,
            words=list(alarm.words),
            priority=alarm.emergency.priority,
        )
    if quiet:
        return
    recipients = Recipients.load(now)
    told: dict[int, Agent] = {}
    for audience in _TOLD:
        for agent in recipients.of_step(ticket, Step(1, "emergency", 0, escalation.HOURS, audience)):
            told[agent.pk] = agent
    for agent in told.values():
        _alert(agent, ticket, alarms[0], now=now)


def _alert(agent: Agent, ticket: Ticket, alarm: Alarm, *, now: datetime) -> None:
    """In the application, and by mail at once: nobody waits for a page to be opened."""
    within_reach = may_see(agent, ticket)
    with translation.override("fr"):
        if within_reach:
            title, instruction = _("Emergency: %(name)s") % {"name": alarm.emergency.name}, alarm.emergency.instruction
        else:
            title = _("An emergency is waiting for somebody")
            instruction = _("You may not open it yourself: make sure that an agent who may deals with it.")
    path = reverse("tickets:detail", args=[ticket.reference]) if within_reach else ""
    key = f"emergency:{ticket.pk}:{now.isoformat()}:{agent.pk}"[:120]
    notice_add(
        agent_id=agent.pk,
        title=f"{ticket.reference} — {title}",
        body=one_line(instruction, 400),
        path=path,
        ticket_reference=ticket.reference,
        is_urgent=True,
        created_at=now,
        dedupe_key=key,
    )
    if OutboundMessage.objects.filter(dedupe_key=key).exists():  # the ticket is locked: nobody writes it meanwhile
        return
    town = town_get()
    context = {
        "agent": agent,
        "reference": ticket.reference,
        "title": title,
        "instruction": instruction,
        "url": absolute_url(path) if path else "",
        "town": town,
    }
    outbound_queue(
        kind=OutboundKind.NOTICE,
        to_address=agent.email,
        to_name=agent.full_name,
        from_address=town.email,
        from_name=town.name,
        subject=f"{title} — {ticket.reference}",
        body=render_to_string("emails/emergency.txt", context),
        ticket_reference=ticket.reference,
        dedupe_key=key,
        next_attempt_at=now,
        created_at=now,
    )


def emergency_watch(ticket: Ticket, text: str, *, now: datetime) -> bool:
    """Look for emergencies in what the citizen writes on a locked ticket that exists; whether there was one.

    Sets the ticket in memory, with its dates: the caller saves it.
    """
    alarms = alarms_told(text)
    if not alarms:
        return False
    before = ticket.priority
    emergency_mark(ticket, alarms)
    if ticket.priority != before and ticket.is_open:
        clocks_recompute(ticket, now=now, create=[DeadlineKind.TARGET])
    emergency_tell(ticket, alarms, now=now)
    return True


@transaction.atomic
def emergency_clear(*, ticket: Ticket, actor: Agent, now: datetime) -> Ticket:
    """An agent says that the emergency is dealt with, or was none. The priority stays: lowering it is another choice.

    Raises `Conflict` when there is no emergency on the ticket (any more).
    """
    ticket = ticket_lock(ticket.pk)
    require(actor, WORK, ticket)
    if ticket.emergency is None:
        raise Conflict(_("There is no emergency on this ticket any more."), code="no_emergency")
    name, ticket.emergency, ticket.updated_at = ticket.emergency.name, None, now
    ticket.save(update_fields=["emergency", "updated_at"])
    event_add(ticket, EventKind.EMERGENCY, actor=actor, at=now, name=name, cleared=True)
    return ticket
