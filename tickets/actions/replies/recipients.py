"""Who hears of a deadline: who holds each place around a ticket, and who replaces them."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from directory.models import Agent, Service, ServiceKind
from directory.roles import Role
from tickets.deadlines import escalation
from tickets.deadlines.escalation import Step
from tickets.models import Ticket
from tickets.selectors.presence import absent_ids, local_day


class Recipients:
    """Loaded once a sweep: three queries, and one more when nobody else is left. Holds active agents only; those who
    are away are passed over, whoever comes next in the chain hears instead."""

    def __init__(self, services: dict[int, Service], agents: dict[int, Agent], away: frozenset[int]) -> None:
        self.services = services
        self.agents = agents
        self.away = away
        self.pilot = next((service for service in services.values() if service.is_pilot), None)
        self._found: dict[tuple[object, ...], Agent | None] = {}
        self._last: list[Agent] | None = None

    @classmethod
    def load(cls, now: datetime | None = None) -> "Recipients":
        """``now``: when it is, for who is away that day; the present moment unless given."""
        agents = Agent.objects.filter(is_active=True).defer("password")
        return cls(
            {service.pk: service for service in Service.objects.all()},
            {agent.pk: agent for agent in agents},
            absent_ids(local_day(now or timezone.now())),
        )

    def of_step(self, ticket: Ticket, step: Step) -> list[Agent]:
        """Those whom ``step`` alerts: one person; for an implicit decision, the service and the pilot. Empty only where
        the town has no administrator left."""
        found = [self._of(ticket, step.audience, step.agent_id)]
        if step.is_decision:
            found.append(self._of(ticket, escalation.PILOT, None))
        return list(dict.fromkeys(agent for agent in found if agent is not None))

    def _of(self, ticket: Ticket, audience: str, agent_id: int | None) -> Agent | None:
        """The first active agent of the audience's chain who is not away, else an administrator, else the first one
        away: an alert that nobody gets would be worse."""
        key = (ticket.service_id, ticket.assignee_id, audience, agent_id)
        if key not in self._found:
            places = escalation.recipient_chain(audience)
            ids = (pk for place in places for pk in self._holders(ticket, place, agent_id))
            active = [self.agents[pk] for pk in ids if pk in self.agents]
            present = (agent for agent in active if agent.pk not in self.away)
            self._found[key] = next(present, None) or self._last_resort() or next(iter(active), None)
        return self._found[key]

    def _holders(self, ticket: Ticket, place: str, agent_id: int | None) -> Iterator[int | None]:
        service = self.services.get(ticket.service_id)
        if place == escalation.ASSIGNEE:
            yield ticket.assignee_id
        elif place == escalation.AGENT:
            yield agent_id
        elif place == escalation.PILOT:
            if self.pilot is not None:
                yield self.pilot.referent_id
                yield from (node.manager_id for node in self._lineage(self.pilot))
        elif place == escalation.REFERENT:
            yield service.referent_id if service else None
        elif place == escalation.DIRECTION:
            directions = (node for node in self._lineage(service) if node.kind == ServiceKind.DIRECTION)
            yield from (node.manager_id for node in directions)
        else:
            yield from (node.manager_id for node in self._lineage(service))

    def _lineage(self, service: Service | None) -> Iterator[Service]:
        """The service and those above it, nearest first."""
        seen: set[int] = set()
        while service is not None and service.pk not in seen:
            seen.add(service.pk)
            yield service
            service = self.services.get(service.parent_id) if service.parent_id else None

    def _last_resort(self) -> Agent | None:
        if self._last is None:
            administers = Q(is_superuser=True) | Q(memberships__role=Role.ADMIN)
            found = Agent.objects.filter(administers, is_active=True).exclude(pk__in=self.away).order_by("pk")
            self._last = list(found[:1]) or list(Agent.objects.filter(administers, is_active=True).order_by("pk")[:1])
        return self._last[0] if self._last else None
