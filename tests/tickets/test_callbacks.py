"""« Call me back »: a clock of its own, until somebody was reached."""

from datetime import datetime, timedelta

import pytest
from django.urls import reverse

from core.errors import Conflict, Invalid, NotAllowed
from directory.actions.citizens import Requester
from tests.support.asserts import assert_status
from tests.support.factories import make_agent, make_policy, make_service, make_ticket
from tickets.actions.clocks.callbacks import callback_done, callback_request
from tickets.actions.messages import reply_send
from tickets.actions.processing import ticket_close, ticket_wait
from tickets.models import Deadline, Ticket

pytestmark = pytest.mark.django_db
NOW = datetime.fromisoformat("2026-11-23T09:00:00+01:00")  # a Monday


@pytest.fixture
def ticket(voirie) -> Ticket:
    return make_ticket(now=NOW, service=voirie, requester=Requester(name="Luc", phone="06 39 98 11 22"))


def ask(ticket: Ticket, agent, hours: float = 0, phone: str = "06 39 98 11 22") -> Deadline:
    return callback_request(ticket=ticket, phone=phone, actor=agent, now=NOW + timedelta(hours=hours))


def test_a_callback_is_owed_within_48_hours_of_being_asked_for(ticket, agent):
    clock = ask(ticket, agent, 5)
    ticket.refresh_from_db()
    assert clock.due_at == NOW + timedelta(hours=53) == ticket.next_due_at
    callback_done(ticket=ticket, reached=True, actor=agent, now=NOW + timedelta(hours=54))
    clock.refresh_from_db()
    ticket.refresh_from_db()
    assert (clock.state, ticket.next_due_at) == ("missed", NOW + timedelta(hours=72))


def test_a_policy_may_promise_it_sooner(ticket, agent):
    make_policy("Rappels", {"callback": "4 open_hours"})
    assert ask(ticket, agent).due_at == NOW + timedelta(hours=4)


def test_an_attempt_is_kept_and_the_clock_runs_on(ticket, agent):
    ask(ticket, agent)
    callback_done(ticket=ticket, reached=False, note="Répondeur", actor=agent, now=NOW + timedelta(hours=1))
    assert ticket.deadlines.get(kind="callback").state == "running"
    callback_done(ticket=ticket, reached=True, actor=agent, now=NOW + timedelta(hours=2))
    assert ticket.deadlines.get(kind="callback").state == "met"
    steps = ticket.events.filter(kind="callback").values_list("data__step", flat=True)
    assert list(steps) == ["asked", "missed", "reached"]


def test_waiting_for_the_citizen_does_not_put_the_call_off(ticket, agent):
    ask(ticket, agent)
    ticket_wait(ticket=ticket, actor=agent, now=NOW + timedelta(hours=1), waiting=True)
    ticket.refresh_from_db()
    assert ticket.next_due_at == NOW + timedelta(hours=48)


def test_one_callback_at_a_time_and_another_one_later(ticket, agent):
    ask(ticket, agent)
    with pytest.raises(Conflict):
        ask(ticket, agent, 1)
    callback_done(ticket=ticket, reached=True, actor=agent, now=NOW + timedelta(hours=2))
    with pytest.raises(Conflict):
        callback_done(ticket=ticket, reached=True, actor=agent, now=NOW + timedelta(hours=3))
    assert ask(ticket, agent, 10).cycle == 2


def test_an_answer_makes_the_callback_needless(voirie, agent):
    ticket = make_ticket(now=NOW, service=voirie)
    ask(ticket, agent)
    reply_send(ticket=ticket, actor=agent, body="Par courriel, voilà.", now=NOW + timedelta(hours=1))
    assert ticket.deadlines.get(kind="callback").state == "cancelled"


def test_refusals(ticket, agent):
    with pytest.raises(Invalid):
        ask(ticket, agent, phone="demain matin")
    with pytest.raises(NotAllowed):
        ask(ticket, make_agent(("back_office", make_service("rh"))))
    ticket_close(ticket=ticket, actor=agent, now=NOW, reason="Réglé")
    with pytest.raises(Conflict):
        ask(ticket, agent)
    assert not ticket.deadlines.filter(kind="callback").exists()


def test_agents_ask_for_it_and_note_it_on_the_ticket_page(ticket, agent, client_of):
    client = client_of(agent)
    page = reverse("tickets:detail", args=[ticket.reference])
    url = reverse("tickets:callback", args=[ticket.reference])
    assert url in client.get(page).content.decode()
    assert "06 39 98 11 22" in assert_status(client.get(url), 200).content.decode()  # the number we know
    assert_status(client.post(url, {"phone": "", "note": ""}), 422)
    assert_status(client.post(url, {"phone": "abc", "note": ""}), 422)
    asked = client.post(url, {"phone": "06 39 98 11 22", "note": "Après 17 h"}, follow=True).content.decode()
    for words in ("Rappel demandé au 06 39 98 11 22", "Après 17 h", "Le rappel est attendu", "<span>Rappel</span>"):
        assert words in asked, words
    assert f'href="{url}"' not in asked
    done = reverse("tickets:callback_done", args=[ticket.reference])
    assert done in asked
    tried = client.post(done, {"reached": "0", "note": "Répondeur"}, follow=True).content.decode()
    assert "Rappel tenté, personne n’a répondu" in tried
    called = client.post(done, {"reached": "1", "note": "Bac livré lundi"}, follow=True).content.decode()
    assert "Rappel fait" in called
    assert "Bac livré lundi" in called
    assert done not in called


def test_an_urgent_request_says_so_in_words_in_the_queue_and_on_its_page(ticket, agent, client_of):
    client = client_of(agent)
    url = reverse("tickets:prioritise", args=[ticket.reference])
    queue, page = reverse("tickets:queue", args=["all"]), reverse("tickets:detail", args=[ticket.reference])
    assert "Priorité\u00a0: " not in client.get(queue).content.decode()
    assert_status(client.get(url), 200)
    assert_status(client.post(url, {"priority": "7"}), 422)
    assert "Priorité\u00a0: Immédiate" in client.post(url, {"priority": "4"}, follow=True).content.decode()
    assert "Priorité\u00a0: immédiate" in client.get(queue).content.decode()
    assert "Priorité\u00a0: immédiate" in client.get(page).content.decode()
    client.post(url, {"priority": "1"})
    assert "Priorité\u00a0: " not in client.get(queue).content.decode()
