"""What a form or a letter says of how to reach somebody is kept on the request, and goes on a card by an agent's hand:
whoever knows an address or a number of somebody must not have the town hall call, or write to, a place of their own."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from directory.actions.citizens import Requester
from directory.models import Agent, Citizen, Service
from notifications.models import OutboundMessage
from tests.support.asserts import assert_status
from tests.support.factories import make_agent, make_citizen, make_service, make_ticket, make_type
from tickets.actions.teamwork.splitting import ticket_split
from tickets.models import Message, Ticket
from tickets.selectors.addresses import answer_address

pytestmark = pytest.mark.django_db
MOBILE, OTHER, LANDLINE = "06 39 98 12 34", "06 39 98 66 66", "02 61 91 00 01"


@pytest.fixture
def jean() -> Citizen:
    return make_citizen("Jean Vasseur", "jean@example.org", MOBILE)


def values(citizen: Citizen) -> list[str]:
    return list(citizen.contact_points.order_by("id").values_list("value", flat=True))


def opening(ticket: Ticket) -> Message:
    return ticket.messages.get()


def page(client: Client, ticket: Ticket) -> str:
    return assert_status(client.get(reverse("tickets:detail", args=[ticket.reference])), 200).content.decode()


def ask(voirie: Service, channel: str = "web", **requester: str) -> Ticket:
    return make_ticket(service=voirie, channel=channel, requester=Requester(**requester))


def test_a_hostile_number_reaches_the_request_and_never_the_card(
    voirie: Service, agent: Agent, jean: Citizen, client_of: Any
) -> None:
    ticket, client = ask(voirie, name="Jean Vasseur", email="jean@example.org", phone=OTHER), client_of(agent)
    assert ticket.requester == jean
    assert values(jean) == ["jean@example.org", "+33639981234"]
    assert opening(ticket).author_phone == "+33639986666"
    shown = page(client, ticket)
    assert OTHER in shown.replace("\xa0", " ").replace("\u202f", " ")
    assert "donné dans le formulaire, non vérifié" in shown
    panel = client.get(reverse("tickets:callback", args=[ticket.reference])).content.decode()
    assert "66" in panel.split('name="phone"')[1].split(">")[0], "called back where they asked, for this request"
    assert "pour cette demande seulement" in panel
    add, back = reverse("tickets:person_contacts", args=[jean.pk]), reverse("tickets:detail", args=[ticket.reference])
    response = assert_status(client.post(add, {"contact": "+33639986666", "next": back}), 302)
    assert response["Location"] == back
    assert values(jean)[-1] == "+33639986666"
    assert "non vérifié" not in page(client, ticket)


def test_a_family_shares_an_address_and_each_signs_what_they_write(
    voirie: Service, agent: Agent, jean: Citizen, client_of: Any
) -> None:
    ticket = ask(voirie, first_name="Marie", last_name="Vasseur", email="jean@example.org")
    assert (ticket.requester, opening(ticket).author_name) == (jean, "Marie Vasseur")
    assert "Marie Vasseur" in page(client_of(agent), ticket)
    jean.refresh_from_db()
    assert jean.first_name == "Jean"
    part = ticket_split(message=opening(ticket), subject="Le reste", body="Autre", actor=agent, now=timezone.now())
    assert (part.requester, opening(part).author_name) == (jean, "Marie Vasseur")


def test_a_landline_of_another_card_is_kept_on_the_request(voirie: Service, agent: Agent, client_of: Any) -> None:
    paul = make_citizen("Paul Martin", "paul@example.org", LANDLINE)
    ticket, client = ask(voirie, name="Rose Petit", email="rose@example.org", phone=LANDLINE), client_of(agent)
    rose = ticket.requester
    assert rose is not None
    assert (rose != paul, values(rose), opening(ticket).author_phone) == (True, ["rose@example.org"], "+33261910001")
    assert "non vérifié" in page(client, ticket)
    back = reverse("tickets:detail", args=[ticket.reference])
    add = reverse("tickets:person_contacts", args=[rose.pk])
    told = client.post(add, {"contact": LANDLINE, "next": back}, follow=True).content.decode()
    assert "fiche" in told
    assert values(rose) == ["rose@example.org"], "it is on the card of somebody else"


def test_a_letter_that_quotes_a_number_adds_no_address_to_its_card(
    voirie: Service, agent: Agent, jean: Citizen, client_of: Any
) -> None:
    ticket = ask(voirie, channel="post", name="Jean Vasseur", phone=MOBILE, email="other@example.org")
    assert ticket.requester == jean
    assert "other@example.org" not in values(jean)
    assert answer_address(ticket) == "jean@example.org"
    assert not OutboundMessage.objects.filter(to_address="other@example.org").exists()
    assert "donné dans le courrier, non vérifié" in page(client_of(agent), ticket)


@pytest.mark.parametrize("channel", ["phone", "counter"])
def test_what_an_agent_hears_goes_on_the_card(channel: str, voirie: Service, jean: Citizen) -> None:
    ticket = ask(voirie, channel=channel, name="Jean Vasseur", phone=MOBILE, email="jean.v@example.org")
    assert ticket.requester == jean
    assert "jean.v@example.org" in values(jean)


def test_what_nobody_checked_fills_no_blank_of_a_known_card_and_names_a_nameless_one(voirie: Service) -> None:
    nameless = make_ticket(service=voirie, requester=Requester(email="claire@example.org")).requester
    given = Requester(name="Claire Vasseur", email="claire@example.org", address="1 rue d’Ailleurs")
    for _ in range(2):
        assert make_ticket(service=voirie, requester=given).requester == nameless
    assert nameless is not None
    nameless.refresh_from_db()
    assert (nameless.display_name, nameless.address) == ("Claire Vasseur", "")


def test_a_service_reached_by_email_reads_the_number_as_it_was_given(jean: Citizen) -> None:
    lights = make_service("eclairage", email="lights@partner.example", works_by_email=True)
    make_agent(("referent", lights))
    kind = make_type("lampe", lights)
    given = Requester(name="Jean Vasseur", email="jean@example.org", phone=OTHER)
    make_ticket(request_type=kind, requester=given)
    body = OutboundMessage.objects.get(to_address="lights@partner.example").body
    assert "(donné avec la demande, non vérifié)" in body
