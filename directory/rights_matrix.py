"""Who may do what on which service, and why: the roles behind each right, held there or higher in the tree.

A matrix is read in four queries, whatever the number of agents and services.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from directory.models import Agent, Membership, Service
from directory.permissions import grants
from directory.roles import (
    ADMINISTER,
    ALL_PERMISSIONS,
    ASSIGN,
    DASHBOARD,
    LOG,
    LOOKUP,
    ROLE_PERMISSIONS,
    SENSITIVE,
    VIEW,
    WORK,
    Role,
)

RIGHT_LABELS = {
    VIEW: _("See the requests"),
    SENSITIVE: _("See sensitive requests"),
    WORK: _("Process"),
    ASSIGN: _("Assign to others"),
    LOG: _("Calls and visits"),
    DASHBOARD: _("Dashboard"),
    LOOKUP: _("Look-up of elected officials"),
    ADMINISTER: _("Administer"),
}


@dataclass(frozen=True)
class Reason:
    """Why a right is held: a role on a service. ``role`` is empty for a permission given without any role; ``service``
    is None for a superuser. ``inherited``: the service is above the one looked at."""

    role: str
    service: Service | None
    inherited: bool

    @property
    def role_label(self) -> str:
        if self.service is None:
            return str(_("Superuser"))
        return str(Role(self.role).label) if self.role else str(_("Permission given directly"))


Why = Mapping[str, tuple[Reason, ...]]  # right → its reasons, for the rights held


@dataclass(frozen=True)
class RightsTable:
    """Every grant of the town, in memory: some hundreds of rows for a large one."""

    services: dict[int, Service]
    agents: dict[int, Agent]
    granted: dict[int, dict[int, frozenset[str]]]  # agent → service → rights given there
    roles: dict[int, dict[int, frozenset[str]]]  # agent → service → roles there

    @classmethod
    def load(cls) -> "RightsTable":
        """The active agents and what they were given. Four queries."""
        services = {service.pk: service for service in Service.objects.order_by("name")}
        people = Agent.objects.filter(is_active=True).order_by("last_name", "first_name", "pk")
        given: dict[int, dict[int, frozenset[str]]] = defaultdict(dict)
        for agent_id, service_id, right in grants():
            given[agent_id][service_id] = given[agent_id].get(service_id, frozenset()) | {right}
        roles: dict[int, dict[int, frozenset[str]]] = defaultdict(dict)
        for agent_id, service_id, role in Membership.objects.values_list("agent_id", "service_id", "role"):
            roles[agent_id][service_id] = roles[agent_id].get(service_id, frozenset()) | {role}
        return cls(services, {agent.pk: agent for agent in people}, dict(given), dict(roles))

    def above(self, service_id: int) -> list[int]:
        """The service and those above it, from the nearest."""
        found: list[int] = []
        node: int | None = service_id
        while node is not None and node not in found:
            found.append(node)
            node = self.services[node].parent_id
        return found

    def why(self, agent: Agent, service_id: int) -> Why:
        """The rights of ``agent`` on a service, each with its reasons, the nearest first."""
        if agent.is_superuser:
            everything = (Reason("", None, False),)
            return dict.fromkeys(ALL_PERMISSIONS, everything)
        found: dict[str, list[Reason]] = defaultdict(list)
        given, roles = self.granted.get(agent.pk, {}), self.roles.get(agent.pk, {})
        for place in self.above(service_id):
            for right in given.get(place, ()):
                behind = [
                    role for role in Role.values if role in roles.get(place, ()) and right in ROLE_PERMISSIONS[role]
                ]
                found[right] += [Reason(role, self.services[place], place != service_id) for role in behind or [""]]
        return {right: tuple(found[right]) for right in ALL_PERMISSIONS if right in found}

    def of_service(self, service_id: int) -> list[tuple[Agent, Why]]:
        """Those who have any right on a service, by name."""
        rows = [(agent, self.why(agent, service_id)) for agent in self.agents.values()]
        return [(agent, why) for agent, why in rows if why]

    def of_agent(self, agent: Agent, among: Iterable[int]) -> list[tuple[Service, Why]]:
        """What an agent may do on each service of ``among`` where they may do anything, in the order of the tree."""
        wanted = set(among)
        rows = [(service, self.why(agent, service.pk)) for service, _depth in self.tree() if service.pk in wanted]
        return [(service, why) for service, why in rows if why]

    def tree(self) -> list[tuple[Service, int]]:
        """Every service with its depth, each under its own, by name."""
        children: dict[int | None, list[Service]] = defaultdict(list)
        for service in self.services.values():
            children[service.parent_id].append(service)
        found: list[tuple[Service, int]] = []

        def walk(parent: int | None, depth: int) -> None:
            for service in children[parent]:
                found.append((service, depth))
                walk(service.pk, depth + 1)

        walk(None, 0)
        return found
