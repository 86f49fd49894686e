"""A citizen's journey in a real browser, with and without JavaScript: a wrong value, receipt, mailed link, message."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from directory.actions.citizens import Requester
from directory.models import Site
from notifications.models import OutboundMessage
from tests.portal.steps import PNG
from tests.support.asserts import assert_accessible
from tests.support.factories import make_agent, make_article, make_service, make_ticket, make_town, make_type
from tickets.actions.messages import reply_send
from tickets.actions.routing.route import ticket_route
from tickets.models import Message, Ticket

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PHONE = {"width": 390, "height": 844}
PICTURE = {"name": "lampadaire.png", "mimeType": "image/png", "buffer": PNG}


@pytest.fixture
def voirie():
    make_town()
    Site.objects.create(
        code="hotel-de-ville", name="Hôtel de ville", phone="02 61 91 00 00", opening_hours="9 h à 12 h"
    )
    service = make_service("voirie", "Voirie")
    make_type(
        "eclairage", service, name="Éclairage public", description="Un lampadaire éteint.", keywords=["lampadaire"]
    )
    make_type("permission", service, name="Permission de voirie", regime="SVR", delay_months=2)
    make_article("Que faire si un lampadaire est en panne ?", "Signalez-le avec son numéro.", service)
    return service


@pytest.fixture
def plain_page(browser, live_server):
    """A phone without JavaScript."""
    context = browser.new_context(base_url=live_server.url, viewport=PHONE, locale="fr-FR", java_script_enabled=False)
    yield context.new_page()
    context.close()


def fits(page):
    """Nothing wider than the window, and no violation found by axe."""
    width = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert width[0] <= width[1], width
    assert_accessible(page)


def link_path() -> str:
    body = OutboundMessage.objects.filter(kind="tracking_link").latest("pk").body
    found = re.search(r"https?://[^/\s]+(/suivi/lien/\S+)", body)
    assert found, body
    return found[1]


def test_from_a_question_to_a_message_on_the_request(page, voirie):
    page.set_viewport_size(PHONE)
    page.goto("/")
    fits(page)
    page.get_by_role("searchbox").fill("lampadaire")
    page.locator("#results").get_by_role("link", name="Que faire si un lampadaire est en panne").wait_for()
    fits(page)
    page.locator("#results").get_by_role("link", name="Faire une demande : Éclairage public").click()

    # step 2: articles are offered while typing; a wrong value comes back with the rest
    page.get_by_role("textbox", name="Votre demande", exact=True).fill("Le lampadaire du 12 est éteint.")
    page.locator("#suggestions").get_by_text("Que faire si un lampadaire est en panne").wait_for()
    page.get_by_label("Lieu concerné").fill("12 rue des Tilleuls")
    page.get_by_label("Photos ou documents").set_input_files([PICTURE])
    fits(page)
    page.get_by_role("button", name="Continuer").click()
    page.get_by_text("Dites en quelques mots de quoi il s’agit.").first.wait_for()
    assert page.get_by_role("alert").evaluate("node => node === document.activeElement")
    assert (
        page.get_by_role("textbox", name="Votre demande", exact=True).input_value() == "Le lampadaire du 12 est éteint."
    )
    assert page.get_by_text("lampadaire.png").first.is_visible()
    fits(page)
    page.get_by_label("Objet de votre demande").fill("Lampadaire éteint")
    page.get_by_role("button", name="Continuer").click()

    # step 3: at least one way to answer
    page.get_by_role("textbox", name="Nom", exact=True).fill("Vasseur")
    page.get_by_role("button", name="Continuer").click()
    page.get_by_text("Donnez une adresse électronique ou un numéro de téléphone").first.wait_for()
    fits(page)
    page.get_by_label("Adresse électronique").fill("claire.vasseur@example.org")
    page.get_by_role("button", name="Continuer").click()

    # step 4: check, send
    page.get_by_role("heading", name="Vérifiez votre demande").wait_for()
    fits(page)
    page.get_by_role("button", name="Envoyer ma demande").dblclick()
    page.get_by_role("heading", name="Votre demande est bien reçue").wait_for()
    fits(page)
    ticket = Ticket.objects.get()
    assert page.locator(".receipt__ref").inner_text() == ticket.reference
    assert "claire" not in page.url
    assert "vasseur" not in page.url.lower()
    ticket_route(ticket_id=ticket.pk, now=timezone.now())

    # tracking: the link of the mail
    page.get_by_role("article").get_by_role("link", name="Suivre ma demande").click()
    fits(page)
    page.get_by_label("Référence de votre demande").fill(ticket.reference.lower().replace("-", " "))
    page.get_by_label("Votre adresse électronique").fill("claire.vasseur@example.org")
    page.get_by_role("button", name="M’envoyer le lien").click()
    page.get_by_text("Si cette demande existe").wait_for()
    fits(page)
    page.goto(link_path())
    fits(page)
    page.get_by_role("button", name="Ouvrir ma demande").click()
    page.get_by_role("heading", name="Lampadaire éteint").wait_for()
    assert page.get_by_text("Transmise au service Voirie").is_visible()
    fits(page)
    page.get_by_role("textbox", name="Votre message").fill("Il clignote maintenant.")
    page.get_by_role("button", name="Envoyer mon message").click()
    page.get_by_text("Votre message est ajouté à votre demande.").wait_for()
    assert Message.objects.filter(ticket=ticket, body="Il clignote maintenant.").count() == 1


def test_the_journey_works_without_javascript(plain_page, voirie):
    page = plain_page
    page.goto("/")
    page.get_by_role("searchbox").fill("voirie")
    page.get_by_role("button", name="Rechercher").click()
    page.get_by_role("link", name="Faire une demande : Permission de voirie").click()
    page.get_by_label("Objet de votre demande").fill("Abaisser le trottoir")
    page.get_by_role("textbox", name="Votre demande", exact=True).fill("Devant mon garage, au 4 rue du Lavoir.")
    page.get_by_label("Photos ou documents").set_input_files([PICTURE])
    page.get_by_label("Objet de votre demande").press("Enter")  # the first button is « continue », not « remove »
    page.get_by_role("textbox", name="Nom", exact=True).fill("Vasseur")
    page.get_by_label("Téléphone").fill("06 39 98 12 34")
    page.get_by_role("button", name="Continuer").click()
    page.get_by_role("button", name="Envoyer ma demande").click()
    assert page.get_by_role("heading", name="Votre demande est bien reçue").is_visible()
    assert page.get_by_text("réputée refusée").is_visible()
    assert Ticket.objects.get().messages.get().attachments.count() == 1


def test_every_page_of_the_portal_is_accessible(page, voirie):
    agent = make_agent(("back_office", voirie))
    ticket = make_ticket(requester=Requester(name="Claire Vasseur", email="claire@example.org"))
    reply_send(ticket=ticket, actor=agent, body="Réparé ce matin.", now=timezone.now())
    article = voirie.articles.get()
    for path in (
        reverse("portal:request"),
        reverse("portal:request") + "?q=introuvable",
        reverse("portal:request_type", args=["autre"]),
        reverse("portal:articles"),
        reverse("portal:articles") + "?q=lampadaire",
        reverse("portal:article", args=[article.pk]),
        reverse("portal:track_open", args=["forged"]),
        reverse("portal:accessibility"),
        reverse("portal:legal"),
        reverse("directory:login"),
    ):
        page.goto(path)
        fits(page)
    page.goto(reverse("portal:track"))
    page.get_by_label("Référence de votre demande").fill("G-11111-11111")
    page.get_by_label("Votre adresse électronique").fill("claire@example.org")
    page.get_by_role("button", name="M’envoyer le lien").click()
    page.get_by_text("comporte une erreur de saisie").first.wait_for()
    fits(page)


def test_an_agent_logs_in_and_changes_their_password(page, voirie):
    agent = make_agent(("back_office", voirie))
    page.goto(reverse("directory:password_change"))
    page.get_by_label("Adresse électronique professionnelle").fill(agent.email)
    page.get_by_label("Mot de passe").fill("not-the-password")
    page.get_by_role("button", name="Se connecter").click()
    page.get_by_text("ne correspondent pas").first.wait_for()
    fits(page)
    page.get_by_label("Mot de passe").fill("a-long-test-password")
    page.get_by_role("button", name="Se connecter").click()
    page.get_by_role("heading", name="Changer mon mot de passe").wait_for()
    fits(page)
