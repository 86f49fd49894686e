"""Opening tickets by the API."""

from typing import Any

import pytest
from django.test import Client

from channels_intake.models import IntakeKey
from directory.models import Agent, Citizen
from directory.roles import Role
from tests.support.api import api_client, post_json
from tests.support.asserts import assert_status
from tests.support.factories import make_agent, make_service, make_town, make_type
from tests.support.threads import together
from tickets.actions.routing.route import ticket_route
from tickets.models import Ticket

pytestmark = pytest.mark.django_db

TICKETS = "/api/v1/tickets/"
Told = list[tuple[str, tuple[object, ...]]]


def draft(**fields: Any) -> dict[str, Any]:
    return {
        "subject": "Nid-de-poule rue des Tilleuls",
        "body": "Un trou s'est formé devant le 12.",
        "channel": "phone",
        "requester": {"name": "Nadia Belkacem", "email": "nadia@example.org", "phone": "06 39 98 12 34"},
    } | fields


def test_a_request_becomes_a_ticket(
    client: Client, agent: Agent, told: Told, django_capture_on_commit_callbacks: Any
) -> None:
    make_type("voirie-trou", make_service("voirie"))
    with django_capture_on_commit_callbacks(execute=True):
        answer = post_json(client, TICKETS, draft(request_type="voirie-trou"))
    made = assert_status(answer, 201).json()
    ticket = Ticket.objects.get(reference=made["reference"])
    assert told == [("tickets.route", (ticket.pk,))]
    assert ticket.created_by == agent
    assert (made["status"], made["channel"], made["request_type"]) == ("new", "phone", "voirie-trou")
    assert made["requester"] == {
        "name": "Nadia Belkacem",
        "email": "nadia@example.org",
        "phone": "+33639981234",
    }
    assert [message["body"] for message in made["messages"]] == ["Un trou s'est formé devant le 12."]
    assert [event["kind"] for event in made["events"]] == ["opened"]
    assert made["events"][0]["actor"] == agent.full_name
    assert assert_status(client.get(f"{TICKETS}{ticket.reference}/"), 200).json() == made


def test_the_least_a_request_must_say(client: Client) -> None:
    made = post_json(client, TICKETS, draft(requester={"name": ""}, external_id="", request_type=None))
    body = assert_status(made, 201).json()
    assert body["requester"] is None
    again = post_json(client, TICKETS, draft(requester={"name": ""}, external_id=""))
    assert assert_status(again, 201).json()["reference"] != body["reference"]


def test_the_same_external_id_is_the_same_ticket(client: Client) -> None:
    first = assert_status(post_json(client, TICKETS, draft(external_id="crm-81")), 201).json()
    again = assert_status(post_json(client, TICKETS, draft(external_id="crm-81", subject="Autre")), 200).json()
    assert again == first
    assert Ticket.objects.count() == 1


def test_another_account_has_its_own_external_ids(client: Client) -> None:
    first = post_json(client, TICKETS, draft(external_id="1")).json()
    other = api_client(make_agent((Role.PILOT, make_town())))
    second = assert_status(post_json(other, TICKETS, draft(external_id="1")), 201).json()
    assert second["reference"] != first["reference"]


def test_a_ticket_out_of_sight_is_told_without_its_secrets() -> None:
    make_town()
    desk, social = make_service("accueil-annexe"), make_service("ccas")
    make_type("aide", social, is_sensitive=True, keywords=["aide sociale"])
    client = api_client(make_agent((Role.COUNTER, desk)))
    sent = draft(external_id="7", subject="Aide sociale", channel="counter")
    first = assert_status(post_json(client, TICKETS, sent), 201).json()
    ticket = Ticket.objects.get(reference=first["reference"])
    ticket_route(ticket_id=ticket.pk, now=ticket.created_at)
    again = assert_status(post_json(client, TICKETS, sent), 200).json()
    assert again["reference"] == first["reference"]
    assert set(again) == set(first)
    assert again["service"] is again["request_type"] is again["assignee"] is again["requester"] is None
    assert again["messages"] == again["events"] == []


@pytest.mark.parametrize(
    ("role", "status"),
    [
        (Role.COUNTER, 201),
        (Role.PHONE, 201),
        (Role.PILOT, 201),
        (Role.ADMIN, 201),
        (Role.BACK_OFFICE, 403),
        (Role.REFERENT, 403),
        (Role.MANAGER, 403),
        (Role.ELECTED, 403),
        (None, 403),
    ],
)
def test_who_may_open(role: Role | None, status: int) -> None:
    root = make_town()
    client = api_client(make_agent(*([(role, root)] if role else [])))
    answer = post_json(client, TICKETS, draft())
    assert_status(answer, status)
    assert Ticket.objects.count() == (1 if status == 201 else 0)
    if status == 403:
        assert answer.json()["code"] == "not_allowed"


def test_nobody_may_not_open() -> None:
    assert_status(post_json(Client(), TICKETS, draft()), 401)
    assert Ticket.objects.count() == 0


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"subject": ""}, "subject"),
        ({"subject": "x" * 251}, "subject"),
        ({"body": " "}, "body"),
        ({"channel": "pigeon"}, "channel"),
        ({"request_type": "unknown"}, "request_type"),
        ({"external_id": "x" * 201}, "external_id"),
        ({"requester": None}, "requester"),
        ({"requester": "Nadia"}, "requester"),
        ({"requester": {}}, "requester.name"),
        ({"requester": {"name": "N", "email": "nadia"}}, "requester.email"),
        ({"requester": {"name": "N", "phone": "call me"}}, "requester.phone"),
        ({"body": "\x00"}, "body"),
    ],
)
def test_a_wrong_request_is_refused_with_its_field(client: Client, change: dict[str, Any], field: str) -> None:
    refused = assert_status(post_json(client, TICKETS, draft(**change)), 400).json()
    assert refused["field"] == field
    assert refused["code"] == "invalid"
    assert refused["detail"]
    assert Ticket.objects.count() == Citizen.objects.count() == 0


@pytest.mark.parametrize("missing", ["subject", "body", "channel", "requester"])
def test_every_required_field_is_asked_for(client: Client, missing: str) -> None:
    body = draft()
    del body[missing]
    refused = assert_status(post_json(client, TICKETS, body), 400).json()
    assert refused["field"] == missing
    assert list(refused["errors"]) == [missing]


@pytest.mark.parametrize("body", [[], "text", 3, None])
def test_what_is_not_an_object_is_refused(client: Client, body: object) -> None:
    assert_status(post_json(client, TICKETS, body), 400)


@pytest.mark.django_db(transaction=True)
def test_twice_at_once_makes_one_ticket(agent: Agent, told: Told) -> None:
    clients = [api_client(agent) for _ in range(2)]
    answers = together(lambda number: post_json(clients[number], TICKETS, draft(external_id="twin")), 2)
    assert sorted(answer.status_code for answer in answers) == [200, 201]
    assert len({answer.json()["reference"] for answer in answers}) == 1
    assert Ticket.objects.count() == IntakeKey.objects.count() == Citizen.objects.count() == 1
    assert told == [("tickets.route", (Ticket.objects.get().pk,))]
