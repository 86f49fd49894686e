"""A letter in a real browser: written with its preview, sent, downloaded as a PDF; and what letters lack."""

from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from directory.models import Service
from tests.e2e.test_agent_journey import log_in
from tests.support.asserts import assert_accessible
from tests.support.factories import make_agent, make_service, make_town
from tests.tickets.letters.town import clerk, complete_town, request

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_an_agent_writes_an_answer_and_downloads_it(page: Any, tmp_path: Path) -> None:
    ticket = request()
    log_in(page, clerk(ticket.service, first_name="Jeanne", last_name="Morel"))
    page.goto(reverse("tickets:detail", args=[ticket.reference]))
    assert_accessible(page)
    page.get_by_role("link", name="Écrire un courrier").click()
    assert_accessible(page)
    page.get_by_label("Texte du courrier").fill("Votre échafaudage est trop large.\n\nLa chaussée mesure trois mètres.")
    page.get_by_label("Ce que décide le courrier").select_option(label="Il refuse la demande")
    page.get_by_role("button", name="Aperçu").click()
    preview = page.locator("#preview")
    expect(preview).to_contain_text("Votre demande est rejetée.")
    expect(preview).to_contain_text("tribunal administratif du Val-d’Orme")
    expect(page.get_by_label("Texte du courrier")).to_have_value(
        "Votre échafaudage est trop large.\n\nLa chaussée mesure trois mètres."
    )
    assert_accessible(page)
    page.get_by_role("button", name="Envoyer ou préparer le courrier").click()
    expect(page.locator("#letters")).to_contain_text(f"{ticket.reference}-C2")
    with page.expect_download() as downloading:
        page.get_by_role("link", name=f"PDF {ticket.reference}-C2").click()
    file = tmp_path / "letter.pdf"
    downloading.value.save_as(file)
    assert downloading.value.suggested_filename == f"{ticket.reference}-C2.pdf"
    assert file.read_bytes().startswith(b"%PDF-")
    assert_accessible(page)


def test_the_list_of_missing_mentions_leads_to_its_cure(page: Any) -> None:
    root = make_town()
    make_service("voirie", "Voirie", phone="")
    complete_town(tribunal_name="")
    make_service("accueil")
    Service.objects.filter(code__in=["mairie", "accueil"]).update(
        phone="02 61 91 00 00", email="a@rives.example", postal_address="1 place de la Mairie"
    )
    waiting = request()
    complete_town(tribunal_name="")
    log_in(page, make_agent(("admin", root), is_staff=True, first_name="Ana", last_name="Lin"))
    page.goto(reverse("tickets:missing_mentions"))
    expect(page.get_by_role("alert").or_(page.locator(".alert"))).to_contain_text("1 demande attend")
    assert_accessible(page)
    page.get_by_role("link", name="Voirie").click()
    page.get_by_label("Téléphone").fill("02 61 91 00 41")
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    complete_town()
    page.goto(reverse("tickets:missing_mentions"))
    page.get_by_role("button", name="Envoyer ceux qui sont complets").click()
    expect(page.locator("#messages")).to_contain_text("1 accusé de réception est parti.")
    expect(page.get_by_text("Rien ne manque")).to_be_visible()
    assert waiting.letters.filter(kind="receipt").count() == 1
