"""The town before its first request: tree, sites, agents and their rights, mailboxes, catalogue, articles."""

import io
from datetime import datetime
from typing import Any

from django.core.management import call_command

from channels_intake.models import Mailbox
from core.text import words
from directory.actions.memberships import membership_set
from directory.actions.questions import questions_load
from directory.models import Agent, Calendar, CalendarHours, RequestType, Service, ServiceKind, Site, Town
from directory.roles import Role
from grc.demo import data
from knowledge.actions.articles import article_save
from knowledge.models import Article, Audience, ReplyTemplate
from tickets.actions.clocks.presets import preset_load
from tickets.actions.replies.delivered_templates import templates_load
from tickets.actions.replies.templates import template_save
from tickets.actions.routing.delivered_emergencies import emergencies_load
from tickets.deadlines.calendars import dump_week, parse_week
from tickets.models import SlaPolicy


def town_build() -> Town:
    """The town's row, its services, sites and mailboxes."""
    town, content = data.toml("town")["town"], data.toml("town")
    hall = content["services"][0]
    calendars = {entry["name"]: _calendar(entry) for entry in content["calendars"]}
    row, _ = Town.objects.update_or_create(
        pk=1,
        defaults={
            "name": town["name"],
            "email": town["mailbox"],
            "phone": hall["phone"],
            "postal_address": hall["address"],
            "opening_hours": hall["opening_hours"],
            "tribunal_name": town["tribunal_name"],
            "tribunal_address": town["tribunal_address"],
            "calendar": calendars[town["calendar"]],
            "is_fictional": True,
        },
    )
    services: dict[str, Service] = {}
    for entry in content["services"]:
        services[entry["code"]] = Service.objects.create(
            code=entry["code"],
            name=entry["name"],
            kind=_kind(entry),
            parent=services.get(entry["parent"]),
            postal_address=entry["address"],
            phone=entry["phone"],
            email=entry["email"],
            opening_hours=entry["opening_hours"],
            is_pilot=entry.get("pilot", False),
        )
    for entry in content["sites"]:
        Site.objects.create(
            code=entry["code"],
            name=entry["name"],
            postal_address=entry["address"],
            phone=entry["phone"],
            opening_hours=entry["opening_hours"],
            calendar=calendars[entry["calendar"]],
        )
    Mailbox.objects.create(address=town["mailbox"], name=town["name"])
    for service in services.values():
        if service.kind == ServiceKind.SERVICE:
            Mailbox.objects.create(address=service.email, name=service.name, service=service)
    return row


def _calendar(entry: dict[str, Any]) -> Calendar:
    calendar = Calendar.objects.create(name=entry["name"])
    week = [[hours.split("-") for hours in day.split()] for day in entry["week"]]
    CalendarHours.objects.create(calendar=calendar, week=dump_week(parse_week(week)))
    return calendar


def commitments_build(now: datetime) -> int:
    """The town keeps the 72 hours of the guichet unique and the week of the notaries, and knows the usual words of
    emergency; returns how many policies."""
    emergencies_load()
    for preset in ("guichet-unique", "notaires"):
        preset_load(preset=preset, actor=None, now=now)
    return SlaPolicy.objects.count()


def _kind(entry: dict[str, Any]) -> str:
    if not entry["parent"]:
        return ServiceKind.TOWN
    return ServiceKind.DIRECTION if entry["parent"] == "mairie" else ServiceKind.SERVICE


def agents_build() -> int:
    """The agents with their roles, référents and managers named; returns how many they are.

    Nobody can log in yet: `grc.demo.access` gives the demo accounts their passwords.
    """
    services = {service.code: service for service in Service.objects.all()}
    domain = data.toml("town")["town"]["domain"]
    entries = data.agents()
    for number, entry in enumerate(entries):
        is_admin = Role.ADMIN in entry["roles"].split()
        agent = Agent.objects.create_user(
            entry["email"] or f"{_local(entry['first_name'])}.{_local(entry['last_name'])}@{domain}",
            first_name=entry["first_name"],
            last_name=entry["last_name"],
            title=entry["title"],
            phone=f"02 61 91 15 {number:02d}",
            is_staff=is_admin,
            is_superuser=is_admin,
        )
        roles, home, scope = entry["roles"].split(), services[entry["service"]], services[entry["scope"]]
        membership_set(agent=agent, service=scope, roles=roles)
        if Role.REFERENT in roles:
            home.referent = agent
        if Role.MANAGER in roles:
            home.manager = scope.manager = agent
        for service in {home.pk: home, scope.pk: scope}.values():
            service.save(update_fields=["referent", "manager"])
    return len(entries)


def _local(name: str) -> str:
    return "-".join(words(name))


def catalogue_build() -> int:
    """Load the catalogue that ships with the directory, with its questions; returns the number of request types."""
    call_command("load_catalogue", str(data.CATALOGUE), stdout=io.StringIO())
    questions_load()
    return RequestType.objects.count()


def articles_build(now: datetime) -> int:
    services = {service.code: service for service in Service.objects.all()}
    types = {each.code: each for each in RequestType.objects.all()}
    entries = data.articles()
    for entry in entries:
        article = Article(
            question=entry["question"],
            answer=entry["answer"].strip(),
            service=services[entry["service"]],
            request_type=types.get(entry["type"]),
            audience=Audience.PUBLIC if entry["public"] else Audience.INTERNAL,
            keywords=", ".join(entry["keywords"])[:400],
        )
        article_save(article=article, actor=None, now=now)
    return len(entries)


def templates_build(now: datetime) -> int:
    """The reply templates every town starts with, and those of the demo's services."""
    shared = templates_load(now)
    services = {service.code: service for service in Service.objects.all()}
    types = {each.code: each for each in RequestType.objects.all()}
    entries = data.reply_templates()
    for entry in entries:
        template = ReplyTemplate(
            title=entry["title"],
            body=entry["body"].strip(),
            service=services[entry["service"]],
            request_type=types[entry["type"]],
        )
        template_save(template=template, actor=None, now=now)
    return shared + len(entries)
