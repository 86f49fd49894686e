"""What an elected official learns by typing a name: where requests stand, nothing more; and it is written down."""

import pytest

from dashboard.lookup import standings_of
from directory.permissions import has_right
from directory.roles import LOOKUP
from tests.support.asserts import assert_status
from tests.support.factories import make_agent, make_citizen, make_service, make_ticket, make_town, make_type
from tickets.models import AccessLog, Ticket

pytestmark = pytest.mark.django_db
PAGE, LOG = "/elus/", "/elus/journal/"


@pytest.fixture
def town():
    root, voirie, ccas = make_town(), make_service("voirie", "Voirie"), make_service("ccas")
    claire = make_citizen("Claire Vasseur", "claire@example.org", "06 39 98 12 34")
    rose = make_citizen("Rose Quentin", "rose@example.org")
    aid = make_type("aide", ccas, is_sensitive=True)
    return {
        "root": root,
        "voirie": voirie,
        "lamp": make_ticket(
            citizen=claire,
            request_type=make_type("eclairage", voirie, name="Éclairage public"),
            subject="Sujet confidentiel",
            body="Message confidentiel.",
            location="12 rue Confidentielle",
        ),
        "aid": make_ticket(citizen=claire, request_type=aid),
        "secret": make_ticket(citizen=rose, request_type=aid),
        "mayor": make_agent(("elected", root), title="Maire"),
    }


def test_the_page_says_where_the_requests_stand_and_nothing_more(town, client_of):
    page = assert_status(client_of(town["mayor"]).post(PAGE, {"name": "vasseur CLAIRE"}), 200).content.decode()
    for shown in ("Claire Vasseur", town["lamp"].reference, "Éclairage public", "Voirie", "Nouvelle"):
        assert shown in page, shown
    for hidden in ("onfidentiel", "claire@example.org", "06 39 98", "+33639981234", town["aid"].reference, "Aide"):
        assert hidden not in page, hidden
    assert "no-store" in client_of(town["mayor"]).get(PAGE)["Cache-Control"]


def test_the_lookup_is_written_before_its_answer(town, client_of):
    client_of(town["mayor"]).post(PAGE, {"name": "Personne Inconnue"})
    entry = AccessLog.objects.get()
    assert (entry.agent, entry.kind, entry.subject, entry.ticket) == (
        town["mayor"],
        "lookup",
        "Personne Inconnue",
        None,
    )
    assert "Personne Inconnue" in client_of(town["mayor"]).get(PAGE).content.decode(), "one reads one's own"


def test_a_person_with_only_sensitive_requests_is_unknown_here(town, client_of):
    page = client_of(town["mayor"]).post(PAGE, {"name": "Quentin"}).content.decode()
    assert town["secret"].reference not in page
    assert "Rose" not in page
    assert standings_of(town["mayor"], "Quentin") == standings_of(town["mayor"], "Absente")


@pytest.mark.parametrize(
    "typed", ["vass", "claire@example.org", "06 39 98 12 34", "12", "rue confidentielle", "vaseur"]
)
def test_only_whole_words_of_a_name_find(town, typed):
    assert not standings_of(town["mayor"], typed).people


def test_only_the_services_of_the_role(town):
    make_ticket(citizen=town["lamp"].requester, request_type=make_type("square", make_service("parcs")))
    deputy = make_agent(("elected", town["voirie"]))
    ((_name, rows),) = standings_of(deputy, "Vasseur").people
    assert [row.reference for row in rows] == [town["lamp"].reference]
    assert len(standings_of(town["mayor"], "Vasseur").people[0][1]) == 2


def test_an_announced_date_is_shown_until_the_answer(town):
    ((_name, (row,)),) = standings_of(town["mayor"], "Vasseur").people
    assert row.announced_at == town["lamp"].answer_due_at
    Ticket.objects.filter(pk=town["lamp"].pk).update(first_answered_at=town["lamp"].received_at)
    ((_name, (row,)),) = standings_of(town["mayor"], "Vasseur").people
    assert row.announced_at is None


def test_cancelled_and_merged_requests_are_not_shown(town):
    Ticket.objects.filter(pk=town["lamp"].pk).update(status="cancelled")
    assert not standings_of(town["mayor"], "Vasseur").people


def test_a_name_that_many_bear_asks_for_more(town, client_of):
    kind = town["lamp"].request_type
    for number in range(11):
        make_ticket(citizen=make_citizen(f"Jean{'abcdefghijk'[number]} Martin"), request_type=kind)
    assert standings_of(town["mayor"], "Martin").too_many
    page = client_of(town["mayor"]).post(PAGE, {"name": "martin"}).content.decode()
    assert "Trop de personnes portent ce nom" in page
    assert len(standings_of(town["mayor"], "Jeana Martin").people) == 1


@pytest.mark.parametrize("name", ["", "  ", "ab", "12345"])
def test_a_name_too_short_is_refused_and_not_looked_up(town, client_of, name):
    assert_status(client_of(town["mayor"]).post(PAGE, {"name": name}), 422)
    assert not AccessLog.objects.exists()


@pytest.mark.parametrize("role", ["counter", "phone", "back_office", "referent", "manager", "pilot", "admin"])
def test_only_elected_officials_look_up(town, client_of, role):
    agent = make_agent((role, town["root"]))
    assert not has_right(agent, LOOKUP)
    assert_status(client_of(agent).get(PAGE), 403)
    assert_status(client_of(agent).post(PAGE, {"name": "Vasseur"}), 403)
    assert not AccessLog.objects.exists()


@pytest.mark.parametrize(
    ("role", "status"), [("admin", 200), ("manager", 200), ("referent", 200), ("elected", 403), ("back_office", 403)]
)
def test_who_reads_the_log_of_lookups(town, client_of, role, status):
    client_of(town["mayor"]).post(PAGE, {"name": "Vasseur"})
    response = assert_status(client_of(make_agent((role, town["root"]))).get(LOG), status)
    assert ("« Vasseur »" in response.content.decode()) is (status == 200)


def test_an_elected_official_opens_no_ticket(town, client_of):
    client = client_of(town["mayor"])
    assert_status(client.get(f"/agents/demandes/{town['lamp'].reference}/"), 404)
    assert_status(client.get("/agents/recherche/?q=lampadaire"), 403)
    assert 'id="global-search"' not in client.get(PAGE).content.decode(), "and is not offered the search"


def test_too_many_lookups_are_refused(town, client_of, monkeypatch):
    monkeypatch.setattr("dashboard.lookup_views.MOST", 2)
    client = client_of(town["mayor"])
    for status in (200, 200, 429):
        assert_status(client.post(PAGE, {"name": "Vasseur"}), status)
    assert AccessLog.objects.count() == 2


def test_a_lookup_costs_a_fixed_number_of_queries(town, client_of, django_assert_max_num_queries):
    for _ in range(8):
        make_ticket(citizen=town["lamp"].requester, request_type=town["lamp"].request_type)
    mayor = town["mayor"]
    has_right(mayor, LOOKUP)
    with django_assert_max_num_queries(3):
        standings_of(mayor, "Vasseur")
