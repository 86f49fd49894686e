"""What each column of a list becomes in a file: texts and dates, not badges."""

from collections.abc import Callable, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.tables import Value
from tickets.enums import Channel, Priority, Status
from tickets.filter_forms import language_name
from tickets.models import Ticket

Read = Callable[[Ticket], Value]

_FIRST: list[tuple[object, Read]] = [
    (gettext_lazy("Reference"), lambda ticket: ticket.reference),
    (gettext_lazy("Subject"), lambda ticket: ticket.subject),
]
_COLUMNS: dict[str, list[tuple[object, Read]]] = {
    "requester": [
        (
            gettext_lazy("Requester"),
            lambda ticket: ticket.requester.display_name if ticket.requester else _("Anonymous person"),
        )
    ],
    "service": [(gettext_lazy("Service"), lambda ticket: ticket.service.name)],
    "type": [(gettext_lazy("Request type"), lambda ticket: ticket.request_type.name if ticket.request_type else "")],
    "assignee": [(gettext_lazy("Assignee"), lambda ticket: ticket.assignee.full_name if ticket.assignee else "")],
    "status": [(gettext_lazy("Status"), lambda ticket: str(Status(ticket.status).label))],
    "channel": [(gettext_lazy("Channel"), lambda ticket: str(Channel(ticket.channel).label))],
    "priority": [(gettext_lazy("Priority"), lambda ticket: str(Priority(ticket.priority).label))],
    "tags": [(gettext_lazy("Tags"), lambda ticket: ", ".join(ticket.tags))],
    "place": [(gettext_lazy("Place"), lambda ticket: ticket.location)],
    "received": [(gettext_lazy("Received"), lambda ticket: ticket.received_at)],
    "spoke": [(gettext_lazy("Last message of the citizen"), lambda ticket: ticket.last_inbound_at)],
    "replied": [(gettext_lazy("Our last message"), lambda ticket: getattr(ticket, "replied_at", None))],
    "closed": [(gettext_lazy("Closed"), lambda ticket: ticket.closed_at)],
    "language": [(gettext_lazy("Language"), lambda ticket: language_name(ticket.language))],
    "mailbox": [(gettext_lazy("Mailbox"), lambda ticket: ticket.mailbox)],
    "emergency": [(gettext_lazy("Emergency"), lambda ticket: ticket.emergency.name if ticket.emergency else "")],
    "legal": [(gettext_lazy("Legal last day"), lambda ticket: ticket.legal_due_on)],
    "due": [
        (gettext_lazy("Deadline"), lambda ticket: ticket.next_due_at),
        (gettext_lazy("Legal last day"), lambda ticket: ticket.legal_due_on),
    ],
}


def export_columns(chosen: Sequence[str]) -> tuple[list[str], list[Read]]:
    """(heads in the active language, readers) of the reference, the subject and the columns ``chosen`` in a list;
    every column when none is. A head that two columns share is written once."""
    pairs = _FIRST + [pair for key in columns_read(chosen) for pair in _COLUMNS[key]]
    found = {str(head): read for head, read in pairs}
    return list(found), list(found.values())


def columns_read(chosen: Sequence[str]) -> list[str]:
    """The columns a file holds, in order: those ``chosen``, or all of them."""
    return [key for key in _COLUMNS if not chosen or key in chosen]
