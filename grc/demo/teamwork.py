"""How the agents of the demo town work together, by the real actions: rules, tags, views, notes, tasks, absences."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from core.text import fold
from directory.actions.people_duplicates import duplicates_find
from directory.models import Agent, Citizen, CitizenKind, RequestType, Service
from directory.questions import CLOSED, NO, YES_NO, questions_read
from grc.demo import data
from tickets.actions.lists.saved_views import view_save
from tickets.actions.messages import note_add
from tickets.actions.people.cards import household_join
from tickets.actions.routing.absences import absence_add
from tickets.actions.routing.rules import rule_save
from tickets.actions.search_text import search_text_rebuild
from tickets.actions.tags import ticket_tag
from tickets.actions.teamwork.tasks import task_add
from tickets.enums import OPEN_STATUSES, Channel
from tickets.models import District, RoutingRule, Ticket

MOST_TAGGED = 40


def teamwork_build(now: datetime) -> int:
    """Returns how many notes and tasks were written. The requests are those of `grc.demo.loader.history_load`."""
    content = data.toml("teamwork")
    services = {service.code: service for service in Service.objects.all()}
    districts = {row["name"]: District.objects.create(**row).pk for row in content["districts"]}
    for entry in content["rules"]:
        conditions, effects = entry["conditions"], entry["effects"]
        if "districts" in conditions:
            conditions = conditions | {"districts": [districts[name] for name in conditions["districts"]]}
        if "service" in effects:
            effects = effects | {"service": services[effects["service"]].pk}
        rule_save(rule=RoutingRule(name=entry["name"], conditions=conditions, effects=effects), now=now)
    _answer()
    _tag(content["tags"], now)
    for entry in content["views"]:
        view_save(
            actor=_agent(entry["owner"]),
            name=entry["name"],
            queue="all",
            query=entry["query"],
            shared_with=services[entry["share"]] if "share" in entry else None,
        )
    for entry in content["assignment"]:
        Service.objects.filter(code=entry["service"]).update(assignment=entry["mode"])
    for entry in content["absences"]:
        first, last = (timezone.localdate(now) + timedelta(days=days) for days in entry["days"])
        agent = _agent(entry["agent"])
        absence_add(agent=agent, starts_on=first, ends_on=last, keeps_tickets=False, actor=agent, now=now)
    _meet(now)
    return _talk(content, services, now)


def _meet(now: datetime) -> None:
    """Two people under one roof; and three who called are noted a second time, by an agent in a hurry."""
    agent = _agent("Sophie Lambert")
    people = Citizen.objects.filter(kind=CitizenKind.PERSON, household=None, tickets__isnull=False).exclude(address="")
    known = list(people.filter(tickets__channel=Channel.EMAIL).distinct().order_by("pk")[:12])
    couple = list(people.distinct().order_by("-pk")[:2])
    if len(couple) == 2:
        Citizen.objects.filter(pk=couple[1].pk).update(address=couple[0].address, last_name=couple[0].last_name)
        household_join(citizen=couple[0], other=couple[1], actor=agent)
    called = [
        call
        for person in known
        if (call := person.tickets.filter(channel=Channel.PHONE, is_sensitive=False).order_by("pk").first())
    ]
    for call in called[:3]:
        assert call.requester is not None
        twin = Citizen.objects.create(
            first_name=call.requester.first_name,
            last_name=fold(call.requester.last_name).upper(),
            address=call.requester.address.replace("avenue", "av.").replace("boulevard", "bd").replace(",", ""),
        )
        Ticket.objects.filter(pk=call.pk).update(requester=twin)
    while duplicates_find(now=now):
        pass


def _answer() -> None:
    """What those who used the form chose, for the types that require nothing else than a choice."""
    filled = Ticket.objects.filter(channel=Channel.WEB, answers=[]).exclude(request_type=None)
    for kind in RequestType.objects.exclude(questions=[]).order_by("code"):
        asked = questions_read(kind.questions)
        if any(question.required and question.kind not in CLOSED for question in asked):
            continue
        closed = [question for question in asked if question.kind in CLOSED]
        for turn, ticket in enumerate(filled.filter(request_type=kind).order_by("received_at", "pk")):
            ticket.answers = [
                [each.code, each.label, NO if each.kind == YES_NO else each.answers[turn % len(each.answers)]]
                for each in closed
            ]
            ticket.save(update_fields=["answers"])
            search_text_rebuild(ticket)


def _tag(entries: Iterable[dict[str, Any]], now: datetime) -> None:
    for entry in entries:
        named = Q()
        for word in entry["words"]:
            named |= Q(subject__icontains=word)
        for ticket in Ticket.objects.filter(named, status__in=OPEN_STATUSES).order_by("pk")[:MOST_TAGGED]:
            ticket_tag(ticket=ticket, add=[entry["tag"]], actor=None, now=now)


def _talk(content: dict[str, Any], services: dict[str, Service], now: datetime) -> int:
    written = 0
    for entry in [*content["notes"], *content["tasks"]]:
        author = _agent(entry["author"])
        service = services[entry["service"]]
        open_ones = Ticket.objects.filter(service=service, status__in=OPEN_STATUSES, is_sensitive=False)
        apt = open_ones.filter(subject__icontains=entry.get("about", "")).order_by("received_at", "pk")
        ticket = apt.first() or open_ones.order_by("received_at", "pk").first()
        if ticket is None:  # a small town may have none
            continue
        if "title" in entry:
            task_add(
                ticket=ticket,
                title=entry["title"],
                details=entry["details"],
                service=services[entry["asked"]],
                assignee=_agent(entry["assignee"]) if "assignee" in entry else None,
                due_at=now + timedelta(days=entry["days"]),
                actor=author,
                now=now,
            )
        else:
            note_add(ticket=ticket, actor=author, body=entry["text"], now=now)
        written += 1
    return written


def _agent(name: str) -> Agent:
    first, last = name.rsplit(" ", 1)
    return Agent.objects.get(first_name=first, last_name=last)
