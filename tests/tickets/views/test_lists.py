"""The queues and the search: order, filters, pages, counters, cost."""

import gzip
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from directory.actions.citizens import Requester
from directory.models import Agent, Service
from tests.support.asserts import assert_status
from tests.support.factories import make_agent, make_ticket, make_type
from tickets.actions.messages import reply_send
from tickets.actions.processing import ticket_assign, ticket_close, ticket_wait
from tickets.models import Ticket
from tickets.views.columns import COLUMNS

pytestmark = pytest.mark.django_db


def old(hours: float, **draft: Any) -> Ticket:
    """A ticket received that long ago: its answer is due 72 hours later."""
    at = timezone.now() - timedelta(hours=hours)
    return make_ticket(now=at, received_at=at, **draft)


def listed(client: Client, url: str, **query: str) -> list[str]:
    """The references of a list, in its order."""
    response = assert_status(client.get(url, query), 200)
    return [row.ticket.reference for row in response.context["rows"]]


def queue(key: str) -> str:
    return reverse("tickets:queue", args=[key])


def test_the_most_urgent_stands_first(voirie: Service, agent: Agent, client_of: Any) -> None:
    fresh, late, soon = (old(hours, service=voirie) for hours in (1, 80, 60))
    assert listed(client_of(agent), queue("all")) == [late.reference, soon.reference, fresh.reference]


def test_each_queue_holds_its_own(voirie: Service, agent: Agent, client_of: Any) -> None:
    now = timezone.now()
    colleague = make_agent(("back_office", voirie))
    late, free, mine, theirs, waiting, closed = (old(hours, service=voirie) for hours in (80, 1, 1, 1, 1, 1))
    legal = old(1200, request_type=make_type("benne", voirie, regime="SVR", delay_months=2))
    for ticket in (late, mine, waiting, closed, legal):
        ticket_assign(ticket=ticket, assignee=agent, actor=agent, now=now)
    ticket_assign(ticket=theirs, assignee=colleague, actor=colleague, now=now)
    ticket_wait(ticket=waiting, actor=agent, now=now, waiting=True)
    ticket_close(ticket=closed, actor=agent, now=now, reason="Par téléphone")
    client = client_of(agent)
    expected = {
        "mine": {late, mine, waiting, legal},
        "unassigned": {free},
        "late": {late, legal},
        "legal": {legal},
        "waiting": {waiting},
        "all": {late, free, mine, theirs, waiting, legal},
    }
    page = client.get(queue("all"))
    counts = {item["url"]: item["count"] for group in page.context["nav"] for item in group["items"]}
    for key, tickets in expected.items():
        assert set(listed(client, queue(key))) == {ticket.reference for ticket in tickets}, key
        assert counts[queue(key)] == str(len(tickets)), key


def test_pages_follow_each_other_without_a_gap(voirie: Service, agent: Agent, client_of: Any) -> None:
    tickets = [old(hours, service=voirie) for hours in range(30)]
    client = client_of(agent)
    first = client.get(queue("all"))
    second = client.get(first.context["next_url"])
    references = [row.ticket.reference for page in (first, second) for row in page.context["rows"]]
    assert references == [ticket.reference for ticket in reversed(tickets)]
    assert [len(page.context["rows"]) for page in (first, second)] == [25, 5]
    back = client.get(second.context["previous_url"])
    assert [row.ticket.reference for row in back.context["rows"]] == references[:25]
    assert not back.context["previous_url"]
    assert not second.context["next_url"]


def test_the_legal_queue_pages_by_its_own_date(voirie: Service, agent: Agent, client_of: Any) -> None:
    kind = make_type("benne", voirie, regime="SVR", delay_months=2)
    for hours in range(1200, 1200 + 27 * 12, 12):
        old(hours, request_type=kind)
    client = client_of(agent)
    first = client.get(queue("legal"))
    second = client.get(first.context["next_url"])
    days = [row.ticket.legal_due_on for page in (first, second) for row in page.context["rows"]]
    assert len(days) == 27
    assert days == sorted(days)


def test_a_forged_cursor_is_refused(agent: Agent, client_of: Any) -> None:
    assert_status(client_of(agent).get(queue("all"), {"cursor": "bm9uc2Vuc2U"}), 400)


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ({"status": "waiting"}, {"waiting"}),
        ({"channel": "phone"}, {"phone"}),
        ({"type": "benne"}, {"typed"}),
        ({"service": "voirie"}, {"waiting", "phone", "typed"}),
        ({"service": "nowhere"}, set()),
        ({"assignee": "me"}, {"waiting"}),
        ({"assignee": "none"}, {"phone", "typed"}),
        ({"channel": "phone", "assignee": "me"}, set()),
    ],
)
def test_filters_narrow_the_list(
    query: dict[str, str], kept: set[str], voirie: Service, agent: Agent, client_of: Any
) -> None:
    now = timezone.now()
    tickets = {
        "waiting": make_ticket(service=voirie),
        "phone": make_ticket(service=voirie, channel="phone"),
        "typed": make_ticket(request_type=make_type("benne", voirie)),
    }
    ticket_assign(ticket=tickets["waiting"], assignee=agent, actor=agent, now=now)
    ticket_wait(ticket=tickets["waiting"], actor=agent, now=now, waiting=True)
    found = listed(client_of(agent), queue("all"), **query)
    assert set(found) == {tickets[name].reference for name in kept}


def test_filters_of_the_dashboard(voirie: Service, agent: Agent, client_of: Any) -> None:
    late, fresh, done = old(80, service=voirie), old(1, service=voirie), old(2, service=voirie)
    ticket_close(ticket=done, actor=agent, now=timezone.now(), reason="Par téléphone")
    client, url = client_of(agent), reverse("tickets:search")
    assert listed(client, url) == [fresh.reference, done.reference, late.reference]
    assert listed(client, url, open="1") == [fresh.reference, late.reference]
    assert listed(client, url, late="1") == [late.reference]
    today = timezone.localdate().isoformat()
    first_day = timezone.localdate(late.received_at).isoformat()
    assert listed(client, url, until=first_day) == [late.reference]
    assert late.reference not in listed(client, url, since=today)


@pytest.mark.parametrize("query", [{"status": "lost"}, {"assignee": "x"}, {"since": "yesterday"}])
def test_a_wrong_filter_says_so(query: dict[str, str], agent: Agent, client_of: Any) -> None:
    page = assert_status(client_of(agent).get(reverse("tickets:search"), query), 200)
    assert page.context["problems"]
    assert str(page.context["problems"][0]) in page.content.decode()


def test_a_filter_in_force_can_be_removed(voirie: Service, agent: Agent, client_of: Any) -> None:
    page = client_of(agent).get(queue("all"), {"channel": "phone", "service": "voirie"})
    assert [entry["label"] for entry in page.context["active"]] == ["Service\u00a0: Voirie", "Canal\u00a0: Téléphone"]
    assert page.context["active"][0]["url"] == f"{queue('all')}?channel=phone"


def test_search_finds_closed_tickets_by_words_name_and_contact(voirie: Service, agent: Agent, client_of: Any) -> None:
    who = Requester(name="Amélie Poulain", email="amelie@example.org", phone="06 39 98 12 34")
    ticket = make_ticket(service=voirie, subject="Lampadaires cassés", requester=who)
    make_ticket(service=voirie, subject="Nid-de-poule", body="Un trou.")
    reply_send(ticket=ticket, actor=agent, body="C’est réparé.", then="closed", now=timezone.now())
    client, url = client_of(agent), reverse("tickets:search")
    for text in ("lampadaire cassé", "amelie poulain", "AMELIE@example.org", "+33 6 39 98 12 34", "0639981234"):
        assert listed(client, url, q=text) == [ticket.reference], text
    assert listed(client, url, q="girafe") == []
    for text in (ticket.reference, ticket.reference.replace("-", " ").lower()):
        response = assert_status(client.get(url, {"q": text}), 302)
        assert response["Location"] == reverse("tickets:detail", args=[ticket.reference])


@pytest.mark.parametrize("text", ["\x00", "'; drop table", "%", "a" * 5000, "&|!():*", "œ"])
def test_search_takes_whatever_is_typed(text: str, agent: Agent, client_of: Any) -> None:
    assert_status(client_of(agent).get(reverse("tickets:search"), {"q": text}), 200)


def test_taking_from_the_list_comes_back_to_it(voirie: Service, agent: Agent, client_of: Any) -> None:
    ticket = make_ticket(service=voirie)
    client = client_of(agent)
    page = client.get(queue("unassigned")).content.decode()
    take = reverse("tickets:take", args=[ticket.reference])
    assert f'formaction="{take}"' in page
    response = client.post(take, {"next": queue("unassigned")})
    assert response["Location"] == queue("unassigned")
    ticket.refresh_from_db()
    assert (ticket.assignee, ticket.status) == (agent, "open")


def test_htmx_gets_the_list_only(voirie: Service, agent: Agent, client_of: Any) -> None:
    make_ticket(service=voirie)
    client = client_of(agent)
    part = client.get(queue("all"), headers={"hx-request": "true", "hx-target": "tickets"}).content.decode()
    whole = client.get(queue("all")).content.decode()
    assert "<html" not in part
    assert "table__primary" in part
    assert "<html" in whole
    assert "table__primary" in whole


@pytest.mark.parametrize("key", ["mine", "unassigned", "today", "late", "legal", "waiting", "all"])
def test_an_empty_queue_explains_itself(key: str, agent: Agent, client_of: Any) -> None:
    page = assert_status(client_of(agent).get(queue(key)), 200).content.decode()
    assert page.count('class="empty"') == 1


def test_counters_stop_at_999(voirie: Service, agent: Agent, client_of: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tickets.selectors.queues.CAP", 2)
    monkeypatch.setattr("tickets.selectors.sidebar._STATEMENTS", {})
    monkeypatch.setattr("tickets.context_processors.CAP", 2)
    for _ in range(4):
        make_ticket(service=voirie)
    page = client_of(agent).get(queue("all")).content.decode()
    assert ">2+</span>" in page
    assert ">4</span>" not in page


@pytest.mark.parametrize("name", ["queue", "search", "filtered"])
def test_a_list_costs_the_same_whatever_its_rows(
    name: str, voirie: Service, agent: Agent, client_of: Any, django_assert_num_queries: Any
) -> None:
    url = {"queue": queue("all"), "search": reverse("tickets:search"), "filtered": queue("all") + "?service=voirie"}[
        name
    ]
    expected = 7 if name == "filtered" else 6  # session, agent, rights, list, menu, town
    make_ticket(service=voirie)
    client = client_of(agent)
    client.get(url)
    with django_assert_num_queries(expected):
        client.get(url)
    for number in range(26):
        ticket = make_ticket(service=voirie, requester=Requester(name=f"Personne {number}"))
        if number % 2:
            ticket_assign(ticket=ticket, assignee=agent, actor=agent, now=timezone.now())
    with django_assert_num_queries(expected):
        client.get(url)


def test_a_full_page_with_every_column_stays_light(voirie: Service, agent: Agent, client_of: Any) -> None:
    """What travels: compressed as the web server does it, without what the browser keeps (styles, scripts)."""
    for number in range(26):
        make_ticket(service=voirie, subject=f"Lampadaire {number} " + "x" * 200, location="rue Haute")
    client = client_of(agent)
    client.post(reverse("tickets:columns"), {"columns": list(COLUMNS)})
    page = client.get(queue("all")).content
    assert len(gzip.compress(page, 5)) < 25_000
    assert len(page) < 200_000
