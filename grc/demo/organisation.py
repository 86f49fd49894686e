"""The demo town as its stories need it: who works where, who hears of late tickets, which articles answer what."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from directory.models import Agent, Membership, RequestType, Service, Town
from directory.roles import Role
from directory.selectors import town_get
from knowledge.models import Article
from notifications.models import Notice
from tickets.actions.clocks.alerts import Told, Writer, french
from tickets.actions.replies.recipients import Recipients
from tickets.models import Ticket
from tickets.selectors.commitments import Commitments, commitments_now

WORKING = (Role.BACK_OFFICE, Role.REFERENT)
ALERTS = timedelta(days=4)


@dataclass
class Organisation:
    town: Town
    commitments: Commitments
    recipients: Recipients
    pilot: Service
    services: dict[int, Service]
    types: dict[str, RequestType]
    workers: dict[str, list[Agent]]  # by service code; never empty
    desks: dict[str, list[Agent]]  # by role: counter, phone
    articles: dict[str, list[Article]] = field(default_factory=dict)  # public or not, by request type code
    alerts_from: datetime | None = None  # alerts are told from then on

    @classmethod
    def load(cls, now: datetime | None = None) -> "Organisation":
        """Read the town; with ``now``, agents find the alerts of its last days."""
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
            town=town_get(),
            commitments=commitments_now(),
            recipients=Recipients.load(),
            pilot=next(service for service in services.values() if service.is_pilot),
            services=services,
            types=types,
            workers=dict(workers),
            desks=dict(desks),
            articles=dict(articles),
            alerts_from=now - ALERTS if now else None,
        )

    def is_recent(self, at: datetime) -> bool:
        """Whether an alert of ``at`` is still on its recipient's list: older ones are told by the timeline only."""
        return self.alerts_from is not None and at >= self.alerts_from

    def notice(self, ticket: Ticket, agent: Agent, told: Sequence[Told], at: datetime) -> Notice:
        """The alert the sweep would have written, read after a day."""
        with french():
            values, _mail = Writer(self.town, at).write(ticket, agent, told)
        notice = Notice(**values)
        if self.alerts_from is not None and at < self.alerts_from + ALERTS / 2:
            notice.read_at = at + timedelta(hours=3)
        notice.in_digest, notice.dedupe_key = False, None
        return notice
