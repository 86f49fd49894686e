"""Priority, callback and pause panels in a real browser, as agents see and hear them."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from directory.actions.citizens import Requester
from tests.support.asserts import assert_accessible
from tests.support.factories import PASSWORD, make_agent, make_service, make_ticket
from tickets.actions.processing import ticket_wait
from tickets.models import Deadline

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_an_agent_sets_the_priority_promises_a_call_and_corrects_a_pause(page: Any) -> None:
    voirie, now = make_service("voirie", "Voirie"), timezone.now()
    agent = make_agent(("referent", voirie), first_name="Camille", last_name="Durand")
    caller = Requester(name="Claire Vasseur", phone="06 39 98 11 22")
    ticket = make_ticket(now=now - timedelta(hours=30), service=voirie, requester=caller)
    for back, waiting in ((20, True), (10, False)):
        ticket_wait(ticket=ticket, actor=agent, now=now - timedelta(hours=back), waiting=waiting)
    page.goto(reverse("tickets:detail", args=[ticket.reference]))
    page.locator("[name=username]").fill(agent.email)
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()

    more = page.get_by_text("Plus", exact=True)
    panel = page.locator("#panel")
    more.click()
    page.get_by_role("link", name="Changer la priorité").click()
    choice = panel.get_by_role("combobox", name="Priorité")
    expect(choice).to_be_focused()
    assert_accessible(page)
    choice.select_option("Immédiate")
    panel.get_by_role("button", name="Enregistrer la priorité").click()
    expect(page.get_by_text("Priorité : immédiate", exact=True)).to_be_visible()

    more.click()
    page.get_by_role("link", name="Demander un rappel").click()
    expect(panel.get_by_label("Numéro de téléphone")).to_have_value("06 39 98 11 22")
    assert_accessible(page)
    panel.get_by_role("button", name="Demander le rappel").click()
    expect(page.get_by_text("Rappel demandé au 06 39 98 11 22").first).to_be_visible()

    page.get_by_role("link", name="Noter le rappel").click()
    expect(panel.get_by_label("Ce qui a été dit")).to_be_visible()
    assert_accessible(page)
    panel.get_by_label("La personne a été jointe").check()
    panel.get_by_role("button", name="Noter le rappel").click()
    history = page.get_by_role("complementary", name="À propos de cette demande")
    expect(history.get_by_text("Rappel fait", exact=True)).to_be_visible()
    assert Deadline.objects.get(kind="callback").state == "met"

    more.click()
    page.get_by_role("link", name="Corriger une pause").click()
    began = timezone.localtime(now - timedelta(hours=25)).strftime("%Y-%m-%dT%H:%M")
    panel.get_by_label("Début").fill(began)
    panel.get_by_label("Motif").fill("Prévenue la veille")
    assert_accessible(page)
    panel.get_by_role("button", name="Corriger la pause").click()
    expect(page.get_by_text("La pause est corrigée")).to_be_visible()
    assert_accessible(page)
    due = Deadline.objects.get(kind="answer").due_at
    assert timedelta(0) <= due - (now + timedelta(hours=72 - 30 + 15)) < timedelta(minutes=1)
