"""The life of a visit: numbers, who is called, what each action allows."""

import uuid
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from channels_intake.counter import actions
from channels_intake.counter.selectors import pulse, waiting_list, waits_by_site
from channels_intake.counter.waiting import Pulse, estimated_minutes
from channels_intake.models import Desk, Visit, VisitPriority, VisitState
from channels_intake.tasks import close_counters
from core.errors import Conflict, NotAllowed
from directory.models import Service
from tests.support.counter import arrive, make_desk, make_reason, make_site
from tests.support.factories import make_agent, make_service, make_ticket, make_town

pytestmark = pytest.mark.django_db
PARIS = ZoneInfo("Europe/Paris")
NOON = datetime(2026, 3, 10, 12, tzinfo=PARIS)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def site():
    return make_site()


@pytest.fixture
def desk(site):
    return make_desk(site)


@pytest.fixture
def agent():
    return make_agent(("counter", make_town()))


def called(desk, agent, now=NOON):
    visit = actions.visit_call_next(desk=desk, agent=agent, now=now)
    return visit.label if visit else None


def test_numbers_start_again_each_day_for_each_site_and_letter(site):
    passport, votes = make_reason(), make_reason("Élections", "E")
    annexe = make_site("annexe", "Annexe")
    labels = [arrive(site, NOON, reason=reason).label for reason in (passport, votes, passport, None)]
    assert labels == ["A001", "E001", "A002", "A003"]
    assert arrive(annexe, NOON, reason=passport).label == "A001"
    late = datetime(2026, 3, 10, 23, 59, tzinfo=PARIS)
    assert arrive(site, late, reason=votes).label == "E002"
    assert arrive(site, late + 2 * MINUTE, reason=votes).label == "E001", "the next local day"


def test_the_same_form_is_one_visitor(site):
    arrival = actions.Arrival(key=uuid.uuid4())
    first = actions.visit_arrive(site=site, arrival=arrival, now=NOON)
    assert actions.visit_arrive(site=site, arrival=arrival, now=NOON + MINUTE) == first
    assert Visit.objects.count() == 1


def test_priority_passes_first_then_arrival(site, desk, agent):
    for minute, priority in enumerate((5, 5, 2, 1, 3)):
        arrive(site, NOON + minute * MINUTE, priority=priority)
    order = []
    while (visit := actions.visit_call_next(desk=desk, agent=agent, now=NOON + 9 * MINUTE)) is not None:
        order.append(visit.number)
        actions.visit_finish(visit_id=visit.pk, agent=agent, now=NOON + 9 * MINUTE)
    assert order == [4, 3, 5, 1, 2]


def test_an_appointment_passes_first_from_five_minutes_before_it(site, desk, agent):
    early = arrive(site, NOON, priority=VisitPriority.APPOINTMENT, appointment_at=NOON + 30 * MINUTE)
    usual = arrive(site, NOON + MINUTE)
    priority = arrive(site, NOON + 2 * MINUTE, priority=VisitPriority.REDUCED_MOBILITY)
    assert waiting_list(site, NOON + 3 * MINUTE) == [priority, early, usual]
    assert waiting_list(site, NOON + 26 * MINUTE) == [early, priority, usual]


def test_a_special_desk_receives_its_service_and_the_others_leave_it_to_it(site, desk, agent):
    planning, civil = make_service("urbanisme"), make_service("etat-civil")
    special = make_desk(site, "Urbanisme", planning)
    for letter, service in (("U", planning), ("B", civil), ("A", None)):
        arrive(site, NOON, reason=make_reason(letter, letter, service=service))
    specialist = make_agent(("counter", make_town()))
    assert called(special, specialist) == "U001"
    actions.visit_finish(visit_id=Visit.objects.get(letter="U").pk, agent=specialist, now=NOON)
    assert called(special, specialist) is None
    assert called(desk, agent) == "B001"
    actions.visit_finish(visit_id=Visit.objects.get(letter="B").pk, agent=agent, now=NOON)
    assert called(desk, agent) == "A001"


def test_a_service_without_desk_of_its_own_is_for_everybody(site, desk, agent):
    planning = make_service("urbanisme")
    special = make_desk(site, "Urbanisme", planning)
    arrive(site, NOON, reason=make_reason("Urbanisme", "U", service=planning))
    assert called(desk, agent) is None
    Desk.objects.filter(pk=special.pk).update(is_active=False)
    assert called(desk, agent) == "U001"


def test_only_who_waits_today_at_this_site_is_called(site, desk, agent):
    arrive(site, NOON - timedelta(days=1))
    arrive(make_site("annexe", "Annexe"), NOON)
    assert called(desk, agent) is None


def test_an_agent_receives_one_visitor_and_a_desk_one_agent(site, desk, agent):
    first, second = arrive(site, NOON), arrive(site, NOON)
    called(desk, agent)
    with pytest.raises(Conflict, match="A001"):
        called(make_desk(site, "Guichet 2"), agent)
    other = make_agent(("counter", make_town()), first_name="Yanis", last_name="Petit")
    with pytest.raises(Conflict, match="autre"):
        called(desk, other)
    with pytest.raises(Conflict):
        actions.visit_call(visit_id=first.pk, desk=make_desk(site, "Guichet 3"), agent=other, now=NOON)
    second.refresh_from_db()
    assert second.state == VisitState.WAITING


def test_a_visitor_may_be_called_out_of_turn_from_their_own_site_only(site, desk, agent):
    arrive(site, NOON)
    chosen = arrive(site, NOON)
    elsewhere = arrive(make_site("annexe", "Annexe"), NOON)
    with pytest.raises(Conflict):
        actions.visit_call(visit_id=elsewhere.pk, desk=desk, agent=agent, now=NOON)
    assert actions.visit_call(visit_id=chosen.pk, desk=desk, agent=agent, now=NOON).label == "A002"


def test_from_the_call_to_the_end(site, desk, agent):
    arrive(site, NOON - 10 * MINUTE)
    visit = actions.visit_call_next(desk=desk, agent=agent, now=NOON)
    assert (visit.state, visit.desk, visit.agent, visit.first_called_at) == ("called", desk, agent, NOON)
    actions.visit_recall(visit_id=visit.pk, agent=agent, now=NOON + MINUTE)
    actions.visit_serve(visit_id=visit.pk, agent=agent, now=NOON + 2 * MINUTE)
    ticket = make_ticket()
    actions.visit_finish(visit_id=visit.pk, agent=agent, now=NOON + 8 * MINUTE, ticket=ticket)
    visit.refresh_from_db()
    assert (visit.state, visit.ticket, visit.citizen) == (VisitState.DONE, ticket, ticket.requester)
    assert (visit.first_called_at, visit.called_at) == (NOON, NOON + MINUTE)
    assert (visit.served_at, visit.ended_at) == (NOON + 2 * MINUTE, NOON + 8 * MINUTE)
    actions.visit_finish(visit_id=visit.pk, agent=agent, now=NOON + 20 * MINUTE, ticket=make_ticket())
    visit.refresh_from_db()
    assert (visit.ticket, visit.ended_at) == (ticket, NOON + 8 * MINUTE), "told twice, the first one stands"


def test_another_agent_does_not_touch_the_visit(site, desk, agent):
    arrive(site, NOON)
    visit = actions.visit_call_next(desk=desk, agent=agent, now=NOON)
    other = make_agent(("counter", make_town()))
    for act in (actions.visit_recall, actions.visit_serve, actions.visit_no_show, actions.visit_finish):
        with pytest.raises(NotAllowed):
            act(visit_id=visit.pk, agent=other, now=NOON)
    with pytest.raises(NotAllowed):
        actions.visit_transfer(visit_id=visit.pk, agent=other, service=None, note="", now=NOON)


def test_each_state_allows_its_own_actions(site, desk, agent):
    waits = arrive(site, NOON)
    with pytest.raises(Conflict):
        actions.visit_serve(visit_id=waits.pk, agent=agent, now=NOON)
    actions.visit_leave(visit_id=waits.pk, now=NOON)
    with pytest.raises(Conflict):
        actions.visit_leave(visit_id=waits.pk, now=NOON)
    with pytest.raises(Conflict):
        actions.visit_leave(visit_id=10**9, now=NOON)
    actions.visit_return(visit_id=waits.pk, now=NOON)
    actions.visit_prioritise(visit_id=waits.pk, priority=2)
    visit = actions.visit_call_next(desk=desk, agent=agent, now=NOON)
    actions.visit_serve(visit_id=visit.pk, agent=agent, now=NOON)
    with pytest.raises(Conflict):
        actions.visit_no_show(visit_id=visit.pk, agent=agent, now=NOON)


def test_a_transferred_visitor_keeps_their_arrival_and_passes_before_the_newcomers(site, desk, agent):
    planning = make_service("urbanisme")
    special = make_desk(site, "Urbanisme", planning)
    reason = make_reason("Urbanisme", "U", service=planning)
    sent = arrive(site, NOON - 20 * MINUTE)
    for priority in (VisitPriority.USUAL, VisitPriority.REDUCED_MOBILITY):
        arrive(site, NOON - 5 * MINUTE, reason=reason, priority=priority)
    called(desk, agent)
    actions.visit_transfer(visit_id=sent.pk, agent=agent, service=planning, note=" Plan joint ", now=NOON)
    sent.refresh_from_db()
    assert (sent.arrived_at, sent.waiting_since, sent.note) == (NOON - 20 * MINUTE, NOON, "Plan joint")
    assert (sent.state, sent.agent, sent.desk, sent.service) == ("waiting", None, None, planning)
    order = [visit.label for visit in waiting_list(site, NOON)]
    assert order == ["U002", "A001", "U001"]
    assert called(special, agent) == "U002", "the same agent is free again"


def test_the_evening_closes_every_visit(site, desk, agent):
    other = make_agent(("counter", make_town()))
    today = timezone.now()
    states = {
        arrive(site, today - timedelta(days=1)): VisitState.LEFT,
        arrive(site, today): VisitState.DONE,
        arrive(site, today): VisitState.NO_SHOW,
        arrive(site, today): VisitState.LEFT,
    }
    served = actions.visit_call_next(desk=desk, agent=agent, now=today)
    actions.visit_serve(visit_id=served.pk, agent=agent, now=today)
    actions.visit_call_next(desk=make_desk(site, "Guichet 2"), agent=other, now=today)
    close_counters()
    for visit, state in states.items():
        visit.refresh_from_db()
        assert visit.state == state, visit.label
        assert visit.ended_at is not None
    assert actions.visit_call_next(desk=desk, agent=agent, now=today) is None
    yesterday = next(iter(states))
    with pytest.raises(Conflict):
        actions.visit_return(visit_id=yesterday.pk, now=today)


@pytest.mark.parametrize(
    ("waiting", "desks", "minutes", "expected"),
    [(0, 2, 6, 0), (1, 2, 6, 5), (3, 1, 6, 20), (4, 2, 5, 10), (5, 0, 6, 30), (7, 3, 4, 10)],
)
def test_the_announced_wait_is_rounded_up_to_five_minutes(waiting, desks, minutes, expected):
    assert estimated_minutes(waiting, desks, timedelta(minutes=minutes)) == expected


def test_an_average_of_two_visits_is_not_trusted():
    assert Pulse(waiting=2, desks=1, served=2, average=30 * MINUTE).estimate == 15
    assert Pulse(waiting=2, desks=1, served=3, average=30 * MINUTE).estimate == 60


def test_the_pulse_measures_the_wait(site, desk, agent):
    for minutes in (40, 16, 5):
        arrive(site, NOON - minutes * MINUTE)
    visit = actions.visit_call_next(desk=desk, agent=agent, now=NOON - 30 * MINUTE)
    actions.visit_finish(visit_id=visit.pk, agent=agent, now=NOON - 20 * MINUTE)
    now = pulse(site, NOON)
    assert (now.waiting, now.over, now.oldest) == (2, 1, NOON - 16 * MINUTE)
    assert (now.received, now.within, now.desks, now.served, now.average) == (1, 1, 1, 1, 10 * MINUTE)
    assert now.is_active(NOON)
    assert not now.is_active(NOON + 70 * MINUTE)
    assert not pulse(make_site("annexe", "Annexe"), NOON).is_active(NOON)


def figures(services=(), without_service=True, now=NOON):
    start = datetime(2026, 3, 10, tzinfo=PARIS)
    rows = waits_by_site(
        start=start, end=start + timedelta(days=1), now=now, services=services, without_service=without_service
    )
    return [(row.site, row.within, row.over) for row in rows]


def test_the_share_within_fifteen_minutes(site, desk, agent):
    def received(arrived, wait, **fields):
        visit = arrive(site, arrived, **fields)
        actions.visit_call(visit_id=visit.pk, desk=desk, agent=agent, now=arrived + wait)
        actions.visit_finish(visit_id=visit.pk, agent=agent, now=arrived + wait)

    morning = NOON - 3 * 60 * MINUTE
    received(morning, 15 * MINUTE)  # to the second: within
    received(morning, 16 * MINUTE)
    received(morning, 20 * MINUTE, appointment_at=morning + 10 * MINUTE)  # nobody waits before their appointment
    assert figures() == [("Hôtel de ville", 2, 1)]
    gone, patient = arrive(site, morning), arrive(site, morning)
    actions.visit_leave(visit_id=gone.pk, now=morning + 5 * MINUTE)
    assert figures(now=morning + 10 * MINUTE) == [("Hôtel de ville", 2, 1)], "neither kept nor missed yet"
    actions.visit_leave(visit_id=patient.pk, now=morning + 50 * MINUTE)
    arrive(site, NOON - 16 * MINUTE)
    assert figures() == [("Hôtel de ville", 2, 3)], "gone after 50 minutes, and still waiting after 16"


def test_the_figures_keep_to_the_services_of_the_reader(site, desk, agent):
    planning = make_service("urbanisme")
    visit = arrive(site, NOON, reason=make_reason("Urbanisme", "U", service=planning))
    actions.visit_call(visit_id=visit.pk, desk=desk, agent=agent, now=NOON)
    assert figures(without_service=True) == []
    assert figures(services=[planning.pk], without_service=False) == [("Hôtel de ville", 1, 0)]
    assert figures(services=[Service.objects.get(code="mairie").pk], without_service=True) == []
