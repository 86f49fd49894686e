from datetime import datetime, timedelta

import pytest

from tests.support.factories import make_agent, make_service, make_ticket, make_town, make_type
from tickets.actions.processing import ticket_assign, ticket_wait
from tickets.selectors import queues
from tickets.selectors.queues import QUEUE_KEYS, queue_counts, queue_tickets

pytestmark = pytest.mark.django_db
MORNING = datetime.fromisoformat("2026-11-23T09:00:00+01:00")


def test_an_agent_without_any_service_has_empty_queues():
    make_town()
    assert set(queue_counts(make_agent(), MORNING).values()) == {0}


def test_each_counter_is_the_length_of_its_queue():
    voirie = make_service("voirie")
    agent = make_agent(("back_office", voirie))
    lamp = make_type("eclairage", voirie, target=30)
    terrace = make_type("terrasse", voirie, regime="SVR", delay_months=2, target=90, target_unit="days")
    for hours in (1, 60, 71, 100):
        make_ticket(request_type=lamp, now=MORNING - timedelta(hours=hours))
    make_ticket(request_type=terrace, now=MORNING - timedelta(days=50))
    mine, waiting = (make_ticket(request_type=lamp, now=MORNING) for _ in range(2))
    ticket_assign(ticket=mine, assignee=agent, actor=agent, now=MORNING)
    ticket_wait(ticket=waiting, actor=agent, now=MORNING, waiting=True)
    make_ticket(request_type=make_type("autre", make_service("finances")), now=MORNING)  # another service's
    counts = queue_counts(agent, MORNING)
    assert counts == {"mine": 1, "unassigned": 6, "today": 2, "late": 2, "legal": 1, "waiting": 1, "all": 7}
    assert {key: queue_tickets(key, agent, MORNING).count() for key in QUEUE_KEYS} == counts


def test_today_ends_at_local_midnight():
    voirie = make_service("voirie")
    agent = make_agent(("back_office", voirie))
    lamp = make_type("eclairage", voirie, target=30)
    midnight = datetime.fromisoformat("2026-11-24T00:00:00+01:00")
    for due in (midnight - timedelta(seconds=1), midnight):
        make_ticket(request_type=lamp, now=due - timedelta(hours=72))
    assert queue_counts(agent, MORNING)["today"] == 1


def test_a_counter_stops_at_its_cap(monkeypatch):
    monkeypatch.setattr(queues, "CAP", 2)
    voirie = make_service("voirie")
    lamp = make_type("eclairage", voirie)
    for _ in range(5):
        make_ticket(request_type=lamp)
    assert queue_counts(make_agent(("back_office", voirie)), MORNING)["all"] == 3
