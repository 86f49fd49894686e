"""What a bulk job does to one ticket, through the actions of one ticket, and how that is undone.

``before`` is what undoing needs, read under the lock of the ticket in the transaction that changes it. Undoing writes
it back: calling the contrary action would count a reopening, start new clocks, transfer once more.
"""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import Conflict, Invalid, NotAllowed
from directory.models import Agent, Service
from directory.roles import WORK
from directory.selectors import town_get
from tickets.actions.by_email.service_mail import service_mail_queue
from tickets.actions.clocks.deadlines import clocks_recompute, dates_set
from tickets.actions.locking import ticket_lock
from tickets.actions.messages import reply_send
from tickets.actions.processing import ticket_assign, ticket_close, ticket_transfer
from tickets.actions.replies.checks import remains_check
from tickets.actions.snapshots import Snapshot, clocks_changed, clocks_kept, clocks_put_back, values_of, values_restore
from tickets.actions.tags import ticket_tag
from tickets.actions.teamwork.watching import watchers_tell
from tickets.actions.timeline import event_add
from tickets.enums import EventKind, Status
from tickets.models import BulkJob, BulkKind, ClockPause, Ticket
from tickets.permissions import may_see, require
from tickets.reply_variables import fill
from tickets.selectors.assignable import agents_for
from tickets.selectors.reply_templates import template_values

UNDOABLE = frozenset({BulkKind.ASSIGN, BulkKind.TRANSFER, BulkKind.CLOSE, BulkKind.TAG})
CLOCKED = frozenset({BulkKind.TRANSFER, BulkKind.CLOSE})  # they change clocks
# what the undoable actions may change; the dates of the commitments follow from the clocks
FIELDS = (
    *("status", "assignee_id", "service_id", "transfer_count", "tags"),
    *("closed_at", "first_answered_at", "answer_kept", "reopen_count", "escalation_level"),
)


class Steps:
    """One turn of a job: the agent, with the rights they have now, and the rows its parameters name, read once."""

    def __init__(self, job: BulkJob) -> None:
        self.kind, self.params = job.kind, job.params
        self.actor = Agent.objects.get(pk=job.actor_id)
        self.assignee = self._named(Agent, "assignee")
        self.service = self._named(Service, "service")
        self.town = town_get() if job.kind == BulkKind.REPLY else None

    def _named(self, model: Any, name: str) -> Any:
        pk = self.params.get(name)
        return model.objects.filter(pk=pk).first() if pk else None

    def do(self, ticket_id: int, now: datetime) -> dict[str, Any]:
        """Do it to this ticket; returns ``before``. Raises `DomainError` when the ticket or the rights refuse."""
        ticket = ticket_lock(ticket_id)
        if not may_see(self.actor, ticket):
            raise Conflict(_("You no longer see this ticket."))
        if self.kind not in UNDOABLE:
            self._apply(ticket, now)
            return {}
        former, touched = values_of(ticket, FIELDS), ticket.updated_at
        clocks = clocks_kept(ticket) if self.kind in CLOCKED else []
        paused = ClockPause.objects.filter(ticket=ticket, ended_at=None) if self.kind == BulkKind.CLOSE else None
        pause = paused.values_list("pk", flat=True).first() if paused is not None else None
        self._apply(ticket, now)
        made = Ticket.objects.get(pk=ticket_id)
        if made.updated_at == touched:
            return {"same": True}
        after = values_of(made, FIELDS)
        before: Snapshot = {"touched": made.updated_at.isoformat(), "pause": pause}
        before["fields"] = {name: value for name, value in former.items() if value != after[name]}
        if self.kind in CLOCKED:
            before["clocks"] = clocks_changed(made, clocks)
        if self.service is not None and made.service_id != self.service.pk:
            before["diverted"] = True  # transferred too often: the pilot service decides
        return before

    def _apply(self, ticket: Ticket, now: datetime) -> None:
        actor, params = self.actor, self.params
        if self.kind == BulkKind.ASSIGN:
            if params.get("assignee") and self.assignee is None:
                raise Invalid(_("This agent no longer exists."))
            ticket_assign(ticket=ticket, assignee=self.assignee, actor=actor, now=now)
        elif self.kind == BulkKind.TRANSFER:
            if self.service is None:
                raise Invalid(_("This service no longer exists."))
            ticket_transfer(ticket=ticket, service=self.service, reason=params["reason"], actor=actor, now=now)
        elif self.kind == BulkKind.CLOSE:
            remains_check(ticket, in_bulk=True)
            ticket_close(ticket=ticket, actor=actor, reason=params["reason"], now=now)
        elif self.kind == BulkKind.TAG:
            ticket_tag(ticket=ticket, add=params["tags"], actor=actor, now=now)
        else:
            self._reply(ticket, now)

    def _reply(self, ticket: Ticket, now: datetime) -> None:
        assert self.town is not None
        if self.params["then"] == Status.CLOSED:
            remains_check(ticket, in_bulk=True)
        reply_send(
            ticket=ticket,
            actor=self.actor,
            body=fill(self.params["body"], template_values(ticket, self.actor, self.town, now=now)),
            then=self.params["then"],
            remains_known=True,
            seen_message_id=self.params.get("seen_message_id"),
            now=now,
        )

    def undo(self, ticket_id: int, before: Snapshot, now: datetime) -> None:
        """Put the ticket back as it was. Raises `Conflict` when something happened to it since, `NotAllowed` when the
        agent may no longer work on it as it was, or who had it may not."""
        ticket = ticket_lock(ticket_id)
        if before.get("same"):
            return
        if ticket.updated_at.isoformat() != before.get("touched"):
            raise Conflict(_("Something happened to this ticket since: it stays as it is."))
        made = values_of(ticket, FIELDS) | {"service": ticket.service.name}
        values_restore(ticket, before["fields"])
        require(self.actor, WORK, ticket)
        self._assignee_check(ticket)
        ClockPause.objects.filter(pk=before["pause"]).update(ended_at=None)
        if "clocks" in before:
            if clocks_put_back(before["clocks"]):  # the commitments changed meanwhile
                clocks_recompute(ticket, now=now)
            dates_set(ticket, list(ticket.deadlines.all()))
        ticket.updated_at = now
        ticket.save()
        self._undone_tell(ticket, made, now)

    def _assignee_check(self, ticket: Ticket) -> None:
        """Who had it must still be able to. A ticket sent away goes back without them."""
        former = ticket.assignee
        if former is None or agents_for(ticket).filter(pk=former.pk).exists():
            return
        if self.kind == BulkKind.ASSIGN:
            raise NotAllowed(_("%(name)s cannot see this ticket.") % {"name": former.full_name})
        if self.kind == BulkKind.TRANSFER:
            ticket.assignee = None

    def _undone_tell(self, ticket: Ticket, made: Snapshot, now: datetime) -> None:
        """One line of the timeline for what is back."""
        actor = self.actor
        if self.kind == BulkKind.ASSIGN:
            name = ticket.assignee.full_name if ticket.assignee else ""
            event_add(ticket, EventKind.ASSIGNED, actor=actor, at=now, assignee=name)
        elif self.kind == BulkKind.TRANSFER:
            reason = _("Transfer undone by %(name)s") % {"name": actor.full_name}
            told = {"former": made["service"], "service": ticket.service.name, "reason": reason}
            event_add(ticket, EventKind.TRANSFERRED, actor=actor, at=now, **told)
            service_mail_queue(ticket, now=now, reason=reason)
        elif self.kind == BulkKind.CLOSE:
            told = {"former": made["status"], "current": ticket.status, "undone": True}
            event_add(ticket, EventKind.STATUS, actor=actor, at=now, **told)
            watchers_tell(ticket, gettext_lazy("closing undone"), now=now, but=actor)
        elif self.kind == BulkKind.TAG:
            removed = [tag for tag in made["tags"] if tag not in ticket.tags]
            event_add(ticket, EventKind.TAGGED, actor=actor, at=now, added=[], removed=removed)
