"""Transfers: two keys, likely services first, the third that goes to the pilot. Tags. The end of an emergency."""

from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from directory.models import Agent, Service
from notifications.models import Notice
from tests.support.asserts import assert_accessible, assert_status
from tests.support.factories import make_agent, make_service, make_ticket, make_town, make_type
from tests.tickets.routing.conftest import make_rule
from tickets.actions.processing import ticket_transfer
from tickets.enums import EventKind
from tickets.models import Ticket
from tickets.selectors.likely import likely_services

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture
def chief(root: Service) -> Agent:
    """Works everywhere."""
    return make_agent(("pilot", root))


@pytest.fixture
def pilot(root: Service) -> Service:
    service = Service.objects.get(is_pilot=True)
    service.referent = make_agent(("pilot", service))
    service.save(update_fields=["referent"])
    return service


def send(ticket: Ticket, service: Service, actor: Agent | None) -> Ticket:
    return ticket_transfer(ticket=ticket, service=service, reason="Pas pour nous", actor=actor, now=NOW)


def url(ticket: Ticket, name: str) -> str:
    return reverse(f"tickets:{name}", args=[ticket.reference])


class TestPingPong:
    @pytest.fixture
    def ball(self, voirie: Service) -> Ticket:
        return make_ticket(request_type=make_type("trou", voirie), now=NOW)

    def test_the_third_transfer_goes_to_the_pilot_who_is_told(
        self, ball: Ticket, chief: Agent, pilot: Service, voirie: Service
    ) -> None:
        parks = make_service("espaces-verts", "Espaces verts")
        assert send(ball, parks, chief).service == parks
        assert send(ball, voirie, chief).service == voirie
        assert not Notice.objects.filter(agent=pilot.referent).exists()
        third = send(ball, parks, chief)
        assert (third.service, third.transfer_count) == (pilot, 3)
        data = third.events.filter(kind=EventKind.TRANSFERRED).latest("id").data
        assert (data["service"], data["asked"]) == (pilot.name, "Espaces verts")
        notice = Notice.objects.get(agent=pilot.referent)
        assert notice.is_urgent
        assert third.reference in notice.title

    def test_the_pilot_s_decision_stands_and_the_next_one_comes_back_to_it(
        self, ball: Ticket, chief: Agent, pilot: Service, voirie: Service
    ) -> None:
        parks = make_service("espaces-verts")
        for service in (parks, voirie, parks):
            send(ball, service, chief)
        assert send(ball, voirie, chief).service == voirie
        assert send(ball, parks, chief).service == pilot

    def test_undoing_a_transfer_does_not_count(
        self, ball: Ticket, chief: Agent, pilot: Service, voirie: Service
    ) -> None:
        parks = make_service("espaces-verts")
        send(ball, parks, chief)
        assert send(ball, voirie, None).transfer_count == 1
        assert send(ball, parks, chief).service == parks

    def test_a_sensitive_ticket_stays_where_somebody_may_open_it(self, chief: Agent, pilot: Service) -> None:
        ccas, pmi = make_service("ccas"), make_service("pmi")
        inside = make_agent(("back_office", ccas), ("back_office", pmi))
        ticket = make_ticket(request_type=make_type("aide", ccas, is_sensitive=True), now=NOW)
        for service in (pmi, ccas, pmi):
            ticket = send(ticket, service, inside)
        assert ticket.service == pmi
        make_agent(("referent", pilot))
        assert send(ticket, ccas, inside).service == pilot

    def test_the_agent_is_told_on_the_page(
        self, ball: Ticket, chief: Agent, pilot: Service, voirie: Service, client_of: Any
    ) -> None:
        parks = make_service("espaces-verts")
        for service in (parks, voirie):
            send(ball, service, chief)
        page = client_of(chief).post(url(ball, "transfer"), {"service": parks.pk, "ready": "0"}, follow=True)
        assert f"transfert n° 3 de cette demande\u00a0: elle va à «\u00a0{pilot.name}\u00a0»" in page.content.decode()
        timeline = client_of(chief).get(url(ball, "aside")).content.decode()
        assert "c’est le service pilote qui tranche" in timeline


class TestLikely:
    def test_the_type_s_then_the_former_then_the_pilot(self, chief: Agent, pilot: Service, voirie: Service) -> None:
        parks, other = make_service("espaces-verts"), make_service("autre")
        ticket = make_ticket(request_type=make_type("trou", voirie), now=NOW)
        assert likely_services(ticket) == [pilot]
        ticket = send(send(ticket, parks, chief), other, chief)
        assert likely_services(ticket) == [voirie, parks, pilot]

    def test_a_closed_service_is_not_proposed(self, chief: Agent, pilot: Service, voirie: Service) -> None:
        ticket = make_ticket(request_type=make_type("trou", voirie), now=NOW)
        ticket = send(ticket, make_service("autre"), chief)
        Service.objects.filter(pk=voirie.pk).update(is_active=False)
        assert likely_services(ticket) == [pilot]


class TestPanel:
    @pytest.fixture
    def client(self, chief: Agent, client_of: Any) -> Client:
        client: Client = client_of(chief)
        return client

    @pytest.fixture
    def ticket(self, voirie: Service) -> Ticket:
        return make_ticket(request_type=make_type("trou", voirie), now=NOW)

    def test_the_likeliest_and_a_ready_reason_are_chosen_already(
        self, client: Client, ticket: Ticket, pilot: Service
    ) -> None:
        form = assert_status(client.get(url(ticket, "transfer")), 200).context["panel"].form
        assert (form["likely"].value(), form["ready"].value()) == (str(pilot.pk), 0)
        assert_status(client.post(url(ticket, "transfer"), {"likely": str(pilot.pk), "ready": "0"}), 302)
        ticket.refresh_from_db()
        assert ticket.service == pilot
        data = ticket.events.get(kind=EventKind.TRANSFERRED).data
        assert data["reason"] == "Ce n’est pas de notre compétence."

    def test_the_list_wins_and_words_add_to_the_reason(self, client: Client, ticket: Ticket, pilot: Service) -> None:
        parks = make_service("espaces-verts")
        sent = {"likely": str(pilot.pk), "service": parks.pk, "ready": "2", "reason": "C’est un arbre."}
        assert_status(client.post(url(ticket, "transfer"), sent), 302)
        ticket.refresh_from_db()
        assert ticket.service == parks
        told = ticket.events.get(kind=EventKind.TRANSFERRED).data["reason"]
        assert told == "Elle nous est arrivée par erreur. C’est un arbre."

    def test_what_is_missing_is_asked_for(self, client: Client, ticket: Ticket, pilot: Service) -> None:
        page = assert_status(client.post(url(ticket, "transfer"), {}), 422).content.decode()
        assert "Choisissez le service." in page
        assert "Dites pourquoi" in page

    def test_tags_are_added_and_removed(self, client: Client, ticket: Ticket) -> None:
        assert_status(client.post(url(ticket, "tags"), {"tags": "Gare, #Nuit, gare"}), 302)
        assert_status(client.post(url(ticket, "tags"), {"tags": "nuit, urgent"}), 302)
        ticket.refresh_from_db()
        assert ticket.tags == ["nuit", "urgent"]
        first, second = ticket.events.filter(kind=EventKind.TAGGED).order_by("id")
        assert (first.data["added"], second.data["removed"]) == (["gare", "nuit"], ["gare"])
        assert "Ajoutées\u00a0: gare, nuit" in client.get(url(ticket, "aside")).content.decode()


class TestBanner:
    def test_what_to_do_is_on_the_page_until_it_is_dealt_with(
        self, emergencies: int, chief: Agent, client_of: Any
    ) -> None:
        ticket = make_ticket(body="Ça sent le gaz dans l'escalier", now=NOW)
        client = client_of(chief)
        page = assert_status(client.get(url(ticket, "detail")), 200).content.decode()
        assert "0 800 47 33 33" in page
        assert_status(client.get(url(ticket, "emergency_done")), 302)
        page = client.post(url(ticket, "emergency_done"), follow=True).content.decode()
        assert "0 800 47 33 33" not in page
        assert "notée comme traitée" in page

    def test_only_those_who_work_on_it(self, emergencies: int, root: Service, client_of: Any) -> None:
        ticket = make_ticket(body="Ça sent le gaz", now=NOW)
        stranger = make_agent(("back_office", make_service("ailleurs")))
        assert_status(client_of(stranger).post(url(ticket, "emergency_done")), 404)


def test_what_is_to_be_checked_stays_until_somebody_did(root: Service, chief: Agent, client_of: Any) -> None:
    make_rule("Deux sujets", {"channels": ["web"]}, {"split": True})
    ticket, client = make_ticket(), client_of(chief)
    assert ticket.flag in unescape(client.get(url(ticket, "detail")).content.decode())
    assert "Règles appliquées\u00a0: Deux sujets" in client.get(url(ticket, "aside")).content.decode()
    assert_status(client.get(url(ticket, "flag_done")), 302)
    page = client.post(url(ticket, "flag_done"), follow=True).content.decode()
    assert "Notée comme vérifiée" in page
    assert "C’est vérifié" not in page
    assert ticket.events.filter(kind=EventKind.FLAGGED).latest("id").data == {"reason": ticket.flag, "cleared": True}
    assert "Vérifiée par une personne" in client.get(url(ticket, "aside")).content.decode()
    assert "plus rien à vérifier" in client.post(url(ticket, "flag_done"), follow=True).content.decode()


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_two_keys_transfer_a_ticket(page: Any, live_server: Any, client_of: Any) -> None:
    root = make_town()
    voirie = make_service("voirie")
    ticket = make_ticket(request_type=make_type("trou", voirie))
    session = client_of(make_agent(("pilot", root))).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    page.goto(live_server.url + reverse("tickets:queue", args=["unassigned"]))
    page.keyboard.press("f")
    page.keyboard.type("lan")
    assert page.evaluate("document.activeElement.textContent") == "Langue", "the letters of an item go to it"
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Suivie par").wait_for()
    walk = page.get_by_role("navigation", name="La liste d’où vient cette demande")
    assert walk.inner_text().split("\n")[:2] == ["À prendre", "1 sur 1"]
    assert walk.get_by_role("link", name="À prendre").get_attribute("href") == reverse(
        "tickets:queue", args=["unassigned"]
    )
    assert page.evaluate("document.activeElement === document.body"), "what the page loads by itself takes no focus"
    page.keyboard.press("e")  # in a menu that is closed
    page.get_by_role("textbox", name="Objet").wait_for()
    page.keyboard.press("Escape")  # gives it up: the focus goes back to the menu
    assert page.evaluate("document.activeElement.textContent.trim()") == "Plus"
    page.keyboard.press("x")
    page.get_by_role("radio", name="Guichet unique").wait_for()
    assert_accessible(page)
    page.keyboard.press("8")
    page.wait_for_function("document.querySelector('#panel [name=ready][value=\"2\"]').checked")
    page.keyboard.press("Enter")
    page.get_by_text("est transférée à «\u00a0Guichet unique\u00a0»").wait_for()
    ticket.refresh_from_db()
    assert ticket.service.is_pilot
    assert ticket.events.get(kind=EventKind.TRANSFERRED).data["reason"] == "Elle nous est arrivée par erreur."
    page.locator("summary", has_text="Prénom").click()
    page.get_by_role("button", name="Se déconnecter").click()
    page.wait_for_url(f"**{reverse('directory:login')}")
    left = page.evaluate("Object.values(sessionStorage).join()")
    assert "demandes" not in left, "the next person in this tab learns nothing of the list"


@pytest.mark.parametrize("desk", ["phone:desk", "counter:desk"])
def test_the_desk_shows_what_to_do_while_the_agent_types(
    emergencies: int, root: Service, client_of: Any, desk: str
) -> None:
    client = client_of(make_agent(("phone", root), ("counter", root)))
    headers = {"HX-Request": "true", "HX-Target": "articles"}
    told = client.get(reverse(desk), {"question": "il y a une odeur de gaz chez elle"}, headers=headers)
    assert "0 800 47 33 33" in assert_status(told, 200).content.decode()
    quiet = client.get(reverse(desk), {"question": "sa facture de gaz"}, headers=headers)
    assert "0 800 47 33 33" not in assert_status(quiet, 200).content.decode()
