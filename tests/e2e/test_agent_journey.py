"""An agent's day in a real browser: log in, take, note, reply, and the citizen's answer brings the ticket back."""

from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from channels_intake.email.processing import mail_process
from channels_intake.email.storing import mail_store
from channels_intake.models import Mailbox
from directory.actions.citizens import Requester
from directory.models import Agent, Service
from notifications.models import OutboundMessage
from tests.support.asserts import assert_good_at_every_width
from tests.support.factories import PASSWORD, make_agent, make_article, make_service, make_ticket, make_type
from tickets.actions.attachments import Upload
from tickets.actions.clocks.enforcement import deadlines_enforce
from tickets.actions.messages import note_add, reply_send
from tickets.actions.processing import ticket_assign, ticket_close, ticket_wait
from tickets.models import Ticket

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

CLAIRE = Requester(name="Claire Vasseur", email="claire@example.org")


@pytest.fixture
def voirie() -> Service:
    return make_service("voirie", "Voirie")


@pytest.fixture
def agent(voirie: Service) -> Agent:
    return make_agent(("referent", voirie), first_name="Camille", last_name="Durand", email="camille@rives.example")


def log_in(page: Any, agent: Agent) -> None:
    page.goto(reverse("tickets:start"))
    page.get_by_label("Adresse électronique").or_(page.locator("[name=username]")).first.fill(agent.email)
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()


def press(page: Any, *keys: str) -> None:
    """Type shortcuts once the page's scripts have run."""
    page.wait_for_load_state("load")
    for key in keys:
        page.keyboard.press(key)


def citizen_answers(ticket: Ticket, text: str) -> None:
    """A mail that answers the last reply, through the same code as the receiver and its worker."""
    reply = OutboundMessage.objects.filter(kind="reply").latest("pk")
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = (
        "Claire <claire@example.org>",
        reply.from_address,
        f"Re: {reply.subject}",
    )
    mail["Message-ID"], mail["In-Reply-To"] = "<answer-1@example.org>", reply.message_id
    mail.set_content(text)
    mailbox, _ = Mailbox.objects.get_or_create(address=reply.from_address)
    ids = mail_store(mailbox_ids=[mailbox.pk], raw=mail.as_bytes(), envelope_from="claire@example.org")
    assert mail_process(mail_id=ids[0], now=timezone.now()) == "done" or ticket.messages.filter(body=text).exists()


def test_an_agent_answers_and_the_citizen_writes_back(page: Any, voirie: Service, agent: Agent) -> None:
    now = timezone.now()
    make_article("Un lampadaire éteint, quand est-il réparé ?", "Sous trois jours ouvrés.", voirie)
    ticket = make_ticket(service=voirie, channel="email", subject="Lampadaire éteint allée du Stade", requester=CLAIRE)
    paused = make_ticket(service=voirie, subject="Banc cassé au square")
    ticket_assign(ticket=paused, assignee=agent, actor=agent, now=now)
    ticket_wait(ticket=paused, actor=agent, now=now, waiting=True)

    log_in(page, agent)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Mes demandes")
    press(page, "g", "u")
    expect(page.get_by_role("heading", level=1)).to_contain_text("À prendre")

    press(page, "j")
    expect(page.get_by_role("link", name=ticket.subject)).to_be_focused()
    press(page, "Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(ticket.subject)

    press(page, "t")
    expect(page.locator("#messages")).to_contain_text("est à vous")

    press(page, "n")
    note = page.get_by_label("Note interne :")
    expect(note).to_be_focused()
    note.fill("L’équipe passe jeudi.")
    page.get_by_role("button", name="Ajouter la note").click()
    expect(page.locator(".bubble--note")).to_contain_text("L’équipe passe jeudi.")

    press(page, "r")
    reply = page.get_by_label("Votre réponse")
    expect(reply).to_be_focused()
    page.keyboard.type("Bonjour,")
    page.get_by_role("link", name="Insérer").click()
    expect(reply).to_have_value("Bonjour,\n\nSous trois jours ouvrés.")
    expect(page.locator(".composer__identity")).to_contain_text("Camille DURAND")
    later = page.locator(".send-later")
    later.evaluate("each => scrollBy(0, each.getBoundingClientRect().top - 110)")
    later.locator("summary").click()  # it opens upwards, and shows whole under the bar
    page.wait_for_function(
        "document.querySelector('.send-later .menu__panel').getBoundingClientRect().top"
        " >= document.querySelector('.topbar').getBoundingClientRect().bottom"
    )
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Envoyer la réponse").click()
    expect(page.locator(".bubble--reply")).to_contain_text("En attente d’envoi")
    expect(page.locator(".ticket-head")).to_contain_text("Répondue")
    assert OutboundMessage.objects.get(kind="reply").to_address == "claire@example.org"

    page.goto(reverse("tickets:queue", args=["mine"]))
    expect(page.locator("tbody tr")).to_have_count(1)

    citizen_answers(ticket, "Toujours éteint ce soir.")
    page.reload()
    expect(page.locator("tbody tr")).to_have_count(2)
    expect(page.locator("tbody tr").first).to_contain_text(ticket.subject)
    page.locator("tbody tr").first.get_by_role("link").first.click()
    expect(page.locator(".bubble--inbound").last).to_contain_text("Toujours éteint ce soir.")
    expect(page.locator(".ticket-head")).to_contain_text("En cours")


def test_a_transfer_to_a_service_of_the_list_leaves_the_reply_alone(page: Any, voirie: Service, agent: Agent) -> None:
    make_service("urbanisme", "Urbanisme")
    ticket = make_ticket(service=voirie, requester=CLAIRE)
    log_in(page, agent)
    page.goto(reverse("tickets:detail", args=[ticket.reference]))
    page.get_by_label("Votre réponse").fill("Un brouillon")
    page.get_by_role("heading", level=1).click()
    press(page, "x")
    page.locator("#panel [name=service]").select_option(label="Urbanisme")
    expect(page.get_by_label("Votre réponse")).to_have_value("Un brouillon")
    page.locator("#panel [name=reason]").fill("C’est un permis de construire")
    page.get_by_role("button", name="Transférer", exact=True).click()
    expect(page.locator("#messages")).to_contain_text("transférée")
    ticket.refresh_from_db()
    assert ticket.service.code == "urbanisme"


def test_every_page_is_accessible_and_fits(page: Any, voirie: Service, agent: Agent) -> None:
    """Axe (WCAG 2.1 AA) and no sideways scrolling, on a desktop and a phone, in both themes."""
    now = timezone.now()
    kind = make_type("benne", voirie, name="Pose de benne", regime="SVR", delay_months=2, keywords=["benne"])
    make_article("Poser une benne ?", "Demandez une permission de voirie.", voirie)
    at = now - timedelta(hours=90)
    rich = make_ticket(
        request_type=kind,
        channel="email",
        subject="Une benne devant l’école",
        flag="Message illisible",
        quoted="> avant",
        requester=CLAIRE,
        received_at=at,
        now=at,
        uploads=[Upload("un plan avec un nom vraiment très long pour un téléphone.pdf", "application/pdf", b"%PDF")],
    )
    deadlines_enforce(now=now)
    note_add(ticket=rich, actor=agent, body="À vérifier", now=now)
    reply_send(ticket=rich, actor=agent, body="Quelle largeur ?", then="waiting", now=now)
    OutboundMessage.objects.filter(kind="reply").update(status="failed", last_error="550 adresse inconnue")
    silent = make_ticket(service=voirie, channel="phone", requester=Requester(name="Jeanne", phone="0639985544"))
    closed = make_ticket(service=voirie, requester=CLAIRE)
    ticket_close(ticket=closed, actor=agent, now=now, reason="Réglé par téléphone")
    paths = [
        reverse("tickets:queue", args=["all"]),
        reverse("tickets:queue", args=["all"]) + "?filters=1&channel=email",
        reverse("tickets:queue", args=["today"]),
        reverse("tickets:search") + "?q=benne",
        reverse("tickets:search") + "?q=girafe&since=hier",
        *(reverse("tickets:detail", args=[ticket.reference]) for ticket in (rich, silent, closed)),
        *(reverse(f"tickets:{name}", args=[rich.reference]) for name in ("assign", "classify", "cancel")),
    ]
    log_in(page, agent)
    page.wait_for_url("**/agents/**")
    for path in paths:
        assert page.goto(path).status == 200, path
        assert_good_at_every_width(page)
