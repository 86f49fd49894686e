"""The law's clock of a ticket: every line of domain §1 that a ticket can live."""

from datetime import datetime

import pytest

from directory.models import Agent, Service
from notifications.models import OutboundMessage
from tests.support.factories import make_type
from tests.tickets.legal.support import at, fresh, legal_clock, legal_states, make_request, on, sweep, town_hall
from tickets.actions.legal.pieces import Piece, SentBefore, pieces_ask, pieces_receive
from tickets.actions.legal.transmission import Administration, transmission_receive, transmission_send
from tickets.actions.messages import reply_send
from tickets.actions.opening import Draft
from tickets.actions.processing import ticket_classify, ticket_close, ticket_reopen
from tickets.actions.replies.first_contact import contact_answered
from tickets.actions.routing.route import ticket_route
from tickets.models import Decision, Ticket
from tickets.selectors.legal import case_of, legal_file, standing_of

pytestmark = pytest.mark.django_db
PLAN = [Piece("Plan de situation", "Code de l’urbanisme, art. R431-7")]


@pytest.fixture
def hall() -> tuple[Service, Agent]:
    return town_hall()


def dates(ticket: Ticket) -> tuple[str, str, bool]:
    found = fresh(ticket)
    return str(found.legal_due_on), str(found.legal_effective_on), found.legal_running


@pytest.mark.parametrize(
    ("received", "changes", "last", "effective"),
    [
        ("2026-11-22", {}, "2027-01-22", "2027-01-23"),
        ("2023-12-31", {}, "2024-02-29", "2024-03-01"),
        ("2024-12-31", {}, "2025-02-28", "2025-03-01"),
        ("2026-12-31", {}, "2027-02-28", "2027-03-01"),  # a Sunday: no extension
        ("2026-06-30", {}, "2026-08-30", "2026-08-31"),
        ("2026-08-31", {"delay_months": 1}, "2026-09-30", "2026-10-01"),
        ("2026-03-02", {"delay_days": 30}, "2026-04-01", "2026-04-02"),
    ],
)
def test_the_delay_runs_from_the_day_of_reception(
    hall: tuple[Service, Agent], received: str, changes: dict[str, int], last: str, effective: str
) -> None:
    ticket = make_request("SVR", received, hall[0], **changes)
    assert dates(ticket) == (last, effective, True)
    clock = legal_clock(ticket)
    assert clock is not None
    assert clock.due_at == at(effective, 0)


def test_a_request_received_after_hours_counts_from_its_local_day(hall: tuple[Service, Agent]) -> None:
    late = datetime.fromisoformat("2026-12-30T23:30:00+00:00")  # already the 31st in the town
    ticket = make_request("SVA", "2026-12-30", hall[0], received_at=late, now=late)
    assert dates(ticket)[0] == "2027-02-28"


def test_daylight_saving_moves_the_hour_and_not_the_day(hall: tuple[Service, Agent]) -> None:
    ticket = make_request("SVA", "2026-01-29", hall[0])
    clock = legal_clock(ticket)
    assert clock is not None
    assert (dates(ticket)[1], clock.due_at.isoformat()) == ("2026-03-30", "2026-03-29T22:00:00+00:00")


def test_missing_pieces_suspend_a_refusal_until_they_come(hall: tuple[Service, Agent]) -> None:
    service, agent = hall
    ticket = make_request("SVR", "2026-03-02", service)
    request = pieces_ask(ticket=ticket, actor=agent, pieces=PLAN, due_on=on("2026-03-31"), now=at("2026-03-12"))
    assert dates(ticket) == ("2026-05-21", "2026-05-22", True)  # never produced: 19 days
    assert fresh(ticket).status == "waiting"
    assert request.letter is not None
    mail = OutboundMessage.objects.get(kind="letter")
    assert "Plan de situation" in mail.body
    pieces_receive(ticket=ticket, actor=agent, request=request, received_on=on("2026-03-24"), now=at("2026-03-25"))
    assert dates(ticket) == ("2026-05-14", "2026-05-15", True)
    assert fresh(ticket).status == "open"
    assert legal_states(ticket) == ["cancelled", "cancelled", "running"]


def test_missing_pieces_start_an_acceptance_when_the_last_one_comes(hall: tuple[Service, Agent]) -> None:
    service, agent = hall
    ticket = make_request("SVA", "2026-03-02", service)
    request = pieces_ask(ticket=ticket, actor=agent, pieces=PLAN, due_on=on("2026-03-31"), now=at("2026-03-12"))
    assert dates(ticket) == ("None", "None", True)
    clock = legal_clock(ticket)
    assert clock is not None
    assert (clock.state, clock.next_step_at) == ("paused", None)
    sweep("2026-05-20")
    assert not Decision.objects.exists()
    pieces_receive(ticket=ticket, actor=agent, request=request, received_on=on("2026-03-24"), now=at("2026-05-20"))
    assert dates(ticket) == ("2026-05-24", "2026-05-25", True)
    sweep("2026-05-25")
    assert Decision.objects.get().outcome == "accepted"


def test_a_late_piece_still_starts_an_acceptance_and_changes_nothing_to_a_refusal(hall: tuple[Service, Agent]) -> None:
    service, agent = hall
    for regime, last in (("SVA", "2026-06-20"), ("SVR", "2026-05-21")):
        ticket = make_request(regime, "2026-03-02", service)
        request = pieces_ask(ticket=ticket, actor=agent, pieces=PLAN, due_on=on("2026-03-31"), now=at("2026-03-12"))
        pieces_receive(ticket=ticket, actor=agent, request=request, received_on=on("2026-04-20"), now=at("2026-04-20"))
        assert dates(ticket)[0] == last


def test_a_second_letter_waits_for_both(hall: tuple[Service, Agent]) -> None:
    service, agent = hall
    ticket = make_request("SVA", "2026-03-02", service)
    first = pieces_ask(ticket=ticket, actor=agent, pieces=PLAN, due_on=on("2026-03-31"), now=at("2026-03-12"))
    second = pieces_ask(ticket=ticket, actor=agent, pieces=PLAN, due_on=on("2026-04-10"), now=at("2026-03-20"))
    pieces_receive(ticket=ticket, actor=agent, request=second, received_on=on("2026-03-22"), now=at("2026-03-22"))
    assert dates(ticket)[0] == "None"
    assert fresh(ticket).status == "waiting"
    pieces_receive(ticket=ticket, actor=agent, request=first, received_on=on("2026-03-30"), now=at("2026-03-30"))
    assert dates(ticket)[0] == "2026-05-30"


@pytest.mark.parametrize(
    ("pieces", "due"),
    [(PLAN, None), ([], on("2026-03-31")), ([Piece("Facture", "")], on("2026-03-31"))],
    ids=["no deadline", "no list", "no text"],
)
def test_a_letter_that_l114_5_gives_no_effect_is_recorded_and_moves_nothing(
    hall: tuple[Service, Agent], pieces: list[Piece], due: object
) -> None:
    service, agent = hall
    ticket = make_request("SVA", "2026-03-02", service)
    pieces_ask(
        ticket=ticket,
        actor=agent,
        pieces=pieces,
        due_on=due,  # type: ignore[arg-type]
        now=at("2026-03-20"),
        sent_before=SentBefore(on("2026-03-12")),
    )
    assert dates(ticket) == ("2026-05-02", "2026-05-03", True)
    assert legal_states(ticket) == ["running"]


def test_a_request_received_from_another_administration(hall: tuple[Service, Agent]) -> None:
    """SVR from the first reception, SVA from ours (L114-3)."""
    service, agent = hall
    for regime, last in (("SVR", "2026-05-02"), ("SVA", "2026-05-09")):
        ticket = make_request(regime, "2026-03-09", service)
        transmission_receive(
            ticket=ticket, actor=agent, administration="Préfecture", first_received_on=on("2026-03-02"),
            now=at("2026-03-10"),
        )  # fmt: skip
        assert dates(ticket)[0] == last


def test_two_transfers_count_from_the_first_and_the_last(hall: tuple[Service, Agent]) -> None:
    service, agent = hall
    for regime, last in (("SVR", "2026-04-20"), ("SVA", "2026-05-09")):
        ticket = make_request(regime, "2026-03-09", service)
        for name, first in (("Préfecture", "2026-03-02"), ("Région", "2026-02-20")):
            transmission_receive(
                ticket=ticket, actor=agent, administration=name, first_received_on=on(first), now=at("2026-03-10")
            )
        assert dates(ticket)[0] == last


def test_a_delay_already_over_before_the_transfer(hall: tuple[Service, Agent]) -> None:
    """The refusal is born at once when SVR had elapsed elsewhere; the acceptance starts afresh here."""
    service, agent = hall
    for regime, born in (("SVR", "2026-03-03"), ("SVA", None)):
        ticket = make_request(regime, "2026-04-09", service)
        transmission_receive(
            ticket=ticket, actor=agent, administration="Préfecture", first_received_on=on("2026-01-02"),
            now=at("2026-04-10"),
        )  # fmt: skip
        sweep("2026-04-10", 11)
        found = ticket.decisions.first()
        assert (str(found.decided_on) if found else None) == born


def test_forwarding_stops_our_clock_and_keeps_the_citizen_s_dates(hall: tuple[Service, Agent]) -> None:
    service, agent = hall
    for regime, last in (("SVR", "2026-05-02"), ("SVA", "2026-05-09")):
        ticket = make_request(regime, "2026-03-02", service)
        transmission_send(
            ticket=ticket, actor=agent, to=Administration("Préfecture de l’Orme", email="pref@orme.example"),
            now=at("2026-03-09"),
        )  # fmt: skip
        found = fresh(ticket)
        assert (found.legal_running, found.legal_due_on, found.status) == (False, None, "answered")
        assert str(standing_of(found).last_day) == last
        assert legal_states(ticket) == ["cancelled"]
        letters = OutboundMessage.objects.filter(ticket_reference=ticket.reference, kind="letter").order_by("id")
        forwarded, told = letters
        assert (forwarded.to_address, told.to_address) == ("pref@orme.example", "claire@example.org")
        assert "Lampadaire" in forwarded.body


def test_a_request_that_comes_back_runs_again(hall: tuple[Service, Agent]) -> None:
    service, agent = hall
    ticket = make_request("SVA", "2026-03-02", service)
    transmission_send(ticket=ticket, actor=agent, to=Administration("Région", address="Lyon"), now=at("2026-03-05"))
    assert standing_of(fresh(ticket)).last_day is None  # nobody knows when they receive it
    transmission_receive(
        ticket=ticket, actor=agent, administration="Région", first_received_on=on("2026-03-02"),
        received_on=on("2026-03-20"), now=at("2026-03-20"),
    )  # fmt: skip
    assert dates(ticket) == ("2026-05-20", "2026-05-21", True)


def test_another_regime_is_the_same_facts_counted_again(hall: tuple[Service, Agent]) -> None:
    service, agent = hall
    ticket = make_request("SVA", "2026-03-02", service)
    pieces_ask(ticket=ticket, actor=agent, pieces=PLAN, due_on=on("2026-03-31"), now=at("2026-03-12"))
    svr = make_type("refus", service, regime="SVR", delay_months=2)
    ticket_classify(ticket=ticket, request_type=svr, actor=agent, now=at("2026-03-15"))
    assert dates(ticket) == ("2026-05-21", "2026-05-22", True)
    ticket_classify(ticket=ticket, request_type=None, actor=agent, now=at("2026-03-16"))
    assert dates(ticket) == ("None", "None", False)
    assert legal_clock(ticket) is None
    ticket_classify(ticket=ticket, request_type=svr, actor=agent, now=at("2026-03-17"))
    assert dates(ticket) == ("2026-05-21", "2026-05-22", True)


def test_an_implicit_decision_that_no_longer_stands_is_annulled_and_told(hall: tuple[Service, Agent]) -> None:
    """A letter for pieces that was sent in time and recorded after the silence: the decision was never born."""
    service, agent = hall
    ticket = make_request("SVA", "2026-03-02", service)
    sweep("2026-05-03")
    decision = Decision.objects.get()
    assert (str(decision.decided_on), fresh(ticket).legal_running) == ("2026-05-03", False)
    request = pieces_ask(
        ticket=ticket, actor=agent, pieces=PLAN, due_on=on("2026-04-30"), now=at("2026-05-10"),
        sent_before=SentBefore(on("2026-03-12")),
    )  # fmt: skip
    decision.refresh_from_db()
    assert decision.annulled_at == at("2026-05-10")
    event = ticket.events.filter(kind="implicit_decision").last()
    assert event is not None
    assert event.data["annulled"] is True
    pieces_receive(ticket=ticket, actor=agent, request=request, received_on=on("2026-03-20"), now=at("2026-05-10"))
    assert dates(ticket) == ("2026-05-20", "2026-05-21", True)
    sweep("2026-05-21")
    assert [str(each.decided_on) for each in Decision.objects.filter(annulled_at=None)] == ["2026-05-21"]


def test_a_refusal_becomes_an_acceptance_when_the_type_was_wrong(hall: tuple[Service, Agent]) -> None:
    service, agent = hall
    ticket = make_request("SVR", "2026-03-02", service)
    sweep("2026-05-03")
    sva = make_type("accord", service, regime="SVA", delay_months=2)
    ticket_classify(ticket=ticket, request_type=sva, actor=agent, now=at("2026-05-04"))
    sweep("2026-05-04", 12)
    standing = Decision.objects.get(annulled_at=None)
    assert (standing.outcome, str(standing.decided_on)) == ("accepted", "2026-05-03")
    assert Decision.objects.filter(annulled_at__isnull=False).count() == 1


def test_the_month_of_the_rgpd_is_counted_and_decides_nothing(hall: tuple[Service, Agent]) -> None:
    service, _agent = hall
    ticket = make_request("RGPD", "2026-08-31", service)
    assert dates(ticket)[0] == "2026-09-30"
    sweep("2026-10-01")
    assert not Decision.objects.exists()
    assert fresh(ticket).legal_running


def test_a_request_answered_on_the_spot_starts_no_legal_clock(hall: tuple[Service, Agent]) -> None:
    service, agent = hall
    kind = make_type("permis", service, regime="SVR", delay_months=2)
    draft = Draft(channel="phone", subject="Permis", body="Où en est mon permis ?", request_type=kind)
    ticket = contact_answered(draft=draft, actor=agent, now=at("2026-03-02"), answer="Il est prêt.")
    ticket_route(ticket_id=ticket.pk, now=at("2026-03-02"))
    found = fresh(ticket)
    assert (found.status, found.legal_running, found.legal_regime) == ("closed", False, "")
    assert legal_states(ticket) == []


def test_an_answer_is_not_a_decision(hall: tuple[Service, Agent]) -> None:
    service, agent = hall
    ticket = make_request("SVR", "2026-03-02", service)
    reply_send(ticket=ticket, actor=agent, body="Nous instruisons votre demande.", now=at("2026-03-05"))
    assert fresh(ticket).status == "answered"
    assert dates(ticket) == ("2026-05-02", "2026-05-03", True)
    sweep("2026-05-03")
    assert Decision.objects.get().kind == "implicit"


def test_cancelling_stops_the_clock_and_reopening_counts_it_again(hall: tuple[Service, Agent]) -> None:
    service, agent = hall
    ticket = make_request("SVR", "2026-03-02", service)
    ticket_close(ticket=ticket, actor=agent, now=at("2026-03-03"), cancel=True, reason="Doublon")
    assert (fresh(ticket).legal_running, legal_clock(ticket)) == (False, None)
    ticket_reopen(ticket=ticket, actor=agent, now=at("2026-03-10"))
    assert dates(ticket) == ("2026-05-02", "2026-05-03", True)
    assert legal_clock(ticket) is not None


def test_the_file_is_one_query_and_the_case_another_none(
    hall: tuple[Service, Agent], django_assert_num_queries: object
) -> None:
    service, agent = hall
    ticket = make_request("SVR", "2026-03-02", service)
    pieces_ask(ticket=ticket, actor=agent, pieces=PLAN, due_on=on("2026-03-31"), now=at("2026-03-12"))
    found = fresh(ticket)
    with django_assert_num_queries(1):  # type: ignore[operator]
        file = legal_file(found)
        case = case_of(found, file)
    assert case is not None
    assert [letter.asked_on for letter in case.letters] == [on("2026-03-12")]
