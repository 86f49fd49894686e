"""The desks in a real browser, with the keyboard alone: a call is over in a few keys, and never counted twice."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import expect

from directory.models import Agent, Site
from tests.support.asserts import assert_accessible, assert_good_at_every_width
from tests.support.factories import (
    make_agent,
    make_article,
    make_citizen,
    make_service,
    make_ticket,
    make_town,
    make_type,
)
from tickets.enums import Status
from tickets.models import Emergency, Ticket
from tickets.selectors.routing import routing_forget

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PHONE, COUNTER, KNOWLEDGE = "/agents/telephone/", "/agents/guichet/", "/agents/connaissances/"


@pytest.fixture
def town() -> dict[str, Any]:
    root = make_town()
    civil, voirie = make_service("etat-civil", "État civil"), make_service("voirie", "Voirie")
    make_type("eclairage", voirie, name="Éclairage public", keywords=["lampadaire"])
    citizen = make_citizen("Élodie Lefèvre", "elodie@example.org", "06 39 98 12 34")
    return {
        "root": root,
        "citizen": citizen,
        "ticket": make_ticket(citizen=citizen, channel="email"),
        "passport": make_article(
            "Comment refaire un passeport ?", "Prenez rendez-vous.\n\nVoir https://example.org/titres", civil
        ),
        "other": make_article("Où retirer son passeport ?", "À l’hôtel de ville.", civil, audience="internal"),
    }


@pytest.fixture
def log_in(page: Any, client_of: Callable[[Agent], Client], live_server: Any) -> Callable[[Agent], Any]:
    def opened(agent: Agent) -> Any:
        session = client_of(agent).cookies[settings.SESSION_COOKIE_NAME].value
        page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
        return page

    return opened


@pytest.fixture
def desk(town: dict[str, Any], log_in: Callable[[Agent], Any]) -> Any:
    page = log_in(make_agent(("phone", town["root"]), ("counter", town["root"]), title="Téléconseillère"))
    page.goto(PHONE)
    return page


def found(page: Any, text: str) -> None:
    """Type in the omnibox, go on with Enter, and wait for the question to have the focus."""
    expect(page.locator("#omnibox")).to_be_focused()
    page.keyboard.type(text)
    page.keyboard.press("Enter")
    expect(page.locator("#contact-question")).to_be_focused()


def test_a_call_is_answered_with_an_article_in_a_few_keys(desk: Any, town: dict[str, Any]) -> None:
    found(desk, "06 39 98 12 34")
    expect(desk.locator(".person__name").first).to_have_text("Élodie Lefèvre")
    expect(desk.locator(".desk-ticket__banner")).to_contain_text("2e contact pour ce sujet")
    desk.keyboard.type("passep")
    expect(desk.locator(".answer")).to_have_count(2)
    first = desk.locator(".answer__question").first.inner_text()
    desk.keyboard.press("ArrowDown")
    expect(desk.locator("[data-desk-article]").first).to_be_focused()
    expect(desk.locator(".answer details").first).to_have_attribute("open", "")
    desk.keyboard.press("Enter")
    expect(desk.locator(".desk-done")).to_contain_text(first)
    ticket = Ticket.objects.exclude(pk=town["ticket"].pk).get()
    expect(desk.locator(".desk-done .ref")).to_have_text(ticket.reference)
    assert (ticket.status, ticket.requester, ticket.is_first_contact) == (Status.CLOSED, town["citizen"], True)
    expect(desk.locator("#omnibox")).to_be_focused()
    expect(desk.locator("#omnibox")).to_have_value("")
    expect(desk.locator("#contact-question")).to_have_value("")


def test_the_arrows_read_the_articles_one_by_one(desk: Any) -> None:
    desk.locator("#contact-question").focus()
    desk.keyboard.type("passeport")
    expect(desk.locator(".answer")).to_have_count(2)
    for key, opened in (("ArrowDown", 0), ("ArrowDown", 1), ("ArrowUp", 0)):
        desk.keyboard.press(key)
        expect(desk.locator("[data-desk-article]").nth(opened)).to_be_focused()
        expect(desk.locator(".answer details[open]")).to_have_count(1)
    desk.keyboard.press("Escape")
    expect(desk.locator("#contact-question")).to_be_focused()
    assert Ticket.objects.count() == 1


def test_an_emergency_is_told_at_the_top_and_moves_nothing(desk: Any) -> None:
    Emergency.objects.create(name="Menace", words=["menace de me tuer"], instruction="Appeler le 17.", priority=4)
    routing_forget()
    desk.set_viewport_size({"width": 1366, "height": 768})
    question, alarm = desk.locator("#contact-question"), desk.locator("[role=alert] .desk-alarm")
    question.focus()
    before = question.bounding_box()
    desk.keyboard.type("Mon voisin menace de me tuer")
    expect(alarm).to_contain_text("Appeler le 17.")
    assert question.bounding_box() == before
    where = alarm.bounding_box()
    assert where["y"] + where["height"] <= before["y"], "read above the question, which stays in sight"
    alarm.locator("summary").click()
    question.focus()
    desk.keyboard.type(" encore")
    expect(desk.locator("#articles")).to_contain_text("Aucune fiche")
    expect(alarm).not_to_have_attribute("open", "")  # told once: what one folded stays folded
    assert_good_at_every_width(desk)


def test_a_request_for_someone_new_is_created_with_the_keyboard(desk: Any, town: dict[str, Any]) -> None:
    found(desk, "Paul Nouveau")
    expect(desk.locator("#contact-name")).to_have_value("Paul Nouveau")
    warning = desk.locator("[data-desk-unreachable]")
    expect(warning).to_contain_text("Ni téléphone ni adresse")
    desk.locator("#contact-phone").fill("06 00 00 00 09")
    expect(warning).to_be_hidden()
    desk.locator("#contact-phone").fill("")
    expect(warning).to_be_visible()
    desk.locator("#contact-question").focus()
    desk.keyboard.type("Le lampadaire du 3 rue des Lilas est éteint")
    desk.keyboard.press("Control+Enter")
    expect(desk.locator(".desk-done--warning")).to_contain_text(
        "Aucune réponse ne pourra être envoyée"
    )  # no way to reach him
    ticket = Ticket.objects.exclude(pk=town["ticket"].pk).get()
    expect(desk.locator(".desk-done .ref")).to_have_text(ticket.reference)
    assert (ticket.channel, ticket.status) == ("phone", Status.NEW)
    assert ticket.requester is not None
    assert ticket.requester.display_name == "Paul Nouveau"


def test_a_namesake_is_chosen_by_hand(desk: Any, town: dict[str, Any]) -> None:
    make_citizen("Marc Lefèvre", "marc@example.org")
    desk.keyboard.type("lefevre")
    expect(desk.locator(".person__name")).to_have_count(3)
    expect(desk.locator("[name=citizen]:checked")).to_have_count(0)
    desk.keyboard.press("Enter")
    expect(desk.locator("[name=citizen]").first).to_be_focused()
    second = desk.locator(".person__name").nth(1).inner_text()
    desk.keyboard.press("ArrowDown")
    desk.keyboard.press("Enter")
    expect(desk.locator("#contact-question")).to_be_focused()
    desk.keyboard.type("Une question")
    desk.keyboard.press("Control+Enter")
    expect(desk.locator(".desk-done")).to_contain_text(second)


def test_a_call_is_added_to_the_request_it_is_about(desk: Any, town: dict[str, Any]) -> None:
    found(desk, town["ticket"].reference.lower().replace("-", " "))
    desk.keyboard.type("Toujours éteint")
    desk.get_by_role("button", name="Ajouter l’appel").first.click()
    expect(desk.locator(".desk-done .ref")).to_have_text(town["ticket"].reference)
    assert Ticket.objects.count() == 1
    assert town["ticket"].messages.last().body == "Toujours éteint"


def test_two_clicks_make_one_ticket(desk: Any, town: dict[str, Any]) -> None:
    desk.locator("#contact-question").fill("Une question")
    key = desk.locator("#contact-key").input_value()
    desk.get_by_role("button", name="Créer une demande").dblclick()
    expect(desk.locator(".desk-done")).to_be_visible()
    assert Ticket.objects.count() == 2
    desk.go_back()  # the page of before, with its key: sent again it is the same contact
    desk.locator("#contact-question").fill("Une question")
    desk.locator("#contact-key").evaluate("(field, key) => { field.value = key }", key)
    desk.get_by_role("button", name="Créer une demande").click()
    expect(desk.locator(".desk-done")).to_be_visible()
    assert Ticket.objects.count() == 2


def test_a_refused_form_comes_back_filled_and_accessible(desk: Any) -> None:
    found(desk, "06 39 98 12 34")
    desk.keyboard.type("Horaires de la piscine")
    desk.locator("[data-desk-words] summary").click()
    expect(desk.locator("#contact-answer")).to_be_focused()
    desk.get_by_role("button", name="Enregistrer et clore").click()
    expect(desk.locator(".error-summary")).to_be_focused()
    expect(desk.locator("#contact-question")).to_have_value("Horaires de la piscine")
    expect(desk.locator("[name=citizen]:checked")).to_have_count(1)
    expect(desk.locator("#contact-answer")).to_be_visible()
    assert_accessible(desk)


def test_the_timer_starts_with_the_first_key(desk: Any) -> None:
    timer = desk.locator("[data-desk-timer]")
    assert timer.get_attribute("datetime") is None
    desk.keyboard.type("06")
    assert timer.get_attribute("datetime")
    expect(timer).to_have_text(re.compile(r"^0:(0[1-9]|[1-5]\d)$"))  # it counts


def test_the_counter_asks_for_the_site_then_serves(desk: Any) -> None:
    Site.objects.create(code="hotel-de-ville", name="Hôtel de ville")
    Site.objects.create(code="annexe", name="Mairie annexe")
    desk.goto(COUNTER)
    assert_accessible(desk)
    desk.get_by_role("button", name="Mairie annexe").click()
    expect(desk.locator("#site")).to_have_value("annexe")
    desk.locator("#contact-question").fill("Où est la salle des mariages ?")
    desk.locator("[data-desk-words] summary").click()
    desk.locator("#contact-answer").fill("Au premier étage.")
    desk.get_by_role("button", name="Enregistrer et clore").click()
    expect(desk.locator(".desk-done")).to_contain_text("Répondu et clos")
    assert Ticket.objects.get(channel="counter").status == Status.CLOSED


def test_the_desks_and_the_knowledge_are_accessible_and_fit(desk: Any, town: dict[str, Any]) -> None:
    article = f"{KNOWLEDGE}{town['passport'].pk}/"
    for path in (
        f"{PHONE}?q=lefevre&question=passeport",
        f"{COUNTER}?q=06+39+98+12+34",
        *(KNOWLEDGE, f"{KNOWLEDGE}?q=rien+de+tel", article, f"{article}modifier/"),
    ):
        desk.goto(path)
        assert_good_at_every_width(desk)


def test_articles_are_searched_as_one_types(desk: Any) -> None:
    desk.goto(KNOWLEDGE)
    desk.locator("#article-q").press_sequentially("retirer")
    expect(desk.locator(".list__title")).to_have_count(1)
    desk.get_by_role("link", name="Où retirer son passeport ?").click()
    expect(desk.locator("h1")).to_have_text("Où retirer son passeport ?")


def test_the_administration_works_under_our_policy(town: dict[str, Any], log_in: Callable[[Agent], Any]) -> None:
    agent = make_agent()
    page = log_in(make_agent(("admin", town["root"]), is_staff=True))
    page.goto(f"/admin/directory/agent/{agent.pk}/change/")
    # the autocomplete of services: a script, so not stopped by the policy
    page.locator("#memberships-group").get_by_role("combobox").first.click()
    page.locator(".select2-results__option", has_text="Voirie").click()
    page.locator("select[name$=-role]").first.select_option("phone")
    page.locator("[name=_continue]").click()
    expect(page.locator(".success")).to_be_visible()
    assert agent.memberships.get().service.code == "voirie"
    for path in ("", "directory/service/", "directory/requesttype/", "knowledge/article/", "directory/town/1/change/"):
        page.goto(f"/admin/{path}")
        expect(page.locator("#site-name")).to_contain_text("Guichet — administration")
