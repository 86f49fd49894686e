"""Working together in a real browser: folded events, files, « @ », split, merge, tasks; by keyboard too."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from directory.actions.citizens import Requester
from directory.models import Agent
from tests.e2e.test_agent_journey import log_in
from tests.support.asserts import assert_accessible, assert_good_at_every_width
from tests.support.factories import make_agent, make_service, make_ticket
from tickets.actions.attachments import Upload
from tickets.actions.processing import ticket_assign
from tickets.actions.teamwork.tasks import task_add
from tickets.models import Mention, Ticket, TicketLink, TicketTask

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WHO = Requester(name="Claire Vasseur", email="claire@example.org")
BODY = "Le lampadaire de la rue des Lilas est éteint. Je veux aussi poser une clôture devant ma maison."


@pytest.fixture
def agent() -> Agent:
    return make_agent(("referent", make_service("voirie", "Voirie")), first_name="Camille", last_name="Durand")


@pytest.fixture
def ticket(agent: Agent) -> Ticket:
    ticket = make_ticket(
        service=make_service("voirie"),
        requester=WHO,
        subject="Lampadaire et clôture",
        body=BODY,
        now=timezone.now() - timedelta(hours=3),
        uploads=[
            Upload("liste.txt", "text/plain", b"Rue des Lilas"),
            Upload("plan.pdf", "application/pdf", b"%PDF-1.4"),
        ],
    )
    ticket_assign(ticket=ticket, assignee=agent, actor=agent, now=timezone.now() - timedelta(hours=2))
    return ticket


def address(ticket: Ticket) -> str:
    return reverse("tickets:detail", args=[ticket.reference])


def test_events_unfold_and_files_open_with_the_keyboard(page: Any, ticket: Ticket, agent: Agent) -> None:
    log_in(page, agent)
    page.goto(address(ticket))
    expect(page.get_by_role("heading", name="Historique")).to_be_visible()  # the second part has arrived
    assert_accessible(page)
    fold = page.locator(".between summary").first
    fold.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".between .timeline").first).to_contain_text("Prise en charge par Camille DURAND")
    file = page.get_by_role("link", name="liste.txt").first
    file.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="liste.txt")
    expect(dialog).to_contain_text("Rue des Lilas")
    assert_accessible(page)
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(file).to_be_focused()
    page.get_by_role("link", name="plan.pdf").first.click()
    expect(page.locator("#preview-body iframe")).to_have_attribute("title", "plan.pdf")


def test_a_colleague_is_named_from_the_list(page: Any, ticket: Ticket, agent: Agent) -> None:
    named = make_agent(("back_office", ticket.service), first_name="Émilie", last_name="Le Gall")
    log_in(page, agent)
    page.goto(address(ticket))
    page.get_by_role("button", name="Note interne").click()
    note = page.locator(".composer--note textarea")
    note.press_sequentially("Vu avec @emi")
    option = page.get_by_role("option", name="Émilie Le Gall")
    expect(option).to_be_visible()
    assert_accessible(page)
    page.keyboard.press("Enter")
    expect(note).to_have_value("Vu avec @Émilie Le Gall ")
    note.press_sequentially("ce matin")
    page.get_by_role("button", name="Ajouter la note").click()
    expect(page.locator(".bubble--note")).to_contain_text("@Émilie Le Gall ce matin")
    assert Mention.objects.get().agent == named
    page.goto("about:blank")  # an answer still on its way would give its cookies back
    page.context.clear_cookies()
    log_in(page, named)
    page.goto(reverse("tickets:mentions"))
    assert_accessible(page)
    with page.expect_response(lambda response: response.url.endswith("/citations/vues/")):
        page.get_by_role("link", name="Lampadaire et clôture").click()
    assert Mention.objects.get().seen_at is not None


def test_the_selected_words_become_a_second_request(page: Any, ticket: Ticket, agent: Agent) -> None:
    log_in(page, agent)
    page.goto(address(ticket))
    page.evaluate(
        """() => {
            const text = document.querySelector("[id^=message-]").firstChild;
            const at = text.data.indexOf("Je veux");
            getSelection().setBaseAndExtent(text, at, text, text.data.length);
        }"""
    )
    page.get_by_role("link", name="Deux objets ? Séparer").click()
    panel = page.locator("#panel")
    expect(panel.get_by_label("Son texte")).to_have_value("Je veux aussi poser une clôture devant ma maison.")
    assert_accessible(page)
    panel.get_by_label("Objet de la nouvelle demande").fill("Poser une clôture")
    panel.get_by_label("liste.txt").check()
    panel.get_by_role("button", name="Ouvrir la seconde demande").click()
    expect(page.get_by_text("La seconde demande est ouverte")).to_be_visible()
    part = TicketLink.objects.get(kind="part").ticket
    assert part.received_at == ticket.received_at
    assert [file.name for file in part.messages.get().attachments.all()] == ["liste.txt"]
    expect(page.locator("#aside")).to_contain_text("Poser une clôture")


def test_two_tickets_become_one_and_two_again(page: Any, ticket: Ticket, agent: Agent) -> None:
    later = make_ticket(service=ticket.service, requester=WHO, subject="Toujours éteint", body="Toujours rien.")
    log_in(page, agent)
    page.goto(address(later))
    page.get_by_role("link", name=f"Fusionner… {ticket.reference}").click()
    expect(page.get_by_label("Référence de l’autre demande")).to_have_value(ticket.reference)
    assert_accessible(page)
    page.get_by_role("button", name="Fusionner les deux demandes").click()
    expect(page).to_have_url(page.url.split("/agents/")[0] + address(ticket))
    expect(page.locator(".conversation")).to_contain_text("Toujours rien.")
    page.get_by_role("button", name="Annuler la fusion").click()
    expect(page.get_by_text("La fusion est défaite")).to_be_visible()
    expect(page.locator(".conversation")).not_to_contain_text("Toujours rien.")


def test_a_task_is_done_by_a_service_that_does_not_see_the_ticket(page: Any, ticket: Ticket, agent: Agent) -> None:
    ecoles = make_service("ecoles", "Écoles")
    doer = make_agent(("back_office", ecoles), first_name="Yanis", last_name="Morel")
    due = timezone.now() + timedelta(days=1)
    task = task_add(
        ticket=ticket, title="Vérifier le portail", service=ecoles, due_at=due, actor=agent, now=timezone.now()
    )
    log_in(page, doer)
    page.goto(reverse("tickets:tasks"))
    expect(page.get_by_text("Vérifier le portail").first).to_be_visible()
    expect(page.get_by_text("Lampadaire et clôture")).to_have_count(0)
    assert_accessible(page)
    page.get_by_text("C’est fait").click()
    page.get_by_label("Ce qui a été fait").fill("Serrure changée")
    page.get_by_role("button", name="Noter comme faite").click()
    expect(page.get_by_text("La tâche est faite")).to_be_visible()
    assert TicketTask.objects.get(pk=task.pk).result == "Serrure changée"


def test_nothing_overflows_on_smaller_screens(page: Any, ticket: Ticket, agent: Agent) -> None:
    log_in(page, agent)
    for url in (address(ticket), reverse("tickets:tasks"), reverse("tickets:mentions")):
        page.goto(url)
        page.wait_for_load_state("networkidle")
        assert_good_at_every_width(page)
