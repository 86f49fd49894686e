"""Which tickets a list shows, from what its address says: the same answer for the page, a bulk action and an export."""

from datetime import datetime

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _

from core.errors import Invalid
from core.text import one_line
from directory.models import Agent
from tickets.filter_forms import TicketFilterForm
from tickets.models import Ticket
from tickets.search_terms import read
from tickets.selectors.orders import arranged, order_of, too_long_for_it
from tickets.selectors.queues import QUEUE_KEYS, queue_tickets
from tickets.selectors.search import Found, tickets_found
from tickets.selectors.visible import tickets_visible_to


def tickets_in(queue: str, agent: Agent, query: QueryDict, now: datetime) -> tuple[QuerySet[Ticket], TicketFilterForm]:
    """All the tickets of `found_in`."""
    found, form = found_in(queue, agent, query, now)
    return found.tickets, form


def found_in(queue: str, agent: Agent, query: QueryDict, now: datetime) -> tuple[Found, TicketFilterForm]:
    """The tickets of a queue, or all those that match ``q`` when ``queue`` is empty, narrowed by the filters of
    ``query``, under the rights of ``agent``. The form comes validated: a filter that is not valid is left out.

    Raises KeyError for an unknown queue.
    """
    form = TicketFilterForm(query)
    form.is_valid()
    if queue:
        if queue not in QUEUE_KEYS:
            raise KeyError(queue)
        found = Found(queue_tickets(queue, agent, now))
    else:
        found = tickets_found(tickets_visible_to(agent), read(one_line(query.get("q", ""), 200)))
    return found.filter(form.condition(agent, now)), form


def list_to_export(agent: Agent, queue: str, query: str, now: datetime) -> tuple[QuerySet[Ticket], tuple[str, ...]]:
    """What `tickets.actions.lists.exports` writes: the tickets of a list and the fields of its order. Raises `Invalid`
    for a filter that is not valid: the file would not hold what its name says."""
    params = QueryDict(query)
    tickets, form = tickets_in(queue, agent, params, now)
    if form.errors:
        raise Invalid(_("A filter of this list is not valid any more."))
    order = order_of(queue, params.get("sort", ""), closed=form.keeps_closed)
    found = arranged(tickets, order)
    if found is None:
        raise Invalid(too_long_for_it())
    return found, order.fields
