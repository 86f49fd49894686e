"""The orders a list can be read in. Each one follows an index, so that a page costs the same at any size."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Order:
    """``fields``: as `core.pagination.keyset_page` wants them."""

    key: str
    label: object
    fields: tuple[str, ...]


ORDERS = {
    order.key: order
    for order in (
        Order("due", _("Due date, the most urgent first"), ("queue_at", "id")),
        Order("legal", _("Legal last day"), ("legal_due_on", "id")),
        Order("priority", _("Priority, then due date"), ("-priority", "queue_at", "id")),
        Order("newest", _("Newest first"), ("-received_at", "-id")),
        Order("oldest", _("Oldest first"), ("received_at", "id")),
        Order("spoke", _("Last message of the citizen, newest first"), ("-last_inbound_at", "-id")),
        Order("silent", _("Last message of the citizen, oldest first"), ("last_inbound_at", "id")),
    )
}

OPEN_ORDERS = ("due", "priority", "newest", "oldest", "spoke", "silent")
LEGAL_ORDERS = ("legal", "newest", "oldest")
# closed tickets are a million: only what their one index gives
ALL_ORDERS = ("newest", "oldest")

# of what a search found: `tickets.selectors.search.best_first` gives the score
BEST = Order("best", _("Best match"), ("-score", "-received_at", "-id"))


def orders_of(queue: str) -> Sequence[Order]:
    """Those offered in a queue, the first one being its usual order; ``queue`` is empty for every ticket."""
    keys = {"legal": LEGAL_ORDERS, "": ALL_ORDERS}.get(queue, OPEN_ORDERS)
    return [ORDERS[key] for key in keys]


def order_of(queue: str, key: str) -> Order:
    """The order of this key, or the usual one of the queue when it is not offered there."""
    offered = orders_of(queue)
    return next((order for order in offered if order.key == key), offered[0])
