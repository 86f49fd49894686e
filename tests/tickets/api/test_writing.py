"""Writing on a ticket by the API: replies, notes, the citizen's words."""

from typing import Any

import pytest
from django.test import Client

from directory.actions.citizens import Requester
from directory.models import Agent
from directory.roles import Role
from notifications.models import OutboundMessage
from tests.support.api import api_client, post_json
from tests.support.asserts import assert_status
from tests.support.factories import make_agent, make_service, make_ticket, make_town, make_type
from tickets.models import Message, Ticket

pytestmark = pytest.mark.django_db


def path(ticket: Ticket) -> str:
    return f"/api/v1/tickets/{ticket.reference}/messages/"


def test_a_reply_is_sent_and_answers_the_ticket(client: Client, agent: Agent) -> None:
    ticket = make_ticket()
    sent = assert_status(post_json(client, path(ticket), {"kind": "reply", "body": "C'est réparé."}), 201).json()
    assert (sent["kind"], sent["body"], sent["author"]) == ("reply", "C'est réparé.", agent.public_name)
    assert sent["attachments"] == []
    ticket.refresh_from_db()
    assert ticket.status == "answered"
    mail = OutboundMessage.objects.get(kind="reply", ticket_reference=ticket.reference)
    assert "C'est réparé." in mail.body


def test_a_reply_may_ask_a_question(client: Client) -> None:
    ticket = make_ticket()
    assert_status(post_json(client, path(ticket), {"kind": "reply", "body": "Quelle rue ?", "then": "waiting"}), 201)
    ticket.refresh_from_db()
    assert ticket.status == "waiting"


def test_a_note_stays_between_agents(client: Client) -> None:
    ticket = make_ticket()
    before = OutboundMessage.objects.count()
    assert_status(post_json(client, path(ticket), {"kind": "note", "body": "À voir avec Jean."}), 201)
    assert Message.objects.get(ticket=ticket, kind="note").body == "À voir avec Jean."
    assert OutboundMessage.objects.count() == before


def test_the_citizens_words_reopen_the_ticket(client: Client) -> None:
    ticket = make_ticket()
    assert_status(post_json(client, path(ticket), {"kind": "reply", "body": "Fait.", "then": "closed"}), 201)
    added = assert_status(post_json(client, path(ticket), {"kind": "inbound", "body": "Toujours éteint !"}), 201)
    assert added.json()["author"] == "Claire Vasseur"
    assert added.json()["channel"] == "api"
    ticket.refresh_from_db()
    assert (ticket.status, ticket.reopen_count) == ("open", 1)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kind": "note"}, "body"),
        ({"kind": "note", "body": "  "}, "body"),
        ({"kind": "shout", "body": "x"}, "kind"),
        ({"body": "x"}, "kind"),
        ({"kind": "note", "body": "x", "then": "closed"}, "then"),
        ({"kind": "reply", "body": "x", "then": "merged"}, "then"),
        ({"kind": "note", "body": "x\x00y"}, "body"),
        ({"kind": "note", "body": "\ud800"}, "body"),
    ],
)
def test_a_wrong_message_is_refused_with_its_field(client: Client, body: dict[str, str], field: str) -> None:
    ticket = make_ticket()
    refused = assert_status(post_json(client, path(ticket), body), 400).json()
    assert refused["field"] == field
    assert refused["detail"]
    assert Message.objects.filter(ticket=ticket).count() == 1


def test_a_reply_needs_an_address(client: Client) -> None:
    ticket = make_ticket(requester=Requester(name="Sans Adresse", phone="06 39 98 12 34"))
    refused = assert_status(post_json(client, path(ticket), {"kind": "reply", "body": "Bonjour"}), 400).json()
    assert refused["field"] == "body"


@pytest.mark.parametrize("kind", ["reply", "note", "inbound"])
def test_no_right_no_trace(kind: str) -> None:
    ticket = make_ticket(request_type=make_type("trou", make_service("voirie")))
    stranger = api_client(make_agent((Role.BACK_OFFICE, make_service("urbanisme"))))
    elected = api_client(make_agent((Role.ELECTED, make_town())))
    for caller in (stranger, elected):
        assert_status(post_json(caller, path(ticket), {"kind": kind, "body": "x"}), 404)
    assert_status(post_json(Client(), path(ticket), {"kind": kind, "body": "x"}), 401)
    assert Message.objects.filter(ticket=ticket).count() == 1


def test_a_session_may_write_only_with_its_csrf_token(agent: Agent) -> None:
    ticket = make_ticket()
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(agent, backend="django.contrib.auth.backends.ModelBackend")
    assert_status(browser.get("/api/v1/tickets/"), 200)
    assert_status(post_json(browser, path(ticket), {"kind": "note", "body": "x"}), 403)


def test_broken_json_is_refused(client: Client) -> None:
    refused = client.post(path(make_ticket()), data=b"{", content_type="application/json")
    assert assert_status(refused, 400).json()["code"] == "parse_error"


def test_too_many_requests_are_slowed_down(client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.API_REQUESTS_PER_MINUTE = 3
    monkeypatch.setattr("tickets.api.throttling.time.time", lambda: 1_800_000_010.0)
    answers = [client.get("/api/v1/tickets/") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert 0 < int(answers[-1]["Retry-After"]) <= 60
    assert answers[-1].json()["code"] == "throttled"
