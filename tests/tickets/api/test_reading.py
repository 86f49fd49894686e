"""Reading tickets by the API: shapes, filters, pages, rights, cost."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from directory.roles import Role
from tests.support.api import api_client
from tests.support.asserts import assert_status
from tests.support.factories import make_agent, make_service, make_ticket, make_town, make_type
from tickets.actions.processing import ticket_assign, ticket_transfer
from tickets.enums import Status
from tickets.models import Ticket

pytestmark = pytest.mark.django_db

LIST = "/api/v1/tickets/"
SUMMARY = {
    "reference", "subject", "status", "channel", "request_type", "service", "assignee", "requester", "received_at",
    "answer_due_at", "legal_due_on", "escalation_level",
}  # fmt: skip


@pytest.fixture
def pilot() -> Client:
    return api_client(make_agent((Role.PILOT, make_town())))


def references(response: Any) -> list[str]:
    return [row["reference"] for row in assert_status(response, 200).json()["results"]]


def test_the_shape_of_a_ticket(pilot: Client) -> None:
    service = make_service("urbanisme")
    kind = make_type("permis", service, regime="SVA", delay_months=2)
    ticket = make_ticket(request_type=kind, now=datetime.fromisoformat("2026-03-10T09:00:00+00:00"))
    agent = make_agent((Role.BACK_OFFICE, service))
    ticket_assign(ticket=ticket, assignee=agent, actor=agent, now=timezone.now())
    found = assert_status(pilot.get(LIST), 200).json()
    assert set(found) == {"results", "next"}
    assert found["next"] is None
    (row,) = found["results"]
    assert set(row) == SUMMARY
    assert row == row | {
        "reference": ticket.reference,
        "status": "open",
        "channel": "web",
        "request_type": "permis",
        "service": "urbanisme",
        "assignee": agent.full_name,
        "received_at": "2026-03-10T10:00:00+01:00",
        "answer_due_at": "2026-03-13T10:00:00+01:00",
        "legal_due_on": "2026-05-10",
        "escalation_level": 0,
    }
    assert row["requester"]["name"] == "Claire Vasseur"
    assert row["requester"]["email"].endswith("@example.org")
    assert row["requester"]["phone"] == ""


def test_the_detail_adds_the_conversation_and_the_timeline(pilot: Client) -> None:
    ticket = make_ticket(body="Bonjour, la lampe est cassée.")
    found = assert_status(pilot.get(f"{LIST}{ticket.reference.lower()}/"), 200).json()
    assert set(found) == SUMMARY | {"answers", "messages", "events"}
    (message,) = found["messages"]
    assert set(message) == {"id", "kind", "channel", "author", "body", "created_at", "attachments"}
    assert (message["kind"], message["body"]) == ("inbound", "Bonjour, la lampe est cassée.")
    assert message["author"] == "Claire Vasseur"
    kinds = [event["kind"] for event in found["events"]]
    assert kinds[:2] == ["opened", "routed"]
    assert set(found["events"][0]) == {"kind", "at", "actor", "data"}


def test_nobody_is_not_served() -> None:
    ticket = make_ticket()
    for path in (LIST, f"{LIST}{ticket.reference}/"):
        refused = assert_status(Client().get(path), 401).json()
        assert refused["code"] == "not_authenticated"
    wrong = Client(headers={"Authorization": "Token 0000"})
    assert assert_status(wrong.get(LIST), 401).json()["code"] == "authentication_failed"


def test_an_agent_who_left_is_not_served() -> None:
    agent = make_agent((Role.PILOT, make_town()))
    client = api_client(agent)
    agent.is_active = False
    agent.save()
    assert_status(client.get(LIST), 401)


@pytest.mark.parametrize(
    ("role", "where", "sensitive", "seen"),
    [
        (Role.BACK_OFFICE, "voirie", False, True),
        (Role.BACK_OFFICE, "voirie", True, True),
        (Role.BACK_OFFICE, "urbanisme", False, False),
        (Role.BACK_OFFICE, "mairie", False, True),
        (Role.COUNTER, "voirie", False, True),
        (Role.COUNTER, "voirie", True, False),
        (Role.PHONE, "voirie", False, True),
        (Role.PHONE, "voirie", True, False),
        (Role.REFERENT, "voirie", True, True),
        (Role.MANAGER, "mairie", False, True),
        (Role.MANAGER, "mairie", True, False),
        (Role.PILOT, "mairie", True, False),
        (Role.ADMIN, "mairie", False, True),
        (Role.ADMIN, "mairie", True, False),
        (Role.ELECTED, "mairie", False, False),
    ],
)
def test_rights_are_those_of_the_pages(role: Role, where: str, sensitive: bool, seen: bool) -> None:
    root, service, other = make_town(), make_service("voirie"), make_service("urbanisme")
    kind = make_type("type", service, is_sensitive=sensitive)
    ticket = make_ticket(request_type=kind)
    place = {"mairie": root, "voirie": service, "urbanisme": other}[where]
    client = api_client(make_agent((role, place)))
    assert references(client.get(LIST)) == ([ticket.reference] if seen else [])
    assert references(client.get(LIST, {"q": ticket.reference})) == ([ticket.reference] if seen else [])
    assert references(client.get(LIST, {"service": "voirie"})) == ([ticket.reference] if seen else [])
    assert_status(client.get(f"{LIST}{ticket.reference}/"), 200 if seen else 404)


def test_what_does_not_exist_and_what_is_hidden_look_the_same() -> None:
    client = api_client(make_agent((Role.BACK_OFFICE, make_service("voirie"))))
    hidden = make_ticket()
    answers = [client.get(f"{LIST}{name}/") for name in (hidden.reference, "G-22222-22222", "nothing")]
    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert len({answer.content for answer in answers}) == 1


def test_filters(pilot: Client) -> None:
    parks, roads = make_service("espaces-verts"), make_service("voirie")
    direction = make_service("technique")
    roads.parent = direction
    roads.save()
    now = timezone.now()
    tree = make_ticket(request_type=make_type("arbre", parks), subject="Arbre tombé", channel="phone")
    hole = make_ticket(request_type=make_type("trou", roads), subject="Trou dans la chaussée", channel="email")
    late = make_ticket(
        request_type=make_type("lampe", roads), subject="Éclairages clignotants", now=now - timedelta(days=40)
    )
    Ticket.objects.filter(pk=hole.pk).update(status=Status.WAITING)
    every = {ticket.reference for ticket in (tree, hole, late)}
    asked: list[tuple[dict[str, Any], set[str]]] = [
        ({}, every),
        ({"q": "eclairage clignotant"}, {late.reference}),
        ({"q": tree.reference}, {tree.reference}),
        ({"q": "introuvable"}, set()),
        ({"status": "waiting"}, {hole.reference}),
        ({"status": "waiting,new"}, every),
        ({"status": ["waiting", "new"]}, every),
        ({"channel": "phone"}, {tree.reference}),
        ({"channel": ["phone", "email"]}, {tree.reference, hole.reference}),
        ({"service": "espaces-verts"}, {tree.reference}),
        ({"service": "technique"}, {hole.reference, late.reference}),
        ({"late": "true"}, {late.reference}),
        ({"late": "false"}, {tree.reference, hole.reference}),
        ({"late": "false", "service": "voirie"}, {hole.reference}),
        ({"q": "", "status": "", "late": ""}, every),
    ]
    for query, expected in asked:
        assert set(references(pilot.get(LIST, query))) == expected, query


@pytest.mark.parametrize(
    ("query", "field", "told"),
    [
        ({"status": "lost"}, "status", "waiting"),
        ({"channel": "pigeon"}, "channel", "counter"),
        ({"service": "nowhere"}, "service", "accueil"),
        ({"late": "perhaps"}, "late", "true"),
        ({"limit": "0"}, "limit", "100"),
        ({"limit": "101"}, "limit", "100"),
        ({"limit": "²"}, "limit", "100"),
        ({"cursor": "x"}, None, ""),
        ({"cursor": "WzAsMSwyXQ"}, None, ""),
    ],
)
def test_a_wrong_filter_says_which_and_what_is_allowed(
    pilot: Client, query: dict[str, str], field: str | None, told: str
) -> None:
    refused = assert_status(pilot.get(LIST, query), 400).json()
    assert refused.get("field") == field
    assert told in refused["detail"]
    assert refused["code"]


def test_pages_lose_and_repeat_nothing_while_tickets_arrive(pilot: Client) -> None:
    start = timezone.now() - timedelta(days=2)
    known = [make_ticket(now=start + timedelta(minutes=n // 2)).reference for n in range(9)]  # several at once
    seen: list[str] = []
    url: str | None = f"{LIST}?limit=2&status=new&status=open"
    while url:
        answer = assert_status(pilot.get(url), 200).json()
        assert len(answer["results"]) <= 2
        seen += [row["reference"] for row in answer["results"]]
        make_ticket()  # arrives above what was read
        url = answer["next"]
        assert url is None or url.startswith("http://testserver/api/v1/tickets/?")
    assert seen == known[::-1] or sorted(seen) == sorted(known)
    assert len(seen) == len(set(seen)) == 9
    received = [Ticket.objects.get(reference=reference).received_at for reference in seen]
    assert received == sorted(received, reverse=True)


def test_a_ticket_that_leaves_for_another_service_is_no_longer_reached() -> None:
    roads, parks = make_service("voirie"), make_service("espaces-verts")
    agent = make_agent((Role.BACK_OFFICE, roads))
    client = api_client(agent)
    ticket = make_ticket(request_type=make_type("trou", roads))
    assert_status(client.get(f"{LIST}{ticket.reference}/"), 200)
    ticket_transfer(ticket=ticket, service=parks, reason="C'est un arbre.", actor=agent, now=timezone.now())
    assert_status(client.get(f"{LIST}{ticket.reference}/"), 404)
    assert references(client.get(LIST)) == []


def test_the_cost_of_a_page_is_fixed(pilot: Client, django_assert_num_queries: Any) -> None:
    make_ticket(request_type=make_type("trou", make_service("voirie")))
    pilot.get(LIST)  # content types are read once per process
    with django_assert_num_queries(4):
        pilot.get(LIST)
    for _ in range(12):
        last = make_ticket(now=timezone.now() - timedelta(days=20))
    with django_assert_num_queries(7):  # and the codes of the services, and how rare the words are
        pilot.get(LIST, {"service": "voirie,accueil", "q": "lampadaire", "late": "true"})
    with django_assert_num_queries(7):
        pilot.get(f"{LIST}{last.reference}/")
