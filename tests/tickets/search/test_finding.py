"""Finding tickets and people by whatever is typed, under the rights of the agent."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.pagination import Page
from directory.models import Citizen, NameWord
from directory.people_search import name_corrections
from tests.support.factories import make_agent, make_citizen, make_service, make_ticket, make_type
from tests.support.search import tickets_matching
from tickets.models import Ticket, TicketText
from tickets.search_terms import read
from tickets.selectors import search
from tickets.selectors.people_found import corrections_found, people_found
from tickets.selectors.search import tickets_found

pytestmark = pytest.mark.django_db


@pytest.fixture
def town() -> dict[str, Any]:
    voirie, ccas = make_service("voirie"), make_service("ccas")
    lamp = make_type("eclairage", voirie)
    aid = make_type("aide", ccas, is_sensitive=True)
    dupont = make_citizen("Élodie Dupont", "elodie.dupont@example.org", "06 39 98 12 34")
    martin = make_citizen("Marc Lefèvre", "mlefevre@example.org", "06 39 98 56 78")
    secret = make_citizen("Rose Quentin", "rose@example.org")
    return {
        "voirie": voirie,
        "dupont": dupont,
        "martin": martin,
        "secret": secret,
        "lamp": make_ticket(citizen=dupont, request_type=lamp, subject="Lampadaire cassé", body="Devant l’école."),
        "bench": make_ticket(citizen=martin, request_type=lamp, subject="Banc renversé", body="Près du lampadaire."),
        "aid": make_ticket(citizen=secret, request_type=aid, subject="Aide au logement", body="Je suis expulsée."),
        "agent": make_agent(("manager", voirie), ("manager", ccas)),
        "social": make_agent(("referent", ccas)),
        "phone": make_agent(("phone", voirie)),
    }


def found(agent: Any, text: str) -> list[str]:
    return [person.citizen.last_name for person in people_found(agent, read(text))[0]]


def test_a_ticket_is_found_by_part_of_everything(town):
    lamp = town["lamp"]
    for typed in (
        lamp.reference,
        lamp.reference[:5],
        lamp.reference[:9],
        "12 34",
        "06 39 98 12",
        "elodie.dup",
        "elodie.dupont@",
        "dupont",
        "élodie lampad",
        "LAMPADAIRES CASSES",
        "ecole dupont",
    ):
        assert list(tickets_matching(Ticket.objects.all(), typed)) == [lamp], typed
    assert list(tickets_matching(Ticket.objects.all(), "  ").order_by("pk")) == [lamp, town["bench"], town["aid"]]
    for nothing in ("98 76", "piscine", "inconnu@example.org", "G-22222"):
        assert not tickets_matching(Ticket.objects.all(), nothing).exists(), nothing


@pytest.mark.parametrize("frequent", [0, 10**9], ids=["one text after the other", "through the index"])
def test_rare_and_common_words_find_the_same(town, monkeypatch, frequent):
    monkeypatch.setattr(search, "FREQUENT", frequent)
    tickets = Ticket.objects.filter(service=town["voirie"])
    assert set(tickets_matching(tickets, "lampadaire")) == {town["bench"], town["lamp"]}
    assert list(tickets_matching(tickets, "lampadaire renversé")) == [town["bench"]]
    assert not tickets_matching(tickets, "logement").exists()
    everything = tickets_found(Ticket.objects.all(), read("lampadaire"))
    assert set(everything.checked) == {town["bench"], town["lamp"]}
    assert not tickets_found(Ticket.objects.none(), read("lampadaire")).exists()


def test_who_sees_fewer_tickets_than_the_words_match_does_not_fetch_the_matches(town, monkeypatch):
    few = Ticket.objects.filter(service=town["voirie"])
    monkeypatch.setattr(search, "FEW", 0)
    for mine, by_index in ((1.0, False), (100.0, True)):
        monkeypatch.setattr(search, "_planned", lambda rows, mine=mine: {Ticket: mine, TicketText: 50.0}[rows.model])
        with CaptureQueriesContext(connection) as context:
            assert set(tickets_matching(few, "lampadaire")) == {town["lamp"], town["bench"]}
        assert any("f_month_query" in query["sql"] for query in context) is by_index


@pytest.mark.parametrize("frequent", [0, 10**9], ids=["one text after the other", "through the index"])
@pytest.mark.parametrize("order", [("-received_at", "-id"), ("received_at", "id")], ids=["newest", "oldest"])
def test_pages_go_through_the_months_in_order_both_ways(town, monkeypatch, order, frequent):
    monkeypatch.setattr(search, "FREQUENT", frequent)
    kind, now = town["lamp"].request_type, timezone.now()
    # the last ones recorded are the oldest letters, two of them of the same moment
    for days in (0, 2, 40, 45, 400, 401, 401, 800):
        make_ticket(request_type=kind, subject="Toboggan fendu", body="Au parc.", now=now - timedelta(days=days))
        make_ticket(request_type=kind, subject="Toboggan", body="Au square.", now=now - timedelta(days=days, hours=1))
    expected = list(Ticket.objects.filter(subject="Toboggan fendu").order_by(*order))
    found = tickets_found(Ticket.objects.filter(service=town["voirie"]), read("toboggans fendu"))

    def page(cursor: str | None) -> Page[Ticket]:
        return found.page(order, cursor=cursor, size=3, dressed=lambda tickets: tickets)

    first = page(None)
    second = page(first.next)
    third = page(second.next)
    assert [first.rows, second.rows, third.rows] == [expected[:3], expected[3:6], expected[6:]]
    assert (first.previous, third.next) == (None, None)
    assert page(third.previous).rows == second.rows
    assert page(second.previous).rows == first.rows
    assert found.newest(2) == [
        ticket.pk for ticket in Ticket.objects.filter(subject="Toboggan fendu").order_by("-received_at", "-id")[:2]
    ]


def test_a_name_that_the_text_does_not_hold_goes_with_words(town):
    Ticket.objects.filter(pk=town["bench"].pk).update(requester=town["dupont"])  # whoever wrote it first was Marc
    assert list(tickets_matching(Ticket.objects.all(), "dupont banc")) == [town["bench"]]
    assert not tickets_matching(Ticket.objects.all(), "dupont piscine").exists()


def test_people_are_found_by_name_address_and_number(town):
    agent = town["agent"]
    for typed in ("dupont", "DUPO", "elodie dup", "elodie.d", "1234", "06 39 98 12 34", "elodie.dupont@example.org"):
        assert found(agent, typed) == ["Dupont"], typed
    assert found(agent, "mlefev") == ["Lefèvre"], "the beginning of an address, when no name begins so"
    assert found(agent, "lefevre") == ["Lefèvre"]
    (card,), more = people_found(agent, read("dupont"))
    assert (card.open_count, card.open_tickets, more) == (1, [town["lamp"]], False)
    assert card.contacts == ["elodie.dupont@example.org", "+33639981234"]


def test_nobody_learns_of_a_person_whose_tickets_they_do_not_see(town):
    for typed in ("quentin", "rose@example.org", "rose@", "quentn"):
        assert found(town["agent"], typed) == [], typed
        assert corrections_found(town["agent"], read(typed)) == [], typed
    assert found(town["social"], "quentin") == ["Quentin"]
    assert [terms.text for terms in corrections_found(town["social"], read("quentn"))] == ["quentin"]
    assert not tickets_matching(Ticket.objects.filter(is_sensitive=False), "expulsée").exists()


def test_those_who_answer_the_phone_recognise_anybody_but_see_no_request_more(town):
    (card,), _more = people_found(town["phone"], read("quentin"))
    assert (card.citizen, card.open_count, card.open_tickets) == (town["secret"], 0, [])


def test_the_very_name_comes_before_those_that_begin_so(town):
    for name in ("Zoé Du", "Ana Durand", "Éva Dubois"):
        make_ticket(citizen=make_citizen(name), request_type=town["lamp"].request_type)
    assert found(town["agent"], "du") == ["Du", "Dubois", "Dupont", "Durand"]


def test_six_people_at_most_are_shown_and_the_page_says_there_are_more(town):
    for number in range(8):
        make_ticket(citizen=make_citizen(f"Jean Dubreuil{'abcdefgh'[number]}"), request_type=town["lamp"].request_type)
    people, more = people_found(town["agent"], read("dubreuil"))
    assert (len(people), more) == (6, True)


@pytest.mark.parametrize("typed", ["dupnot", "dupond", "dupon", "duppont", "upont"])
def test_a_mistake_in_a_name_is_forgiven(town, typed):
    terms = read(f"{typed}")
    if typed == "dupon":
        assert found(town["agent"], typed) == ["Dupont"], "the beginning of a name is no mistake"
        return
    assert found(town["agent"], typed) == []
    assert [one.text for one in corrections_found(town["agent"], terms)] == ["dupont"]


def test_a_mistake_in_a_name_among_words(town):
    assert [one.text for one in corrections_found(town["agent"], read("lampadaire dupnot"))] == ["lampadaire dupont"]
    assert corrections_found(town["agent"], read("piscine dupnot")) == []
    assert corrections_found(town["agent"], read("lampadiare")) == [], "only names are put right"


def test_the_words_of_names_follow_the_people(town):
    assert {"elodie", "dupont", "marc", "lefevre"} <= set(NameWord.objects.values_list("word", flat=True))
    Citizen.objects.filter(pk=town["dupont"].pk).update(last_name="Le Goff-Œillet", organisation="Café d’Ouest")
    assert {"goff", "oeillet", "cafe", "ouest"} <= set(NameWord.objects.values_list("word", flat=True))
    assert name_corrections("oeilet") == ["oeillet"]
    assert name_corrections("oeillet") == [], "a known word is not put right"
    assert name_corrections("gof") == [], "too short to tell"


def test_a_merged_person_is_not_found(town):
    Citizen.objects.filter(pk=town["dupont"].pk).update(merged_into=town["martin"])
    assert found(town["agent"], "dupont") == []


def test_people_and_tickets_cost_a_fixed_number_of_queries(town, django_assert_max_num_queries):
    for number in range(5):
        citizen = make_citizen(f"Jean Dupont{'abcde'[number]}")
        for _ in range(3):
            make_ticket(citizen=citizen, request_type=town["lamp"].request_type, now=timezone.now())
    agent = type(town["agent"]).objects.get(pk=town["agent"].pk)
    with django_assert_max_num_queries(7):
        people_found(agent, read("dupont"))
    with django_assert_max_num_queries(4):
        list(tickets_matching(Ticket.objects.all(), "lampadaire cassé")[:26])
