"""The law on the ticket page: the card, its panels, the reply that decides, the close that must."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from directory.models import Agent, Service
from tests.support.asserts import assert_status
from tests.support.factories import make_agent, make_service
from tests.tickets.legal.support import CLAIRE, at, fresh, make_request, on, sweep, town_hall
from tickets.actions.legal.decisions import Verdict, decision_record, withdrawal_record
from tickets.actions.legal.pieces import Piece, pieces_ask, pieces_receive
from tickets.actions.legal.requests import attestation_give, reasons_ask, reasons_give
from tickets.actions.legal.transmission import Administration, transmission_receive, transmission_send
from tickets.models import Decision, PieceRequest, Ticket, Transmission
from tickets.views.legal_panels import LEGAL_PANELS

pytestmark = pytest.mark.django_db
PLAN = Piece("Plan de situation", "Code de l’urbanisme, art. R431-7")


@pytest.fixture
def hall() -> tuple[Service, Agent]:
    return town_hall()


def address(ticket: Ticket, name: str = "detail") -> str:
    return reverse(f"tickets:{name}", args=[ticket.reference])


def days_ago(days: int) -> str:
    return f"{timezone.localdate() - timedelta(days):%Y-%m-%d}"


def words(response: Any, status: int) -> str:
    """The page answered with that status, its spaces as one types them."""
    return str(assert_status(response, status).content.decode().replace("\xa0", " "))


def card(client: Client, ticket: Ticket) -> str:
    """The text of the card « La loi »."""
    page = assert_status(client.get(address(ticket)), 200).content.decode().replace("\xa0", " ")
    return page.split('class="stack stack--3 law"')[1].split("</section>")[0]


def test_the_card_says_what_silence_means_until_when_and_why(hall: tuple[Service, Agent], client_of: Any) -> None:
    service, agent = hall
    ticket = make_request("SVR", "2026-10-12", service)
    page = assert_status(client_of(agent).get(address(ticket)), 200).content.decode().replace("\xa0", " ")
    for words in (
        "Le silence vaut refus (article L231-4 du CRPA)",
        "Dernier jour pour décider : 12 décembre 2026, jusqu’à minuit.",
        "Sans décision, la demande est refusée le 13 décembre 2026.",
        "Accusé de réception envoyé le",
        "Le calcul, étape par étape",
        "CRPA, art. L231-4",
        "chip--legal",
    ):
        assert words in page


def test_each_state_of_the_law_is_told_in_words(hall: tuple[Service, Agent], client_of: Any) -> None:
    service, agent = hall
    client = client_of(agent)
    waiting = make_request("SVA", "2026-03-02", service)
    pieces_ask(ticket=waiting, actor=agent, pieces=[PLAN], due_on=on("2026-03-31"), now=at("2026-03-12"))
    accepted, refused = make_request("SVA", "2026-03-02", service), make_request("SVR", "2026-03-02", service)
    sweep("2026-05-03")
    withdrawn = make_request("SVA", "2026-03-02", service)
    sweep("2026-05-03", 8)
    withdrawal_record(
        ticket=withdrawn, actor=agent, reasons="Zone rouge", decided_on=on("2026-05-10"), now=at("2026-05-10")
    )
    away = make_request("SVA", "2026-03-02", service)
    transmission_send(ticket=away, actor=agent, to=Administration("Préfecture", "Orme"), now=at("2026-03-05"))
    rgpd = make_request("RGPD", "2026-08-31", service)
    told = {
        waiting: ("En attente de pièces", "Plan de situation — attendues au plus tard le 31 mars 2026"),
        accepted: ("Acceptée par le silence depuis le 3 mai 2026", "jusqu’au 3 septembre 2026 (L242-1)", "Attestation"),
        refused: ("Refusée par le silence depuis le 3 mai 2026", "Recours possible jusqu’au 6 juillet 2026."),
        withdrawn: ("a été retiré le 10 mai 2026", "Zone rouge"),
        away: ("Transmise à Préfecture", "à partir du jour où cette administration reçoit la demande"),
        rgpd: ("RGPD, article 12", "le silence ne décide rien"),
    }
    for ticket, sentences in told.items():
        page = card(client, ticket)
        for sentence in sentences:
            assert sentence in page, (ticket.legal_regime, sentence)
    Ticket.objects.get(pk=refused.pk).letters.update(sent_at=None)
    assert "délais de recours sont inopposables" in card(client, refused)


def test_the_page_stays_within_fifteen_queries(hall: tuple[Service, Agent], client_of: Any) -> None:
    service, agent = hall
    ticket = make_request("SVR", "2026-03-02", service)
    request = pieces_ask(ticket=ticket, actor=agent, pieces=[PLAN], due_on=on("2026-03-31"), now=at("2026-03-12"))
    pieces_receive(ticket=ticket, actor=agent, request=request, received_on=on("2026-03-24"), now=at("2026-03-24"))
    transmission_receive(
        ticket=ticket, actor=agent, administration="Région", first_received_on=on("2026-02-20"), now=at("2026-03-25")
    )
    sweep("2026-06-03")
    reasons_ask(ticket=ticket, actor=None, now=at("2026-06-04"))
    client = client_of(agent)
    client.get(address(ticket))  # the first page of a process reads the commitments once
    with CaptureQueriesContext(connection) as queries:
        assert_status(client.get(address(ticket)), 200)
    assert len(queries) <= 15, "\n".join(query["sql"][:120] for query in queries)


def test_missing_pieces_are_asked_for_from_the_page(hall: tuple[Service, Agent], client_of: Any) -> None:
    service, agent = hall
    client = client_of(agent)
    now = timezone.now()
    ticket = make_request("SVA", days_ago(0), service, now=now, received_at=now)
    form = assert_status(client.get(address(ticket, "pieces_ask")), 200).content.decode().replace("\xa0", " ")
    assert "Texte en vigueur qui l’exige" in form
    day = timezone.localdate().replace(year=timezone.localdate().year + 1)
    fields = {"name_1": "Plan", "text_1": "R431-7", "name_2": "Photo", "way": "email", "due_on": f"{day:%Y-%m-%d}"}
    refused = (
        assert_status(client.post(address(ticket, "pieces_ask"), fields), 422).content.decode().replace("\xa0", " ")
    )
    assert "Indiquez le texte qui exige « Photo »" in refused
    assert 'value="Plan"' in refused
    assert not PieceRequest.objects.exists()
    assert_status(client.post(address(ticket, "pieces_ask"), fields | {"text_2": "R431-10"}), 302)
    request = PieceRequest.objects.get()
    assert [piece["name"] for piece in request.pieces] == ["Plan", "Photo"]
    assert fresh(ticket).status == "waiting"
    received = {"request": request.pk, "received_on": f"{timezone.localdate():%Y-%m-%d}"}
    assert_status(client.post(address(ticket, "pieces_receive"), received), 302)
    assert fresh(ticket).status == "open"


def test_a_letter_that_left_before_is_only_recorded(hall: tuple[Service, Agent], client_of: Any) -> None:
    service, agent = hall
    client = client_of(agent)
    ticket = make_request("SVR", "2026-03-02", service)
    fields = {"name_1": "Plan", "text_1": "R431-7", "way": "before", "due_on": "2026-03-31"}
    assert_status(client.post(address(ticket, "pieces_ask"), fields), 422)
    assert_status(client.post(address(ticket, "pieces_ask"), fields | {"asked_on": "2026-03-12"}), 302)
    assert not ticket.letters.filter(kind="incomplete").exists()
    assert str(fresh(ticket).legal_due_on) == "2026-05-21"


def test_a_letter_on_paper_keeps_the_address(hall: tuple[Service, Agent], client_of: Any) -> None:
    service, agent = hall
    client = client_of(agent)
    ticket = make_request("SVA", days_ago(10), service)
    fields = {"name_1": "Plan", "text_1": "R431-7", "way": "paper", "due_on": f"{timezone.localdate() + timedelta(30)}"}
    ticket.requester.address = ""  # type: ignore[union-attr]
    assert_status(client.post(address(ticket, "pieces_ask"), fields), 422)
    assert_status(client.post(address(ticket, "pieces_ask"), fields | {"postal_address": "1 rue Haute, Orme"}), 302)
    assert fresh(ticket).requester.address == "1 rue Haute, Orme"  # type: ignore[union-attr]
    assert ticket.letters.get(kind="incomplete").by_email is False


def test_a_transmission_and_its_return_from_the_page(hall: tuple[Service, Agent], client_of: Any) -> None:
    service, agent = hall
    client = client_of(agent)
    ticket = make_request("SVR", days_ago(10), service)
    fields = {"administration": "Préfecture", "email": "pref@orme.example", "address": "", "way": "email"}
    assert_status(client.post(address(ticket, "transmit"), fields), 302)
    assert not fresh(ticket).legal_running
    back = assert_status(client.get(address(ticket, "transmitted")), 200).content.decode().replace("\xa0", " ")
    assert 'value="Préfecture"' in back
    fields = {"administration": "Préfecture", "first_received_on": days_ago(10), "received_on": days_ago(0)}
    assert_status(client.post(address(ticket, "transmitted"), fields), 302)
    assert fresh(ticket).legal_running
    assert Transmission.objects.count() == 2


def test_a_decision_a_withdrawal_and_an_attestation_from_the_page(hall: tuple[Service, Agent], client_of: Any) -> None:
    service, agent = hall
    client = client_of(agent)
    ticket = make_request("SVA", "2026-09-02", service)
    sweep("2026-11-03")
    fields = {"outcome": "refused", "decided_on": "2026-11-10", "reasons": "Inondable"}
    blocked = client.post(address(ticket, "decide"), fields)
    assert_status(blocked, 409)
    assert "article L242-1 du CRPA" in blocked.content.decode().replace("\xa0", " ")
    assert "Inondable" in blocked.content.decode().replace("\xa0", " ")
    assert_status(client.post(address(ticket, "attest"), {"asked_on": "2026-11-05", "way": "email"}), 302)
    assert ticket.letters.filter(kind="attestation").count() == 1
    assert_status(client.post(address(ticket, "withdraw"), {"reasons": "", "decided_on": "2026-11-10"}), 422)
    assert_status(client.post(address(ticket, "withdraw"), {"reasons": "Illégal", "decided_on": "2026-11-10"}), 302)
    assert_status(client.post(address(ticket, "decide"), fields), 302)
    assert list(Decision.objects.order_by("pk").values_list("kind", flat=True)) == ["implicit", "withdrawal", "express"]


def test_reasons_are_asked_and_given_from_the_page(hall: tuple[Service, Agent], client_of: Any) -> None:
    service, agent = hall
    client = client_of(agent)
    ticket = make_request("SVR", "2026-09-02", service)
    sweep("2026-11-03")
    assert_status(client.post(address(ticket, "reasons_ask"), {"asked_on": "2026-11-05"}), 302)
    assert "Motifs demandés le 5 novembre 2026" in card(client, ticket)
    assert_status(client.post(address(ticket, "reasons_give"), {"reasons": "Le PLU.", "way": "email"}), 302)
    assert ticket.letters.get(kind="reasons").text.count("Le PLU.") == 1


def test_a_reply_decides_only_when_it_says_so(hall: tuple[Service, Agent], client_of: Any) -> None:
    service, agent = hall
    client = client_of(agent)
    ticket = make_request("SVR", "2026-10-12", service)
    assert "Cette réponse contient une décision" in client.get(address(ticket)).content.decode().replace("\xa0", " ")
    reply = {"body": "Votre terrain est inondable.", "then": "closed", "outcome": ""}
    refused = assert_status(client.post(address(ticket, "reply"), reply), 422).content.decode().replace("\xa0", " ")
    assert "clôturer demande une décision" in refused
    assert "Votre terrain est inondable." in refused
    assert_status(client.post(address(ticket, "reply"), reply | {"outcome": "refused"}), 302)
    assert fresh(ticket).status == "closed"
    assert ticket.decisions.get().reasons == "Votre terrain est inondable."


def test_closing_asks_for_the_decision_while_the_law_waits(hall: tuple[Service, Agent], client_of: Any) -> None:
    service, agent = hall
    client = client_of(agent)
    ticket = make_request("SVR", "2026-10-12", service)
    refused = (
        assert_status(client.post(address(ticket, "close"), {"reason": "Par téléphone"}), 422)
        .content.decode()
        .replace("\xa0", " ")
    )
    assert "clôturer demande une décision" in refused
    assert "Par téléphone" in refused
    assert_status(client.post(address(ticket, "close"), {"reason": "Renonce", "outcome": "moot"}), 302)
    assert ticket.decisions.get().outcome == "moot"
    plain = make_request("none", "2026-10-12", service)
    assert "Qu’a-t-il été décidé" not in client.get(address(plain, "close")).content.decode().replace("\xa0", " ")
    assert_status(client.post(address(plain, "close"), {"reason": "Par téléphone"}), 302)


def test_the_timeline_tells_it_all(hall: tuple[Service, Agent], client_of: Any) -> None:
    service, agent = hall
    ticket = make_request("SVA", "2026-03-02", service)
    request = pieces_ask(ticket=ticket, actor=agent, pieces=[PLAN], due_on=on("2026-03-31"), now=at("2026-03-02", 12))
    pieces_receive(ticket=ticket, actor=agent, request=request, received_on=on("2026-03-02"), now=at("2026-03-02", 13))
    sweep("2026-05-03")
    attestation_give(ticket=ticket, actor=agent, now=at("2026-05-04"))
    withdrawal_record(ticket=ticket, actor=agent, reasons="x", decided_on=on("2026-05-05"), now=at("2026-05-05"))
    refusal = Verdict("refused", on("2026-05-06"), notified_on=on("2026-05-06"), reasons="Non")
    decision_record(ticket=ticket, actor=agent, verdict=refusal, now=at("2026-05-06"))
    page = client_of(agent).get(address(ticket)).content.decode().replace("\xa0", " ")
    for sentence in (
        "Pièces manquantes demandées, pour le 31 mars 2026",
        "Pièces manquantes reçues le 2 mars 2026",
        "Attestation demandée le 4 mai 2026",
        "Ce qui avait été accordé le 3 mai 2026 est retiré",
        "Décision du 6 mai 2026 : refusée",
    ):
        assert sentence in page, sentence


@pytest.mark.parametrize("name", sorted(LEGAL_PANELS))
def test_the_panels_open_for_those_who_work_on_the_ticket_only(
    hall: tuple[Service, Agent], client_of: Any, name: str
) -> None:
    service, agent = hall
    ticket = make_request("SVR", "2026-10-12", service)
    url = address(ticket, name)
    assert_status(client_of(agent).get(url), 200)
    stranger = make_agent(("back_office", make_service("voirie")))
    assert_status(client_of(stranger).get(url), 404)
    assert_status(client_of(stranger).post(url), 404)
    assert Client().get(url).status_code == 302


def test_the_month_of_the_rgpd_never_speaks_of_a_refusal(hall: tuple[Service, Agent], client_of: Any) -> None:
    service, agent = hall
    ticket = make_request("RGPD", "2026-08-31", service)
    late = Verdict("refused", on("2026-11-05"), reasons="Données nécessaires au service.")
    decision_record(ticket=ticket, actor=agent, verdict=late, now=at("2026-11-05"))
    page = card(client_of(agent), ticket)
    assert "Sans réponse à la fin du 30 septembre 2026" in page
    assert "refusée le 1" not in page
    assert "refus implicite" not in page


def test_reasons_given_are_told_with_the_extended_appeal(hall: tuple[Service, Agent], client_of: Any) -> None:
    service, agent = hall
    ticket = make_request("SVR", "2026-03-02", service)
    sweep("2026-05-03")
    reasons_ask(ticket=ticket, actor=agent, now=at("2026-05-31"))
    assert "Dus au plus tard le 30 juin 2026" in card(client_of(agent), ticket)
    reasons_give(ticket=ticket, actor=agent, reasons="Le PLU.", now=at("2026-06-10"))
    assert "Recours possible jusqu’au 11 août 2026." in card(client_of(agent), ticket)
    assert ticket.requester is not None
    assert ticket.requester.display_name == CLAIRE.name
