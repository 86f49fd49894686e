"""The address of a list: its filters, its order, where one is in it."""

from urllib.parse import urlencode

from django.http import HttpRequest, QueryDict
from django.urls import reverse

from tickets.models import SavedView

# what an address says besides the filters and the order
_PASSING = ("cursor", "edit", "filters")


def kept(query: QueryDict) -> list[tuple[str, str]]:
    """The parameters of a list, as pairs, without those that only say where one is in it."""
    return [
        (name, value) for name, values in query.lists() if name not in _PASSING for value in values if value.strip()
    ]


def address(request: HttpRequest, **changes: str) -> str:
    """This list with other parameters; an empty value removes one. A change goes back to the first page."""
    pairs = [pair for pair in _kept_of(request) if pair[0] not in changes]
    pairs += [(name, value) for name, value in changes.items() if value]
    return f"{request.path}?{urlencode(pairs)}" if pairs else request.path


def _kept_of(request: HttpRequest) -> list[tuple[str, str]]:
    """`kept`, read once: a page of a list has some fifty addresses of itself."""
    known: list[tuple[str, str]] | None = getattr(request, "_kept", None)
    if known is None:
        known = request._kept = kept(request.GET)  # type: ignore[attr-defined]
    return known


def view_url(view: SavedView) -> str:
    """The list of a view, which its address then names: the filters can be changed there without changing the view."""
    query = QueryDict(view.query, mutable=True)
    if view.sort:
        query["sort"] = view.sort
    query["view"] = str(view.pk)
    path = reverse("tickets:queue", args=[view.queue]) if view.queue else reverse("tickets:search")
    return f"{path}?{query.urlencode()}"
