"""The post desk in a real browser: scans dropped, letters entered one after the other with the keyboard."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect

from channels_intake.models import Scan, ScanState
from channels_intake.post.holding import scan_discard
from channels_intake.post.reading import scan_read
from directory.models import Agent
from tests.support.asserts import assert_accessible, assert_fits
from tests.support.factories import make_agent, make_citizen, make_service, make_town, make_type
from tests.support.scans import pdf, png, tiff
from tickets.models import Ticket

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LIST = "/agents/courrier-papier/"
DROP = """([name, type, content]) => {
  const data = new DataTransfer();
  data.items.add(new File([Uint8Array.from(content)], name, { type }));
  for (const kind of ["dragenter", "dragover", "drop"]) {
    document.body.dispatchEvent(new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true }));
  }
}"""


@pytest.fixture
def desk(page: Any, client_of: Callable[[Agent], Client], live_server: Any) -> Any:
    root = make_town()
    make_type("eclairage", make_service("voirie", "Voirie"), name="Éclairage public", keywords=["lampadaire"])
    make_type("permis", make_service("urbanisme"), name="Permis de construire", regime="SVR", delay_months=2)
    session = client_of(make_agent(("counter", root))).cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
    page.goto(LIST)
    return page


def add(desk: Any, *files: tuple[str, str, bytes]) -> None:
    desk.locator("#scans").set_input_files(
        [{"name": name, "mimeType": kind, "buffer": content} for name, kind, content in files]
    )
    desk.get_by_role("button", name="Ajouter", exact=True).click()


def fits(desk: Any) -> None:
    for width in (1440, 390):
        desk.set_viewport_size({"width": width, "height": 900})
        assert_fits(desk)
        assert_accessible(desk)
    desk.set_viewport_size({"width": 1440, "height": 900})


def test_letters_from_the_drop_to_the_last_one(desk: Any) -> None:
    citizen = make_citizen("Élodie Lefèvre", "elodie@example.org")
    fits(desk)
    add(desk, ("martin.pdf", "application/pdf", pdf()), ("note.pdf", "application/pdf", b"MZ not a scan"))
    expect(desk.get_by_text("1 courrier ajouté.")).to_be_visible()
    expect(desk.locator("#refused")).to_contain_text("note.pdf — Ce n’est pas une numérisation")
    desk.evaluate(DROP, ["permis.png", "image/png", list(png(120, width=600, height=800))])
    expect(desk.locator("tbody tr")).to_have_count(2)
    fits(desk)
    scan_read(scan_id=Scan.objects.get(name="martin.pdf").pk, now=timezone.now())

    desk.get_by_role("button", name="Saisir le suivant").click()
    expect(desk.locator("iframe")).to_be_visible()
    framed = desk.locator("iframe").evaluate("frame => frame.src")
    assert desk.request.get(framed).headers["content-type"] == "application/pdf"
    expect(desk.locator("#contact-subject")).to_have_value("lampadaire éteint")
    expect(desk.locator("#contact-body")).to_have_value(
        "Le lampadaire du 3 rue des Lilas est éteint depuis trois semaines et la rue est plongée dans le noir."
    )
    expect(desk.locator("#contact-request_type option:checked")).to_have_text("Éclairage public")
    fits(desk)
    expect(desk.locator("#omnibox")).to_be_focused()
    desk.keyboard.type("Paul Martin")
    desk.keyboard.press("Enter")
    expect(desk.locator("#contact-subject")).to_be_focused()
    expect(desk.locator("#contact-name")).to_have_value("Paul Martin")
    desk.locator("#contact-address").fill("3 rue des Lilas, 00000 Rives-sur-Orme")
    desk.keyboard.press("F8")

    # the next letter is there at once: a picture, from someone known, that the law has a delay for
    expect(desk.locator(".desk-done")).to_contain_text("Courrier saisi.")
    first = Ticket.objects.get()
    expect(desk.locator(".desk-done .ref")).to_have_text(first.reference)
    picture = desk.get_by_alt_text("Numérisation du courrier")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.complete && image.naturalWidth") == 600
    expect(desk.locator("#omnibox")).to_be_focused()
    desk.keyboard.type("lefevre")
    desk.keyboard.press("Enter")
    expect(desk.locator(".person__name").first).to_have_text("Élodie Lefèvre")
    desk.locator("[name=citizen]").first.check()
    fits(desk)
    desk.locator("#contact-received_on").fill("2999-01-01")
    desk.locator("#contact-subject").fill("Permis pour un abri")
    desk.locator("#contact-request_type").select_option(label="Permis de construire")
    desk.locator("#contact-registered_number").fill("1a 200 123 4567 8")
    desk.locator("#contact-body").fill("Un abri de jardin.")
    desk.keyboard.press("Control+Enter")
    expect(desk.locator(".error-summary")).to_contain_text("La date de réception est dans le futur.")
    expect(desk.locator("[name=citizen]:checked")).to_have_count(1)
    fits(desk)
    desk.locator("#contact-received_on").fill(timezone.localdate().isoformat())
    desk.keyboard.press("F8")
    expect(desk.get_by_text("Tous les courriers sont saisis")).to_be_visible()
    expect(desk.get_by_role("link", name="Écrire l’accusé de réception")).to_be_visible()
    fits(desk)
    second = Ticket.objects.exclude(pk=first.pk).get()
    assert second.requester == citizen
    assert second.legal_due_on is not None
    assert "1A 200 123 4567 8" in second.messages.get().body
    assert set(Scan.objects.values_list("state", flat=True)) == {ScanState.ENTERED}


def test_a_letter_is_set_aside_and_comes_back(desk: Any) -> None:
    add(desk, ("pub.tif", "image/tiff", tiff()))
    desk.get_by_role("button", name="Saisir : pub.tif").click()
    expect(desk.get_by_role("img", name="Numérisation du courrier, page 1 sur 1")).to_be_visible()
    desk.get_by_text("Écarter ce courrier").click()
    desk.locator("#discard-reason").select_option("advertising")
    fits(desk)
    desk.get_by_role("button", name="Écarter", exact=True).click()
    expect(desk.get_by_text("est écarté")).to_be_visible()
    desk.get_by_role("link", name="Écartés").click()
    expect(desk.locator("tbody")).to_contain_text("Publicité")
    fits(desk)
    desk.get_by_role("link", name="pub.tif").click()
    fits(desk)
    desk.get_by_role("button", name="Remettre à saisir").click()
    expect(desk.get_by_role("button", name="Saisir ce courrier")).to_be_visible()
    fits(desk)
    scan = Scan.objects.get()
    assert scan.state == ScanState.NEW
    scan_discard(scan_id=scan.pk, reason="Publicité", actor=make_agent(("counter", make_town())), now=timezone.now())
    desk.get_by_role("button", name="Saisir ce courrier").click()
    expect(desk.get_by_text("Ce courrier a été écarté : remettez-le d’abord")).to_be_visible()


def test_it_works_without_a_script(browser: Any, desk: Any, live_server: Any) -> None:
    cookies = desk.context.cookies()
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False, locale="fr-FR")
    context.add_cookies(cookies)
    page = context.new_page()
    page.goto(LIST)
    add(page, ("lettre.png", "image/png", png(7)))
    page.get_by_role("button", name="Saisir le suivant").click()
    page.locator("#contact-subject").fill("Un banc cassé")
    page.get_by_role("button", name="Enregistrer et arrêter").click()
    expect(page.get_by_text("Courrier saisi.")).to_be_visible()
    assert Ticket.objects.get().subject == "Un banc cassé"
    context.close()
