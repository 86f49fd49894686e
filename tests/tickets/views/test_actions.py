"""What agents do from the ticket page: the action is done, or the form comes back filled with the reason."""

from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from directory.actions.citizens import Requester
from directory.models import Agent, Service
from notifications.models import OutboundMessage
from tests.support.asserts import assert_status
from tests.support.factories import make_agent, make_service, make_ticket, make_type
from tickets.actions.messages import reply_send
from tickets.actions.processing import ticket_assign, ticket_close
from tickets.models import Message, Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(agent: Agent, client_of: Any) -> Client:
    logged_in: Client = client_of(agent)
    return logged_in


@pytest.fixture
def ticket(voirie: Service) -> Ticket:
    return make_ticket(service=voirie)


def post(client: Client, ticket: Ticket, name: str, **fields: Any) -> HttpResponse:
    return client.post(reverse(f"tickets:{name}", args=[ticket.reference]), fields)


def page_of(ticket: Ticket) -> str:
    return reverse("tickets:detail", args=[ticket.reference])


@pytest.mark.parametrize("then", ["answered", "waiting", "open", "closed"])
def test_a_reply_is_sent_and_the_status_follows(then: str, client: Client, agent: Agent, ticket: Ticket) -> None:
    response = assert_status(post(client, ticket, "reply", body="Réparé.", then=then), 302)
    message = Message.objects.get(ticket=ticket, kind="reply")
    assert response["Location"] == f"{page_of(ticket)}#message-{message.pk}"
    ticket.refresh_from_db()
    assert (ticket.status, ticket.assignee, message.body) == (then, agent, "Réparé.")
    assert OutboundMessage.objects.filter(kind="reply").count() == 1


def test_an_empty_reply_comes_back(client: Client, ticket: Ticket) -> None:
    response = assert_status(post(client, ticket, "reply", body="  ", then="waiting"), 422)
    page = response.content.decode()
    assert 'id="reply-refusal"' in page
    assert "Écrivez votre réponse." in page
    assert 'aria-describedby="reply-refusal"' in page
    assert '<option value="waiting" selected>' in page
    assert not OutboundMessage.objects.filter(kind="reply").exists()


def test_two_agents_do_not_answer_twice(client: Client, agent: Agent, voirie: Service, ticket: Ticket) -> None:
    """The second one gets the refusal, the text still there and the colleague's answer; a second send goes."""
    seen = client.get(page_of(ticket)).context["reply_form"]["seen"].value()
    colleague = make_agent(("back_office", voirie), first_name="Yanis", last_name="Morel")
    reply_send(ticket=ticket, actor=colleague, body="Déjà répondu.", now=timezone.now())
    response = assert_status(post(client, ticket, "reply", body="Ma réponse", then="answered", seen=seen), 409)
    page = response.content.decode()
    assert "Yanis MOREL vient de répondre" in page
    assert "Déjà répondu." in page
    assert ">Ma réponse</textarea>" in page
    assert OutboundMessage.objects.filter(kind="reply").count() == 1
    again = response.context["reply_form"]["seen"].value()
    assert_status(post(client, ticket, "reply", body="Ma réponse", then="answered", seen=again), 302)
    assert OutboundMessage.objects.filter(kind="reply").count() == 2


def test_a_reply_to_nobody_is_kept_in_the_form(client: Client, voirie: Service) -> None:
    ticket = make_ticket(service=voirie, channel="phone", requester=Requester(name="Jeanne", phone="0639985544"))
    response = assert_status(post(client, ticket, "reply", body="Bonjour", then="answered"), 422)
    assert "n’a pas d’adresse électronique" in response.content.decode()


def test_notes(client: Client, agent: Agent, ticket: Ticket) -> None:
    assert_status(post(client, ticket, "note", body="À vérifier"), 302)
    assert Message.objects.get(ticket=ticket, kind="note").author == agent
    response = assert_status(post(client, ticket, "note", body=""), 422)
    assert response.context["composing"] == "note"
    assert 'id="note-refusal"' in response.content.decode()


def test_take_and_release(client: Client, agent: Agent, ticket: Ticket) -> None:
    assert post(client, ticket, "take")["Location"] == page_of(ticket)
    ticket.refresh_from_db()
    assert (ticket.assignee, ticket.status) == (agent, "open")
    post(client, ticket, "release")
    ticket.refresh_from_db()
    assert ticket.assignee is None


def test_taking_what_a_colleague_just_took_is_refused(client: Client, voirie: Service, ticket: Ticket) -> None:
    colleague = make_agent(("back_office", voirie), first_name="Yanis", last_name="Morel")
    ticket_assign(ticket=ticket, assignee=colleague, actor=colleague, now=timezone.now())
    response = assert_status(post(client, ticket, "take", seen=""), 302)
    assert [str(message) for message in get_messages(response.wsgi_request)] == [
        "Yanis MOREL vient de prendre cette demande."
    ]
    ticket.refresh_from_db()
    assert ticket.assignee == colleague
    post(client, ticket, "take", seen=str(colleague.pk))  # knowing whose it is, one may take it over
    ticket.refresh_from_db()
    assert ticket.assignee != colleague


def test_wait_resume_reopen(client: Client, agent: Agent, ticket: Ticket) -> None:
    for name, status in [("take", "open"), ("wait", "waiting"), ("resume", "open")]:
        assert_status(post(client, ticket, name), 302)
        ticket.refresh_from_db()
        assert ticket.status == status
    ticket_close(ticket=ticket, actor=agent, now=timezone.now(), reason="Par téléphone")
    post(client, ticket, "reopen")
    ticket.refresh_from_db()
    assert (ticket.status, ticket.reopen_count) == ("open", 1)


def test_what_the_workflow_refuses_is_said_on_the_page(client: Client, agent: Agent, ticket: Ticket) -> None:
    ticket_close(ticket=ticket, actor=agent, now=timezone.now(), reason="Par téléphone")
    response = post(client, ticket, "wait")
    assert response["Location"] == page_of(ticket)
    said = [str(message) for message in get_messages(response.wsgi_request)]
    assert "Clôturée" in said[0]
    assert "En attente" in said[0]
    page = client.get(page_of(ticket)).content.decode()
    assert reverse("tickets:reopen", args=[ticket.reference]) in page
    assert reverse("tickets:reply", args=[ticket.reference]) not in page


def test_transfer_leaves_the_agent_s_sight(client: Client, voirie: Service, ticket: Ticket) -> None:
    urbanisme = make_service("urbanisme", "Urbanisme")
    response = assert_status(post(client, ticket, "transfer", service=urbanisme.pk, reason=""), 422)
    assert 'aria-invalid="true"' in response.content.decode()
    assert "Dites pourquoi vous transférez cette demande." in response.content.decode()
    nowhere = assert_status(post(client, ticket, "transfer", service="", reason="Un permis"), 422)
    assert "Choisissez le service." in nowhere.content.decode()
    assert f'<option value="{urbanisme.pk}" selected>' in response.content.decode()
    response = assert_status(post(client, ticket, "transfer", service=urbanisme.pk, reason="Un permis"), 302)
    assert response["Location"] == reverse("tickets:queue")
    ticket.refresh_from_db()
    assert (ticket.service, ticket.assignee) == (urbanisme, None)


def test_a_ticket_is_not_transferred_to_its_own_service(client: Client, voirie: Service, ticket: Ticket) -> None:
    assert_status(post(client, ticket, "transfer", service=voirie.pk, reason="Rien"), 422)
    assert_status(post(client, ticket, "transfer", service="x", reason="Rien"), 422)


def test_classify_can_close_the_compartment(client: Client, voirie: Service, ticket: Ticket, client_of: Any) -> None:
    counter = client_of(make_agent(("counter", voirie)))
    secret = make_type("aide", voirie, is_sensitive=True)
    response = assert_status(post(counter, ticket, "classify", request_type=secret.pk), 302)
    assert response["Location"] == reverse("tickets:queue")
    ticket.refresh_from_db()
    assert ticket.is_sensitive
    assert ticket.request_type == secret
    assert_status(post(client, ticket, "classify", request_type=""), 302)
    ticket.refresh_from_db()
    assert ticket.request_type is None


@pytest.mark.parametrize(("name", "status"), [("close", "closed"), ("cancel", "cancelled")])
def test_closing_without_a_reply_asks_why(name: str, status: str, client: Client, ticket: Ticket) -> None:
    assert_status(post(client, ticket, name, reason=""), 422)
    assert_status(post(client, ticket, name, reason="Par téléphone"), 302)
    ticket.refresh_from_db()
    assert ticket.status == status
    assert ticket.events.filter(kind="status", data__reason="Par téléphone").exists()


def test_assign_to_nobody_and_to_a_colleague(client: Client, voirie: Service, ticket: Ticket) -> None:
    colleague = make_agent(("back_office", voirie))
    for value, expected in [(str(colleague.pk), colleague), ("", None)]:
        assert_status(post(client, ticket, "assign", assignee=value), 302)
        ticket.refresh_from_db()
        assert ticket.assignee == expected


@pytest.mark.parametrize("name", ["assign", "transfer", "classify", "close", "cancel"])
def test_a_panel_is_a_fragment_or_a_page(name: str, client: Client, ticket: Ticket) -> None:
    url = reverse(f"tickets:{name}", args=[ticket.reference])
    part = client.get(url, headers={"hx-request": "true", "hx-target": "panel"}).content.decode()
    page = client.get(url).content.decode()
    assert "<html" not in part
    assert 'id="panel-title"' in part
    assert "<html" in page
    assert 'id="panel-title"' in page
    assert "bubble--inbound" in page


@pytest.mark.parametrize("name", ["reply", "note", "take", "release", "wait", "resume", "reopen"])
def test_reading_the_address_of_an_action_does_nothing(name: str, client: Client, ticket: Ticket) -> None:
    """Where one lands after logging in again: the ticket, and nothing was done."""
    response = assert_status(client.get(reverse(f"tickets:{name}", args=[ticket.reference])), 302)
    assert response["Location"] == page_of(ticket)
    assert Ticket.objects.get(pk=ticket.pk).updated_at == ticket.updated_at


@pytest.mark.parametrize("next_url", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_next_stays_on_the_site(next_url: str, client: Client, ticket: Ticket) -> None:
    assert post(client, ticket, "take", next=next_url)["Location"] == page_of(ticket)
