"""Filters on every field, one by one and together; orders; columns."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from directory.actions.citizens import Requester
from directory.models import Agent, Citizen, Service
from tests.support.asserts import assert_status
from tests.support.factories import make_agent, make_service, make_ticket, make_type
from tickets.actions.priority import ticket_prioritise
from tickets.actions.processing import ticket_assign, ticket_close, ticket_reopen
from tickets.actions.tags import ticket_tag
from tickets.enums import Priority
from tickets.filter_forms import Flag, TicketFilterForm
from tickets.models import Emergency, Ticket
from tickets.selectors.orders import orders_of
from tickets.views.columns import COLUMNS

pytestmark = pytest.mark.django_db


def queue(key: str = "all") -> str:
    return reverse("tickets:queue", args=[key])


def listed(client: Client, query: str, url: str = "") -> set[str]:
    response = assert_status(client.get(f"{url or queue()}?{query}"), 200)
    assert not response.context["problems"], response.context["problems"]
    return {row.ticket.subject for row in response.context["rows"]}


def town(voirie: Service, agent: Agent) -> None:
    """One ticket per field to filter on, each named by what makes it different."""
    now = timezone.now()
    make_ticket(service=voirie, subject="ordinaire")
    make_ticket(service=voirie, subject="téléphone", channel="phone", location="12 allée des Érables")
    lamp = make_type("lampadaire", voirie, name="Lampadaire")
    make_ticket(request_type=lamp, subject="classée")
    make_ticket(service=make_service("proprete", parent=voirie), subject="sous-service")
    make_ticket(request_type=make_type("benne", voirie, regime="SVR", delay_months=2), subject="légale")
    mine = make_ticket(service=voirie, subject="à moi")
    ticket_assign(ticket=mine, assignee=agent, actor=agent, now=now)
    urgent = make_ticket(service=voirie, subject="urgente")
    ticket_prioritise(ticket=urgent, priority=Priority.URGENT, actor=agent, now=now)
    ticket_tag(ticket=make_ticket(service=voirie, subject="étiquetée"), add=["Pluie"], actor=agent, now=now)
    late = now - timedelta(days=10)
    make_ticket(service=voirie, subject="en retard", now=late, received_at=late)
    notary = make_ticket(service=voirie, subject="notaire", requester=Requester(name="Étude Dubreuil"))
    Citizen.objects.filter(pk=notary.requester_id).update(kind="notary")
    back = make_ticket(service=voirie, subject="rouverte")
    ticket_close(ticket=back, actor=agent, now=now, reason="Au guichet")
    ticket_reopen(ticket=back, actor=agent, now=now)
    gas = Emergency.objects.create(name="Gaz", words=["gaz"], instruction="Appeler le 0 800 47 33 33")
    for subject, fields in {
        "anglaise": {"language": "en"},
        "à vérifier": {"flag": "Un humain doit regarder."},
        "sensible": {"is_sensitive": True},
        "escaladée": {"escalation_level": 2},
        "danger": {"emergency": gas},
    }.items():
        Ticket.objects.filter(pk=make_ticket(service=voirie, subject=subject).pk).update(**fields)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("channel=phone", {"téléphone"}),
        ("place=allee+erables", {"téléphone"}),
        ("place=rue+erables", set()),
        ("service=proprete", {"sous-service"}),
        ("type=lampadaire", {"classée"}),
        ("type=lampadaire&type=benne", {"classée", "légale"}),
        ("type=lampadaire,benne", {"classée", "légale"}),
        ("assignee=me", {"à moi"}),
        ("priority=4", {"urgente"}),
        ("tag=pluie", {"étiquetée"}),
        ("requester=notary", {"notaire"}),
        ("legal=1", {"légale"}),
        ("regime=SVR&regime=SVA", {"légale"}),
        ("late=1", {"en retard"}),
        ("language=en", {"anglaise"}),
        ("flagged=1", {"à vérifier"}),
        ("sensitive=1", {"sensible"}),
        ("escalated=1", {"escaladée"}),
        ("emergency=1", {"danger"}),
        ("reopened=1", {"rouverte"}),
        ("answered=yes", {"rouverte"}),
        ("answered=no", set()),
        ("status=open", {"à moi", "rouverte"}),
        ("status=open&assignee=none", {"rouverte"}),
        ("status=open&status=&assignee=none&assignee=me", {"à moi", "rouverte"}),
    ],
)
def test_each_filter_keeps_its_own(
    query: str, expected: set[str], voirie: Service, agent: Agent, client_of: Any
) -> None:
    town(voirie, agent)
    assert listed(client_of(agent), query) == expected


def test_a_service_takes_those_under_it(voirie: Service, agent: Agent, client_of: Any) -> None:
    town(voirie, agent)
    client = client_of(agent)
    assert listed(client, "service=voirie") == listed(client, "")
    assert "sous-service" not in listed(client, "service=accueil")


def test_days_are_included_and_local(voirie: Service, agent: Agent, client_of: Any) -> None:
    town(voirie, agent)
    client = client_of(agent)
    first = timezone.localdate(timezone.now() - timedelta(days=10)).isoformat()
    assert listed(client, f"until={first}") == {"en retard"}
    assert listed(client, f"since={first}") == listed(client, "")
    assert listed(client, f"due={timezone.localdate().isoformat()}") == {"en retard"}


def test_every_filter_has_its_form_and_every_choice_gives_a_page(voirie: Service, agent: Agent, client_of: Any) -> None:
    town(voirie, agent)
    client = client_of(agent)
    for name, field in TicketFilterForm.base_fields.items():
        page = assert_status(client.get(queue(), {"edit": name}), 200)
        assert (page.context["editor"] is None) == isinstance(field, Flag), name
        if page.context["editor"]:
            assert f'name="{name}"' in page.content.decode(), name
            for option in page.context["editor"].options:
                assert_status(client.get(queue(), {name: option.value}), 200)


def test_the_form_of_a_filter_keeps_the_other_ones(voirie: Service, agent: Agent, client_of: Any) -> None:
    client = client_of(agent)
    page = client.get(f"{queue()}?channel=phone&status=new&sort=newest&edit=status")
    editor = page.context["editor"]
    assert editor.kept == [("channel", "phone"), ("sort", "newest")]
    assert [option.value for option in editor.options if option.chosen] == ["new"]
    part = client.get(
        f"{queue()}?edit=status", headers={"hx-request": "true", "hx-target": "filter-editor"}
    ).content.decode()
    assert "filter-editor__title" in part
    assert "<html" not in part
    assert "<table" not in part


@pytest.mark.parametrize("query", ["status=lost", "priority=9", "assignee=x", "since=yesterday", "answered=perhaps"])
def test_a_wrong_value_is_told_kept_and_removable(query: str, voirie: Service, agent: Agent, client_of: Any) -> None:
    make_ticket(service=voirie)
    page = client_of(agent).get(f"{queue()}?{query}&channel=phone")
    assert page.context["problems"]
    wrong = [chip for chip in page.context["active"] if chip["wrong"]]
    assert [chip["url"] for chip in wrong] == [f"{queue()}?channel=phone"]
    assert query.split("=")[1] in wrong[0]["label"]


def test_a_chip_names_its_values(voirie: Service, agent: Agent, client_of: Any) -> None:
    make_type("lampadaire", voirie, name="Lampadaire")
    page = client_of(agent).get(f"{queue()}?type=lampadaire&assignee=me&assignee={agent.pk}&status=new&status=open")
    labels = [chip["label"] for chip in page.context["active"]]
    assert labels == [
        "État : Nouvelle ou En cours",
        f"Agent chargé : Moi ou {agent.full_name}",
        "Type de demande : Lampadaire",
    ]


def test_filters_never_widen_what_one_sees(voirie: Service, agent: Agent, client_of: Any) -> None:
    elsewhere = make_service("finances")
    make_ticket(service=elsewhere, subject="ailleurs")
    client = client_of(agent)
    assert listed(client, "service=finances") == set()
    assert listed(client, "service=finances", reverse("tickets:search")) == set()


@pytest.mark.parametrize("key", ["all", "mine", "legal", "search"])
def test_every_order_offered_reads_the_whole_list_once(key: str, voirie: Service, agent: Agent, client_of: Any) -> None:
    now = timezone.now()
    benne = make_type("benne", voirie, regime="SVR", delay_months=2)
    for number in range(28):
        at = now - timedelta(days=50, hours=number % 7)
        ticket = make_ticket(request_type=benne, now=at, received_at=at)
        ticket_assign(ticket=ticket, assignee=agent, actor=agent, now=now)
        Ticket.objects.filter(pk=ticket.pk).update(priority=1 + number % 4)
    client = client_of(agent)
    url = reverse("tickets:search") if key == "search" else queue(key)
    for order in orders_of("" if key == "search" else key):
        first = client.get(url, {"sort": order.key})
        assert not first.context["problems"]
        second = client.get(first.context["next_url"])
        tickets = [row.ticket for page in (first, second) for row in page.context["rows"]]
        assert len({ticket.pk for ticket in tickets}) == 28, order.key
        field = order.fields[0]
        values = [getattr(ticket, field.lstrip("-")) for ticket in tickets]
        assert values == sorted(values, reverse=field.startswith("-")), order.key


def test_an_order_not_offered_here_is_told(agent: Agent, client_of: Any) -> None:
    page = client_of(agent).get(reverse("tickets:search"), {"sort": "due"})
    assert page.context["order"].key == "newest"
    assert page.context["problems"]


def test_columns_are_chosen_remembered_and_given_back(voirie: Service, agent: Agent, client_of: Any) -> None:
    ticket = make_ticket(service=voirie, location="3 rue Haute")
    client = client_of(agent)
    url = reverse("tickets:columns")
    response = client.post(url, {"columns": ["place", "reference", "nonsense"], "next": queue()})
    assert response["Location"] == queue()
    page = client.get(queue())
    assert [column.key for column in page.context["columns"]] == ["reference", "place"]
    assert "3 rue Haute" in page.content.decode()
    assert page.content.decode().count(f'<span class="ref">{ticket.reference}</span>') == 1
    client.post(url, {"usual": "1", "next": "https://elsewhere.example/"})
    assert len(client.get(queue()).context["columns"]) == 4
    agent.refresh_from_db()
    assert agent.preferences == {}


def test_every_column_prints(voirie: Service, agent: Agent, client_of: Any) -> None:
    town(voirie, agent)
    client = client_of(agent)
    client.post(reverse("tickets:columns"), {"columns": list(COLUMNS)})
    page = client.get(queue())
    assert all(f'data-label="{column.label}"' in page.context["rows"][0].cells for column in COLUMNS.values())
    assert "Pluie".lower() in page.content.decode()


def test_a_subject_is_never_markup(voirie: Service, agent: Agent, client_of: Any) -> None:
    make_ticket(service=voirie, subject="<script>1</script>", location="<b>ici</b>")
    client = client_of(agent)
    client.post(reverse("tickets:columns"), {"columns": list(COLUMNS)})
    page = client.get(queue()).content.decode()
    assert "<script>1" not in page
    assert "<b>ici" not in page


def test_a_folded_group_of_the_menu_stays_folded(agent: Agent, client_of: Any) -> None:
    client = client_of(agent)
    assert_status(client.post(reverse("tickets:fold"), {"group": "reception", "folded": "1"}), 204)
    folded = {group["key"]: group["folded"] for group in client.get(queue()).context["nav"]}
    assert folded["reception"]
    assert not folded["queues"]
    client.post(reverse("tickets:fold"), {"group": "reception", "folded": "0"})
    assert not any(group["folded"] for group in client.get(queue()).context["nav"])
    assert_status(client.post(reverse("tickets:fold"), {"group": "../", "folded": "1"}), 400)


def test_what_comes_in_is_told_and_not_shown(voirie: Service, agent: Agent, client_of: Any) -> None:
    client, colleague = client_of(agent), make_agent(("referent", voirie))
    make_ticket(service=voirie)
    start = client.get(reverse("tickets:news"), {"scope": "mine"}).json()
    assert start["tickets"] == []
    ticket = make_ticket(service=voirie)
    asked = {"scope": "mine", "since": start["since"]}
    assert client.get(reverse("tickets:news"), asked).json()["tickets"] == []
    ticket_assign(ticket=ticket, assignee=agent, actor=colleague, now=timezone.now())
    assert client.get(reverse("tickets:news"), asked).json()["tickets"] == [ticket.pk]
    assert client.get(reverse("tickets:news"), {**asked, "channel": "phone"}).json()["tickets"] == []
    make_ticket(service=make_service("finances"))
    assert client.get(reverse("tickets:news"), {**asked, "scope": "all"}).json()["tickets"] == [ticket.pk]
    assert_status(client.get(reverse("tickets:news"), {**asked, "scope": "nowhere"}), 404)
