"""Where each role lands after log-in, and what its sidebar offers."""

import re
from html import unescape
from typing import Any

import pytest
from django.urls import reverse, reverse_lazy

from tests.support.factories import make_agent, make_service, make_ticket, make_town
from tickets.actions.processing import ticket_assign

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("roles", "landing"),
    [
        (["phone"], "/agents/telephone/"),
        (["counter"], "/agents/guichet/"),
        (["elected"], "/pilotage/"),
        (["back_office"], "/agents/demandes/file/all/"),
        (["manager", "elected"], "/agents/demandes/file/all/"),
        (["admin"], "/agents/demandes/file/all/"),
    ],
)
def test_each_role_lands_where_its_work_is(roles: list[str], landing: str, client_of: Any) -> None:
    agent = make_agent(*[(role, make_town()) for role in roles])
    assert client_of(agent).get(reverse("tickets:start"))["Location"] == landing


def test_the_first_queue_is_the_one_with_work_in_it(client_of: Any) -> None:
    voirie = make_service("voirie")
    agent = make_agent(("back_office", voirie))
    client = client_of(agent)
    ticket = make_ticket(service=voirie)
    assert client.get(reverse("tickets:start"))["Location"] == reverse("tickets:queue", args=["unassigned"])
    ticket_assign(ticket=ticket, assignee=agent, actor=agent, now=ticket.received_at)
    assert client.get(reverse("tickets:start"))["Location"] == reverse("tickets:queue", args=["mine"])


QUEUES = {
    reverse("tickets:queue", args=[key]) for key in ("mine", "unassigned", "today", "late", "legal", "waiting", "all")
}
DESKS = {"/agents/telephone/", "/agents/guichet/", "/agents/courrier-papier/", "/agents/personnes/doublons/"}
ALL = {
    "/agents/citations/",
    "/agents/taches/",
    "/agents/telephone/rappels/",
    "/agents/connaissances/",
    reverse_lazy("tickets:legal_calculator"),
}


@pytest.mark.parametrize(
    ("role", "offered"),
    [
        ("back_office", QUEUES | ALL),
        ("phone", QUEUES | DESKS | ALL),
        ("manager", QUEUES | ALL | {"/pilotage/", "/agents/droits/", "/agents/absences/"}),
        (
            "admin",
            QUEUES
            | DESKS
            | ALL
            | {"/pilotage/", "/agents/courrier-entrant/", "/agents/envois/", "/admin/"}
            | {"/agents/droits/", "/agents/acces-sensibles/", "/agents/absences/"},
        ),
    ],
)
def test_the_sidebar_follows_the_rights(role: str, offered: set[str], client_of: Any) -> None:
    agent = make_agent((role, make_town()), is_staff=role == "admin")
    page = client_of(agent).get(reverse("tickets:queue", args=["late"]))
    items = [item for group in page.context["nav"] for item in group["items"]]
    assert {item["url"] for item in items} == offered
    assert [item["url"] for item in items if item["current"]] == [reverse("tickets:queue", args=["late"])]


def test_elected_officials_are_offered_no_queue(client_of: Any) -> None:
    from django.test import RequestFactory

    from tickets.context_processors import navigation

    request = RequestFactory().get("/pilotage/")
    request.user = make_agent(("elected", make_town()))
    request.resolver_match = None
    offered = {item["url"] for group in navigation(request) for item in group["items"]}
    assert offered == {"/pilotage/", "/elus/", reverse("tickets:legal_calculator")}


FRENCH = re.compile(
    r"\b(?:demandes?|prendre|transférer|clôturer|échéance|agent chargé|enregistrer|annuler|usager|répon(?:se|dre)"
    r"|rechercher|pièces?|courriers?|canal|état|reçue|tâches?|colonnes|filtre|historique|suivre|modèles|aperçu)\b",
    re.IGNORECASE,
)


def test_the_workspace_is_english_for_who_chose_it(client_of: Any) -> None:
    """What the town writes (names, signatures, mails) stays French; every word of the screens is English."""
    voirie = make_service("roads", name="Roads")
    client = client_of(make_agent(("referent", voirie), title="Head"))
    assert FRENCH.search(client.get(reverse("tickets:tasks")).content.decode())
    client.post(reverse("directory:language"), {"language": "en", "next": "/"})
    ticket = make_ticket(service=voirie, subject="Street light", body="It is dark here.", location="Main Street")
    here = [ticket.reference]
    asked = [
        reverse("tickets:queue", args=["all"]) + "?status=new&edit=channel",
        reverse("tickets:search") + "?q=street",
        *(reverse(f"tickets:{name}", args=here) for name in ("detail", "aside", "transfer", "task", "merge", "split")),
        *(reverse(f"tickets:{name}", args=here) for name in ("classify", "close", "letter_write", "ticket_rights")),
        *(reverse(f"tickets:{name}") for name in ("tasks", "mentions", "views", "jobs", "absences", "rights")),
        reverse("tickets:bulk_new") + f"?kind=transfer&ids={ticket.pk}",
    ]
    for address in asked:
        page = client.get(address, follow=True)
        assert page.status_code == 200, address
        text = unescape(
            re.sub(r"<(script|style|address)\b.*?</\1>|<[^>]*>", " ", page.content.decode(), flags=re.DOTALL)
        )
        assert not (found := FRENCH.findall(text)), (address, found)
        assert 'lang="en"' in page.content.decode() or "<html" not in page.content.decode(), address
