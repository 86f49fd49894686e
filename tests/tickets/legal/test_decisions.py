"""Decisions, withdrawals and what may be asked after a silence: who may, when, and why not."""

from typing import Any

import pytest

from core.errors import Conflict, Invalid, NotAllowed
from directory.models import Agent, Service, Town
from notifications.models import OutboundMessage
from tests.support.factories import make_agent, make_service
from tests.tickets.legal.support import at, fresh, legal_states, make_request, on, sweep, town_hall
from tickets.actions.clocks.quiet import tickets_close_quiet
from tickets.actions.legal.decisions import Verdict, decision_record, withdrawal_record
from tickets.actions.legal.pieces import Piece, pieces_ask, pieces_receive
from tickets.actions.legal.requests import attestation_ask, attestation_give, reasons_ask, reasons_give
from tickets.actions.legal.transmission import Administration, transmission_receive, transmission_send
from tickets.actions.messages import reply_send
from tickets.actions.processing import ticket_close
from tickets.models import Letter, Ticket
from tickets.selectors.appeals import appeal_of
from tickets.selectors.legal import standing_of
from tickets.selectors.queues import queue_counts, queue_tickets

pytestmark = pytest.mark.django_db
REFUSAL = Verdict("refused", on("2026-04-01"), reasons="Le terrain est inondable.")


@pytest.fixture
def service() -> Service:
    return town_hall()[0]


@pytest.fixture
def agent(service: Service) -> Agent:
    return make_agent(("back_office", service), title="Instructrice")


def accepted_by_silence(service: Service) -> Ticket:
    """Accepted since 3 May 2026."""
    ticket = make_request("SVA", "2026-03-02", service)
    sweep("2026-05-03")
    return fresh(ticket)


def refused_by_silence(service: Service) -> Ticket:
    """Refused since 3 May 2026."""
    ticket = make_request("SVR", "2026-03-02", service)
    sweep("2026-05-03")
    return fresh(ticket)


def test_a_decision_in_time_means_no_implicit_one(service: Service, agent: Agent) -> None:
    ticket = make_request("SVA", "2026-03-02", service)
    decision = decision_record(ticket=ticket, actor=agent, verdict=REFUSAL, now=at("2026-04-01"))
    assert (decision.kind, decision.outcome, decision.actor) == ("express", "refused", agent)
    assert (fresh(ticket).legal_running, legal_states(ticket)) == (False, ["met"])
    sweep("2026-05-03")
    assert ticket.decisions.count() == 1
    assert ticket.events.filter(kind="decided").exists()


@pytest.mark.parametrize(
    ("verdict", "field"),
    [
        (Verdict("refused", on("2026-04-01")), "reasons"),
        (Verdict("partly", on("2026-04-01"), reasons="  "), "reasons"),
        (Verdict("accepted", on("2026-04-02")), "decided_on"),
        (Verdict("accepted", on("2026-03-01")), "decided_on"),
        (Verdict("accepted", on("2026-03-20"), notified_on=on("2026-03-19")), "notified_on"),
        (Verdict("accepted", on("2026-03-20"), notified_on=on("2026-04-02")), "notified_on"),
        (Verdict("maybe", on("2026-03-20")), "outcome"),
    ],
)
def test_a_decision_that_cannot_be_is_refused_beside_its_field(
    service: Service, agent: Agent, verdict: Verdict, field: str
) -> None:
    ticket = make_request("SVR", "2026-03-02", service)
    with pytest.raises(Invalid) as refusal:
        decision_record(ticket=ticket, actor=agent, verdict=verdict, now=at("2026-04-01"))
    assert refusal.value.field == field
    assert fresh(ticket).legal_running


def test_nothing_is_decided_where_silence_means_nothing(service: Service, agent: Agent) -> None:
    ticket = make_request("none", "2026-03-02", service)
    with pytest.raises(Conflict):
        decision_record(ticket=ticket, actor=agent, verdict=REFUSAL, now=at("2026-04-01"))


def test_a_refusal_after_an_acceptance_by_silence_needs_a_withdrawal(service: Service, agent: Agent) -> None:
    ticket = accepted_by_silence(service)
    late = Verdict("refused", on("2026-05-10"), reasons="Le terrain est inondable.")
    for outcome in ("refused", "partly", "moot"):
        with pytest.raises(Conflict, match="L242-1"):
            decision_record(
                ticket=ticket, actor=agent, verdict=Verdict(outcome, on("2026-05-10"), reasons="Non"),
                now=at("2026-05-10"),
            )  # fmt: skip
    with pytest.raises(Invalid) as refusal:
        withdrawal_record(ticket=ticket, actor=agent, reasons=" ", decided_on=on("2026-05-10"), now=at("2026-05-10"))
    assert refusal.value.field == "reasons"
    withdrawal = withdrawal_record(
        ticket=ticket, actor=agent, reasons="Zone rouge du plan de prévention.", decided_on=on("2026-05-10"),
        now=at("2026-05-10"),
    )  # fmt: skip
    assert withdrawal.withdraws is not None
    assert withdrawal.withdraws.kind == "implicit"
    decision_record(ticket=ticket, actor=agent, verdict=late, now=at("2026-05-10"))
    assert standing_of(fresh(ticket)).granted is None
    with pytest.raises(Conflict):
        withdrawal_record(ticket=ticket, actor=agent, reasons="x", decided_on=on("2026-05-11"), now=at("2026-05-11"))


def test_the_refusal_is_blocked_before_the_sweep_has_passed_too(service: Service, agent: Agent) -> None:
    ticket = make_request("SVA", "2026-03-02", service)
    verdict = Verdict("refused", on("2026-05-03"), reasons="Non")
    with pytest.raises(Conflict, match="L242-1"):
        decision_record(ticket=ticket, actor=agent, verdict=verdict, now=at("2026-05-03", 0))


def test_nothing_is_asked_for_nor_forwarded_between_the_silence_and_the_sweep(service: Service, agent: Agent) -> None:
    ticket, now = make_request("SVR", "2026-03-02", service), at("2026-05-03", 0)
    with pytest.raises(Conflict):
        pieces_ask(ticket=ticket, actor=agent, pieces=[Piece("Plan", "R431-7")], due_on=on("2026-06-01"), now=now)
    with pytest.raises(Conflict):
        transmission_send(ticket=ticket, actor=agent, to=Administration("Préfecture", "Orme"), now=now)


@pytest.mark.parametrize(("day", "possible"), [("2026-09-03", True), ("2026-09-04", False)])
def test_four_months_to_withdraw(service: Service, agent: Agent, day: str, possible: bool) -> None:
    ticket = accepted_by_silence(service)
    if possible:
        withdrawal_record(ticket=ticket, actor=agent, reasons="Illégal", decided_on=on(day), now=at(day))
        return
    with pytest.raises(Invalid, match="3 septembre 2026"):
        withdrawal_record(ticket=ticket, actor=agent, reasons="Illégal", decided_on=on(day), now=at(day))
    with pytest.raises(Conflict, match="3 septembre 2026"):
        decision_record(ticket=ticket, actor=agent, verdict=Verdict("refused", on(day), reasons="Non"), now=at(day))


def test_an_express_grant_is_withdrawn_the_same_way(service: Service, agent: Agent) -> None:
    ticket = make_request("SVR", "2026-03-02", service)
    granted = Verdict("accepted", on("2026-03-10"))
    decision_record(ticket=ticket, actor=agent, verdict=granted, now=at("2026-03-10"))
    with pytest.raises(Conflict, match="L242-1"):
        decision_record(ticket=ticket, actor=agent, verdict=REFUSAL, now=at("2026-04-01"))
    withdrawal_record(ticket=ticket, actor=agent, reasons="Faux", decided_on=on("2026-04-01"), now=at("2026-04-01"))
    assert not fresh(ticket).legal_running


def test_a_refusal_taken_and_told_in_time_but_recorded_late_undoes_the_acceptance(
    service: Service, agent: Agent
) -> None:
    ticket = accepted_by_silence(service)
    verdict = Verdict("refused", on("2026-04-28"), notified_on=on("2026-05-02"), reasons="Inondable")
    decision_record(ticket=ticket, actor=agent, verdict=verdict, now=at("2026-05-10"))
    assert ticket.decisions.get(kind="implicit").annulled_at is not None
    untold = accepted_by_silence(service)
    with pytest.raises(Conflict, match="L242-1"):
        decision_record(
            ticket=untold, actor=agent, verdict=Verdict("refused", on("2026-04-28"), reasons="Non"),
            now=at("2026-05-10"),
        )  # fmt: skip


def test_an_express_decision_replaces_a_refusal_by_silence(service: Service, agent: Agent) -> None:
    ticket = refused_by_silence(service)
    reasons_ask(ticket=ticket, actor=agent, now=at("2026-05-04"))
    decision_record(ticket=ticket, actor=agent, verdict=Verdict("accepted", on("2026-05-10")), now=at("2026-05-10"))
    standing = standing_of(fresh(ticket))
    assert standing.decision is not None
    assert (standing.decision.kind, standing.decision.outcome) == ("express", "accepted")
    assert ticket.decisions.get(kind="implicit").annulled_at is None  # it was born, and is replaced
    assert str(ticket.legal_requests.get().met_on) == "2026-05-10"
    assert ticket.deadlines.get(kind="reasons").state == "met"


def test_closing_needs_a_decision_while_the_clock_runs(service: Service, agent: Agent) -> None:
    ticket = make_request("SVR", "2026-03-02", service)
    with pytest.raises(Invalid, match="2 mai 2026") as refusal:
        ticket_close(ticket=ticket, actor=agent, now=at("2026-03-05"), reason="Par téléphone")
    assert refusal.value.field == "outcome"
    with pytest.raises(Invalid):
        reply_send(ticket=ticket, actor=agent, body="Bonjour", then="closed", now=at("2026-03-05"))
    assert not OutboundMessage.objects.filter(kind="reply").exists()
    moot = Verdict("moot", on("2026-03-05"))
    ticket_close(ticket=ticket, actor=agent, now=at("2026-03-05"), reason="Renonce", verdict=moot)
    found = fresh(ticket)
    assert (found.status, found.legal_running) == ("closed", False)
    assert legal_states(ticket) == ["met"]


def test_the_quiet_sweep_leaves_those_the_law_waits_for(service: Service, agent: Agent) -> None:
    ticket = make_request("SVR", "2026-03-02", service)
    reply_send(ticket=ticket, actor=agent, body="À l’étude", now=at("2026-03-03"))
    assert tickets_close_quiet(now=at("2026-04-10")) == 0
    sweep("2026-05-03")
    assert tickets_close_quiet(now=at("2026-06-10")) == 1
    assert fresh(ticket).status == "closed"


def test_a_reply_that_decides_is_notified_today_and_tells_the_appeals(service: Service, agent: Agent) -> None:
    ticket = make_request("SVR", "2026-03-02", service)
    reply_send(
        ticket=ticket, actor=agent, body="Le terrain est inondable.", then="closed", outcome="refused",
        now=at("2026-04-01"),
    )  # fmt: skip
    decision = ticket.decisions.get()
    assert (decision.decided_on, decision.notified_on, decision.appeals_told) == (
        on("2026-04-01"),
        on("2026-04-01"),
        True,
    )
    body = OutboundMessage.objects.get(kind="reply").body
    assert "Voies et délais de recours" in body
    assert "Tribunal administratif d’Orme" in body
    appeal = appeal_of(standing_of(fresh(ticket)))
    assert appeal is not None
    assert (str(appeal.last_day), appeal.is_opposable) == ("2026-06-02", True)


def test_a_refusal_does_not_leave_without_its_mentions(service: Service, agent: Agent) -> None:
    Town.objects.update(tribunal_name="")
    ticket = make_request("SVR", "2026-03-02", service)
    with pytest.raises(Invalid, match="Rives-sur-Orme") as refusal:
        reply_send(ticket=ticket, actor=agent, body="Non", outcome="refused", now=at("2026-04-01"))
    assert (refusal.value.code, refusal.value.field) == ("mentions_missing", "outcome")
    reply_send(ticket=ticket, actor=agent, body="Oui", outcome="accepted", now=at("2026-04-01"))
    assert ticket.decisions.get().outcome == "accepted"


def test_the_attestation_is_asked_by_the_citizen_and_given(service: Service, agent: Agent) -> None:
    ticket = accepted_by_silence(service)
    asked = attestation_ask(ticket=ticket, actor=None, now=at("2026-05-10"))
    assert ticket.messages.filter(kind="inbound", body__contains="L232-3").count() == 1
    assert attestation_ask(ticket=ticket, actor=None, now=at("2026-05-11")) == asked
    assert ticket.messages.filter(kind="inbound").count() == 2
    given = attestation_give(ticket=ticket, actor=agent, now=at("2026-05-12"))
    assert given == asked
    letter = Letter.objects.get(kind="attestation")
    assert (given.letter, str(given.met_on)) == (letter, "2026-05-12")
    assert "3 mai 2026" in letter.text


def test_nothing_is_attested_that_silence_did_not_grant(service: Service, agent: Agent) -> None:
    running = make_request("SVA", "2026-03-02", service)
    with pytest.raises(Conflict):
        attestation_ask(ticket=running, actor=None, now=at("2026-04-10"))
    with pytest.raises(Conflict):
        attestation_give(ticket=refused_by_silence(service), actor=agent, now=at("2026-05-10"))
    withdrawn = accepted_by_silence(service)
    withdrawal_record(
        ticket=withdrawn, actor=agent, reasons="Illégal", decided_on=on("2026-05-10"), now=at("2026-05-10")
    )
    with pytest.raises(Conflict, match="retirée"):
        attestation_ask(ticket=withdrawn, actor=None, now=at("2026-05-11"))


def test_reasons_are_owed_within_a_month_and_extend_the_appeal(service: Service, agent: Agent) -> None:
    ticket = refused_by_silence(service)
    before = appeal_of(standing_of(ticket))
    assert before is not None
    assert (str(before.last_day), before.is_opposable) == ("2026-07-06", True)  # 4 July is a Saturday
    asked = reasons_ask(ticket=ticket, actor=None, now=at("2026-05-31"))
    assert str(asked.due_on) == "2026-06-30"
    clock = ticket.deadlines.get(kind="reasons")
    assert (clock.state, clock.due_at.date()) == ("running", on("2026-06-30"))
    waiting = appeal_of(standing_of(fresh(ticket)))
    assert waiting is not None
    assert waiting.last_day is None
    with pytest.raises(Invalid):
        reasons_give(ticket=ticket, actor=agent, reasons="", now=at("2026-06-10"))
    reasons_give(ticket=ticket, actor=agent, reasons="Le règlement s’y oppose.", now=at("2026-06-10"))
    after = appeal_of(standing_of(fresh(ticket)))
    assert after is not None
    assert (str(after.last_day), after.is_extended) == ("2026-08-11", True)
    assert ticket.deadlines.get(kind="reasons").state == "met"
    assert Letter.objects.filter(kind="reasons").count() == 1
    with pytest.raises(Conflict):
        reasons_ask(ticket=ticket, actor=None, now=at("2026-06-20"))


def test_reasons_are_asked_within_the_appeal_delay_unless_it_cannot_be_opposed(service: Service, agent: Agent) -> None:
    told = refused_by_silence(service)
    with pytest.raises(Conflict, match="6 juillet 2026"):
        reasons_ask(ticket=told, actor=agent, now=at("2026-07-07"))
    untold = refused_by_silence(service)
    Letter.objects.filter(ticket=untold, kind="receipt").update(sent_at=None)
    assert reasons_ask(ticket=untold, actor=agent, now=at("2026-07-07")).asked_on == on("2026-07-07")


def test_pieces_are_not_asked_for_in_vain(service: Service, agent: Agent) -> None:
    ticket = make_request("SVA", "2026-03-02", service)
    plan, bare = Piece("Plan", "art. R431-7"), Piece("Facture", "")
    now, due = at("2026-03-12"), on("2026-03-31")
    for pieces, due_on, field in (([], due, "name_1"), ([plan, bare], due, "text_2"), ([plan], None, "due_on")):
        with pytest.raises(Invalid) as refusal:
            pieces_ask(ticket=ticket, actor=agent, pieces=pieces, due_on=due_on, now=now)
        assert refusal.value.field == field
    with pytest.raises(Invalid):
        pieces_ask(ticket=ticket, actor=agent, pieces=[plan], due_on=on("2026-03-12"), now=now)
    request = pieces_ask(ticket=ticket, actor=agent, pieces=[plan], due_on=due, now=now)
    for day in ("2026-03-11", "2026-03-14"):
        with pytest.raises(Invalid):
            pieces_receive(ticket=ticket, actor=agent, request=request, received_on=on(day), now=at("2026-03-13"))
    accepted = accepted_by_silence(service)
    with pytest.raises(Conflict):
        pieces_ask(ticket=accepted, actor=agent, pieces=[plan], due_on=on("2026-06-30"), now=at("2026-05-10"))


def test_forwarding_is_refused_after_a_decision_or_without_an_address(service: Service, agent: Agent) -> None:
    ticket = make_request("SVR", "2026-03-02", service)
    for to, field in (
        (Administration("", "x"), "administration"),
        (Administration("Préfecture"), "address"),
        (Administration("Préfecture", email="pas une adresse"), "email"),
    ):
        with pytest.raises(Invalid) as refusal:
            transmission_send(ticket=ticket, actor=agent, to=to, now=at("2026-03-05"))
        assert refusal.value.field == field
    with pytest.raises(Invalid):
        transmission_receive(
            ticket=ticket, actor=agent, administration="Région", first_received_on=on("2026-03-03"),
            now=at("2026-03-05"),
        )  # fmt: skip
    with pytest.raises(Conflict):
        transmission_send(
            ticket=refused_by_silence(service), actor=agent, to=Administration("Préfecture", "Orme"),
            now=at("2026-05-10"),
        )  # fmt: skip


def test_every_action_needs_the_right_to_work_on_the_ticket(service: Service) -> None:
    stranger = make_agent(("back_office", make_service("voirie")))
    ticket = accepted_by_silence(service)
    now, day = at("2026-05-10"), on("2026-05-10")
    asks: list[tuple[Any, dict[str, Any]]] = [
        (decision_record, {"verdict": REFUSAL}),
        (withdrawal_record, {"reasons": "x", "decided_on": day}),
        (pieces_ask, {"pieces": [], "due_on": day}),
        (transmission_send, {"to": Administration("x", "y")}),
        (transmission_receive, {"administration": "x", "first_received_on": day}),
        (attestation_ask, {}),
        (attestation_give, {}),
        (reasons_ask, {}),
        (reasons_give, {"reasons": "x"}),
    ]
    for action, fields in asks:
        with pytest.raises(NotAllowed):
            action(ticket=ticket, actor=stranger, now=now, **fields)


def test_the_legal_queue_holds_what_the_law_waits_for_answered_or_not(service: Service, agent: Agent) -> None:
    answered = make_request("SVR", "2026-03-02", service)
    decided = make_request("SVR", "2026-03-02", service)
    make_request("SVR", "2026-04-25", service)  # two months ahead
    waiting = make_request("SVA", "2026-03-02", service)
    pieces_ask(
        ticket=waiting, actor=agent, pieces=[Piece("Plan", "R431-7")], due_on=on("2026-06-30"), now=at("2026-04-01")
    )
    reply_send(ticket=answered, actor=agent, body="À l’étude", now=at("2026-03-03"))
    decision_record(ticket=decided, actor=agent, verdict=Verdict("accepted", on("2026-03-03")), now=at("2026-03-03"))
    now = at("2026-04-26")
    assert list(queue_tickets("legal", agent, now)) == [answered]
    assert queue_counts(agent, now)["legal"] == 1
