"""What a bulk job does to one ticket, and how that is undone: nothing but calls to the actions of one ticket.

``before`` is what undoing needs: read under the lock of the ticket, in the transaction that changes it.
"""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from core.errors import Conflict, DomainError, Invalid
from directory.models import Agent, Service
from directory.selectors import town_get
from tickets.actions.locking import ticket_lock
from tickets.actions.messages import reply_send
from tickets.actions.processing import ticket_assign, ticket_close, ticket_reopen, ticket_transfer
from tickets.actions.tags import tags_clean, ticket_tag
from tickets.models import BulkJob, BulkKind, Ticket
from tickets.permissions import may_see
from tickets.reply_variables import fill
from tickets.selectors.reply_templates import template_values

UNDOABLE = frozenset({BulkKind.ASSIGN, BulkKind.TRANSFER, BulkKind.CLOSE, BulkKind.TAG})


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
        before = _state(ticket)
        self._apply(ticket, now)
        service_id, updated_at = Ticket.objects.values_list("service", "updated_at").get(pk=ticket_id)
        if self.service is not None and service_id != self.service.pk:
            before["diverted"] = True  # transferred too often: the pilot service decides
        return before | {"after": updated_at.isoformat(), "same": updated_at == ticket.updated_at}

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
            ticket_close(ticket=ticket, actor=actor, reason=params["reason"], now=now)
        elif self.kind == BulkKind.TAG:
            ticket_tag(ticket=ticket, add=params["tags"], actor=actor, now=now)
        else:
            self._reply(ticket, now)

    def _reply(self, ticket: Ticket, now: datetime) -> None:
        assert self.town is not None
        reply_send(
            ticket=ticket,
            actor=self.actor,
            body=fill(self.params["body"], template_values(ticket, self.actor, self.town, now=now)),
            then=self.params["then"],
            seen_message_id=self.params.get("seen_message_id"),
            now=now,
        )

    def undo(self, ticket_id: int, before: dict[str, Any], now: datetime) -> None:
        """Put the ticket back as it was. Raises `Conflict` when something happened to it since."""
        ticket = ticket_lock(ticket_id)
        if before.get("same"):
            return
        if ticket.updated_at.isoformat() != before.get("after"):
            raise Conflict(_("Something happened to this ticket since: it stays as it is."))
        if self.kind == BulkKind.ASSIGN:
            ticket_assign(ticket=ticket, assignee=_agent(before["assignee"]), actor=self.actor, now=now)
        elif self.kind == BulkKind.TRANSFER:
            self._send_back(ticket, before, now)
        elif self.kind == BulkKind.CLOSE:
            ticket_reopen(ticket=ticket, actor=self.actor, now=now)
            if before["first_answered_at"] is None:  # closing had counted as the answer
                Ticket.objects.filter(pk=ticket_id).update(first_answered_at=None, answer_kept=None)
        elif self.kind == BulkKind.TAG:
            added = [tag for tag in tags_clean(self.params["tags"]) if tag not in before["tags"]]
            ticket_tag(ticket=ticket, remove=added, actor=self.actor, now=now)

    def _send_back(self, ticket: Ticket, before: dict[str, Any], now: datetime) -> None:
        """By the system, in the agent's name: whoever sends a ticket away may no longer have rights where it went."""
        former = Service.objects.get(pk=before["service"])
        reason = _("Transfer undone by %(name)s") % {"name": self.actor.full_name}
        ticket_transfer(ticket=ticket, service=former, reason=reason, actor=None, now=now)
        Ticket.objects.filter(pk=ticket.pk).update(transfer_count=before["transfer_count"])
        assignee = _agent(before["assignee"])
        if assignee is not None:
            try:
                ticket_assign(ticket=ticket_lock(ticket.pk), assignee=assignee, actor=self.actor, now=now)
            except DomainError:
                return  # the agent may not assign there: the service finds it among its unassigned ones


def _state(ticket: Ticket) -> dict[str, Any]:
    answered = ticket.first_answered_at
    return {
        "assignee": ticket.assignee_id,
        "service": ticket.service_id,
        "status": ticket.status,
        "tags": list(ticket.tags),
        "transfer_count": ticket.transfer_count,
        "first_answered_at": answered.isoformat() if answered else None,
    }


def _agent(pk: int | None) -> Agent | None:
    return Agent.objects.filter(pk=pk).first() if pk else None
