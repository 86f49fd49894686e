"""The composer in a real browser: templates, gaps, drafts, preview, later, and two colleagues on one ticket."""

import os
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings as configuration
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from directory.actions.citizens import Requester
from directory.models import Agent, Service
from knowledge.models import ReplyTemplate
from notifications.models import OutboundMessage
from tests.conftest import answered, eventually
from tests.support.asserts import assert_accessible
from tests.support.factories import make_agent, make_ticket
from tests.support.live import live_process
from tickets.actions.messages import Incoming, message_receive
from tickets.actions.replies.scheduled import reply_schedule
from tickets.actions.replies.templates import template_save
from tickets.models import ScheduledReply, Ticket, WrittenDraft

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
CLAIRE = Requester(name="Claire Vasseur", email="claire@example.org", phone="0639985544")


@pytest.fixture
def camille(voirie: Service) -> Agent:
    return make_agent(("referent", voirie), first_name="Camille", last_name="Durand", title="Référente")


@pytest.fixture
def ticket(voirie: Service) -> Ticket:
    for title, body in (
        ("Intervention programmée", "Bonjour {{ nom du demandeur }},\n\nNous passons {{ lieu }}.\n\nCordialement,"),
        ("Pièce manquante", "Bonjour,\n\nIl manque une pièce.\n\nCordialement,"),
    ):
        template_save(template=ReplyTemplate(title=title, body=body), actor=None, now=timezone.now())
    return make_ticket(service=voirie, requester=CLAIRE, subject="Lampadaire éteint allée du Stade")


def sign_in(page: Any, agent: Agent, client_of: Any, live_server: Any) -> None:
    cookie = client_of(agent).cookies[configuration.SESSION_COOKIE_NAME]
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])


def detail(ticket: Ticket) -> str:
    return reverse("tickets:detail", args=[ticket.reference])


def picture(page: Any, name: str) -> None:
    """With SHOTS=folder: what a designer looks at."""
    folder = os.environ.get("SHOTS")
    if not folder:
        return
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 900})
        page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True)
    page.set_viewport_size({"width": 1440, "height": 900})


def test_from_a_template_to_the_mail(
    page: Any, ticket: Ticket, camille: Agent, client_of: Any, live_server: Any
) -> None:
    sign_in(page, camille, client_of, live_server)
    page.goto(detail(ticket))
    text = page.get_by_label("Votre réponse")
    page.locator("#main").focus()
    page.keyboard.press("r")
    expect(text).to_be_focused()
    picture(page, "composer")

    page.keyboard.press("Control+k")
    field = page.get_by_role("combobox", name="Chercher un modèle")
    expect(field).to_be_focused()
    expect(page.get_by_role("listbox").get_by_role("option")).to_have_count(2)
    assert_accessible(page)
    picture(page, "picker")
    page.get_by_role("button", name="Fiches de connaissance").click()
    expect(page.get_by_role("listbox")).to_contain_text("Aucune fiche")
    page.get_by_role("dialog").get_by_role("button", name="Modèles").click()
    expect(page.get_by_role("listbox").get_by_role("option")).to_have_count(2)
    expect(field).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("listbox").get_by_role("option", selected=True)).to_contain_text("Pièce manquante")
    page.keyboard.type("interven")
    expect(page.get_by_role("listbox").get_by_role("option")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(text).to_have_value("Bonjour Claire Vasseur,\n\nNous passons [à compléter : lieu].\n\nCordialement,")
    selected = page.evaluate(
        "(() => { const t = document.activeElement; return t.value.slice(t.selectionStart, t.selectionEnd); })()"
    )
    assert selected == "[à compléter : lieu]", "what is to complete is selected"
    expect(page.locator("[data-gaps]")).to_contain_text("À compléter avant l’envoi : [à compléter : lieu]")
    assert_accessible(page)

    page.keyboard.press("Control+Enter")
    preview = page.locator("#reply-preview")
    expect(preview).to_contain_text("Cette réponse ne peut pas encore partir")
    expect(preview.get_by_role("button", name="Envoyer la réponse")).to_have_count(0)
    picture(page, "preview-gap")
    page.locator("[data-gaps] button").click()
    page.keyboard.type("allée du Stade, lundi")
    expect(page.locator("[data-gaps]")).to_be_empty()
    expect(preview).to_be_empty()

    chosen = page.locator("#reply-files")
    chosen.set_input_files({"name": "plan.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7\n" + b"plan " * 9})
    # at once: it waits for the first one to be there
    chosen.set_input_files({"name": "jeu.exe", "mimeType": "application/pdf", "buffer": b"MZ" + b"\0" * 99})
    files = page.locator("#reply-form .enclosed")
    expect(page.locator("#reply-form [data-attach-list]")).to_contain_text("jeu.exe")
    expect(files).to_contain_text("plan.pdf")
    expect(files.locator("li")).to_have_count(1)
    picture(page, "files")
    assert_accessible(page)

    text.focus()
    page.keyboard.press("Control+Enter")
    expect(preview).to_contain_text("plan.pdf")
    send = preview.get_by_role("button", name="Envoyer la réponse")
    expect(send).to_be_focused()
    frame = page.frame_locator("iframe.mail-frame")
    expect(frame.locator("main")).to_contain_text("Nous passons allée du Stade, lundi.")
    expect(frame.locator(".signature")).to_contain_text("Camille DURAND, Référente — Voirie")
    expect(preview).to_contain_text("claire@example.org")
    assert frame.locator(".mail").evaluate("node => getComputedStyle(node).borderTopWidth") == "6px", (
        "its style is applied"
    )
    assert_accessible(page)
    picture(page, "preview")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Votre réponse part vers l’usager.")).to_be_visible()
    sent = OutboundMessage.objects.get(kind="reply")
    assert "allée du Stade, lundi" in sent.body
    assert sent.attachments.get().name == "plan.pdf"
    assert ReplyTemplate.objects.get(title="Intervention programmée").use_count == 1
    assert not WrittenDraft.objects.exists()


def test_a_draft_survives_the_page_and_the_computer(
    page: Any, browser: Any, ticket: Ticket, camille: Agent, client_of: Any, live_server: Any
) -> None:
    sign_in(page, camille, client_of, live_server)
    page.goto(detail(ticket))
    page.get_by_label("Votre réponse").type("Bonjour, nous")
    expect(page.locator("#reply-form [data-draft-state]")).to_contain_text("Brouillon gardé à")
    page.get_by_label("Votre réponse").type(" passerons")
    page.goto(reverse("tickets:drafts"))  # at once: what was just typed leaves with the page
    eventually(lambda: WrittenDraft.objects.filter(body="Bonjour, nous passerons").exists())
    page.reload()
    expect(page.get_by_text("Bonjour, nous passerons")).to_be_visible()
    assert_accessible(page)
    picture(page, "drafts")

    elsewhere = browser.new_context(base_url=live_server.url, locale="fr-FR", timezone_id="Europe/Paris").new_page()
    settle = answered(elsewhere)
    sign_in(elsewhere, camille, client_of, live_server)
    elsewhere.goto(detail(ticket))
    expect(elsewhere.get_by_label("Votre réponse")).to_have_value("Bonjour, nous passerons")
    expect(elsewhere.locator("#reply-form .draft-line")).to_contain_text("Brouillon du")
    elsewhere.locator("#reply-form").get_by_role("button", name="Effacer").click()
    expect(elsewhere.get_by_label("Votre réponse")).to_have_value("")
    eventually(lambda: not WrittenDraft.objects.exists())
    # the session ends before the text is sent: it is there after the login
    cookies = elsewhere.context.cookies()
    elsewhere.get_by_label("Votre réponse").fill("Nous passons mardi.")
    elsewhere.context.clear_cookies(name="sessionid")
    elsewhere.get_by_role("button", name="Envoyer la réponse").click()
    expect(elsewhere).to_have_url(re.compile("connexion"))
    elsewhere.context.add_cookies(cookies)
    elsewhere.evaluate("address => location.assign(address)", detail(ticket))
    expect(elsewhere.get_by_label("Votre réponse")).to_have_value("Nous passons mardi.")
    eventually(lambda: WrittenDraft.objects.filter(body="Nous passons mardi.").exists())
    settle()
    elsewhere.context.close()


@pytest.fixture
def second(browser: Any, live_server: Any) -> Iterator[Any]:
    context = browser.new_context(
        base_url=live_server.url, viewport={"width": 1440, "height": 900}, locale="fr-FR", timezone_id="Europe/Paris"
    )
    opened = context.new_page()
    settle = answered(opened)
    yield opened
    opened.goto("about:blank")  # the page says that it leaves
    settle()
    context.close()


def test_two_colleagues_see_each_other_and_one_answer_leaves(
    page: Any, second: Any, ticket: Ticket, camille: Agent, voirie: Service, client_of: Any, live_server: Any
) -> None:
    yanis = make_agent(("back_office", voirie), first_name="Yanis", last_name="Morel", title="Agent")
    sign_in(page, camille, client_of, live_server)
    sign_in(second, yanis, client_of, live_server)
    page.goto(detail(ticket))
    page.get_by_label("Votre réponse").type("Nous passons lundi.")
    second.clock.install()
    second.goto(detail(ticket))
    expect(second.locator("[data-presence]")).to_contain_text("Camille DURAND écrit une réponse")
    theirs = second.get_by_label("Votre réponse")
    assert theirs.evaluate("node => node.readOnly"), "a soft lock"
    assert_accessible(second)
    picture(second, "presence")
    second.get_by_role("button", name="Écrire quand même").click()
    expect(theirs).to_be_focused()
    theirs.type("Nous passons mardi.")

    page.get_by_role("button", name="Envoyer la réponse").click()
    expect(page.get_by_text("Votre réponse part vers l’usager.")).to_be_visible()
    second.clock.run_for(15_500)  # it looks again
    expect(second.locator("[data-presence]")).not_to_contain_text("écrit une réponse")
    second.get_by_role("button", name="Envoyer la réponse").click()
    expect(second.locator("#reply-refusal")).to_contain_text("Camille DURAND vient de répondre")
    expect(second.get_by_label("Votre réponse")).to_have_value("Nous passons mardi.")
    assert OutboundMessage.objects.filter(kind="reply").count() == 1
    assert_accessible(second)
    picture(second, "refused")


def test_a_colleague_is_seen_at_once_where_events_are_live(
    page: Any,
    second: Any,
    ticket: Ticket,
    camille: Agent,
    voirie: Service,
    client_of: Any,
    live_server: Any,
    settings: Any,
) -> None:
    yanis = make_agent(("back_office", voirie), first_name="Yanis", last_name="Morel", title="Agent")
    with live_process(live_server.url) as live:
        # a cookie is not sent from localhost to 127.0.0.1: the same host, another port
        url = urlsplit(live.url.replace("127.0.0.1", urlsplit(live_server.url).hostname or ""))
        directives = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
        origins = [*directives["connect-src"], f"{url.scheme}://{url.netloc}"]
        settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": directives | {"connect-src": origins}}
        settings.LIVE_URL = url.geturl()
        sign_in(page, camille, client_of, live_server)
        sign_in(second, yanis, client_of, live_server)
        page.goto(detail(ticket))
        shown = page.locator("[data-presence]")
        expect(shown).to_be_attached()
        expect(page.locator("[data-bell][data-connected=true]")).to_be_attached()
        second.goto(detail(ticket))
        expect(shown).to_contain_text("Yanis MOREL consulte cette demande", timeout=12_000)
        before = page.locator(".compose__tabs").bounding_box()
        second.get_by_label("Votre réponse").type("Bonjour")
        expect(shown).to_contain_text("Yanis MOREL écrit une réponse", timeout=12_000)
        incoming = Incoming(channel="email", body="Ne venez pas lundi.")
        message_receive(ticket=ticket, incoming=incoming, now=timezone.now())
        second.goto("about:blank")  # leaving is told too, and the answer says that a message came
        link = page.get_by_role("link", name="L’afficher")
        expect(link).to_be_visible(timeout=5000)
        assert page.locator(".compose__tabs").bounding_box() == before, "nothing jumps"
        page.get_by_label("Votre réponse").fill("Nous passons mardi.")
        link.click()
        expect(page.get_by_text("Ne venez pas lundi.")).to_be_visible()
        expect(page.get_by_label("Votre réponse")).to_have_value("Nous passons mardi.")


def test_later_by_letter_and_by_telephone(
    page: Any, ticket: Ticket, camille: Agent, client_of: Any, live_server: Any
) -> None:
    sign_in(page, camille, client_of, live_server)
    page.goto(detail(ticket))
    page.get_by_label("Votre réponse").fill("Nous passons lundi.")
    page.locator(".send-later > summary").click()
    picture(page, "later")
    assert_accessible(page)
    page.locator("[name=send_at]").first.click()
    planned = page.locator(".planned")
    expect(planned).to_contain_text("Nous passons lundi.")
    picture(page, "planned")
    assert_accessible(page)
    assert not OutboundMessage.objects.filter(kind="reply").exists()
    planned.get_by_role("button", name="Modifier").click()
    expect(page.get_by_label("Votre réponse")).to_have_value("Nous passons lundi.")
    assert ScheduledReply.objects.get().cancelled_at is not None

    page.get_by_role("button", name="Par téléphone").click()
    expect(page.locator("#phone-body")).to_be_focused()
    picture(page, "phone")
    page.get_by_role("button", name="Par courrier").click()
    expect(page.get_by_label("Votre réponse")).to_have_value("Nous passons lundi.")
    picture(page, "letter")
    page.get_by_role("button", name="Mettre en page le courrier").click()
    expect(page.get_by_label("Texte du courrier")).to_have_value("Nous passons lundi.")


def test_a_refused_plan_is_shown_with_its_reason(
    page: Any, ticket: Ticket, camille: Agent, client_of: Any, live_server: Any
) -> None:
    now = timezone.now()
    row = reply_schedule(ticket=ticket, actor=camille, body="Lundi.", send_at=now + timedelta(hours=1), now=now)
    ScheduledReply.objects.filter(pk=row.pk).update(refusal="L’usager a écrit entre-temps.")
    sign_in(page, camille, client_of, live_server)
    page.goto(detail(ticket))
    expect(page.locator(".planned--refused")).to_contain_text("L’usager a écrit entre-temps.")
    assert_accessible(page)
    picture(page, "refused-plan")


def test_the_templates_are_written_with_their_variables_beside(
    page: Any, ticket: Ticket, camille: Agent, client_of: Any, live_server: Any
) -> None:
    sign_in(page, camille, client_of, live_server)
    page.goto(reverse("tickets:templates"))
    expect(page.get_by_role("link", name="Pièce manquante")).to_be_visible()
    assert_accessible(page)
    picture(page, "templates")
    page.goto(reverse("tickets:template_new"))
    page.get_by_label("Titre").fill("Essai")
    page.get_by_label("Texte").fill("Bonjour {{ prénom }}")
    page.get_by_role("button", name="Enregistrer le modèle").click()
    expect(page.locator(".error-summary")).to_contain_text("{{ prénom }}")
    assert_accessible(page)
    picture(page, "template-form")


def test_without_script_the_draft_has_a_button(
    browser: Any, ticket: Ticket, camille: Agent, client_of: Any, live_server: Any
) -> None:
    context = browser.new_context(base_url=live_server.url, locale="fr-FR", java_script_enabled=False)
    plain = context.new_page()
    sign_in(plain, camille, client_of, live_server)
    plain.goto(detail(ticket))
    plain.locator("#reply-form textarea").fill("Bonjour, je")
    plain.locator("#reply-form noscript, #reply-form").get_by_role("button", name="Garder le brouillon").last.click()
    assert WrittenDraft.objects.get().body == "Bonjour, je"
    plain.goto(reverse("tickets:template_pick", args=[ticket.reference]))
    plain.get_by_role("link", name="Insérer Pièce manquante").click()
    assert plain.locator("#reply-form textarea").input_value().startswith("Bonjour, je\n\nBonjour,")
    context.close()
