"""What the requester reads of the law on their request, and what they may ask for."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from directory.models import Agent, Service
from portal.legal import legal_view
from tests.portal.steps import tracked_client
from tests.support.asserts import assert_status
from tests.tickets.legal.support import at, fresh, make_request, on, sweep, town_hall
from tickets.actions.legal.decisions import Verdict, decision_record, withdrawal_record
from tickets.actions.legal.pieces import Piece, SentBefore, pieces_ask
from tickets.actions.legal.requests import reasons_give
from tickets.actions.legal.transmission import Administration, transmission_send
from tickets.models import LegalRequest, Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def hall() -> tuple[Service, Agent]:
    return town_hall()


def told(ticket: Ticket) -> str:
    view = legal_view(fresh(ticket))
    return "" if view is None else " ".join(view.sentences).replace("\xa0", " ")


def page(client: Client, ticket: Ticket) -> str:
    response = client.get(reverse("portal:ticket", args=[ticket.reference]))
    return str(assert_status(response, 200).content.decode().replace("\xa0", " "))


def test_silence_is_explained_while_the_delay_runs(hall: tuple[Service, Agent]) -> None:
    sva, svr = make_request("SVA", "2026-10-12", hall[0]), make_request("SVR", "2026-10-12", hall[0])
    assert "12 décembre 2026, elle est réputée acceptée" in told(sva)
    assert "12 décembre 2026, elle est réputée rejetée" in told(svr)
    assert "jusqu’au 12 novembre 2026" in told(make_request("RGPD", "2026-10-12", hall[0]))
    assert told(make_request("none", "2026-10-12", hall[0])) == ""


def test_the_pieces_wanted_are_listed_with_their_deadline(hall: tuple[Service, Agent]) -> None:
    ticket = make_request("SVA", "2026-03-02", hall[0])
    sent = SentBefore(on("2026-03-12"))
    pieces = [Piece("Plan de situation", "R431-7"), Piece("Photo", "R431-10")]
    pieces_ask(
        ticket=ticket, actor=hall[1], pieces=pieces, due_on=on("2026-03-31"), now=at("2026-03-20"), sent_before=sent
    )
    content = page(tracked_client(ticket), ticket)
    assert "À nous envoyer au plus tard le 31 mars 2026 :" in content
    assert "Plan de situation" in content
    assert "Votre demande est incomplète" in content
    assert "réputée acceptée le" not in content


def test_the_attestation_is_asked_once_and_told(hall: tuple[Service, Agent]) -> None:
    ticket = make_request("SVA", "2026-03-02", hall[0])
    client = tracked_client(ticket)
    assert "Demander l’attestation" not in page(client, ticket)
    sweep("2026-05-03")
    assert "Demander l’attestation" in page(client, ticket)
    url = reverse("portal:attestation", args=[ticket.reference])
    assert_status(client.post(url), 302)
    assert_status(client.post(url), 302)
    assert LegalRequest.objects.count() == 1
    content = page(client, ticket)
    assert "Vous avez demandé l’attestation le" in content
    assert "Demander l’attestation" not in content


def test_reasons_are_asked_from_the_page_and_owed_by_a_day(
    hall: tuple[Service, Agent], monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = make_request("SVR", "2026-09-02", hall[0])
    sweep("2026-11-03")
    client = tracked_client(ticket)
    content = page(client, ticket)
    assert "Votre demande est réputée rejetée depuis le 3 novembre 2026." in content
    assert "jusqu’au 4 janvier 2027" in content
    with monkeypatch.context() as patch:
        patch.setattr("portal.views.tracking.timezone.now", lambda: at("2026-11-20"))
        assert_status(client.post(reverse("portal:reasons", args=[ticket.reference])), 302)
    assert "nous vous les devons au plus tard le 20 décembre 2026" in page(client, ticket)
    reasons_give(ticket=ticket, actor=hall[1], reasons="Le PLU.", now=at("2027-01-02"))
    assert "jusqu’au 3 mars 2027" in told(ticket)


def test_without_an_acknowledgement_no_day_is_held_against_the_person(hall: tuple[Service, Agent]) -> None:
    ticket = make_request("SVR", "2026-09-02", hall[0])
    ticket.letters.update(sent_at=None)
    sweep("2026-11-03")
    assert "tribunal administratif." in told(ticket)
    assert "janvier" not in told(ticket)


def test_decisions_are_told_once_notified(hall: tuple[Service, Agent]) -> None:
    ticket = make_request("SVR", "2026-09-02", hall[0])
    decision_record(ticket=ticket, actor=hall[1], verdict=Verdict("accepted", on("2026-09-10")), now=at("2026-09-10"))
    assert told(ticket) == ""
    ticket.decisions.update(notified_on=on("2026-09-12"))
    assert told(ticket) == "La mairie a accepté votre demande le 10 septembre 2026."


def test_a_withdrawal_and_a_transmission_are_told(hall: tuple[Service, Agent]) -> None:
    service, agent = hall
    ticket = make_request("SVA", "2026-09-02", service)
    sweep("2026-11-03")
    withdrawal_record(ticket=ticket, actor=agent, reasons="x", decided_on=on("2026-11-05"), now=at("2026-11-05"))
    assert "a été retiré le 5 novembre 2026" in told(ticket)
    client = tracked_client(ticket)
    assert_status(client.post(reverse("portal:attestation", args=[ticket.reference])), 302)
    assert not LegalRequest.objects.exists()
    for regime, sentence in (
        ("SVR", "12 décembre 2026, votre demande est réputée rejetée"),
        ("SVA", "à partir du jour"),
    ):
        away = make_request(regime, "2026-10-12", service)
        to = Administration("Préfecture", address="Orme")
        transmission_send(ticket=away, actor=agent, to=to, now=at("2026-10-14"))
        assert "Préfecture" in told(away)
        assert sentence in told(away)


@pytest.mark.parametrize("name", ["attestation", "reasons"])
def test_only_the_tracking_session_may_ask(hall: tuple[Service, Agent], name: str, client: Any) -> None:
    ticket = make_request("SVA", "2026-03-02", hall[0])
    sweep("2026-05-03")
    assert_status(client.post(reverse(f"portal:{name}", args=[ticket.reference])), 404)
    assert not LegalRequest.objects.exists()
