"""The law in a real browser: pieces asked for, an acceptance born of silence, a refusal that is blocked."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from directory.actions.citizens import Requester
from notifications.models import OutboundMessage
from tests.support.asserts import assert_accessible, assert_fits
from tests.support.factories import PASSWORD, make_ticket, make_type
from tests.tickets.legal.support import town_hall
from tickets.actions.clocks.enforcement import deadlines_enforce
from tickets.actions.tracking import link_request
from tickets.models import Ticket

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def link_of(ticket: Ticket) -> str:
    link_request(reference=ticket.reference, email="claire@example.org", now=timezone.now())
    body = OutboundMessage.objects.filter(kind="tracking_link").latest("pk").body
    return "/suivi/lien/" + body.split("/suivi/lien/")[1].split("/")[0] + "/"


def test_from_missing_pieces_to_a_withdrawal(page: Any, browser: Any, live_server: Any) -> None:
    service, agent = town_hall()
    kind = make_type("benne", service, name="Occupation du domaine", regime="SVA", delay_months=2)
    long_ago, recently = timezone.now() - timedelta(days=100), timezone.now() - timedelta(days=5)
    ticket = make_ticket(
        request_type=kind, subject="Poser une benne", received_at=recently, now=recently,
        requester=Requester(name="Claire Vasseur", email="claire@example.org"),
    )  # fmt: skip
    page.goto(reverse("tickets:start"))
    page.locator("[name=username]").fill(agent.email)
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()
    page.goto(reverse("tickets:detail", args=[ticket.reference]))
    law = page.locator(".card", has=page.get_by_role("heading", name="La loi"))
    expect(law).to_contain_text("Le silence vaut acceptation")
    page.get_by_text("Le calcul, étape par étape").click()
    expect(law).to_contain_text("CRPA, art. L231-1")
    assert_accessible(page)

    law.get_by_role("link", name="Demander des pièces").click()
    expect(page.get_by_label("Pièce 1")).to_be_focused()
    page.get_by_label("Pièce 1").fill("Plan de situation")
    page.get_by_label("À envoyer au plus tard le").fill((timezone.localdate() + timedelta(15)).isoformat())
    page.get_by_role("button", name="Demander ces pièces").click()
    expect(page.locator("#panel")).to_contain_text("Indiquez le texte qui exige « Plan de situation »")
    expect(page.get_by_label("Pièce 1")).to_have_value("Plan de situation")
    assert_accessible(page)
    page.get_by_label("Texte en vigueur qui l’exige").first.fill("Règlement de voirie, art. 12")
    page.get_by_role("button", name="Demander ces pièces").click()
    expect(law).to_contain_text("En attente de pièces")
    expect(page.locator(".ticket-head")).to_contain_text("Délai légal en attente de pièces")

    law.get_by_role("link", name="Pièces reçues").click()
    page.get_by_role("button", name="Le dossier est complet").click()
    expect(law).to_contain_text("Dernier jour pour décider")

    # the silence lasts: all of it was long ago, as it were, and the sweep passes
    request = ticket.piece_requests.get()
    came = timezone.localdate() - timedelta(days=70)
    Ticket.objects.update(received_at=long_ago)
    ticket.piece_requests.update(asked_on=came, due_on=came + timedelta(days=15))
    page.goto(reverse("tickets:pieces_receive", args=[ticket.reference]))
    page.get_by_label("Dernière pièce reçue le").fill(came.isoformat())
    page.get_by_role("button", name="Le dossier est complet").click()
    expect(page.locator("#messages")).to_contain_text("Les pièces sont reçues")
    request.refresh_from_db()
    assert request.received_on == came
    deadlines_enforce(now=timezone.now())
    page.goto(reverse("tickets:detail", args=[ticket.reference]))
    expect(page.locator(".ticket-head")).to_contain_text("Acceptée par le silence")

    page.goto(reverse("tickets:decide", args=[ticket.reference]))
    page.get_by_label("Refusée").check()
    page.get_by_label("Motifs").fill("La rue est trop étroite.")
    page.get_by_role("button", name="Enregistrer la décision").click()
    expect(page.locator("#panel")).to_contain_text("article L242-1 du CRPA")
    expect(page.get_by_label("Motifs")).to_have_value("La rue est trop étroite.")
    assert_accessible(page)

    citizen = browser.new_context(base_url=live_server.url, viewport={"width": 390, "height": 844}, locale="fr-FR")
    phone = citizen.new_page()
    phone.goto(link_of(ticket))
    phone.locator("main").get_by_role("button").click()
    expect(phone.get_by_text("Votre demande est réputée acceptée depuis le")).to_be_visible()
    assert_fits(phone)
    assert_accessible(phone)
    phone.get_by_role("button", name="Demander l’attestation").click()
    expect(phone.get_by_text("nous la préparons")).to_be_visible()
    citizen.close()

    page.goto(reverse("tickets:detail", args=[ticket.reference]))
    expect(law).to_contain_text("Attestation demandée le")
    law.get_by_role("link", name="Attestation", exact=True).click()
    page.get_by_role("button", name="Rédiger l’attestation").click()
    expect(law).to_contain_text("Délivrée le")
    assert ticket.letters.filter(kind="attestation").exists()

    law.get_by_role("link", name="Retirer").click()
    page.get_by_label("Pourquoi la décision est illégale").fill("La rue est une voie pompiers.")
    page.get_by_role("button", name="Retirer la décision").click()
    expect(law).to_contain_text("a été retiré le")
    page.set_viewport_size({"width": 390, "height": 844})
    assert_fits(page)
    assert_accessible(page)
