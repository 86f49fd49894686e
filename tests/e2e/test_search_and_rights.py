"""The search, the rights and the look-up in a real browser: with the keyboard, accessible, on a telephone too."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import expect

from directory.models import Agent
from tests.support.asserts import assert_accessible, assert_fits
from tests.support.factories import make_agent, make_citizen, make_service, make_ticket, make_town, make_type
from tickets.actions.rights.access import access_log, lookup_log
from tickets.models import AccessKind

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def town() -> dict[str, Any]:
    root, voirie, ccas = make_town(), make_service("voirie", "Voirie"), make_service("ccas", "Action sociale")
    lamp = make_type("eclairage", voirie, name="Éclairage public")
    dupont = make_citizen("Élodie Dupont", "elodie.dupont@example.org", "06 39 98 12 34")
    aid = make_ticket(request_type=make_type("aide", ccas, is_sensitive=True), subject="Aide d’urgence")
    referent = make_agent(("referent", voirie), ("referent", ccas), first_name="Camille", last_name="Rey")
    mayor = make_agent(("elected", root), first_name="Marc", last_name="Maire", title="Maire")
    access_log(referent, aid, AccessKind.PAGE)
    lookup_log(mayor, "Vasseur")
    make_ticket(citizen=dupont, request_type=lamp, subject="Banc renversé", body="Tombé contre le lampadaire.")
    return {
        "lamp": make_ticket(citizen=dupont, request_type=lamp, subject="Lampadaire cassé rue des Tilleuls"),
        "aid": aid,
        "referent": referent,
        "mayor": mayor,
        "admin": make_agent(("admin", root), first_name="Inès", last_name="Admin"),
    }


@pytest.fixture
def enter(page: Any, client_of: Callable[[Agent], Client], live_server: Any) -> Callable[[Agent], None]:
    """Log the page in as an agent."""

    def log_in(agent: Agent) -> None:
        session = client_of(agent).cookies[settings.SESSION_COOKIE_NAME].value
        page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])

    return log_in


def fits(page: Any) -> None:
    """Nothing is wider than the screen of a telephone."""
    page.set_viewport_size(PHONE)
    assert_fits(page)


def test_from_the_key_to_the_ticket(town, page, enter):
    enter(town["referent"])
    page.goto("/agents/demandes/")
    page.keyboard.press("/")
    page.keyboard.type("dupomt lampadaire")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Rien n’a été trouvé pour « dupomt lampadaire »")).to_be_visible()
    expect(page.locator("mark").first).to_have_text("Lampadaire")
    assert_accessible(page)
    page.goto("/agents/recherche/?q=dupont")
    expect(page.get_by_role("heading", name="Personnes")).to_be_visible()
    expect(page.get_by_text("06 39 98 12 34")).to_be_visible()
    assert_accessible(page)
    page.locator(".people__tickets a").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Lampadaire cassé rue des Tilleuls")
    page.goto("/agents/recherche/?q=dupont")
    fits(page)


@pytest.mark.parametrize(
    ("agent", "path", "title"),
    [
        ("admin", "/agents/droits/?service=voirie", "Droits : Voirie"),
        ("admin", "/agents/acces-sensibles/", "Accès aux demandes sensibles"),
        ("admin", "/elus/journal/", "Consultations des élus"),
        ("referent", "/agents/demandes/{aid}/droits/", "Qui peut voir cette demande ?"),
    ],
)
def test_the_pages_of_the_rights(town, page, enter, agent, path, title):
    enter(town[agent])
    page.goto(path.format(aid=town["aid"].reference))
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    assert_accessible(page)
    fits(page)
    assert_accessible(page)


def test_an_elected_official_looks_a_name_up(town, page, enter):
    enter(town["mayor"])
    page.goto("/elus/")
    page.keyboard.type("Élodie dupont")  # the field has the focus
    page.keyboard.press("Enter")
    expect(page.get_by_role("table", name="Élodie Dupont")).to_contain_text(town["lamp"].reference)
    expect(page.get_by_text("« Élodie dupont »")).to_be_visible()
    assert "dupont" not in page.url
    assert_accessible(page)
    fits(page)
