"""The pages of presence and absences, and who opens them."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from directory.models import Absence
from tests.support.asserts import assert_accessible, assert_fits, assert_status
from tests.support.factories import make_agent, make_service, make_ticket, make_type
from tickets.models import TicketSuggestion
from tickets.selectors.presence import local_day

pytestmark = pytest.mark.django_db
ME, TEAM, SWITCH = reverse("tickets:me"), reverse("tickets:absences"), reverse("tickets:availability")


def today() -> Any:
    return local_day(timezone.now())


def days(first: int, last: int, **fields: Any) -> dict[str, Any]:
    return {"starts_on": today() + timedelta(first), "ends_on": today() + timedelta(last), **fields}


def test_an_agent_notes_and_removes_their_absence(
    client_of: Any, told: Any, django_capture_on_commit_callbacks: Any
) -> None:
    agent = make_agent(("back_office", make_service("voirie")))
    client = client_of(agent)
    with django_capture_on_commit_callbacks(execute=True):
        assert_status(client.post(ME, days(0, 3)), 302)
    absence = Absence.objects.get()
    assert (absence.agent, absence.created_by, absence.keeps_tickets) == (agent, agent, False)
    assert ("tickets.begin_absences", ()) in told  # it has begun
    page = assert_status(client.get(ME), 200).content.decode()
    assert "En absence" in page
    assert_status(client.post(ME, days(1, 1)), 422)  # overlaps
    assert_status(client.post(ME, days(9, 5)), 422)
    assert_status(client.post(reverse("tickets:absence_end", args=[absence.pk])), 302)
    assert not Absence.objects.exists()


def test_the_switch(client_of: Any) -> None:
    agent = make_agent(("back_office", make_service("voirie")))
    client = client_of(agent)
    response = client.post(SWITCH, {"available": "0", "next": "/agents/demandes/"})
    assert response["Location"] == "/agents/demandes/"
    agent.refresh_from_db()
    assert agent.is_available is False
    assert client.post(SWITCH, {"available": "1", "next": "https://evil.example/"})["Location"] == ME
    agent.refresh_from_db()
    assert agent.is_available is True
    assert_status(client.get(SWITCH), 405)


def test_a_manager_notes_the_absence_of_their_agents(client_of: Any) -> None:
    service = make_service("voirie")
    agent, stranger = make_agent(("back_office", service)), make_agent(("back_office", make_service("finances")))
    client = client_of(make_agent(("manager", service)))
    assert_status(client.post(TEAM, days(1, 2, agent=agent.pk, keeps_tickets="on")), 302)
    assert Absence.objects.get().keeps_tickets is True
    assert_status(client.post(TEAM, days(1, 2, agent=stranger.pk)), 422)  # not offered
    page = client.get(TEAM).content.decode()
    assert agent.full_name in page
    assert stranger.full_name not in page
    assert_status(client.post(SWITCH, {"available": "0", "agent": stranger.pk}), 403)
    theirs = Absence.objects.create(agent=stranger, starts_on=today(), ends_on=today())
    assert_status(client.post(reverse("tickets:absence_end", args=[theirs.pk])), 403)
    assert_status(client.post(SWITCH, {"available": "0", "agent": agent.pk}), 302)
    agent.refresh_from_db()
    assert agent.is_available is False


@pytest.mark.parametrize(
    ("role", "status"),
    [("manager", 200), ("referent", 200), ("pilot", 200), ("admin", 200), ("back_office", 403), ("elected", 403)],
)
def test_who_opens_the_page_of_absences(role: str, status: int, client_of: Any) -> None:
    assert_status(client_of(make_agent((role, make_service("voirie")))).get(TEAM), status)


def test_the_page_of_absences_costs_the_same_whatever_the_team(
    client_of: Any, django_assert_max_num_queries: Any
) -> None:
    service = make_service("voirie")
    client = client_of(make_agent(("manager", service)))
    for _ in range(12):
        Absence.objects.create(agent=make_agent(("back_office", service)), starts_on=today(), ends_on=today())
    client.get(TEAM)
    with django_assert_max_num_queries(12):
        client.get(TEAM)


def test_the_assign_panel_says_who_is_away(client_of: Any) -> None:
    service = make_service("voirie")
    gone, off = make_agent(("back_office", service)), make_agent(("back_office", service), is_available=False)
    last = today() + timedelta(3)
    Absence.objects.create(agent=gone, starts_on=today(), ends_on=last)
    ticket = make_ticket(request_type=make_type("trou", service))
    page = client_of(make_agent(("manager", service))).get(reverse("tickets:assign", args=[ticket.reference]))
    text = page.content.decode()
    assert f"{gone.full_name} — en absence jusqu’au {last.day}" in text
    assert f"{off.full_name} — ne prend pas de nouvelle demande" in text


def test_a_suggestion_on_the_ticket_page(client_of: Any) -> None:
    service = make_service("accueil")
    kind = make_type("trou", make_service("voirie", name="Voirie"), name="Nid-de-poule")
    ticket = make_ticket(subject="x", body="y")
    words = [["trou", 1.2], ["chaussée", 0.4]]
    TicketSuggestion.objects.create(ticket=ticket, request_type=kind, confidence=0.8765, words=words)
    client = client_of(make_agent(("back_office", service), ("back_office", kind.service)))
    url = reverse("tickets:detail", args=[ticket.reference])
    page = client.get(url).content.decode()
    assert "Suggestion\u00a0: Voirie — Nid-de-poule (87\u00a0%)" in page
    assert "parce que\u00a0: trou, chaussée" in page
    assert_status(client.post(reverse("tickets:suggestion_accept", args=[ticket.reference])), 302)
    ticket.refresh_from_db()
    assert (ticket.request_type, ticket.service) == (kind, kind.service)
    assert "Suggestion" not in client.get(url).content.decode()


def test_a_type_applied_by_the_model_can_be_confirmed(client_of: Any) -> None:
    service = make_service("voirie")
    kind = make_type("trou", service)
    ticket = make_ticket(request_type=kind)
    TicketSuggestion.objects.create(ticket=ticket, request_type=kind, confidence=0.9, is_applied=True)
    client = client_of(make_agent(("back_office", service)))
    url = reverse("tickets:detail", args=[ticket.reference])
    assert "Reconnue d’après les demandes passées" in client.get(url).content.decode()
    client.post(reverse("tickets:suggestion_accept", args=[ticket.reference]))
    assert "Reconnue d’après" not in client.get(url).content.decode()
    assert TicketSuggestion.objects.get().is_right is True


@pytest.mark.parametrize("name", ["suggestion_accept", "suggestion_dismiss"])
def test_a_suggestion_out_of_sight_is_not_found(name: str, client_of: Any) -> None:
    ticket = make_ticket(request_type=make_type("trou", make_service("voirie")))
    other = client_of(make_agent(("back_office", make_service("finances"))))
    assert_status(other.post(reverse(f"tickets:{name}", args=[ticket.reference])), 404)


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_pages_are_accessible(page: Any, live_server: Any, client_of: Any) -> None:
    service = make_service("voirie")
    manager = make_agent(("manager", service))
    for agent in (manager, make_agent(("back_office", service))):
        Absence.objects.create(agent=agent, starts_on=today(), ends_on=today() + timedelta(4))
    kind = make_type("trou", service)
    ticket = make_ticket(service=service, subject="x", body="y")
    TicketSuggestion.objects.create(ticket=ticket, request_type=kind, confidence=0.87, words=[["trou", 1.0]])
    cookie = client_of(manager).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 900})
        for url in (ME, TEAM, reverse("tickets:detail", args=[ticket.reference])):
            page.goto(url)
            assert_accessible(page)
            assert_fits(page)
