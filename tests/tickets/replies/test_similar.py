"""Answered tickets that look like this one: found by their rare words, under permissions, without anybody's name."""

from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from directory.actions.citizens import Requester
from directory.models import Agent, RequestType, Service
from tests.support.factories import make_agent, make_service, make_ticket, make_type
from tickets.actions.messages import reply_send
from tickets.models import Ticket
from tickets.selectors.similar import similar_answered

pytestmark = pytest.mark.django_db
ANSWER = "Bonjour Monsieur,\n\nUne caravane abandonnée est enlevée sous huit jours par la fourrière.\n\nCordialement,"


@pytest.fixture
def police() -> Service:
    return make_service("police", "Police municipale")


@pytest.fixture
def kind(police: Service) -> RequestType:
    return make_type("vehicule-ventouse", police)


@pytest.fixture
def agent(police: Service) -> Agent:
    return make_agent(("referent", police))


def answered(kind: RequestType, subject: str, body: str, answer: str = ANSWER, **fields: Any) -> Ticket:
    ticket = make_ticket(request_type=kind, subject=subject, body=body, **fields)
    writer = make_agent(("referent", kind.service))
    reply_send(ticket=ticket, actor=writer, body=answer, now=timezone.now())
    return ticket


def test_the_closest_comes_first_with_its_answer(kind: RequestType, agent: Agent) -> None:
    close = answered(kind, "Caravane abandonnée", "Une caravane est abandonnée sur le parking du stade.")
    for number in range(5):
        answered(
            kind,
            "Voiture ventouse",
            f"Une voiture ne bouge plus rue {number}, sur le parking.",
            "La police passera constater que la voiture ne bouge plus, puis la fourrière.",
        )
    ticket = make_ticket(request_type=kind, subject="Caravane sur le parking", body="Une caravane abandonnée gêne.")
    found = similar_answered(ticket, agent)
    assert found[0].ticket.pk == close.pk
    assert found[0].text == "Une caravane abandonnée est enlevée sous huit jours par la fourrière."
    assert found[0].words[0] == "caravane"
    assert len(similar_answered(ticket, agent, limit=1)) == 1


def test_nothing_is_like_something_else(kind: RequestType, agent: Agent) -> None:
    answered(kind, "Voiture ventouse", "Une voiture ne bouge plus.")
    ticket = make_ticket(request_type=kind, subject="Trottinette", body="Des trottinettes encombrent la place.")
    assert similar_answered(ticket, agent) == []
    assert similar_answered(make_ticket(request_type=kind, subject="Bonjour", body="Merci"), agent) == []


def test_names_numbers_and_references_do_not_travel(kind: RequestType, agent: Agent) -> None:
    requester = Requester(name="Rose Lemoine", email="rose@example.org", phone="0612345678")
    answer = (
        "Bonjour Madame Lemoine,\n\nRose Lemoine, la caravane abandonnée près des roses est enlevée. Appel "
        "au 06 12 34 56 78, dossier G-4K7M2-9QX3D, ou écrivez à police@rives.example, 02 61 91 00 00.\n\nCordialement,"
    )
    answered(kind, "Caravane abandonnée", "Une caravane abandonnée", answer, requester=requester)
    ticket = make_ticket(request_type=kind, subject="Caravane abandonnée", body="encore une caravane")
    text = similar_answered(ticket, agent)[0].text
    assert text.startswith("[à compléter : nom], la caravane")
    for told in ("Lemoine", "Rose", "06 12", "G-4K7M2"):
        assert told not in text
    assert "près des roses" in text
    assert "02 61 91 00 00" in text


def test_only_what_the_agent_may_see_and_never_a_compartment(police: Service, kind: RequestType, agent: Agent) -> None:
    secret = make_type("aide", police, is_sensitive=True)
    answered(secret, "Caravane abandonnée", "Une caravane abandonnée au stade")
    ticket = make_ticket(request_type=kind, subject="Caravane abandonnée", body="Une caravane au stade")
    assert similar_answered(ticket, agent) == []
    answered(kind, "Caravane abandonnée", "Une caravane abandonnée au stade")
    stranger = make_agent(("referent", make_service("scolaire")))
    assert similar_answered(ticket, stranger) == []
    assert len(similar_answered(ticket, agent)) == 1


def test_other_types_of_the_service_come_after(police: Service, kind: RequestType, agent: Agent) -> None:
    other = make_type("bruit", police)
    theirs = answered(other, "Caravane abandonnée", "Une caravane abandonnée au stade")
    ours = answered(kind, "Caravane abandonnée", "Une caravane abandonnée au stade")
    ticket = make_ticket(request_type=kind, subject="Caravane abandonnée", body="Une caravane au stade")
    assert [each.ticket.pk for each in similar_answered(ticket, agent)] == [ours.pk, theirs.pk]


def test_it_costs_seven_queries(kind: RequestType, agent: Agent, django_assert_max_num_queries: Any) -> None:
    for number in range(8):
        answered(kind, "Caravane abandonnée", f"Une caravane abandonnée au stade {number}")
    ticket = make_ticket(request_type=kind, subject="Caravane abandonnée", body="Une caravane au stade")
    similar_answered(ticket, agent)
    with django_assert_max_num_queries(7):
        assert len(similar_answered(ticket, agent)) == 3


def test_without_script_its_answer_is_inserted_by_a_link(kind: RequestType, agent: Agent, client_of: Any) -> None:
    close = answered(kind, "Caravane abandonnée", "Une caravane abandonnée au stade")
    ticket = make_ticket(request_type=kind, subject="Caravane abandonnée", body="Une caravane au stade")
    address = reverse("tickets:detail", args=[ticket.reference])
    page = client_of(agent).get(f"{address}?similar={close.pk}").content.decode()
    assert "enlevée sous huit jours par la fourrière.</textarea>" in page
    assert "fourrière.</textarea>" not in client_of(agent).get(f"{address}?similar={ticket.pk}").content.decode()
