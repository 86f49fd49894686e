"""Small towns for tests. Everything goes through the real actions where there is one."""

from datetime import date, datetime
from itertools import count
from typing import Any

from django.db import transaction
from django.utils import timezone

from core.kept import kept
from directory.actions.citizens import Requester, citizen_identify
from directory.actions.memberships import membership_set
from directory.models import (
    Agent,
    Calendar,
    CalendarHours,
    Citizen,
    Closure,
    RequestType,
    Service,
    ServiceKind,
    Town,
)
from knowledge.actions.articles import article_save
from knowledge.models import Article
from tickets.actions.clocks.commitments_change import version_bump
from tickets.actions.clocks.deadlines import commitment_clocks, dates_set
from tickets.actions.opening import Draft, ticket_open
from tickets.actions.routing.route import ticket_route_opened
from tickets.actions.timeline import events_together
from tickets.models import Deadline, SlaPolicy, SlaTarget, Ticket
from tickets.references import new_reference
from tickets.selectors.commitments import commitments_now

_numbers = count(1)
PASSWORD = "a-long-test-password"


def make_town() -> Service:
    """The town and its root; the pilot service ``accueil`` below it. Returns the root."""
    Town.objects.get_or_create(
        pk=1,
        defaults={
            "name": "Rives-sur-Orme",
            "email": "mairie@rives-sur-orme.example",
            "phone": "02 61 91 00 00",
            "postal_address": "1 place de la Mairie, 00000 Rives-sur-Orme",
        },
    )
    root, _ = Service.objects.get_or_create(code="mairie", defaults={"name": "Mairie", "kind": ServiceKind.TOWN})
    Service.objects.get_or_create(code="accueil", defaults={"name": "Guichet unique", "parent": root, "is_pilot": True})
    return root


def make_service(code: str, name: str = "", **fields: Any) -> Service:
    root = make_town()
    defaults = {
        "name": name or code.replace("-", " ").capitalize(),
        "parent": root,
        "postal_address": "2 rue des Services, 00000 Rives-sur-Orme",
        "phone": "02 61 91 00 01",
        "email": f"{code}@rives-sur-orme.example",
    }
    return Service.objects.get_or_create(code=code, defaults=defaults | fields)[0]


def make_agent(*grants: tuple[str, Service], **fields: Any) -> Agent:
    """An agent with (role, service) grants; logs in with PASSWORD."""
    number = next(_numbers)
    names = {
        "first_name": f"Prénom{number}",
        "last_name": f"Nom{number}",
        "title": "Chargé de relation usagers",
        "email": f"agent{number}@rives-sur-orme.example",
    }
    agent = Agent.objects.create_user(password=PASSWORD, **(names | fields))
    by_service: dict[Service, list[str]] = {}
    for role, service in grants:
        by_service.setdefault(service, []).append(role)
    for service, roles in by_service.items():
        membership_set(agent=agent, service=service, roles=roles)
    return agent


def make_type(code: str, service: Service, **fields: Any) -> RequestType:
    defaults: dict[str, Any] = {
        "name": code.replace("-", " ").capitalize(),
        "service": service,
        "target": 10,
        "target_unit": "working_days",
    }
    return RequestType.objects.create(code=code, **(defaults | fields))


def make_calendar(
    name: str,
    *days: str,
    closures: tuple[tuple[date, date], ...] = (),
    effective_from: date | None = None,
    **fields: Any,
) -> Calendar:
    """A calendar; ``days`` from Monday as "09:00-12:00 14:00-17:00", "" for a closed day and those not given."""
    make_town()
    calendar = Calendar.objects.get_or_create(name=name, defaults=fields)[0]
    week = [[pair.split("-") for pair in day.split()] for day in [*days, *[""] * 7][:7]]
    CalendarHours.objects.create(calendar=calendar, week=week, effective_from=effective_from)
    Closure.objects.bulk_create(Closure(calendar=calendar, starts_on=first, ends_on=last) for first, last in closures)
    version_bump()
    return calendar


def make_policy(name: str, targets: dict[str, str], **conditions: Any) -> SlaPolicy:
    """A policy, from ``targets`` such as {"answer": "24 open_hours"}. Open tickets are not counted again."""
    make_town()
    pauses = conditions.pop("pauses", True)
    policy = SlaPolicy.objects.create(name=name, **conditions)
    for kind, promise in targets.items():
        amount, unit = promise.split()
        SlaTarget.objects.create(policy=policy, kind=kind, amount=int(amount), unit=unit, pauses=pauses)
    version_bump()
    return policy


def make_citizen(name: str = "Claire Vasseur", email: str = "", phone: str = "") -> Citizen:
    citizen = citizen_identify(Requester(name=name, email=email or f"citizen{next(_numbers)}@example.org", phone=phone))
    assert citizen is not None
    return citizen


def make_ticket(*, routed: bool = True, now: datetime | None = None, **draft: Any) -> Ticket:
    """A ticket opened (and routed, unless told otherwise) through the real actions, in one transaction as mail is."""
    if not Service.objects.filter(code="accueil").exists():
        make_town()
    now = now or timezone.now()
    number = next(_numbers)
    fields: dict[str, Any] = {
        "channel": "web",
        "subject": f"Lampadaire éteint numéro {number}",
        "body": "Le lampadaire devant chez moi est éteint depuis trois semaines.",
        "requester": Requester(name="Claire Vasseur", email=f"citizen{number}@example.org"),
        "received_at": now,
    }
    with transaction.atomic(), kept(), events_together():
        ticket = ticket_open(draft=Draft(**(fields | draft)), actor=None, now=now, tell=not routed)
        if routed:
            ticket_route_opened(ticket, now=now)
    return Ticket.objects.select_related("service", "request_type", "requester", "assignee").get(pk=ticket.pk)


def make_many(number: int, service: Service, *, now: datetime, **fields: Any) -> None:
    """``number`` open tickets with their answer clock, written in bulk: no message, no timeline."""
    with transaction.atomic():
        commitments = commitments_now()
        tickets = [
            Ticket(
                **{"reference": new_reference(), "channel": "web", "subject": "Lampadaire éteint", "service": service}
                | {"received_at": now, "routed_at": now}
                | fields
            )
            for _ in range(number)
        ]
        clocks = []
        for ticket in tickets:
            own = commitment_clocks(
                ticket, now=now, started_at=now, kinds=["answer", "target"], commitments=commitments
            )
            dates_set(ticket, own)
            clocks += own
        Ticket.objects.bulk_create(tickets, batch_size=1000)  # PostgreSQL takes 65,535 values at once
        Deadline.objects.bulk_create(clocks, batch_size=2000)


def make_article(question: str, answer: str, service: Service, **fields: Any) -> Article:
    return article_save(
        article=Article(question=question, answer=answer, service=service, **fields), actor=None, now=timezone.now()
    )
