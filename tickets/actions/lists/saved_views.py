"""Lists kept under a name. Those who may assign in a service share theirs with it, and mend what is shared there."""

from collections.abc import Iterable, Sequence

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from core.errors import Conflict, Invalid, NotAllowed
from core.text import one_line
from directory.models import Agent, Service
from directory.permissions import has_right
from directory.roles import ASSIGN, VIEW
from tickets.models import SavedView
from tickets.permissions import may_change_view

MOST_OWN = 30
LONGEST_NAME, LONGEST_QUERY = 80, 1000  # as the columns of `SavedView`


@transaction.atomic
def view_save(
    *,
    actor: Agent,
    name: str,
    queue: str,
    query: str,
    sort: str = "",
    columns: Sequence[str] = (),
    shared_with: Service | None = None,
    view: SavedView | None = None,
) -> SavedView:
    """Keep a list as a new view, last of the agent's, or as another content of ``view``.

    ``query``: the filters as GET parameters, without the order. Raises `Invalid` without a name or when the filters are
    too many, or when a view of somebody else would be shared with nobody any more; `NotAllowed` when sharing with a
    service where the agent may not assign or changing a view one may not (`may_change_view`); `Conflict` past MOST_OWN
    views.
    """
    _require_view(actor)
    name = one_line(name, LONGEST_NAME)
    if not name:
        raise Invalid(_("Give this view a name."), field="name")
    if len(query) > LONGEST_QUERY:
        raise Invalid(_("These filters are too many to be kept in a view."), field="name")
    if view is None:
        own = SavedView.objects.filter(owner=actor)
        if own.count() >= MOST_OWN:
            raise Conflict(_("You have %(most)d views already: delete one first.") % {"most": MOST_OWN})
        last = own.aggregate(last=Max("position"))["last"]
        view = SavedView(owner=actor, position=0 if last is None else last + 1)
    else:
        view = _changed(view.pk, actor)
    if shared_with is None and view.owner_id != actor.pk:
        raise Invalid(_("It is the service’s view: share it with a service, or delete it."), field="shared_with")
    if shared_with is not None and shared_with.pk != view.shared_with_id:
        _require_share(actor, shared_with)
    view.name, view.queue, view.query, view.sort = name, queue, query, sort
    view.columns, view.shared_with = list(columns), shared_with
    view.save()
    return view


@transaction.atomic
def view_columns_set(*, view: SavedView, columns: Iterable[str], actor: Agent) -> SavedView:
    view = _changed(view.pk, actor)
    view.columns = list(columns)
    view.save(update_fields=["columns"])
    return view


@transaction.atomic
def view_move(*, view: SavedView, up: bool, actor: Agent) -> None:
    """One place up or down among the agent's own views; nothing at either end."""
    views = list(SavedView.objects.select_for_update(of=("self",), no_key=True).filter(owner=actor))
    here = next((at for at, one in enumerate(views) if one.pk == view.pk), None)
    if here is None:
        raise _not_yours()
    there = here + (-1 if up else 1)
    if 0 <= there < len(views):
        views[here], views[there] = views[there], views[here]
    for position, one in enumerate(views):
        one.position = position
    SavedView.objects.bulk_update(views, ["position"])


@transaction.atomic
def view_delete(*, view: SavedView, actor: Agent) -> None:
    _changed(view.pk, actor).delete()


def _changed(pk: int, actor: Agent) -> SavedView:
    """The view, locked, for who may change it."""
    view = SavedView.objects.select_for_update(of=("self",), no_key=True).filter(pk=pk).first()
    if view is None or not may_change_view(actor, view):
        raise _not_yours()
    return view


def _not_yours() -> NotAllowed:
    return NotAllowed(
        _("Only the agent who made this view, or those who assign the work of its service, may change it.")
    )


def _require_view(actor: Agent) -> None:
    if not has_right(actor, VIEW):
        raise NotAllowed(_("Your role does not give access to the tickets."))


def _require_share(actor: Agent, service: Service) -> None:
    if not has_right(actor, ASSIGN, service.pk):
        raise NotAllowed(_("You may share a view with the services where you assign the work only."))
