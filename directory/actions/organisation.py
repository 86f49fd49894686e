from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core.errors import Conflict, Invalid
from directory.models import Service


@transaction.atomic
def pilot_set(*, service: Service) -> None:
    """Make ``service`` the one that receives what no rule sends elsewhere. Raises `Invalid` for an inactive service."""
    list(Service.objects.select_for_update(of=("self",), no_key=True).filter(is_pilot=True))
    service = Service.objects.select_for_update(of=("self",), no_key=True).get(pk=service.pk)
    if not service.is_active:
        raise Invalid(_("A service that is not active cannot be the pilot."))
    Service.objects.filter(is_pilot=True).exclude(pk=service.pk).update(is_pilot=False)
    Service.objects.filter(pk=service.pk).update(is_pilot=True)


@transaction.atomic
def service_activate(*, service: Service, active: bool) -> None:
    """Open or close a service without losing its history. Raises `Conflict` for the pilot, which has to stay open."""
    service = Service.objects.select_for_update(of=("self",), no_key=True).get(pk=service.pk)
    if service.is_pilot and not active:
        raise Conflict(_("The pilot service cannot be deactivated: make another service the pilot first."))
    Service.objects.filter(pk=service.pk).update(is_active=active)


def would_loop(service_id: int, parent_id: int | None) -> bool:
    """True when the tree would bite its tail if ``service_id`` were put under ``parent_id``. One query."""
    parents = dict(Service.objects.order_by().values_list("pk", "parent_id"))
    while parent_id is not None:
        if parent_id == service_id:
            return True
        parent_id = parents.get(parent_id)
    return False


def tree_order(services: Iterable[tuple[int, int | None, str]]) -> list[tuple[int, int]]:
    """(id, depth) of each (id, parent id, name), parents before their children and siblings by name. Pure."""
    children: dict[int | None, list[tuple[str, int]]] = {}
    for pk, parent, name in services:
        children.setdefault(parent, []).append((name.casefold(), pk))
    found: list[tuple[int, int]] = []
    todo = [(pk, 0) for _name, pk in sorted(children.get(None, []), reverse=True)]
    while todo:
        pk, depth = todo.pop()
        found.append((pk, depth))
        todo += [(child, depth + 1) for _name, child in sorted(children.get(pk, []), reverse=True)]
    return found
