"""The telephone desk with a real process of live events, Redis and Chromium: calls pop up, a few keys end them."""

import json
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from channels_intake.models import Call, Callback, Extension, TelephoneSystem
from channels_intake.phone.calls import Told, call_tell
from channels_intake.phone.signing import signature
from channels_intake.phone.systems import secret_set
from directory.models import Agent
from notifications.actions.notices import notice_add
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
from tests.support.live import LiveProcess, live_process
from tickets.enums import Status
from tickets.models import Ticket

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DESK, QUEUE, CALLS = "/agents/telephone/", "/agents/telephone/rappels/", "/api/v1/calls/"
NUMBER, SECRET = "06 39 98 12 34", "s" * 40
SOON = 5_500  # milliseconds until the desk has looked again, and tried again to connect
TYPED_A_SECOND = 2  # a newcomer's fingers


@pytest.fixture
def town() -> dict[str, Any]:
    root = make_town()
    voirie = make_service("voirie", "Voirie")
    make_type("eclairage", voirie, name="Éclairage public", keywords=["lampadaire"])
    citizen = make_citizen("Élodie Lefèvre", "elodie@example.org", NUMBER)
    system = TelephoneSystem(code="standard", name="Standard")
    secret_set(system=system, secret=SECRET)
    agent = make_agent(("phone", root), title="Téléconseillère")
    Extension.objects.create(number="204", agent=agent)
    return {
        "agent": agent,
        "citizen": citizen,
        "ticket": make_ticket(
            citizen=citizen,
            channel="email",
            subject="Lampadaire éteint rue des Lilas",
            body="Le lampadaire est éteint.",
        ),
        "passport": make_article("Comment refaire un passeport ?", "Prenez rendez-vous.", voirie),
    }


@pytest.fixture(scope="module")
def process(live_server: Any, django_db_setup: None, django_db_blocker: Any) -> Iterator[LiveProcess]:
    with django_db_blocker.unblock(), live_process(live_server.url) as process:
        yield process


@pytest.fixture
def live(process: LiveProcess, live_server: Any, settings: Any) -> LiveProcess:
    # a cookie is not sent from localhost to 127.0.0.1: the same host, another port
    url = process.url.replace("127.0.0.1", urlsplit(live_server.url).hostname or "")
    parts = urlsplit(url)
    directives = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    origins = [*directives["connect-src"], f"{parts.scheme}://{parts.netloc}"]
    settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": directives | {"connect-src": origins}}
    settings.LIVE_URL = url
    return process


@pytest.fixture
def desk(town: dict[str, Any], page: Any, client_of: Callable[[Agent], Client], live_server: Any) -> Any:
    session = client_of(town["agent"]).cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
    return page


def opened(page: Any) -> Any:
    page.goto(DESK)
    expect(page.locator("[data-incoming][data-connected=true]")).to_be_attached()
    return page


def post(event: str, call_id: str = "c1", caller: str = NUMBER) -> None:
    """As a telephone system does it, by HTTP and signed."""
    body = json.dumps({"call_id": call_id, "event": event, "from": caller, "extension": "204"}).encode()
    timestamp = str(int(time.time()))
    headers = {
        "X-Guichet-System": "standard",
        "X-Guichet-Timestamp": timestamp,
        "X-Guichet-Signature": signature(SECRET, timestamp, body),
    }
    answer = Client().post(CALLS, body, content_type="application/json", headers=headers)
    assert answer.status_code in {200, 201}, answer.content


def test_the_caller_pops_up_and_nothing_moves_under_the_hands(
    live: LiveProcess, desk: Any, town: dict[str, Any]
) -> None:
    opened(desk)
    desk.locator("#contact-question").focus()
    desk.keyboard.type("Une question en cours")
    before = desk.locator("#contact-question").bounding_box()
    post("ringing")
    pane = desk.locator(".incoming")
    # told: a connected page looks by itself every minute only
    expect(pane).to_contain_text("Appel entrant : Élodie Lefèvre")
    expect(pane).to_contain_text("1 demande en cours")
    expect(desk.locator("[data-incoming-said]")).to_contain_text("Appel entrant : Élodie Lefèvre")
    expect(desk.locator("#contact-question")).to_be_focused()
    expect(desk.locator("#contact-question")).to_have_value("Une question en cours")
    assert desk.locator("#contact-question").bounding_box() == before
    assert_accessible(desk)
    # a form already begun is left alone: the call opens beside it
    with desk.context.expect_page() as other:
        desk.keyboard.press("F9")
    expect(other.value.locator("#omnibox")).to_have_value(NUMBER)
    expect(other.value.locator(".person__name").first).to_have_text("Élodie Lefèvre")
    other.value.close()
    expect(desk.locator("#contact-question")).to_have_value("Une question en cours")
    post("ended")
    expect(pane).to_have_count(0)


def test_a_call_is_over_in_a_few_keys(live: LiveProcess, desk: Any, town: dict[str, Any]) -> None:
    """Ringing, picked up, answered with an article: the number of keys a newcomer presses is counted."""
    opened(desk)
    keys = 0

    def press(*names: str) -> None:
        nonlocal keys
        for name in names:
            desk.keyboard.press(name)
            keys += 1

    post("ringing")
    expect(desk.locator(".incoming")).to_be_visible()
    post("answered")
    expect(desk.locator(".incoming")).to_contain_text("En ligne")
    expect(desk.locator("#omnibox")).to_be_focused()
    press("Enter")  # in the empty omnibox
    expect(desk.locator("#omnibox")).to_have_value(NUMBER)
    expect(desk.locator("#contact-question")).to_be_focused()
    expect(desk.locator("[data-desk-timer]")).not_to_have_text("0:00")
    press(*"passep")
    expect(desk.locator(".answer details[open]")).to_have_count(1)
    press("F2")
    expect(desk.locator(".desk-done")).to_contain_text("Répondu et clos")
    call = Call.objects.get()
    assert call.ticket is not None
    assert (call.ticket.status, call.ticket.requester, call.citizen) == (
        Status.CLOSED,
        town["citizen"],
        town["citizen"],
    )
    expect(desk.locator(".incoming")).to_have_count(0)
    assert keys / TYPED_A_SECOND < 30
    assert keys <= 8


def test_a_second_call_is_recognised_and_a_callback_promised_with_one_key(
    live: LiveProcess, desk: Any, town: dict[str, Any]
) -> None:
    opened(desk)
    desk.keyboard.type("lefevre")
    desk.keyboard.press("Enter")
    expect(desk.locator("[name=citizen]").first).to_be_focused()
    desk.keyboard.press("Enter")
    expect(desk.locator("#contact-question")).to_be_focused()
    desk.keyboard.type("lampadaire toujours éteint")
    banner = desk.locator(".desk-again")
    expect(banner).to_contain_text("2e appel pour ce sujet")
    expect(banner).to_contain_text(town["ticket"].reference)
    assert_accessible(desk)
    desk.keyboard.press("F4")
    expect(desk.locator(".desk-done")).to_contain_text("Rappel promis")
    assert Callback.objects.get().number == "+33639981234"
    desk.goto(QUEUE)
    expect(desk.locator(".callback")).to_contain_text("Élodie Lefèvre")
    desk.get_by_role("button", name="Rappeler").click()
    expect(desk.get_by_role("link", name=NUMBER)).to_have_attribute("href", "tel:+33639981234")
    assert_accessible(desk)
    desk.get_by_label("Résultat de l’appel").select_option("reached")
    desk.get_by_role("button", name="Enregistrer").click()
    expect(desk.locator("main")).to_contain_text("Personne à rappeler")


def test_an_anonymous_caller_is_taken_and_a_request_made(live: LiveProcess, desk: Any, town: dict[str, Any]) -> None:
    opened(desk)
    post("ringing", caller="anonymous")
    expect(desk.locator(".incoming")).to_contain_text("Numéro masqué")
    desk.locator("[data-take]").click()
    expect(desk.locator("#contact-question")).to_be_focused()
    desk.keyboard.type("Un arbre est tombé place du Marché")
    desk.keyboard.press("F8")
    expect(desk.locator(".desk-done")).to_contain_text("Demande créée")
    ticket = Ticket.objects.exclude(pk=town["ticket"].pk).get()
    assert ticket.requester is None
    assert Call.objects.get().ticket == ticket


def test_without_the_live_process_the_desk_polls(desk: Any, town: dict[str, Any]) -> None:
    """Nothing listens: the call comes a few seconds later."""
    desk.clock.install()
    desk.goto(DESK)
    post("ringing")
    desk.clock.run_for(SOON)
    expect(desk.locator(".incoming")).to_contain_text("Élodie Lefèvre")
    post("ended")
    desk.clock.run_for(SOON)
    expect(desk.locator(".incoming")).to_have_count(0)


def test_the_desk_survives_the_death_of_the_live_process(live: LiveProcess, desk: Any, town: dict[str, Any]) -> None:
    desk.clock.install()
    opened(desk)
    live.stop()
    expect(desk.locator("[data-incoming][data-connected=false]")).to_be_attached()
    post("ringing")
    desk.clock.run_for(SOON)
    expect(desk.locator(".incoming")).to_be_visible()  # by polling
    live.start()
    desk.clock.run_for(SOON)
    expect(desk.locator("[data-incoming][data-connected=true]")).to_be_attached()


def test_the_extension_is_chosen_on_the_desk(desk: Any, town: dict[str, Any]) -> None:
    Extension.objects.create(number="301", agent=make_agent())
    desk.goto(DESK)
    desk.locator("summary", has_text="Poste 204").click()
    desk.locator("#workstation").fill("301")
    desk.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(desk.locator("h1")).to_contain_text("occupe ce poste")
    assert_accessible(desk)
    desk.get_by_role("button", name="Prendre le poste 301").click()
    expect(desk.locator("summary", has_text="Poste 301")).to_be_visible()


def test_the_pages_are_accessible_and_fit(desk: Any, town: dict[str, Any]) -> None:
    now = timezone.now()
    for number, (caller, event, ago) in enumerate(
        [(NUMBER, "ringing", 4), ("06 39 98 77 77", "missed", 4000), ("06 39 98 77 77", "missed", 2000)]
    ):
        told = Told(f"c{number}", event, now - timedelta(seconds=ago), caller=caller, extension="204")
        call_tell(source="t", told=told)
    desk.goto(f"{DESK}?q=lefevre")
    desk.locator("[name=citizen]").first.check()
    desk.locator("#contact-question").fill("lampadaire")
    desk.keyboard.press("F4")
    expect(desk.locator(".desk-done")).to_be_visible()
    for path in (f"{DESK}?q=lefevre&question=lampadaire", QUEUE):
        desk.goto(path)
        expect(desk.locator(".callback" if path == QUEUE else ".incoming").first).to_be_visible()
        assert_good_at_every_width(desk)


def test_every_page_hears_the_call_and_the_emergency(live: LiveProcess, desk: Any, town: dict[str, Any]) -> None:
    page, agent = desk, town["agent"]
    page.goto(reverse("notices:list") + "?show=all")
    expect(page.locator("[data-bell][data-connected=true]")).to_be_attached()
    before = page.locator("h1").bounding_box()
    post("ringing")
    banner = page.locator("[data-calls] [data-call]")
    expect(banner).to_contain_text("Appel entrant : Élodie Lefèvre")
    notice_add(agent_id=agent.pk, title="Urgence : fuite de gaz", path="/agents/", is_urgent=True, dedupe_key="gaz")
    toast = page.locator("[data-alarm]")
    expect(toast).to_contain_text("Urgence : fuite de gaz")
    expect(page.locator(".bell__count")).to_have_text("1")
    expect(page.locator("[data-bell-said]")).to_contain_text("1 alerte non lue")
    assert page.locator("h1").bounding_box() == before, "nothing moves"
    assert_accessible(page)
    page.reload()
    expect(banner).to_contain_text("Élodie Lefèvre")  # it still rings; the emergency was told, the bell keeps it
    expect(toast).to_have_count(0)
    expect(banner.get_by_role("link")).to_have_attribute("href", f"{DESK}?call={Call.objects.get().pk}")
    post("ended")
    expect(banner).to_have_count(0)
