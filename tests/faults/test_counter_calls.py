"""Several agents call at once: nobody is called twice, nobody is forgotten, nobody receives two people."""

import uuid
from collections import Counter

import pytest
from django.utils import timezone

from channels_intake.counter.actions import Arrival, visit_arrive, visit_call_next, visit_finish
from channels_intake.models import Visit, VisitState
from core.errors import Conflict
from tests.support.counter import arrive, make_desk, make_site
from tests.support.factories import make_agent, make_town
from tests.support.threads import together

pytestmark = pytest.mark.django_db(transaction=True)
AGENTS, VISITORS = 6, 40


def test_agents_who_call_at_once_share_the_visitors_out() -> None:
    site, root = make_site(), make_town()
    desks = [make_desk(site, f"Guichet {n}") for n in range(AGENTS)]
    agents = [make_agent(("counter", root)) for _ in range(AGENTS)]
    for _ in range(VISITORS):
        arrive(site)

    def receive(number: int) -> list[str]:
        seen: list[str] = []
        while True:
            now = timezone.now()
            visit = visit_call_next(desk=desks[number], agent=agents[number], now=now)
            if visit is None:
                return seen
            seen.append(visit.label)
            visit_finish(visit_id=visit.pk, agent=agents[number], now=now)

    called = Counter(label for seen in together(receive, AGENTS) for label in seen)
    assert called == Counter(f"A{n:03d}" for n in range(1, VISITORS + 1))
    assert set(Visit.objects.values_list("state", flat=True)) == {VisitState.DONE}


def test_one_call_each_takes_the_first_ones() -> None:
    site, root = make_site(), make_town()
    desks = [make_desk(site, f"Guichet {n}") for n in range(AGENTS)]
    agents = [make_agent(("counter", root)) for _ in range(AGENTS)]
    for _ in range(2 * AGENTS):
        arrive(site)
    together(lambda n: visit_call_next(desk=desks[n], agent=agents[n], now=timezone.now()), AGENTS)
    called = Visit.objects.filter(state=VisitState.CALLED)
    assert sorted(called.values_list("number", flat=True)) == list(range(1, AGENTS + 1))
    assert called.values("agent").distinct().count() == AGENTS


def test_one_agent_at_several_desks_receives_one_visitor() -> None:
    site = make_site()
    agent = make_agent(("counter", make_town()))
    desks = [make_desk(site, f"Guichet {n}") for n in range(AGENTS)]
    for _ in range(VISITORS):
        arrive(site)

    def call(number: int) -> bool:
        try:
            return visit_call_next(desk=desks[number], agent=agent, now=timezone.now()) is not None
        except Conflict:
            return False

    assert sum(together(call, AGENTS)) == 1
    assert Visit.objects.filter(state=VisitState.CALLED).count() == 1


def test_two_agents_at_one_desk_call_one_visitor() -> None:
    site, root = make_site(), make_town()
    desk = make_desk(site)
    agents = [make_agent(("counter", root)) for _ in range(AGENTS)]
    for _ in range(VISITORS):
        arrive(site)

    def call(number: int) -> bool:
        try:
            return visit_call_next(desk=desk, agent=agents[number], now=timezone.now()) is not None
        except Conflict:
            return False

    assert sum(together(call, AGENTS)) == 1


def test_numbers_given_at_once_follow_each_other() -> None:
    site = make_site()
    arrivals = [Arrival(key=uuid.UUID(int=n + 1)) for n in (*range(10), *range(10))]  # every form sent twice
    together(lambda n: visit_arrive(site=site, arrival=arrivals[n], now=timezone.now()), len(arrivals))
    assert sorted(Visit.objects.values_list("number", flat=True)) == list(range(1, 11))
