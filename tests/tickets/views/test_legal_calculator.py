"""The deadline calculator, for any agent, with and without scripts."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from directory.models import Agent
from tests.support.asserts import assert_accessible, assert_fits, assert_status
from tests.support.factories import make_agent, make_town

URL = "/agents/calculateur-de-delais/"
CASE = {
    "regime": "SVR",
    "delay": "2",
    "unit": "months",
    "received_on": "2026-03-02",
    "l-TOTAL_FORMS": "2",
    "l-INITIAL_FORMS": "0",
    "l-0-asked_on": "2026-03-12",
    "l-0-due_on": "2026-03-31",
    "l-0-received_on": "2026-03-24",
}
NO_LETTER = {"l-0-asked_on": "", "l-0-due_on": "", "l-0-received_on": ""}


@pytest.fixture
def agent(db: None) -> Agent:
    """An agent without any role."""
    make_town()
    return make_agent()


@pytest.fixture
def client(client_of: Callable[[Agent], Client], agent: Agent) -> Client:
    return client_of(agent)


def shown(client: Client, query: dict[str, str], status: int = 200) -> str:
    return assert_status(client.get(URL, query), status).content.decode()


@pytest.mark.django_db
def test_strangers_log_in_first() -> None:
    assert_status(Client().get(URL), 302)


def test_every_agent_finds_it_in_the_menu(client: Client) -> None:
    page = client.get(URL)
    links = [item["url"] for group in page.context["nav"] for item in group["items"]]
    assert URL in links


def test_the_result_with_its_steps_and_articles(client: Client) -> None:
    page = shown(client, CASE)
    for text in (
        "jeudi 14 mai 2026",
        "vendredi 15 mai 2026",
        "Suspendu\u00a0: 12 jours.",
        "le délai est suspendu jusqu’à leur réception, le 24 mars 2026 (12 jours).",
        "2 mois à partir du 2 mars 2026, de quantième à quantième.",
        "CRPA, art. L114-5",
        "jeudi 16 juillet 2026",  # appeal, franc, from 15 May
    ):
        assert text in page, text


def test_an_acceptance_by_e_mail(client: Client) -> None:
    page = shown(client, CASE | {"regime": "SVA", "electronic": "on"})
    assert "dimanche 24 mai 2026" in page
    assert "vendredi 25 septembre 2026" in page  # withdrawal: four months from 25 May
    assert "mardi 3 mars 2026" in page  # AEE
    moved = shown(client, CASE | {"regime": "SVA", "extend": "on"})
    assert "mardi 26 mai 2026" in moved  # Whit Monday is not worked


def test_no_decision(client: Client) -> None:
    for change in ({"express_decision_on": "2026-04-01"}, {"regime": "none"}, {"regime": "SVA", "l-0-received_on": ""}):
        page = shown(client, CASE | change)
        assert "Aucune décision implicite ne naît." in page
        assert "Dernier jour pour décider" not in page


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"received_on": "2026-02-30"}, "Saisissez une date valide"),
        ({"regime": "x"}, "Sélectionnez un choix valide"),
        ({"express_decision_on": "2026-03-01"}, "Cette date précède la réception de la demande."),
        ({"l-0-due_on": "2026-03-11"}, "Cette date précède le courrier."),
        ({"l-0-asked_on": ""}, "Indiquez cette date."),
        (NO_LETTER | {"received_on": "9999-12-01"}, "Ce délai sort du calendrier."),
        (NO_LETTER | {"received_on": "9999-10-30"}, "Ce délai sort du calendrier."),  # only what follows does
    ],
)
def test_what_makes_no_sense_is_refused_beside_its_field(client: Client, change: dict[str, str], text: str) -> None:
    page = shown(client, CASE | change, 422)
    assert text in page
    assert 'aria-invalid="true"' in page


def test_one_more_letter_keeps_what_was_written(client: Client) -> None:
    page = client.get(URL, CASE | {"more": "1", "l-1-asked_on": "2026-04-01"})
    forms = page.context["letters"].forms
    assert [form["asked_on"].value() for form in forms] == ["2026-03-12", "2026-04-01", None]
    assert page.context["form"]["received_on"].value() == "2026-03-02"
    full = client.get(URL, CASE | {"more": "1", "l-TOTAL_FORMS": "10"})
    assert len(full.context["letters"].forms) == 10
    assert 'name="more"' not in full.content.decode()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"kind": "appeal", "day": "2026-08-31"}, ["lundi 2 novembre 2026"]),
        ({"kind": "appeal", "day": "2026-08-31", "residence": "overseas"}, ["mardi 1 décembre 2026"]),
        ({"kind": "appeal", "day": "2026-08-31", "unmentioned": "on"}, ["Le délai n’est pas opposable"]),
        ({"kind": "receipts", "day": "2026-12-24"}, ["lundi 28 décembre 2026", "lundi 11 janvier 2027"]),
        ({"kind": "notification", "day": "2026-09-01"}, ["mercredi 16 septembre 2026", "Faute d’ouverture"]),
        ({"kind": "notification", "day": "2026-09-01", "opened_on": "2026-09-10"}, ["jeudi 10 septembre 2026"]),
        ({"kind": "reasons", "day": "2026-01-31"}, ["samedi 28 février 2026", "mercredi 29 avril 2026"]),
        ({"kind": "withdrawal", "day": "2026-10-31"}, ["dimanche 28 février 2027"]),
    ],
)
def test_the_other_delays(client: Client, query: dict[str, str], expected: list[str]) -> None:
    page = shown(client, {"what": "other"} | query)
    for text in expected:
        assert text in page, text


@pytest.mark.parametrize(
    "query",
    [
        {"kind": "appeal", "day": ""},
        {"kind": "notification", "day": "2026-09-01", "opened_on": "2026-08-01"},
        {"kind": "appeal", "day": "9999-12-01"},
        {"kind": "receipts", "day": "9999-12-31"},
    ],
)
def test_other_delays_refused(client: Client, query: dict[str, str]) -> None:
    assert "error-summary" in shown(client, {"what": "other"} | query, 422)


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_in_a_browser(page: Any, live_server: Any, client_of: Callable[[Agent], Client]) -> None:
    make_town()
    session = client_of(make_agent()).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    page.goto(URL)
    assert page.locator("h1").inner_text() == "Calculateur de délais"
    assert_accessible(page)
    page.get_by_label("Silence vaut rejet").check()
    page.get_by_label("Demande reçue le").fill("2026-03-02")
    page.get_by_label("Courrier envoyé le").fill("2026-03-12")
    page.get_by_label("Date limite fixée").fill("2026-03-31")
    page.get_by_role("button", name="Ajouter un courrier").click()
    page.get_by_role("group", name="Demande de pièces n° 2").wait_for()
    page.get_by_label("Demande reçue le").press("Enter")  # calculates, and does not add a letter
    page.get_by_text("jeudi 21 mai 2026").wait_for()
    assert_accessible(page)
    page.set_viewport_size({"width": 390, "height": 844})
    assert_fits(page)
    page.get_by_role("link", name="Autres délais").click()
    page.get_by_label("Recours contre une décision notifiée ce jour").check()
    page.locator("[name=day]").fill("2026-08-31")
    page.get_by_role("button", name="Calculer").click()
    page.get_by_text("lundi 2 novembre 2026").wait_for()
    assert_accessible(page)
