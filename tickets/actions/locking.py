"""The one way a ticket is locked before a change: its own row, not those it points to."""

from django.utils.translation import gettext as _

from core.errors import Conflict
from tickets import workflow
from tickets.enums import Status
from tickets.models import Ticket


def ticket_lock(pk: int) -> Ticket:
    """The ticket, locked until the transaction ends, with what its rules read. Raises Ticket.DoesNotExist."""
    return (
        Ticket.objects.select_related("service", "request_type", "requester", "assignee")
        .select_for_update(of=("self",), no_key=True)
        .get(pk=pk)
    )


def status_set(ticket: Ticket, status: str) -> str:
    """Change the status in memory after asking the workflow; returns the former one. Raises `Conflict`."""
    former = ticket.status
    if former != status:
        if not workflow.may(former, status):
            raise Conflict(
                _("A ticket « %(current)s » cannot become « %(target)s ».")
                % {"current": Status(former).label, "target": Status(status).label},
                code="transition_refused",
            )
        ticket.status = status
    return former


def tickets_lock(first: int, second: int) -> tuple[Ticket, Ticket]:
    """Two tickets, locked in the order of their numbers whoever asks, so that two callers never wait for each other."""
    locked = {pk: ticket_lock(pk) for pk in sorted({first, second})}
    return locked[first], locked[second]


def ticket_lock_kept(pk: int) -> Ticket:
    """The ticket where a message for ``pk`` lands, locked: the one it was merged into, as it is once it is locked."""
    ticket = ticket_lock(pk)
    return ticket if ticket.merged_into_id is None else ticket_lock(ticket.merged_into_id)
