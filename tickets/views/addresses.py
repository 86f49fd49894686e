"""The address of a list: its filters, its order, where one is in it."""

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
    query = QueryDict(mutable=True)
    for name, value in kept(request.GET):
        if name not in changes:
            query.appendlist(name, value)
    for name, value in changes.items():
        if value:
            query[name] = value
    return f"{request.path}?{query.urlencode()}" if query else request.path


def view_url(view: SavedView) -> str:
    """The list of a view, which its address then names: the filters can be changed there without changing the view."""
    query = QueryDict(view.query, mutable=True)
    if view.sort:
        query["sort"] = view.sort
    query["view"] = str(view.pk)
    path = reverse("tickets:queue", args=[view.queue]) if view.queue else reverse("tickets:search")
    return f"{path}?{query.urlencode()}"
