"""The demo town as its stories need it: who works where, who hears of late tickets, which articles answer what."""

from collections import defaultdict
from dataclasses import dataclass, field

from directory.models import Agent, Membership, RequestType, Service
from directory.roles import Role
from directory.selectors import town_get
from knowledge.models import Article
from tickets.deadlines import escalation
from tickets.models import Ticket

WORKING = (Role.BACK_OFFICE, Role.REFERENT)


@dataclass
class Organisation:
    answer_hours: int
    pilot: Service
    services: dict[int, Service]
    types: dict[str, RequestType]
    workers: dict[str, list[Agent]]  # by service code; never empty
    desks: dict[str, list[Agent]]  # by role: counter, phone
    articles: dict[str, list[Article]] = field(default_factory=dict)  # public or not, by request type code

    @classmethod
    def load(cls) -> "Organisation":
        services = {service.pk: service for service in Service.objects.select_related("referent", "manager")}
        for service in services.values():
            service.parent = services[service.parent_id] if service.parent_id else None
        workers: defaultdict[str, list[Agent]] = defaultdict(list)
        desks: defaultdict[str, list[Agent]] = defaultdict(list)
        for member in Membership.objects.select_related("agent").order_by("agent__email", "role"):
            if member.role in (Role.COUNTER, Role.PHONE):
                desks[member.role].append(member.agent)
            elif member.role in WORKING:
                staff = workers[services[member.service_id].code]
                if member.agent not in staff:
                    staff.append(member.agent)
        articles: defaultdict[str, list[Article]] = defaultdict(list)
        for article in Article.objects.select_related("request_type").order_by("question"):
            if article.request_type is not None:
                articles[article.request_type.code].append(article)
        types = {each.code: each for each in RequestType.objects.order_by("code")}
        for each in types.values():
            each.service = services[each.service_id]
        return cls(
            answer_hours=town_get().answer_hours,
            pilot=next(service for service in services.values() if service.is_pilot),
            services=services,
            types=types,
            workers=dict(workers),
            desks=dict(desks),
            articles=dict(articles),
        )

    def recipient(self, ticket: Ticket, audience: str) -> Agent | None:
        """Who hears of a step, as the sweep chooses (every agent of the demo town is active)."""
        service = ticket.service
        for place in escalation.recipient_chain(audience):
            if place == escalation.ASSIGNEE and ticket.assignee:
                return ticket.assignee
            if place == escalation.REFERENT and service.referent:
                return service.referent
            if place == escalation.MANAGER:
                node: Service | None = service
                while node is not None:
                    if node.manager:
                        return node.manager
                    node = node.parent
        return self.pilot.referent
