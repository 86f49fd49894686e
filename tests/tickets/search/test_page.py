"""The page of the search: people, then tickets, corrected names, filters, marks."""

import re
from typing import Any

import pytest

from tests.support.asserts import assert_status
from tests.support.factories import make_agent, make_citizen, make_service, make_ticket, make_type

pytestmark = pytest.mark.django_db
PAGE = "/agents/recherche/"


@pytest.fixture
def town() -> dict[str, Any]:
    voirie = make_service("voirie")
    lamp = make_type("eclairage", voirie)
    dupont = make_citizen("Élodie Dupont", "elodie@example.org", "06 39 98 12 34")
    return {
        "agent": make_agent(("back_office", voirie)),
        "dupont": dupont,
        "type": lamp,
        "lamp": make_ticket(citizen=dupont, request_type=lamp, subject="Lampadaire <b>cassé</b>", body="Il fait noir."),
        "bench": make_ticket(request_type=lamp, subject="Banc renversé", body="Tombé contre le lampadaire du square."),
    }


def text_of(response: Any) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def test_a_whole_reference_opens_its_ticket(town, client_of):
    client, reference = client_of(town["agent"]), town["lamp"].reference
    for typed in (reference, reference.lower().replace("-", " ")):
        response = client.get(PAGE, {"q": typed})
        assert (response.status_code, response.url) == (302, f"/agents/demandes/{reference}/")
    other = client_of(make_agent(("back_office", make_service("parcs"))))
    assert_status(other.get(PAGE, {"q": reference}), 200)


def test_people_come_first_with_their_open_requests(town, client_of):
    response = assert_status(client_of(town["agent"]).get(PAGE, {"q": "dupont"}), 200)
    page = text_of(response)
    assert page.index('id="people-title"') < page.index('id="tickets"')
    assert "06 39 98 12 34" in page
    assert [card["person"].open_tickets for card in response.context["people"]] == [[town["lamp"]]]
    assert [row.ticket for row in response.context["rows"]] == [town["lamp"]]


def test_words_are_marked_and_an_excerpt_shows_those_of_the_message(town, client_of):
    page = text_of(client_of(town["agent"]).get(PAGE, {"q": "lampadaires"}))
    assert "<mark>Lampadaire</mark> &lt;b&gt;cassé&lt;/b&gt;" in page
    assert "Tombé contre le <mark>lampadaire</mark> du square." in page
    assert "<b>cassé</b>" not in page


def test_a_mistyped_name_is_put_right_and_said(town, client_of):
    make_ticket(citizen=make_citizen("Jean Dupond"), request_type=town["type"])
    client = client_of(town["agent"])
    response = client.get(PAGE, {"q": "dupomt"}, follow=True)
    assert response.redirect_chain == [(f"{PAGE}?q=dupont&typed=dupomt", 302)]
    page = text_of(response)
    assert "Rien n’a été trouvé pour « dupomt »" in page
    assert [row.ticket for row in response.context["rows"]] == [town["lamp"]]
    response = client.get(PAGE, {"q": "dupot"}, follow=True)
    assert "Vouliez-vous dire" not in text_of(response), "dupond is two mistakes away"
    response = client.get(PAGE, {"q": "duponx"}, follow=True)
    assert 'href="/agents/recherche/?q=dupont&amp;typed=duponx"' in text_of(response)


def test_nothing_found_stays_nothing(town, client_of):
    response = assert_status(client_of(town["agent"]).get(PAGE, {"q": "hippopotame"}), 200)
    assert not response.context["rows"]
    assert "Rien trouvé" in text_of(response)
    filtered = client_of(town["agent"]).get(PAGE, {"q": "dupomt", "status": "closed"})
    assert_status(filtered, 200)


def test_the_filters_narrow_what_was_found(town, client_of):
    client = client_of(town["agent"])
    response = client.get(PAGE, {"q": "lampadaire", "status": "closed"})
    assert not response.context["rows"]
    response = client.get(PAGE, {"q": "lampadaire", "status": "new"})
    assert len(response.context["rows"]) == 2
    assert "q=lampadaire" in response.context["clear_url"]


def test_the_best_match_has_the_words_in_its_subject(town, client_of):
    client = client_of(town["agent"])
    newest = [row.ticket for row in client.get(PAGE, {"q": "lampadaire"}).context["rows"]]
    best = [row.ticket for row in client.get(PAGE, {"q": "lampadaire", "sort": "best"}).context["rows"]]
    assert (newest, best) == ([town["bench"], town["lamp"]], [town["lamp"], town["bench"]])


def test_the_best_matches_have_pages_too(town, client_of):
    for _ in range(30):
        make_ticket(request_type=town["type"], subject="Banc", body="Sous le lampadaire.")
    client = client_of(town["agent"])
    first = client.get(PAGE, {"q": "lampadaire", "sort": "best"})
    second = client.get(first.context["next_url"])
    found = [row.ticket.pk for page in (first, second) for row in page.context["rows"]]
    assert len(found) == len(set(found)) == 32
    assert found[0] == town["lamp"].pk


def test_the_queries_are_as_many_whatever_is_found(town, client_of, django_assert_max_num_queries):
    for _ in range(12):
        make_ticket(citizen=town["dupont"], request_type=town["type"], subject="Lampadaire")
    client = client_of(town["agent"])
    client.get(PAGE)
    for typed in ("", "lampadaire", "dupont", "dupont lampadaire", "1234", "elodie@", "G-222", "%_\\'\""):
        with django_assert_max_num_queries(22):
            assert_status(client.get(PAGE, {"q": typed}), 200)
