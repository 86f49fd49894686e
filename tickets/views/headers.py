"""The heads of the columns of a list: a link where the column sorts it, with its direction; or why it does not."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest

from tickets.selectors.orders import Order, too_long_for_it
from tickets.views.addresses import address
from tickets.views.columns import Column

# sorted downwards at the first click: what is looked for is at that end
_DOWN_FIRST = frozenset({"received", "spoke", "priority", "closed"})


@dataclass(frozen=True)
class Header:
    """``sort``: ascending, descending or empty, as ``aria-sort``. ``url`` is empty where the column sorts nothing, and
    ``why`` says why when a shorter list could be sorted by it."""

    label: object
    css: str
    url: str = ""
    sort: str = ""
    title: str = ""
    why: str = ""


def headers(
    request: HttpRequest, columns: Sequence[Column], offered: Sequence[Order], order: Order, *, too_long: bool
) -> list[Header]:
    """One for each of ``columns``. ``too_long``: the list was found too long for the orders that follow no index."""
    return [_header(request, column, offered, order, too_long) for column in columns]


def _header(request: HttpRequest, column: Column, offered: Sequence[Order], order: Order, too_long: bool) -> Header:
    ways = {each.descending: each for each in offered if each.column == column.key}
    if not ways:
        return Header(column.label, column.css)
    sort = ""
    if order.column == column.key:
        sort = "descending" if order.descending else "ascending"
        wanted = ways.get(not order.descending, order)
    else:
        wanted = ways.get(column.key in _DOWN_FIRST) or next(iter(ways.values()))
    if too_long and wanted.bounded:
        return Header(column.label, column.css, sort=sort, why=too_long_for_it())
    return Header(column.label, column.css, address(request, sort=wanted.key), sort, str(wanted.label))
