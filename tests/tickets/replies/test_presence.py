"""Who is on a ticket: told by each page, forgotten after a while, never shown to who may not see the ticket."""

import time
from typing import Any

import pytest
import redis
from django.urls import reverse
from django.utils import timezone

from core.live import redis_client
from directory.models import Agent, Service
from tests.support.asserts import assert_status
from tests.support.factories import make_agent, make_service, make_ticket
from tickets import presence
from tickets.actions.messages import Incoming, message_receive, note_add
from tickets.models import Message, Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def ticket(voirie: Service) -> Any:
    found = make_ticket(service=voirie)
    redis_client().delete(f"presence:{found.pk}")
    yield found
    redis_client().delete(f"presence:{found.pk}")


def tell(client: Any, ticket: Ticket, state: str, page: str = "page-1") -> Any:
    return client.post(reverse("tickets:presence", args=[ticket.reference]), {"state": state, "page": page})


def test_a_page_shows_the_others_and_what_they_do(voirie: Service, ticket: Ticket, client_of: Any) -> None:
    camille = make_agent(("referent", voirie), first_name="Camille", last_name="Durand")
    yanis = make_agent(("back_office", voirie), first_name="Yanis", last_name="Morel")
    mine, theirs = client_of(camille), client_of(yanis)
    assert tell(mine, ticket, "view").content.strip() == b""
    page = assert_status(tell(theirs, ticket, "view", "page-2"), 200).content.decode()
    assert "Camille DURAND consulte cette demande" in page
    assert "data-locks" not in page
    tell(mine, ticket, "note")
    assert "Camille DURAND écrit une note" in tell(theirs, ticket, "view", "page-2").content.decode()
    tell(mine, ticket, "reply")
    tell(mine, ticket, "view", "page-3")  # another tab of hers does not hide it
    page = tell(theirs, ticket, "view", "page-2").content.decode()
    assert "Camille DURAND écrit une réponse" in page
    assert "data-locks" in page
    assert "Yanis" not in page
    address = reverse("tickets:reply", args=[ticket.reference])
    assert_status(mine.post(address, {"body": "Nous passons lundi.", "then": "answered"}), 302)
    assert tell(theirs, ticket, "view", "page-2").content.strip() == b"", "her reply has left"
    tell(mine, ticket, "view", "page-1")
    for gone in ("page-1", "page-3"):
        assert_status(tell(mine, ticket, "gone", gone), 204)
    assert tell(theirs, ticket, "view", "page-2").content.strip() == b""


def test_the_page_learns_what_came_last_from_somebody_else(agent: Agent, ticket: Ticket, client_of: Any) -> None:
    client, first = client_of(agent), Message.objects.get(ticket=ticket)
    assert tell(client, ticket, "view")["X-Last-Message"] == str(first.pk)
    note_add(ticket=ticket, actor=agent, body="Vu.", now=timezone.now())
    robot = Incoming(channel="email", body="Absent.", is_automatic=True)
    message_receive(ticket=ticket, incoming=robot, now=timezone.now())
    assert tell(client, ticket, "view")["X-Last-Message"] == str(first.pk)
    message = message_receive(ticket=ticket, incoming=Incoming(channel="email", body="Alors ?"), now=timezone.now())
    assert tell(client, ticket, "view")["X-Last-Message"] == str(message.pk)


def test_colleagues_hear_of_a_change_and_only_of_a_change(
    voirie: Service, ticket: Ticket, client_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[tuple[str, int, list[int]]] = []
    monkeypatch.setattr(
        "tickets.views.presence.live_publish", lambda kind, pk, agent_ids: heard.append((kind, pk, list(agent_ids)))
    )
    camille, yanis = make_agent(("referent", voirie)), make_agent(("back_office", voirie))
    tell(client_of(camille), ticket, "view")
    tell(client_of(yanis), ticket, "view", "page-2")
    tell(client_of(yanis), ticket, "view", "page-2")
    tell(client_of(yanis), ticket, "reply", "page-2")
    assert [each[2] for each in heard] == [[], [camille.pk], [camille.pk]]
    assert {each[:2] for each in heard} == {("presence", ticket.pk)}


def test_a_page_that_says_nothing_more_is_forgotten(ticket: Ticket) -> None:
    now = int(time.time())
    assert presence.presence_tell(ticket.pk, 1, "a", "reply", now=now) == (True, [])
    assert presence.presence_tell(ticket.pk, 2, "b", "view", now=now + 60)[1] == []
    presence.presence_tell(ticket.pk, 1, "a", "reply", now=now + 70)
    _changed, others = presence.presence_tell(ticket.pk, 2, "b", "view", now=now + 100)
    assert others == [presence.Present(1, "reply", now + 70)], "since it came back"
    assert 0 < int(redis_client().ttl(f"presence:{ticket.pk}")) <= presence.KEPT


@pytest.mark.parametrize(
    "fields", [{"state": "view"}, {"state": "sleep", "page": "page-1"}, {"state": "view", "page": "<b>"}]
)
def test_what_is_not_understood_is_refused(
    fields: dict[str, str], voirie: Service, ticket: Ticket, client_of: Any
) -> None:
    client = client_of(make_agent(("referent", voirie)))
    assert_status(client.post(reverse("tickets:presence", args=[ticket.reference]), fields), 400)


def test_without_redis_nobody_is_seen_and_the_page_works(
    voirie: Service, ticket: Ticket, client_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable() -> redis.Redis:
        raise redis.ConnectionError

    monkeypatch.setattr("tickets.presence.redis_client", unreachable)
    client = client_of(make_agent(("referent", voirie)))
    assert tell(client, ticket, "reply").content.strip() == b""
    assert_status(tell(client, ticket, "gone"), 204)


def test_nobody_else_is_told(ticket: Ticket, client_of: Any) -> None:
    stranger: Agent = make_agent(("referent", make_service("scolaire")))
    assert_status(tell(client_of(stranger), ticket, "view"), 404)
