"""Time during which the citizen had to act: it does not count, and it can be corrected."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from core.errors import Invalid, NotAllowed
from tests.support.asserts import assert_status
from tests.support.factories import make_agent, make_policy, make_service, make_ticket, make_type
from tickets.actions.clocks.pauses import pause_correct
from tickets.actions.messages import Incoming, message_receive, reply_send
from tickets.actions.processing import ticket_close, ticket_transfer, ticket_wait
from tickets.models import ClockPause, Deadline, Ticket

pytestmark = pytest.mark.django_db
NOW = datetime.fromisoformat("2026-11-23T09:00:00+01:00")  # a Monday


def hours(number: float) -> datetime:
    return NOW + timedelta(hours=number)


@pytest.fixture
def agent(voirie):
    return make_agent(("referent", voirie), ("back_office", voirie))


@pytest.fixture
def ticket(voirie) -> Ticket:
    return make_ticket(now=NOW, service=voirie)


def clock(ticket: Ticket, kind: str = "answer") -> Deadline:
    ticket.refresh_from_db()
    return ticket.deadlines.filter(kind=kind).latest("cycle")


def wait(ticket: Ticket, agent: Any, start: float, end: float | None) -> None:
    ticket_wait(ticket=ticket, actor=agent, now=hours(start), waiting=True)
    if end is not None:
        ticket_wait(ticket=ticket, actor=agent, now=hours(end), waiting=False)


def test_each_wait_is_a_line_of_history_and_moves_the_due_date_by_its_length(ticket, agent):
    wait(ticket, agent, 1, 5)
    wait(ticket, agent, 10, 30)
    assert clock(ticket).due_at == hours(72 + 4 + 20) == ticket.next_due_at == ticket.answer_due_at
    spans = list(ClockPause.objects.values_list("started_at", "ended_at"))
    assert spans == [(hours(1), hours(5)), (hours(10), hours(30))]


def test_while_it_waits_no_commitment_runs_nor_is_late(ticket, agent):
    wait(ticket, agent, 1, None)
    paused = clock(ticket)
    assert (paused.state, paused.next_step_at, ticket.next_due_at) == ("paused", None, None)
    assert paused.due_at == hours(72)


def test_a_promise_that_does_not_pause_runs_on(voirie, agent):
    make_policy("Élus", {"answer": "24 hours"}, pauses=False)
    ticket = make_ticket(now=NOW, service=voirie)
    wait(ticket, agent, 1, 10)
    assert (clock(ticket).state, clock(ticket).due_at) == ("running", hours(24))
    wait(ticket, agent, 11, None)
    assert ticket.deadlines.get(kind="answer").state == "running"
    assert clock(ticket).due_at == hours(24) == ticket.next_due_at


def test_an_answer_given_during_a_wait_is_judged_without_the_wait(ticket, agent):
    wait(ticket, agent, 71, None)
    reply_send(ticket=ticket, actor=agent, body="Finalement voilà.", now=hours(200))
    answer = clock(ticket)
    assert (answer.state, answer.due_at, ticket.answer_kept) == ("met", hours(201), True)
    assert ClockPause.objects.get().ended_at == hours(200)


def test_a_question_asked_while_waiting_goes_on_waiting(voirie, agent):
    ticket = make_ticket(
        now=NOW, service=voirie, request_type=make_type("permis", voirie, target=10, target_unit="days")
    )
    wait(ticket, agent, 1, None)
    reply_send(ticket=ticket, actor=agent, body="Et l’adresse ?", now=hours(10), then="waiting")
    assert ClockPause.objects.get().ended_at is None
    assert clock(ticket, "target").state == "paused"
    message_receive(ticket=ticket, incoming=Incoming(channel="email", body="12 rue"), now=hours(49))
    assert clock(ticket, "target").state == "running"
    assert ClockPause.objects.get().ended_at == hours(49)


def test_closing_ends_the_wait(ticket, agent):
    wait(ticket, agent, 1, None)
    ticket_close(ticket=ticket, actor=agent, now=hours(3), reason="Par téléphone")
    assert ClockPause.objects.get().ended_at == hours(3)


def test_the_wait_goes_along_to_another_service(ticket, agent, voirie):
    wait(ticket, agent, 10, 20)
    ticket_transfer(ticket=ticket, service=make_service("proprete"), reason="Là-bas", actor=agent, now=hours(21))
    assert clock(ticket).due_at == hours(82)


def test_correcting_a_pause_counts_the_deadlines_again(ticket, agent):
    wait(ticket, agent, 10, 20)
    pause_correct(
        pause=ClockPause.objects.get(),
        started_at=hours(4),
        ended_at=hours(20),
        actor=agent,
        now=hours(30),
        reason="Appel",
    )
    assert clock(ticket).due_at == hours(88) == ticket.next_due_at == ticket.answer_due_at
    event = ticket.events.get(kind="pause")
    assert (event.actor, event.data["reason"]) == (agent, "Appel")
    assert datetime.fromisoformat(event.data["former"][0]) == hours(10)
    assert datetime.fromisoformat(event.data["current"][0]) == hours(4)


def test_correcting_a_pause_says_again_whether_the_answer_was_in_time(ticket, agent):
    wait(ticket, agent, 10, 20)
    reply_send(ticket=ticket, actor=agent, body="Voilà.", now=hours(85))
    assert (clock(ticket).state, ticket.answer_kept) == ("missed", False)
    pause = ClockPause.objects.get()
    pause_correct(pause=pause, started_at=hours(5), ended_at=hours(20), actor=agent, now=hours(90))
    assert (clock(ticket).state, clock(ticket).due_at) == ("met", hours(87))
    assert (ticket.answer_kept, ticket.next_due_at, ticket.answer_due_at) == (True, None, hours(87))
    pause_correct(pause=pause, started_at=hours(19), ended_at=hours(20), actor=agent, now=hours(90))
    assert (clock(ticket).state, ticket.answer_kept) == ("missed", False)


def test_a_pause_that_lasts_may_have_begun_before(ticket, agent):
    wait(ticket, agent, 10, None)
    pause_correct(pause=ClockPause.objects.get(), started_at=hours(2), ended_at=None, actor=agent, now=hours(11))
    assert ticket.deadlines.get(kind="answer").state == "paused"
    ticket_wait(ticket=ticket, actor=agent, now=hours(12), waiting=False)
    assert clock(ticket).due_at == hours(82)


@pytest.mark.parametrize(
    ("start", "end"),
    [(-1, 20), (10, 9), (10, 99), (10, None), (2, 20), (45, 47)],
    ids=["before reception", "reversed", "future", "still open", "across the first", "across the third"],
)
def test_a_correction_that_makes_no_sense_is_refused(start, end, ticket, agent):
    wait(ticket, agent, 1, 4)
    wait(ticket, agent, 10, 20)
    wait(ticket, agent, 40, 46)
    pause = ClockPause.objects.get(started_at=hours(10))
    with pytest.raises(Invalid):
        pause_correct(
            pause=pause,
            started_at=hours(start),
            ended_at=None if end is None else hours(end),
            actor=agent,
            now=hours(50),
        )
    pause.refresh_from_db()
    assert (pause.started_at, pause.ended_at) == (hours(10), hours(20))


def test_only_those_who_may_assign_correct_a_pause(ticket, agent, voirie):
    wait(ticket, agent, 10, 20)
    with pytest.raises(NotAllowed):
        pause_correct(
            pause=ClockPause.objects.get(),
            started_at=hours(1),
            ended_at=hours(20),
            actor=make_agent(("back_office", voirie)),
            now=hours(30),
        )


def test_a_pause_is_corrected_on_the_ticket_page(voirie, agent, client_of):
    now = timezone.now()
    ticket = make_ticket(now=now - timedelta(hours=30), service=voirie)
    for back, waiting in ((20, True), (10, False)):
        ticket_wait(ticket=ticket, actor=agent, now=now - timedelta(hours=back), waiting=waiting)
    client, url = client_of(agent), reverse("tickets:pause", args=[ticket.reference])
    assert url in client.get(reverse("tickets:detail", args=[ticket.reference])).content.decode()
    form = assert_status(client.get(url), 200)
    assert "Corriger une pause" in form.content.decode()
    pause = ClockPause.objects.get()
    typed = {
        "pause": pause.pk,
        "started_at": timezone.localtime(now - timedelta(hours=25)).strftime("%Y-%m-%dT%H:%M"),
        "ended_at": timezone.localtime(pause.ended_at).strftime("%Y-%m-%dT%H:%M"),
        "reason": "L’appel datait de la veille",
    }
    end = pause.ended_at
    page = client.post(url, typed, follow=True).content.decode()
    assert "Pause corrigée" in page
    assert "L’appel datait de la veille" in page
    pause.refresh_from_db()
    assert pause.ended_at == end  # the minute that was not changed keeps its seconds
    assert_status(client.post(url, typed | {"started_at": "2020-01-01T00:00"}), 422)
