"""The tickets an agent may see: the base of every list, counter, search, export and page."""

from collections.abc import Iterable

from django.db.models import OuterRef, QuerySet, Subquery
from django.http import Http404

from directory.models import Agent
from directory.permissions import service_ids_with
from directory.roles import SENSITIVE, VIEW
from tickets.enums import MessageKind
from tickets.models import Message, Ticket
from tickets.permissions import visible_q
from tickets.references import parse_reference
from tickets.selectors.page_file import page_file_read


def tickets_visible_to(agent: Agent, *, within: frozenset[int] | None = None) -> QuerySet[Ticket]:
    """``within``: those of these services only."""
    return Ticket.objects.filter(visible_q(agent, within=within))


def closed_to(agent: Agent) -> QuerySet[Ticket]:
    """The sensitive ticket of an outer ``ticket_reference``, when its compartment is closed to the agent."""
    open_to = service_ids_with(agent, VIEW) & service_ids_with(agent, SENSITIVE)
    closed = Ticket.objects.filter(reference=OuterRef("ticket_reference"), is_sensitive=True)
    return closed.exclude(service_id__in=sorted(open_to))


def with_names(tickets: QuerySet[Ticket]) -> QuerySet[Ticket]:
    """With what a list shows of each: one query, whatever the number of rows."""
    return tickets.select_related("request_type", "service", "assignee", "requester")


# what a line of a list or of an export reads, and what lists are ordered by
_LINE = (
    *("reference", "subject", "location", "status", "channel", "priority", "flag", "is_sensitive", "tags"),
    *("received_at", "last_inbound_at", "next_due_at", "queue_at", "escalation_level", "legal_due_on", "legal_running"),
    "closed_at",
    *("service__name", "request_type__name", "assignee__first_name", "assignee__last_name", "assignee__email"),
    *("requester__first_name", "requester__last_name", "requester__organisation", "requester__kind"),
)


# what some columns read besides
_MORE = {"emergency": "emergency__name", "language": "language", "mailbox": "mailbox"}


def with_lines(tickets: QuerySet[Ticket], columns: Iterable[str] = ()) -> QuerySet[Ticket]:
    """With what a line of a list shows in ``columns``, and nothing else: half the cost of whole rows. One query.

    The column « replied » reads ``replied_at``: when we last wrote to the citizen, None when we never did.
    """
    wanted = set(columns)
    rows = with_names(tickets).only(*_LINE, *(name for column, name in _MORE.items() if column in wanted))
    if "emergency" in wanted:
        rows = rows.select_related("emergency")
    if "replied" in wanted:
        ours = Message.objects.filter(ticket=OuterRef("pk"), kind=MessageKind.REPLY, is_automatic=False)
        rows = rows.annotate(replied_at=Subquery(ours.order_by("-created_at").values("created_at")[:1]))
    return rows


def ticket_get(agent: Agent, reference: str, *, with_file: bool = False) -> Ticket:
    """The ticket of this reference. Http404 when there is none or the agent may not see it: both look the same.

    ``with_file``: with its legal file and its clocks, for a page that only reads: one query more.
    """
    canonical = parse_reference(reference)
    tickets = with_names(tickets_visible_to(agent)).filter(reference=canonical or "")
    if with_file:
        tickets = tickets.select_related("suggestion__request_type__service")
    ticket = tickets.first()
    if ticket is None:
        raise Http404
    return page_file_read(ticket) if with_file else ticket


def references_visible_to(agent: Agent, references: Iterable[str]) -> set[str]:
    """Those of ``references`` whose ticket the agent may see. One query."""
    return set(tickets_visible_to(agent).filter(reference__in=references).values_list("reference", flat=True))
