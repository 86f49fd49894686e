"""A town whose letters lack nothing, and what its tests take away."""

from typing import Any

from directory.models import Agent, Service, Town
from directory.roles import Role
from tests.support.factories import make_agent, make_service, make_ticket, make_town, make_type
from tickets.models import Ticket

ADDRESS = "12 allée des Tilleuls, 00000 Rives-sur-Orme"


def complete_town(**fields: Any) -> Town:
    make_town()
    town = Town.objects.get()
    town.tribunal_name = "tribunal administratif du Val-d’Orme"
    town.tribunal_address = "3 rue du Greffe\n00001 Val-d’Orme"
    for name, value in fields.items():
        setattr(town, name, value)
    town.save()
    return town


def clerk(service: Service, **fields: Any) -> Agent:
    return make_agent((Role.BACK_OFFICE, service), **fields)


def request(regime: str = "SVR", **draft: Any) -> Ticket:
    """A routed electronic request of « Voirie », whose silence means something; its requester has a postal address."""
    complete_town()
    service = make_service("voirie", "Voirie")
    kind = make_type(
        f"permission-{regime.lower()}", service, regime=regime, delay_months=None if regime == "none" else 2
    )
    ticket = make_ticket(request_type=kind, **draft)
    assert ticket.requester is not None
    ticket.requester.address = ADDRESS
    ticket.requester.save()
    return ticket
