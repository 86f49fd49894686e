"""The benchmark's town: 12 services, 20 agents, the catalogue, through the real actions.

And a thirteenth service with hardly any ticket, of one agent who sees no other: whoever sees few tickets must not pay
for those of the others.
"""

from dataclasses import dataclass

from django.core.management import call_command
from rest_framework.authtoken.models import Token

from channels_intake.models import Mailbox
from directory.actions.memberships import membership_set
from directory.models import Agent, RequestType, Service, ServiceKind, Town
from directory.roles import Role
from grc.stack.services import ROOT
from tickets.deadlines.escalation import DEFAULT_STEPS, FIRST_FREE_NUMBER
from tickets.models import EscalationStep

SERVICES = (
    "accueil", "cabinet", "ccas", "espaces-verts", "etat-civil", "finances", "police-municipale", "proprete",
    "scolaire", "urbanisme", "vie-locale", "voirie",
)  # fmt: skip
SMALL = "archives"
AGENTS = 20
REACH = 6  # services whose tickets one agent sees: half of them
MAILBOX = "mairie@banc-essai.example"


@dataclass
class Staff:
    """``workers`` are the 20 agents, each with REACH of the 12 ``services``; ``manager`` sees the whole town and its
    dashboard. ``archivist`` alone works in ``small``."""

    services: list[Service]
    types: dict[int, list[RequestType]]  # by service
    workers: list[Agent]
    workers_of: dict[int, list[Agent]]  # by service
    manager: Agent
    small: Service
    archivist: Agent


def town_create() -> Staff:
    address = "1 place Vide, 00000 Banc-d'essai"
    Town.objects.create(
        pk=1,
        name="Banc-d'essai",
        email=MAILBOX,
        postal_address=address,
        tribunal_name="tribunal administratif du Banc-d'essai",
        tribunal_address="2 place Vide, 00000 Banc-d'essai",
    )
    root = Service.objects.create(code="mairie", name="Mairie", kind=ServiceKind.TOWN)
    for code in (*SERVICES, SMALL):
        name = code.replace("-", " ").capitalize()
        Service.objects.create(
            code=code,
            name=name,
            parent=root,
            is_pilot=code == "accueil",
            email=f"{code}@banc-essai.example",
            phone="02 61 91 00 00",
            postal_address=address,
        )
    Mailbox.objects.create(address=MAILBOX, name="Mairie")
    call_command("load_catalogue", str(ROOT / "directory" / "data" / "catalogue.csv"), verbosity=0)
    small = Service.objects.get(code=SMALL)
    services = list(Service.objects.exclude(pk__in=[root.pk, small.pk]).order_by("code"))
    _alerts_day_and_night()
    for number in range(AGENTS):
        agent = _agent(f"agent{number}", f"Prénom{number}")
        for step in range(REACH):
            membership_set(agent=agent, service=services[(number + step) % len(services)], roles=[Role.BACK_OFFICE])
    membership_set(agent=_agent("responsable", "Rose"), service=root, roles=[Role.MANAGER])
    membership_set(agent=_agent("archiviste", "Ambre"), service=small, roles=[Role.BACK_OFFICE])
    for number in range(4):  # the programs that create tickets, one account each
        caller = _agent(f"programme{number}", f"Programme{number}")
        membership_set(agent=caller, service=root, roles=[Role.PILOT])
        Token.objects.create(user=caller)
    for number, service in enumerate([*services, small]):
        service.referent = Agent.objects.get(email=f"agent{number}@banc-essai.example")
        service.manager = Agent.objects.get(email="responsable@banc-essai.example")
        service.save()
    return staff_load()


def _alerts_day_and_night() -> None:
    """The usual steps of the answer, closed hours included: a sweep is measured at whatever hour it is."""
    for step in DEFAULT_STEPS["answer"]:
        EscalationStep.objects.create(
            kind="answer",
            number=FIRST_FREE_NUMBER + step.number,
            offset=step.offset,
            audience=step.audience,
            escalation=step.escalation,
            in_open_hours=False,
        )


def _agent(name: str, first: str) -> Agent:
    return Agent.objects.create_user(
        f"{name}@banc-essai.example", None, first_name=first, last_name="Essai", title="Agent du banc d'essai"
    )


def staff_load() -> Staff:
    every = list(Service.objects.filter(kind=ServiceKind.SERVICE).order_by("code"))
    services = [service for service in every if service.code != SMALL]
    small = next(service for service in every if service.code == SMALL)
    workers = list(Agent.objects.filter(email__startswith="agent").order_by("pk"))
    types: dict[int, list[RequestType]] = {service.pk: [] for service in every}
    for request_type in RequestType.objects.order_by("code"):
        types[request_type.service_id].append(request_type)
    workers_of: dict[int, list[Agent]] = {service.pk: [] for service in services}
    for agent in workers:
        for service_id in agent.memberships.values_list("service_id", flat=True):
            workers_of[service_id].append(agent)
    manager = Agent.objects.get(email="responsable@banc-essai.example")
    archivist = Agent.objects.get(email="archiviste@banc-essai.example")
    workers_of[small.pk] = [archivist]
    return Staff(services, types, workers, workers_of, manager, small, archivist)


def callers() -> list[str]:
    """The API tokens of the four programs."""
    return list(
        Token.objects.filter(user__email__startswith="programme").order_by("user_id").values_list("key", flat=True)
    )
