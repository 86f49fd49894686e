"""Tickets given out inside a service on the real database, and taken back from who is away."""

from collections import Counter
from datetime import date, datetime, timedelta

import pytest
from django.utils import timezone

from core.errors import Invalid, NotAllowed
from directory.models import Absence
from notifications.models import Notice
from tests.support.factories import make_agent, make_service, make_ticket, make_type
from tests.support.threads import together
from tickets.actions.messages import Incoming, message_receive
from tickets.actions.opening import Draft, ticket_open
from tickets.actions.processing import ticket_assign, ticket_close, ticket_transfer
from tickets.actions.replies.recipients import Recipients
from tickets.actions.routing.absences import absence_add, absence_end, absences_begin, availability_set
from tickets.actions.routing.assignment import assign_on_arrival
from tickets.actions.routing.route import ticket_route
from tickets.actions.teamwork.tasks import task_add, task_done
from tickets.deadlines.escalation import Step
from tickets.models import Ticket, TicketEvent, TicketTask
from tickets.selectors.presence import candidates_for
from tickets.views.wording import line_of

pytestmark = pytest.mark.django_db
NOW = datetime.fromisoformat("2026-11-23T09:00:00+01:00")
TODAY = date(2026, 11, 23)


def in_turn(code="voirie", assignment="round_robin", **fields):
    service = make_service(code, assignment=assignment, **fields)
    return service, make_type(f"type-{code}", service)


def away(agent, first=TODAY, last=TODAY, **fields):
    return Absence.objects.create(agent=agent, starts_on=first, ends_on=last, **fields)


def test_tickets_are_given_in_turn_and_the_timeline_says_so():
    service, kind = in_turn()
    agents = [make_agent(("back_office", service)) for _ in range(3)]
    tickets = [make_ticket(request_type=kind, now=NOW) for _ in range(6)]
    assert [ticket.assignee for ticket in tickets] == agents * 2
    assert {ticket.status for ticket in tickets} == {"open"}
    kinds = list(tickets[0].events.values_list("kind", flat=True))
    assert kinds.index("routed") < kinds.index("assigned")
    assert tickets[0].events.get(kind="assigned").data["reason"] == "round_robin"


def test_the_least_loaded_gets_it():
    service, kind = in_turn(assignment="least_loaded")
    busy, free = (make_agent(("back_office", service)) for _ in range(2))
    first = make_ticket(request_type=kind, now=NOW)
    assert first.assignee == busy
    assert make_ticket(request_type=kind, now=NOW).assignee == free
    ticket_close(ticket=first, actor=busy, reason="Par téléphone", now=NOW)
    assert make_ticket(request_type=kind, now=NOW).assignee == busy  # closed ones do not weigh


def test_a_manual_service_costs_no_query(django_assert_num_queries):
    service = make_service("voirie")
    make_agent(("back_office", service))
    ticket = make_ticket(request_type=make_type("trou", service), now=NOW)
    with django_assert_num_queries(0):
        assert assign_on_arrival(ticket, now=NOW) is None
    assert ticket.assignee is None


@pytest.mark.parametrize(
    ("role", "is_sensitive", "expected"),
    [
        ("back_office", False, True),
        ("back_office", True, True),
        ("counter", False, True),
        ("counter", True, False),  # a compartment stays closed
        ("manager", False, False),
        ("pilot", False, False),
        ("admin", False, False),
        ("elected", False, False),
    ],
)
def test_who_may_be_given_a_ticket(role, is_sensitive, expected):
    service, kind = in_turn()
    agent = make_agent((role, service))
    ticket = Ticket(service=service, request_type=kind, is_sensitive=is_sensitive)
    assert [one.agent_id for one in candidates_for(ticket, TODAY)] == ([agent.pk] if expected else [])


def test_a_role_held_above_the_service_gives_no_ticket():
    service, _ = in_turn()
    make_agent(("back_office", service.parent))
    assert candidates_for(Ticket(service=service), TODAY) == []


def test_those_away_or_who_take_none_are_passed_over():
    service, kind = in_turn()
    gone, off, closed, there = (make_agent(("back_office", service)) for _ in range(4))
    away(gone, keeps_tickets=True)
    availability_set(agent=off, is_available=False, actor=off)
    closed.is_active = False
    closed.save()
    assert [make_ticket(request_type=kind, now=NOW).assignee for _ in range(2)] == [there, there]
    there.is_available = False
    there.save()
    assert make_ticket(request_type=kind, now=NOW).assignee is None  # nobody is present


def test_the_candidates_cost_two_queries(django_assert_num_queries):
    service, kind = in_turn()
    for _ in range(5):
        make_agent(("back_office", service), languages=["ar"]).skills.add(kind)
    with django_assert_num_queries(2):
        found = candidates_for(Ticket(service=service), TODAY)
    assert [(one.skills, one.languages) for one in found] == [(frozenset({kind.pk}), frozenset({"ar"}))] * 5


def test_a_transfer_gives_it_out_in_the_new_service():
    service, _ = in_turn()
    roads = make_agent(("back_office", service))
    other = make_service("finances")
    sender = make_agent(("back_office", other))
    ticket = make_ticket(request_type=make_type("facture", other), now=NOW)
    ticket = ticket_transfer(ticket=ticket, service=service, reason="Voirie", actor=sender, now=NOW)
    ticket.refresh_from_db()
    assert (ticket.assignee, ticket.status) == (roads, "open")


def test_an_absence_gives_its_tickets_back_and_tells_the_referent():
    chief = make_agent()
    service, kind = in_turn(referent=chief)
    agent, colleague = (make_agent(("back_office", service)) for _ in range(2))
    tickets = [make_ticket(request_type=kind, now=NOW) for _ in range(4)]
    closed = tickets[2]
    ticket_close(ticket=closed, actor=agent, reason="Par téléphone", now=NOW)
    absence = absence_add(
        agent=agent, starts_on=TODAY, ends_on=date(2026, 12, 4), keeps_tickets=False, actor=agent, now=NOW
    )
    assert absences_begin(NOW) == 1
    tickets[0].refresh_from_db()
    assert tickets[0].assignee == colleague
    event = tickets[0].events.get(kind="released")
    assert event.data == {"former": agent.full_name, "why": "absent", "until": "2026-12-04"}
    closed.refresh_from_db()
    assert closed.assignee == agent  # what is over stays as it was
    absence.refresh_from_db()
    assert absence.released_at == NOW
    notice = Notice.objects.get(agent=chief)
    assert agent.full_name in notice.title
    assert "1" in notice.body
    assert absences_begin(NOW + timedelta(minutes=5)) == 0  # once
    assert Notice.objects.filter(dedupe_key__startswith="released:").count() == 1


@pytest.mark.parametrize(
    ("first", "last", "keeps", "expected"),
    [
        (TODAY, TODAY, True, 0),
        (TODAY + timedelta(1), TODAY + timedelta(3), False, 0),  # not begun
        (TODAY - timedelta(3), TODAY - timedelta(1), False, 0),  # over before anybody looked
        (TODAY - timedelta(3), TODAY, False, 1),
    ],
)
def test_which_absences_give_back(first, last, keeps, expected):
    service = make_service("voirie")
    agent = make_agent(("back_office", service))
    ticket = make_ticket(request_type=make_type("trou", service), now=NOW)
    ticket_assign(ticket=ticket, assignee=agent, actor=agent, now=NOW)
    away(agent, first, last, keeps_tickets=keeps)
    assert absences_begin(NOW) == expected
    ticket.refresh_from_db()
    assert (ticket.assignee is None) == bool(expected)


def test_a_closed_account_gives_its_tickets_back():
    service = make_service("voirie", manager=make_agent())
    agent = make_agent(("back_office", service))
    ticket = make_ticket(request_type=make_type("trou", service), now=NOW)
    ticket_assign(ticket=ticket, assignee=agent, actor=agent, now=NOW)
    agent.is_active = False
    agent.save()
    assert absences_begin(NOW) == 1
    ticket.refresh_from_db()
    assert ticket.assignee is None
    assert ticket.events.get(kind="released").data["why"] == "inactive"
    assert Notice.objects.get().agent == service.manager


def test_what_is_given_to_somebody_away_comes_back_with_their_tasks():
    """Whatever was released before: the sweep looks at what they have, not at what was done."""
    chief = make_agent()
    service = make_service("voirie", referent=chief)
    agent, asking = make_agent(("back_office", service)), make_agent(("referent", service))
    away(agent, released_at=NOW - timedelta(hours=1))
    ticket = make_ticket(request_type=make_type("trou", service), now=NOW)
    ticket_assign(ticket=ticket, assignee=agent, actor=asking, now=NOW)
    due = {"ticket": ticket, "service": service, "due_at": NOW + timedelta(days=2), "assignee": agent}
    task = task_add(title="Mesurer le trou", actor=asking, now=NOW, **due)
    done = task_done(task=task_add(title="Baliser", actor=asking, now=NOW, **due), actor=agent, now=NOW)
    assert absences_begin(NOW) == 2
    for row in (ticket, task, done):
        row.refresh_from_db()
    assert (ticket.assignee, task.assignee, done.assignee) == (None, None, agent)
    lines = [line_of(event) for event in ticket.events.filter(kind="released")]
    assert [line.detail.startswith("Tâche") for line in lines] == [False, True]
    assert "Tâches sans personne : 1." in Notice.objects.get(agent=chief).body
    agent.is_active = False
    agent.save()
    other = task_add(title="Relancer", actor=asking, now=NOW, **(due | {"assignee": asking}))
    TicketTask.objects.filter(pk=other.pk).update(assignee=agent)
    assert absences_begin(NOW) == 1
    other.refresh_from_db()
    assert other.assignee is None


def test_a_citizen_who_writes_to_an_absent_agent_is_read_by_another():
    service, kind = in_turn()
    agent = make_agent(("back_office", service))
    ticket = make_ticket(request_type=kind, now=NOW)
    ticket_close(ticket=ticket, actor=agent, reason="Par téléphone", now=NOW)
    away(agent, last=TODAY + timedelta(9), released_at=NOW)
    colleague = make_agent(("back_office", service))
    message_receive(ticket=ticket, incoming=Incoming(channel="email", body="Toujours rien."), now=NOW)
    ticket.refresh_from_db()
    assert (ticket.assignee, ticket.status) == (colleague, "open")


def test_a_citizen_who_writes_to_a_present_agent_is_read_by_them():
    service, kind = in_turn()
    agent = make_agent(("back_office", service))
    ticket = make_ticket(request_type=kind, now=NOW)
    message_receive(ticket=ticket, incoming=Incoming(channel="email", body="Toujours rien."), now=NOW)
    ticket.refresh_from_db()
    assert ticket.assignee == agent


def test_an_escalation_passes_over_those_away():
    referent, manager = make_agent(), make_agent()
    service = make_service("voirie", referent=referent, manager=manager)
    ticket = make_ticket(request_type=make_type("trou", service), now=NOW)
    step = Step(number=1, name="1", offset=1, unit="hours", audience="referent")
    assert Recipients.load(NOW).of_step(ticket, step) == [referent]
    away(referent, keeps_tickets=True)
    assert Recipients.load(NOW).of_step(ticket, step) == [manager]
    away(manager)
    assert Recipients.load(NOW).of_step(ticket, step) == [referent]  # nobody else: better than nobody
    make_agent(is_superuser=True)
    assert Recipients.load(NOW).of_step(ticket, step) != [referent]


@pytest.mark.parametrize("who", ["oneself", "their manager", "another manager", "a colleague", "an administrator"])
def test_who_notes_absences(who):
    service, other = make_service("voirie"), make_service("finances")
    agent = make_agent(("back_office", service))
    actor = {
        "oneself": lambda: agent,
        "their manager": lambda: make_agent(("manager", service)),
        "another manager": lambda: make_agent(("manager", other)),
        "a colleague": lambda: make_agent(("back_office", service)),
        "an administrator": lambda: make_agent(("admin", service.parent)),
    }[who]()
    days = {"starts_on": TODAY, "ends_on": TODAY, "keeps_tickets": False}
    if who in {"another manager", "a colleague"}:
        with pytest.raises(NotAllowed):
            absence_add(agent=agent, **days, actor=actor, now=NOW)
        with pytest.raises(NotAllowed):
            availability_set(agent=agent, is_available=False, actor=actor)
        return
    absence = absence_add(agent=agent, **days, actor=actor, now=NOW)
    absence_end(absence=absence, actor=actor, now=NOW)
    assert not Absence.objects.exists()


def test_absences_do_not_overlap_and_end_when_one_is_back():
    agent = make_agent()
    first = TODAY - timedelta(2)
    running = away(agent, first, TODAY + timedelta(5))
    for days in [(TODAY, TODAY), (TODAY + timedelta(5), TODAY + timedelta(9))]:
        with pytest.raises(Invalid):
            absence_add(agent=agent, starts_on=days[0], ends_on=days[1], keeps_tickets=False, actor=agent, now=NOW)
    for wrong in [(TODAY + timedelta(9), TODAY + timedelta(8)), (first, TODAY - timedelta(1))]:
        with pytest.raises(Invalid):
            absence_add(agent=agent, starts_on=wrong[0], ends_on=wrong[1], keeps_tickets=False, actor=agent, now=NOW)
    absence_end(absence=running, actor=agent, now=NOW)
    running.refresh_from_db()
    assert running.ends_on == TODAY - timedelta(1)


@pytest.mark.django_db(transaction=True)
def test_concurrent_workers_give_turns_out_evenly():
    """Four workers route forty tickets at once: nobody gets two more than another."""
    service, kind = in_turn()
    agents = [make_agent(("back_office", service)) for _ in range(4)]
    now = timezone.now()
    tickets = [
        ticket_open(
            draft=Draft(channel="web", subject=f"Trou {n}", body="Un trou.", request_type=kind), actor=None, now=now
        )
        for n in range(40)
    ]
    waiting = [ticket.pk for ticket in tickets]

    def work(_number):
        while waiting:
            try:
                pk = waiting.pop()
            except IndexError:
                return
            ticket_route(ticket_id=pk, now=timezone.now(), acknowledge=False)

    together(work, 4)
    given = Counter(Ticket.objects.values_list("assignee_id", flat=True))
    assert given == {agent.pk: 10 for agent in agents}
    assert TicketEvent.objects.filter(kind="assigned").count() == 40
