"""The pages of people: what they show, to whom, and what agents correct there."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from channels_intake.models import Call
from directory.actions.citizens import Requester
from directory.actions.people_duplicates import duplicates_find
from directory.models import Agent, Citizen, CitizenMerge, ContactPoint, DistinctCitizens, Household, Service
from tests.support.asserts import assert_status
from tests.support.factories import make_agent, make_citizen, make_service, make_ticket, make_town, make_type
from tickets.actions.people.merging import citizens_merge
from tickets.models import Ticket, TicketEvent, TrackingLink

HERE = "12 rue des Tilleuls, 99120 Rives-sur-Orme"
pytestmark = pytest.mark.django_db


@pytest.fixture
def ccas() -> Service:
    return make_service("ccas", "CCAS")


@pytest.fixture
def desk(voirie: Service) -> Agent:
    return make_agent(("phone", make_town()))


def person(**fields: Any) -> Citizen:
    return Citizen.objects.create(**({"first_name": "Claire", "last_name": "Vasseur"} | fields))


def page_of(client: Any, citizen: Citizen) -> str:
    text: str = assert_status(client.get(reverse("tickets:person", args=[citizen.pk])), 200).content.decode()
    return text


def ask(citizen: Citizen, **fields: Any) -> Ticket:
    return make_ticket(citizen=citizen, requester=Requester(), **fields)


def test_the_page_gathers_the_whole_history(voirie: Service, desk: Agent, client_of: Any) -> None:
    citizen = make_citizen("Claire Vasseur", email="claire@example.org", phone="06 39 98 12 34")
    Citizen.objects.filter(pk=citizen.pk).update(address=HERE, birth_date=date(1987, 5, 4))
    ask(citizen, subject="Un trou dans la rue", service=voirie)
    Call.objects.create(external_id="1", citizen=citizen, agent=desk, state="ended")
    page = page_of(client_of(desk), citizen)
    for told in ("claire@example.org", "06 39 98 12 34", HERE, "4 mai 1987", "Un trou dans la rue", desk.full_name):
        assert told in page


@pytest.mark.parametrize(
    ("role", "asked_here", "status"),
    [
        ("back_office", True, 200),
        ("back_office", False, 404),
        ("manager", False, 404),
        ("elected", True, 404),
        ("phone", False, 200),
        ("admin", False, 200),
    ],
)
@pytest.mark.parametrize("name", ["person", "person_edit", "person_last"])
def test_nobody_learns_that_a_person_wrote_to_another_service(
    role: str, asked_here: bool, status: int, name: str, voirie: Service, ccas: Service, client_of: Any
) -> None:
    citizen = person()
    ask(citizen, request_type=make_type("x", voirie if asked_here else ccas))
    client = client_of(make_agent((role, voirie)))
    assert_status(client.get(reverse(f"tickets:{name}", args=[citizen.pk])), status)


def test_sensitive_requests_do_not_open_a_card_nor_show_on_it(voirie: Service, ccas: Service, client_of: Any) -> None:
    citizen = person()
    ask(citizen, subject="Aide sociale secrète", request_type=make_type("aide", ccas, is_sensitive=True))
    manager = make_agent(("manager", ccas))
    assert_status(client_of(manager).get(reverse("tickets:person", args=[citizen.pk])), 404)
    ask(citizen, subject="Une question simple", request_type=make_type("simple", ccas))
    page = page_of(client_of(manager), citizen)
    assert "Une question simple" in page
    assert "secrète" not in page


def test_a_merged_card_leads_to_the_one_it_became(desk: Agent, client_of: Any) -> None:
    source, target = person(), person()
    citizens_merge(source=source, target=target, actor=desk, now=timezone.now())
    response = client_of(desk).get(reverse("tickets:person", args=[source.pk]))
    assert response["Location"] == reverse("tickets:person", args=[target.pk])


def test_the_page_costs_the_same_with_one_request_or_fifteen(desk: Agent, voirie: Service, client_of: Any) -> None:
    citizen, client = person(address=HERE), client_of(desk)
    other = person(first_name="Paul", address=HERE)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            page_of(client, citizen)
        return len(queries)

    ask(citizen, service=voirie)
    client.post(reverse("tickets:person_household", args=[citizen.pk]), {"with": other.pk})
    page_of(client, citizen)
    once = cost()
    for _number in range(14):
        ask(citizen, service=voirie)
        ask(other, service=voirie)
        Call.objects.create(external_id=str(_number), citizen=citizen, agent=desk)
    assert cost() <= once + 1  # the references of the calls are looked up together
    assert once <= 22


def test_requests_are_paged(desk: Agent, voirie: Service, client_of: Any) -> None:
    citizen, now = person(), timezone.now()
    for number in range(17):
        ask(citizen, subject=f"Demande n°{number:02}", now=now - timedelta(hours=number))
    client = client_of(desk)
    first = client.get(reverse("tickets:person", args=[citizen.pk]))
    assert b"Demande n\xc2\xb014" in first.content
    assert b"Demande n\xc2\xb015" not in first.content
    second = client.get(reverse("tickets:person", args=[citizen.pk]) + first.context["next_url"].split("#")[0])
    assert b"Demande n\xc2\xb016" in second.content


def test_the_card_is_corrected(desk: Agent, client_of: Any) -> None:
    citizen = person()
    client, url = client_of(desk), reverse("tickets:person_edit", args=[citizen.pk])
    fields = {"kind": "person", "first_name": "Clara", "last_name": "Vasseur", "birth_date": "1987-05-04"}
    fields |= {"organisation": "", "organisation_kind": "", "address": HERE}
    assert_status(client.post(url, fields), 302)
    citizen.refresh_from_db()
    assert (citizen.first_name, citizen.birth_date, citizen.address) == ("Clara", date(1987, 5, 4), HERE)
    for wrong in (
        {"birth_date": "2999-01-01"},
        {"birth_date": "hier"},
        {"kind": "association", "organisation": ""},
        {"kind": "martien"},
    ):
        assert_status(client.post(url, fields | wrong), 422)


def test_a_person_writes_for_an_organisation_that_has_one_card(desk: Agent, client_of: Any) -> None:
    claire, paul, client = person(), person(first_name="Paul"), client_of(desk)

    def say(who: Citizen, organisation: str, kind: str) -> Citizen | None:
        fields = {"kind": "person", "last_name": "Vasseur", "organisation": organisation, "organisation_kind": kind}
        assert_status(client.post(reverse("tickets:person_edit", args=[who.pk]), fields), 302)
        who.refresh_from_db()
        return who.member_of

    assert say(claire, "L’Amicale des pêcheurs", "") is None, "a mention, no card"
    club = say(claire, "L’Amicale des pêcheurs", "association")
    assert club is not None
    assert (club.kind, club.organisation) == ("association", "L’Amicale des pêcheurs")
    assert say(paul, "Amicale des Pecheurs", "") == club, "found by its name, however it is written"
    assert say(paul, "", "") is None
    assert Citizen.objects.exclude(kind="person").count() == 1


def test_an_organisation_shows_its_own_requests_and_not_its_members_private_ones(desk: Agent, client_of: Any) -> None:
    club = person(first_name="", last_name="", kind="association", organisation="Amicale des pêcheurs")
    member = person(first_name="Paul", member_of=club)
    ask(club, subject="Prêt d’une salle")
    ask(member, subject="Cantine de Jules")
    page = page_of(client_of(desk), club)
    assert "Prêt d’une salle" in page
    assert "Paul Vasseur" in page, "who writes for it"
    assert "Cantine de Jules" not in page
    assert "Cantine de Jules" in page_of(client_of(desk), member)
    assert "Amicale des pêcheurs" in page_of(client_of(desk), member)


def test_ways_to_be_reached_are_added_removed_and_repaired(desk: Agent, client_of: Any) -> None:
    citizen, other = person(), make_citizen("Paul Martin", email="paul@example.org")
    client, add = client_of(desk), reverse("tickets:person_contacts", args=[citizen.pk])
    assert_status(client.post(add, {"contact": "Claire@Example.org"}), 302)
    assert_status(client.post(add, {"contact": "06 39 98 12 34"}), 302)
    point = ContactPoint.objects.get(value="claire@example.org", citizen=citizen)
    assert ContactPoint.objects.filter(value="+33639981234", citizen=citizen).exists()
    assert_status(client.post(add, {"contact": "n’importe quoi"}), 422)
    assert "Paul Martin" in assert_status(client.post(add, {"contact": "paul@example.org"}), 422).content.decode()
    ContactPoint.objects.filter(pk=point.pk).update(failing_since=timezone.now(), failure="550 boîte pleine")
    assert "550 boîte pleine" in page_of(client, citizen)
    change = reverse("tickets:person_contact", args=[citizen.pk, point.pk])
    client.post(change, {"do": "repaired"})
    point.refresh_from_db()
    assert (point.failing_since, point.failure) == (None, "")
    client.post(change, {"do": "remove"})
    assert not ContactPoint.objects.filter(pk=point.pk).exists()
    assert_status(client.post(change, {"do": "remove"}), 404)
    elsewhere = reverse("tickets:person_contact", args=[citizen.pk, other.contact_points.get().pk])
    assert_status(client.post(elsewhere, {"do": "remove"}), 404)


def test_an_address_of_somebody_out_of_sight_is_not_named(voirie: Service, ccas: Service, client_of: Any) -> None:
    citizen, secret = person(), make_citizen("Nom Caché", email="secret@example.org")
    ask(citizen, service=voirie)
    ask(secret, service=ccas)
    client = client_of(make_agent(("back_office", voirie)))
    response = client.post(reverse("tickets:person_contacts", args=[citizen.pk]), {"contact": "secret@example.org"})
    assert "Caché" not in assert_status(response, 422).content.decode()


def test_a_household_is_made_shown_and_left(desk: Agent, voirie: Service, ccas: Service, client_of: Any) -> None:
    claire, paul = person(address=HERE), person(first_name="Paul", address="12, r. des Tilleuls")
    ask(paul, subject="Place en crèche", service=voirie)
    ask(paul, subject="Dossier secret", service=ccas)
    client = client_of(desk)
    assert "Paul Vasseur" in page_of(client, claire), "proposed: same address"
    client.post(reverse("tickets:person_household", args=[claire.pk]), {"with": paul.pk})
    assert Household.objects.get().members.count() == 2
    ask(claire, service=voirie)
    page = page_of(client_of(make_agent(("back_office", voirie))), claire)
    assert "Place en crèche" in page
    assert "Dossier secret" not in page
    client.post(reverse("tickets:person_household", args=[claire.pk]))
    assert not Household.objects.exists(), "one person alone is no household"


def test_a_member_of_the_household_out_of_sight_is_not_named(voirie: Service, ccas: Service, client_of: Any) -> None:
    home = Household.objects.create(name="Vasseur")
    claire, paul = person(household=home), person(first_name="Paul", household=home)
    ask(claire, service=voirie)
    ask(paul, service=ccas)
    assert "Paul" not in page_of(client_of(make_agent(("back_office", voirie))), claire)


# --- duplicates


def test_the_list_shows_both_cards_and_each_decision_takes_the_pair_off(desk: Agent, client_of: Any) -> None:
    claire, twin = person(address=HERE), person(address="12 r. des Tilleuls")
    duplicates_find(now=timezone.now())
    client, url = client_of(desk), reverse("tickets:duplicates")
    page = assert_status(client.get(url), 200).content.decode()
    assert "Même nom, même adresse" in page
    assert page.count("Claire Vasseur") >= 2
    assert "Même nom, même adresse" in page_of(client, claire) or "Claire Vasseur" in page_of(client, claire)
    response = client.post(reverse("tickets:person_distinct", args=[twin.pk, claire.pk]), {"next": "list"})
    assert response["Location"] == url
    assert DistinctCitizens.objects.get().said_by == desk
    assert "Claire Vasseur" not in client.get(url).content.decode()
    assert "fusionner" not in page_of(client, claire)


def test_the_list_costs_the_same_whatever_its_length(desk: Agent, client_of: Any) -> None:
    client, url = client_of(desk), reverse("tickets:duplicates")

    def cost(pairs: int) -> int:
        for number in range(pairs):
            for _twin in range(2):
                ask(person(first_name="Ana", address=f"{number} rue des Lilas {pairs}"))
        duplicates_find(now=timezone.now())
        with CaptureQueriesContext(connection) as queries:
            assert_status(client.get(url), 200)
        return len(queries)

    client.get(url)
    once, many = cost(1), cost(15)
    assert once == many <= 14
    first = client.get(url)
    assert len(first.context["pairs"]) == 10
    assert len(client.get(url + first.context["next_url"]).context["pairs"]) == 6


@pytest.mark.parametrize(
    ("role", "status"), [("phone", 200), ("admin", 200), ("back_office", 403), ("manager", 403), ("elected", 403)]
)
def test_the_list_names_people_to_the_desks_only(role: str, status: int, client_of: Any) -> None:
    assert_status(client_of(make_agent((role, make_town()))).get(reverse("tickets:duplicates")), status)


def test_merging_field_by_field_then_undoing(desk: Agent, client_of: Any) -> None:
    claire, twin = person(address=HERE), person(first_name="C.", address="9 rue Neuve")
    client, url = client_of(desk), reverse("tickets:person_merge", args=[claire.pk, twin.pk])
    page = assert_status(client.get(url), 200).content.decode()
    assert "9 rue Neuve" in page
    assert_status(client.post(url, {"keep": "999999"}), 422)
    response = client.post(url, {"keep": claire.pk, "name": claire.pk, "address": twin.pk})
    assert response["Location"] == reverse("tickets:person", args=[claire.pk])
    claire.refresh_from_db()
    assert (claire.first_name, claire.address) == ("Claire", "9 rue Neuve")
    undo = reverse("tickets:person_unmerge", args=[CitizenMerge.objects.get().pk])
    assert undo in page_of(client, claire)
    assert_status(client.get(undo), 405)
    client.post(undo)
    claire.refresh_from_db()
    assert claire.address == HERE
    assert client.get(reverse("tickets:person", args=[twin.pk])).status_code == 200


@pytest.mark.parametrize("name", ["person_merge", "person_distinct"])
def test_a_pair_with_somebody_out_of_sight_does_not_exist(
    name: str, voirie: Service, ccas: Service, client_of: Any
) -> None:
    seen, hidden = person(address=HERE), person(address=HERE)
    ask(seen, service=voirie)
    ask(hidden, service=ccas)
    client = client_of(make_agent(("back_office", voirie)))
    assert_status(client.post(reverse(f"tickets:{name}", args=[seen.pk, hidden.pk]), {"keep": seen.pk}), 404)
    assert reverse("tickets:person", args=[hidden.pk]) not in page_of(client, seen)


def test_a_merge_out_of_sight_is_not_undone(voirie: Service, ccas: Service, desk: Agent, client_of: Any) -> None:
    source, target = person(), person()
    ask(target, service=ccas)
    done = citizens_merge(source=source, target=target, actor=desk, now=timezone.now())
    client = client_of(make_agent(("back_office", voirie)))
    assert_status(client.post(reverse("tickets:person_unmerge", args=[done.pk])), 404)


# --- the requester of a ticket


def test_the_requester_is_changed_and_former_links_open_nothing(voirie: Service, desk: Agent, client_of: Any) -> None:
    agent = make_agent(("back_office", voirie))
    ticket, right = ask(person(), service=voirie), person(first_name="Paul")
    ask(right, service=voirie)
    link = TrackingLink.objects.create(ticket=ticket, token_hash="x", expires_at=timezone.now() + timedelta(hours=1))
    client, url = client_of(agent), reverse("tickets:requester", args=[ticket.reference])
    assert "Paul Vasseur" in assert_status(client.get(url, {"q": "paul vass"}), 200).content.decode()
    assert_status(client.post(url, {"citizen": right.pk}), 302)
    ticket.refresh_from_db()
    link.refresh_from_db()
    assert ticket.requester == right
    assert link.expires_at <= timezone.now()
    event = TicketEvent.objects.get(ticket=ticket, kind="requester")
    assert event.data == {"former": "Claire Vasseur", "current": "Paul Vasseur", "why": "corrected"}
    assert_status(client.post(url, {"citizen": right.pk}), 422)
    assert_status(client.post(url, {"citizen": "nobody"}), 302)
    ticket.refresh_from_db()
    assert ticket.requester is None
    assert_status(client.post(url, {"name": "Ana Costa", "email": "ana@example.org"}), 302)
    ticket.refresh_from_db()
    assert ticket.requester is not None
    assert ticket.requester.display_name == "Ana Costa"
    assert_status(client.post(url, {"name": "", "email": "pas une adresse"}), 422)


def test_somebody_out_of_sight_is_neither_found_nor_named(voirie: Service, ccas: Service, client_of: Any) -> None:
    ticket, hidden = ask(person(), service=voirie), make_citizen("Nom Caché", email="cache@example.org")
    ask(hidden, service=ccas)
    client, url = client_of(make_agent(("back_office", voirie))), reverse("tickets:requester", args=[ticket.reference])
    assert "Caché" not in client.get(url, {"q": "caché"}).content.decode().split('id="q"')[1].split("</form>")[1]
    assert_status(client.post(url, {"citizen": hidden.pk}), 404)
    assert_status(client.post(url, {"name": "X", "email": "cache@example.org"}), 403)
    ticket.refresh_from_db()
    assert ticket.requester != hidden


@pytest.mark.parametrize(("role", "status"), [("back_office", 200), ("elected", 404)])
def test_only_those_who_process_the_ticket_change_it(role: str, status: int, voirie: Service, client_of: Any) -> None:
    ticket = ask(person(), service=voirie)
    client = client_of(make_agent((role, voirie)))
    assert_status(client.get(reverse("tickets:requester", args=[ticket.reference])), status)
