"""Who a ticket can be given to: the agents whose roles let them work on it, here or higher in the tree."""

from collections.abc import Iterable

from django.db.models import QuerySet

from directory.models import Agent, Membership, Service
from directory.roles import ROLE_PERMISSIONS, SENSITIVE, VIEW, WORK
from tickets.models import Ticket


def agents_for(ticket: Ticket) -> QuerySet[Agent]:
    """Active agents who may process this ticket, by name; sensitive tickets only go to those who may open them."""
    needed = {VIEW, WORK} | ({SENSITIVE} if ticket.is_sensitive else set())
    return _holders(needed, [ticket.service_id])


def agents_who_see(ticket: Ticket) -> QuerySet[Agent]:
    """Active agents who may open this ticket, by name."""
    needed = {VIEW} | ({SENSITIVE} if ticket.is_sensitive else set())
    return _holders(needed, [ticket.service_id]) | Agent.objects.filter(is_superuser=True, is_active=True)


def agents_of(service_ids: Iterable[int]) -> QuerySet[Agent]:
    """Active agents who may work in any of these services, by name."""
    return _holders({VIEW, WORK}, service_ids)


def somebody_opens(service_id: int) -> bool:
    """Whether an agent may process the sensitive tickets of this service. Two queries."""
    return _holders({VIEW, WORK, SENSITIVE}, [service_id]).exists()


def services_that_open() -> frozenset[int]:
    """The ids of the services whose sensitive tickets an agent may process. Two queries."""
    roles = [role for role, granted in ROLE_PERMISSIONS.items() if {VIEW, WORK, SENSITIVE} <= granted]
    held = Membership.objects.filter(role__in=roles, agent__is_active=True).order_by()
    places = set(held.values_list("service_id", flat=True))
    parents = dict(Service.objects.order_by().values_list("pk", "parent_id"))

    def opens(node: int | None) -> bool:
        seen = set[int]()
        while node is not None and node not in seen:
            if node in places:
                return True
            seen.add(node)
            node = parents.get(node)
        return False

    return frozenset(pk for pk in parents if opens(pk))


def _holders(permissions: set[str], service_ids: Iterable[int]) -> QuerySet[Agent]:
    roles = [role for role, granted in ROLE_PERMISSIONS.items() if permissions <= granted]
    parents = dict(Service.objects.order_by().values_list("pk", "parent_id"))
    places: set[int] = set()
    for start in service_ids:
        node: int | None = start
        while node is not None and node not in places:
            places.add(node)
            node = parents.get(node)
    return Agent.objects.filter(
        pk__in=Agent.objects.filter(
            memberships__service_id__in=sorted(places), memberships__role__in=roles, is_active=True
        ).values("pk")
    ).order_by("last_name", "first_name", "pk")
