"""« @Prénom Nom » in a note: read right, refused when blind, told once, seen by a visit and never by a GET."""

from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from core.errors import Invalid
from directory.models import Agent, Service
from notifications.models import Notice
from tests.support.asserts import assert_status
from tests.support.factories import make_agent, make_service, make_ticket
from tickets.actions.messages import note_add
from tickets.actions.teamwork.mentions import agents_named
from tickets.models import Mention, Message, Ticket
from tickets.selectors.sidebar import sidebar_read

pytestmark = pytest.mark.django_db


@pytest.fixture
def author(voirie: Service) -> Agent:
    return make_agent(("referent", voirie), first_name="Camille", last_name="Durand")


@pytest.fixture
def named(voirie: Service) -> Agent:
    return make_agent(("back_office", voirie), first_name="Émilie", last_name="Le Gall", title="Instructrice")


@pytest.fixture
def ticket(voirie: Service) -> Ticket:
    return make_ticket(service=voirie)


def note(ticket: Ticket, author: Agent, body: str) -> Message:
    return note_add(ticket=ticket, actor=author, body=body, now=timezone.now())


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("@Émilie Le Gall peux-tu voir ?", True),
        ("Vu avec @émilie LE GALL.", True),
        ("Vu avec @Emilie Le Gall, ce matin", True),
        ("(@Émilie  Le Gall)", True),
        ("@Émilie Le", False),
        ("écrire à jean@Émilie Le Gall", False),
        ("Émilie Le Gall", False),
        ("@Émilie, Le Gall", False),
        ("prix @ 3 €", False),
    ],
)
def test_who_a_text_names(text: str, found: bool, named: Agent) -> None:
    assert agents_named(text) == ([named] if found else [])


def test_the_longest_name_wins_and_nobody_is_named_for_free(voirie: Service, django_assert_num_queries: Any) -> None:
    short, long = (make_agent(("back_office", voirie), first_name="Anne", last_name=name) for name in ("Le", "Le Gall"))
    assert agents_named("@Anne Le Gall") == [long]
    assert agents_named("@Anne Le : vu") == [short]
    with django_assert_num_queries(0):
        assert agents_named("rien à voir ; jean@example.org") == []


def unseen(agent: Agent) -> int:
    """What the sidebar says."""
    return sidebar_read(agent, timezone.now()).mentions


def test_the_agent_hears_of_it_once(ticket: Ticket, author: Agent, named: Agent) -> None:
    note(ticket, author, "@Émilie Le Gall et encore @Émilie Le Gall, moi @Camille Durand")
    assert [each.agent for each in Mention.objects.all()] == [named]
    notice = Notice.objects.get()
    assert (notice.agent, notice.path) == (named, reverse("tickets:detail", args=[ticket.reference]))
    assert "Camille DURAND vous cite" in notice.title
    assert unseen(named) == 1
    assert unseen(author) == 0


def test_naming_who_cannot_see_the_ticket_is_refused_and_nothing_is_written(
    ticket: Ticket, author: Agent, client_of: Any
) -> None:
    make_agent(("back_office", make_service("ecoles")), first_name="Paul", last_name="Roche")
    with pytest.raises(Invalid, match="Paul ROCHE ne peut pas voir"):
        note(ticket, author, "@Paul Roche ?")
    assert not Message.objects.filter(kind="note").exists()
    response = client_of(author).post(reverse("tickets:note", args=[ticket.reference]), {"body": "@Paul Roche ?"})
    page = response.content.decode()
    assert response.status_code in {400, 422}
    assert "ne peut pas voir cette demande" in page
    assert "@Paul Roche ?" in page


def test_a_sensitive_ticket_names_only_its_compartment_and_its_alert_says_nothing(
    ticket: Ticket, author: Agent, named: Agent, voirie: Service
) -> None:
    make_agent(("manager", voirie), first_name="Paul", last_name="Roche")
    Ticket.objects.filter(pk=ticket.pk).update(is_sensitive=True)
    ticket.refresh_from_db()
    with pytest.raises(Invalid):
        note(ticket, author, "@Paul Roche ?")
    note(ticket, author, "@Émilie Le Gall")
    assert ticket.subject not in Notice.objects.get().title + Notice.objects.get().body


def test_it_is_seen_by_the_page_s_own_post_never_by_reading(
    ticket: Ticket, author: Agent, named: Agent, client_of: Any
) -> None:
    note(ticket, author, "@Émilie Le Gall")
    client = client_of(named)
    client.get(reverse("tickets:detail", args=[ticket.reference]))
    aside = client.get(reverse("tickets:aside", args=[ticket.reference])).content.decode()
    assert "Vous êtes cité dans une note" in aside
    assert Mention.objects.filter(seen_at__isnull=True).exists()
    url = reverse("tickets:ticket_mentions_seen", args=[ticket.reference])
    assert f'hx-post="{url}"' in aside
    client_of(author).post(url)
    assert Mention.objects.filter(seen_at__isnull=True).exists()
    client.post(url)
    assert not Mention.objects.filter(seen_at__isnull=True).exists()


def test_the_page_lists_them_and_hides_what_left_the_agent_s_reach(
    ticket: Ticket, author: Agent, named: Agent, client_of: Any, django_assert_max_num_queries: Any
) -> None:
    for number in range(30):
        note(ticket, author, f"@Émilie Le Gall numéro {number}")
    client, url = client_of(named), reverse("tickets:mentions")
    client.get(url)
    with django_assert_max_num_queries(15):
        page = client.get(url).content.decode()
    assert "numéro 29" in page
    assert "cursor=" in page
    Ticket.objects.filter(pk=ticket.pk).update(service=make_service("ecoles"))
    page = client.get(url).content.decode()
    assert "numéro 29" not in page
    assert ticket.subject not in page
    assert "plus à votre portée" in page
    client.post(reverse("tickets:mentions_seen"))
    assert "numéro" not in client.get(url).content.decode()
    assert unseen(named) == 0


def test_the_names_proposed_are_those_of_who_may_open_the_ticket(
    ticket: Ticket, author: Agent, named: Agent, client_of: Any
) -> None:
    make_agent(("back_office", make_service("ecoles")), first_name="Émile", last_name="Zed")
    url = reverse("tickets:colleagues", args=[ticket.reference])
    assert client_of(author).get(url, {"q": "emi"}).json() == {
        "agents": [{"name": "Émilie Le Gall", "title": "Instructrice"}]
    }
    assert client_of(author).get(url, {"q": "gall"}).json()["agents"]
    assert not client_of(author).get(url, {"q": "zed"}).json()["agents"]
    assert_status(client_of(make_agent(("referent", make_service("ecoles")))).get(url), 404)
