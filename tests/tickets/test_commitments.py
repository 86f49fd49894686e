"""What is promised to whom: policies, calendars, and the clocks that follow a ticket when it changes."""

from datetime import date, datetime, timedelta

import pytest

from core.errors import Conflict, Invalid, NotAllowed
from directory.models import Town
from notifications.models import OutboundMessage
from tests.support.factories import (
    make_agent,
    make_calendar,
    make_policy,
    make_service,
    make_ticket,
    make_town,
    make_type,
)
from tickets.actions.clocks.commitments_change import version_bump
from tickets.actions.clocks.deadlines import clock_acknowledged
from tickets.actions.messages import Incoming, message_receive, reply_send
from tickets.actions.opening import Draft, ticket_open
from tickets.actions.priority import ticket_prioritise
from tickets.actions.processing import ticket_classify, ticket_close, ticket_reopen, ticket_transfer
from tickets.models import Deadline, EscalationStep, SlaPolicy, SlaTarget, Ticket
from tickets.selectors.commitments import Commitments

pytestmark = pytest.mark.django_db
NOW = datetime.fromisoformat("2026-11-23T09:00:00+01:00")  # a Monday


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}:00+01:00")


def live(ticket: Ticket) -> dict[str, Deadline]:
    return {clock.kind: clock for clock in ticket.deadlines.filter(state__in=["running", "paused"])}


def answer_due(ticket: Ticket) -> datetime:
    clock = live(ticket)["answer"]
    ticket.refresh_from_db()
    assert ticket.answer_due_at == clock.due_at
    return clock.due_at


def test_without_a_policy_the_town_answers_within_its_own_hours(voirie):
    Town.objects.update(answer_hours=48)
    version_bump()
    ticket = make_ticket(now=NOW, service=voirie)
    clock = live(ticket)["answer"]
    assert (clock.due_at, clock.amount, clock.unit, clock.policy) == (NOW + timedelta(hours=48), 48, "hours", None)


@pytest.mark.parametrize(
    ("condition", "elsewhere"),
    [
        (lambda service, kind: {"channel": "web"}, {"channel": "email"}),
        (lambda service, kind: {"service": service}, {"service": "other"}),
        (lambda service, kind: {"request_type": kind}, {"request_type": None}),
        (lambda service, kind: {"priority": 2}, {"priority": 4}),
        (lambda service, kind: {"effective_from": date(2026, 11, 23)}, {"received_at": at("11-22T23:59")}),
        (lambda service, kind: {"effective_until": date(2026, 11, 23)}, {"received_at": at("11-24T00:00")}),
    ],
)
def test_each_condition_of_a_policy_keeps_the_others_out(condition, elsewhere, voirie, agent):
    kind = make_type("terrasse", voirie)
    policy = make_policy("Vite", {"answer": "10 hours"}, **condition(voirie, kind))
    draft = {"service": voirie, "request_type": kind}
    inside = make_ticket(now=NOW, **draft)
    assert live(inside)["answer"].policy == policy
    priority = elsewhere.pop("priority", None)
    if elsewhere.get("service"):
        other = make_service("autre")
        elsewhere = {"service": other, "request_type": make_type("autre-type", other)}
    outside = make_ticket(now=max(NOW, elsewhere.get("received_at", NOW)), **(draft | elsewhere))
    if priority:
        ticket_prioritise(ticket=outside, priority=priority, actor=agent, now=NOW)
    assert live(outside)["answer"].policy is None


def test_a_policy_of_a_direction_holds_in_the_services_below_it():
    direction = make_service("technique")
    below = make_service("voirie", parent=direction)
    policy = make_policy("Technique", {"answer": "24 hours"}, service=direction)
    assert live(make_ticket(now=NOW, service=below))["answer"].policy == policy
    assert live(make_ticket(now=NOW, service=make_service("finances")))["answer"].policy is None


def test_the_first_policy_that_promises_that_very_thing_wins(voirie):
    make_policy("Rappels", {"callback": "24 hours"}, position=1)
    second = make_policy("Réponses", {"answer": "30 hours"}, position=2)
    make_policy("Tout", {"answer": "99 hours", "callback": "99 hours"}, position=3)
    make_policy("Éteinte", {"answer": "1 hours"}, position=0, is_active=False)
    assert live(make_ticket(now=NOW, service=voirie))["answer"].policy == second


def test_opening_hours_are_those_of_the_policy_else_of_the_service_or_those_above_else_of_the_town():
    root = make_town()
    make_policy("Heures d’ouverture", {"answer": "2 open_hours"})
    direction = make_service("technique")
    service = make_service("voirie", parent=direction)

    def due(**draft) -> datetime:
        return live(make_ticket(now=NOW, service=service, **draft))["answer"].due_at

    assert due() == at("11-23T11:00")  # Monday to Friday, 9:00 to 18:00
    Town.objects.update(calendar=make_calendar("Mairie", "10:00-18:00", "10:00-18:00"))
    version_bump()
    assert due() == at("11-23T12:00")
    direction.calendar = make_calendar("Mercredi", "", "", "10:30-19:00")
    direction.save()
    version_bump()
    assert due() == at("11-25T12:30")
    calendar = make_calendar("Nuit", "", "20:00-24:00")
    make_policy("Courriels", {"answer": "2 open_hours"}, calendar=calendar, channel="email", position=1)
    assert due(channel="email") == at("11-24T22:00")
    assert due() == at("11-25T12:30")
    assert root.calendar is None


def test_holidays_and_closures_are_not_opening_hours(voirie):
    Town.objects.update(holiday_region="alsace-moselle")
    voirie.calendar = make_calendar(
        "Voirie", *["09:00-17:00"] * 5, closures=((date(2026, 12, 28), date(2026, 12, 31)),)
    )
    voirie.save()
    make_policy("Un jour", {"answer": "1 working_days"})
    eve = at("12-24T15:00")
    ticket = make_ticket(now=eve, service=voirie)
    # Friday 25 is Christmas, the 26th a holiday there, the 28th to the 31st a closure, 1 January another holiday
    assert live(ticket)["answer"].due_at == datetime.fromisoformat("2027-01-04T17:00:00+01:00")


def test_a_calendar_that_never_opens_does_not_keep_requests_out(voirie):
    voirie.calendar = make_calendar("Fermé")
    voirie.save()
    make_policy("Heures d’ouverture", {"answer": "2 open_hours"})
    assert live(make_ticket(now=NOW, service=voirie))["answer"].due_at == at("11-23T11:00")


def test_commitments_cost_a_new_request_no_query_but_the_town(voirie, django_assert_num_queries):
    make_policy("Vite", {"answer": "10 open_hours", "acknowledge": "1 hours", "target": "3 working_days"})
    make_ticket(now=NOW, service=voirie)
    draft = Draft(channel="web", subject="Trou", body="Un trou", service=voirie)
    with django_assert_num_queries(6):  # town, ticket, clocks, message, text, event: as without any policy
        ticket_open(draft=draft, actor=None, now=NOW)
    version = Town.objects.get().commitments_version
    with django_assert_num_queries(0):
        Commitments.current(version).promise(Ticket(service=voirie, channel="web"), "answer", NOW.date())


def test_a_service_made_after_the_commitments_were_read_has_its_ancestors(voirie):
    policy = make_policy("Voirie", {"answer": "24 hours"}, service=voirie)
    make_ticket(now=NOW)
    below = make_service("eclairage", parent=voirie)
    assert live(make_ticket(now=NOW, service=below))["answer"].policy == policy


def test_a_transfer_counts_from_the_same_start_as_the_new_service_promises(voirie, agent):
    other = make_service("proprete")
    policy = make_policy("Propreté", {"answer": "24 hours", "target": "5 days"}, service=other)
    ticket = make_ticket(now=NOW, service=voirie)
    ticket_transfer(ticket=ticket, service=other, reason="Dépôt", actor=agent, now=NOW + timedelta(hours=2))
    assert answer_due(ticket) == NOW + timedelta(hours=24) == ticket.next_due_at
    assert live(ticket)["target"].policy == policy  # promised there, so it starts, from the reception
    assert live(ticket)["target"].started_at == NOW


def test_priority_and_type_count_again_from_the_same_start(voirie, agent):
    make_policy("Urgent", {"answer": "4 hours"}, priority=4)
    kind = make_type("nid-de-poule", voirie, target=24, target_unit="hours")
    ticket = make_ticket(now=NOW, service=voirie)
    ticket_prioritise(ticket=ticket, priority=4, actor=agent, now=NOW + timedelta(hours=1))
    assert answer_due(ticket) == NOW + timedelta(hours=4)
    ticket_classify(ticket=ticket, request_type=kind, actor=agent, now=NOW + timedelta(hours=2))
    assert live(ticket)["target"].due_at == NOW + timedelta(hours=24)
    ticket_classify(ticket=ticket, request_type=None, actor=agent, now=NOW + timedelta(hours=2))
    assert "target" not in live(ticket)
    ticket_classify(ticket=ticket, request_type=kind, actor=agent, now=NOW + timedelta(hours=3))
    assert live(ticket)["target"].due_at == NOW + timedelta(hours=24)
    ticket_prioritise(ticket=ticket, priority=2, actor=agent, now=NOW + timedelta(hours=3))
    assert answer_due(ticket) == NOW + timedelta(hours=72)
    assert list(ticket.events.filter(kind="priority").values_list("data", flat=True)) == [
        {"former": 2, "current": 4},
        {"former": 4, "current": 2},
    ]


def test_priority_is_for_those_who_work_there_on_open_tickets(voirie, agent):
    ticket = make_ticket(now=NOW, service=voirie)
    with pytest.raises(NotAllowed):
        ticket_prioritise(ticket=ticket, priority=4, actor=make_agent(("back_office", make_service("rh"))), now=NOW)
    with pytest.raises(Invalid):
        ticket_prioritise(ticket=ticket, priority=9, actor=agent, now=NOW)
    ticket_close(ticket=ticket, actor=agent, now=NOW, reason="Par téléphone")
    with pytest.raises(Conflict):
        ticket_prioritise(ticket=ticket, priority=4, actor=agent, now=NOW)


def test_a_shorter_promise_that_is_already_late_escalates_once(voirie, agent):
    make_policy("Urgent", {"answer": "4 hours"}, priority=4)
    ticket = make_ticket(now=NOW, service=voirie)
    ticket_prioritise(ticket=ticket, priority=4, actor=agent, now=NOW + timedelta(hours=71))
    clock = live(ticket)["answer"]
    steps = {step.number: step.name for step in Commitments.load().steps("answer", clock.policy_id)}
    assert [steps[number] for number in set(steps) - set(clock.taken)] == ["late_manager"]  # the worst, and no other


def test_a_written_request_is_acknowledged_by_its_acknowledgement_or_by_the_first_reply(voirie, agent):
    make_policy("Accusés", {"acknowledge": "1 hours"})
    ticket, other = make_ticket(now=NOW, service=voirie), make_ticket(now=NOW, service=voirie, routed=False)
    locked = Ticket.objects.select_for_update().get(pk=other.pk)
    clock_acknowledged(locked, now=NOW + timedelta(minutes=61))
    assert other.deadlines.get(kind="acknowledge").state == "missed"
    other.refresh_from_db()
    assert other.next_due_at == NOW + timedelta(hours=72)
    reply_send(ticket=ticket, actor=agent, body="Vu.", now=NOW + timedelta(minutes=30), then="open")
    assert ticket.deadlines.get(kind="acknowledge").state == "met"


@pytest.mark.parametrize("channel", ["phone", "counter"])
def test_what_an_agent_hears_is_acknowledged_at_once(channel, voirie):
    make_policy("Accusés", {"acknowledge": "1 hours"})
    ticket = make_ticket(now=NOW, service=voirie, channel=channel)
    clock = ticket.deadlines.get(kind="acknowledge")
    assert (clock.state, clock.stopped_at) == ("met", NOW)
    assert ticket.next_due_at == NOW + timedelta(hours=72)


def test_no_acknowledgement_is_promised_without_a_policy(voirie):
    assert set(live(make_ticket(now=NOW, service=voirie))) == {"answer"}


def test_a_reopened_ticket_promises_again_from_then_and_escalates_from_scratch(voirie, agent):
    kind = make_type("nid-de-poule", voirie, target=24, target_unit="hours")
    ticket = make_ticket(now=NOW, service=voirie, request_type=kind)
    Ticket.objects.filter(pk=ticket.pk).update(escalation_level=3)
    ticket_close(ticket=ticket, actor=agent, now=NOW + timedelta(days=10), reason="Réparé")
    assert not live(ticket)
    again = NOW + timedelta(days=30)
    ticket_reopen(ticket=ticket, actor=agent, now=again)
    clocks = live(ticket)
    ticket.refresh_from_db()
    assert ticket.escalation_level == 0
    assert answer_due(ticket) == again + timedelta(hours=72)
    assert clocks["target"].due_at == again + timedelta(hours=24)
    assert all(clock.next_step_at > again and clock.cycle == 2 for clock in clocks.values())
    message_receive(ticket=ticket, incoming=Incoming(channel="email", body="Alors ?"), now=again)
    assert set(live(ticket)) == {"answer", "target"}


def test_a_target_that_still_runs_is_not_started_again_by_a_reopening(voirie, agent):
    kind = make_type("permis", voirie, target=40, target_unit="days")
    ticket = make_ticket(now=NOW, service=voirie, request_type=kind)
    reply_send(ticket=ticket, actor=agent, body="Il manque…", now=NOW, then="open")
    before = live(ticket)["target"].pk
    ticket_transfer(ticket=ticket, service=make_service("urbanisme"), reason="Là-bas", actor=agent, now=NOW)
    assert live(ticket)["target"].pk == before


def test_a_policy_may_have_its_own_escalation(voirie):
    chief = make_agent(("manager", voirie))
    policy = make_policy("Élus", {"answer": "10 hours"}, channel="post")
    EscalationStep.objects.create(
        policy=policy, kind="answer", number=21, offset=50, offset_unit="percent", audience="agent", agent=chief
    )
    version_bump()
    ticket = make_ticket(now=NOW, service=voirie, channel="post")
    assert live(ticket)["answer"].next_step_at == NOW + timedelta(hours=5)
    assert live(make_ticket(now=NOW, service=voirie))["answer"].next_step_at == NOW + timedelta(hours=48)


def test_the_promise_is_kept_with_the_clock_to_be_explained_later(voirie):
    policy = make_policy("Vite", {"answer": "3 working_days"}, pauses=False)
    ticket = make_ticket(now=NOW, service=voirie)
    SlaTarget.objects.filter(policy=policy).update(amount=9)
    SlaPolicy.objects.filter(pk=policy.pk).update(name="Autre")
    clock = live(ticket)["answer"]
    assert (clock.amount, clock.unit, clock.pauses) == (3, "working_days", False)
    assert "26 novembre" in OutboundMessage.objects.get().body  # and the citizen was told that day
