"""A visitor in a real browser: from the kiosk to the desk and the display, with two agents."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from channels_intake.counter.actions import visit_call_next, visit_serve
from channels_intake.models import Visit, VisitState
from directory.models import Agent
from tests.support.asserts import assert_accessible, assert_fits, assert_good_at_every_width
from tests.support.counter import arrive, make_desk, make_reason, make_screens, make_site
from tests.support.factories import make_agent, make_service, make_town
from tickets.models import Ticket

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DESK, QUEUE = "/agents/guichet/", "/agents/guichet/file/"


@pytest.fixture
def hall() -> dict[str, Any]:
    site, planning = make_site(), make_service("urbanisme", "Urbanisme")
    screens = make_screens(site)
    return {
        "site": site,
        "desk": make_desk(site, "Guichet 1"),
        "special": make_desk(site, "Guichet Urbanisme", planning),
        "passport": make_reason("Passeport", "B", label_en="Passport"),
        "planning": make_reason("Urbanisme", "U", service=planning),
        "kiosk": reverse("kiosk:home", args=[screens.kiosk_token]),
        "display": reverse("kiosk:display", args=[screens.display_token]),
    }


@pytest.fixture
def counter(page: Any, client_of: Callable[[Agent], Client], live_server: Any) -> Any:
    session = client_of(make_agent(("counter", make_town()))).cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
    return page


def test_from_the_kiosk_to_the_outcome(counter: Any, hall: dict[str, Any], browser: Any, live_server: Any) -> None:
    public = browser.new_context(base_url=live_server.url, java_script_enabled=False, locale="fr-FR")
    kiosk, display = public.new_page(), public.new_page()
    kiosk.goto(hall["kiosk"])
    kiosk.get_by_role("link", name="English").click()
    kiosk.get_by_text("I have an appointment").click()
    kiosk.get_by_role("button", name="Passport").click()
    expect(kiosk.locator("h1")).to_have_text("Your number B001")
    kiosk.get_by_role("link", name="Finish").click()
    expect(kiosk.locator("h1")).to_have_text("Bienvenue. Prenez un numéro.")

    counter.goto(DESK)
    counter.get_by_role("button", name="Guichet 1").click()
    expect(counter.locator(".visitor__title")).to_contain_text("1 personne attend")
    counter.locator("#omnibox").focus()
    counter.keyboard.press("F9")
    expect(counter.locator(".visitor__number")).to_contain_text("B001")
    display.goto(hall["display"])
    expect(display.locator(".display__number")).to_have_text("B001")
    expect(display.locator(".display__desk")).to_have_text("Guichet 1")

    counter.locator("#contact-question").fill("Refaire un passeport")
    counter.keyboard.press("F9")
    expect(counter.get_by_role("button", name="Terminer sans enregistrer")).to_be_visible()
    expect(counter.locator("#contact-question")).to_have_value("Refaire un passeport")
    counter.get_by_role("button", name="Créer une demande").click()
    expect(counter.locator(".desk-done")).to_be_visible()
    expect(counter.locator("#visitor-call")).to_be_visible()
    visit, ticket = Visit.objects.get(), Ticket.objects.get()
    assert (visit.state, visit.ticket, visit.priority) == (VisitState.DONE, ticket, 1)
    display.reload()
    expect(display.locator(".display__last")).to_contain_text("B001")
    public.close()


def test_the_list_lives_by_itself_and_keeps_the_focus(counter: Any, hall: dict[str, Any]) -> None:
    counter.clock.install()
    counter.goto(QUEUE)
    expect(counter.get_by_text("Personne n’attend")).to_be_visible()
    counter.locator("#arrival-name").fill("Mme Bertin")
    counter.get_by_label("Motif").select_option(label="Passeport")
    counter.get_by_role("button", name="Donner un numéro").click()
    expect(counter.locator("#messages")).to_contain_text("Numéro à donner : B001")
    expect(counter.locator(".counter-table tbody tr")).to_have_count(1)
    counter.get_by_role("button", name="Faire passer avant B001").focus()
    arrive(hall["site"], reason=hall["planning"])
    counter.clock.run_for(10_500)
    expect(counter.locator(".counter-table tbody tr")).to_have_count(2)
    expect(counter.get_by_role("button", name="Faire passer avant B001")).to_be_focused()
    counter.get_by_role("button", name="Partie B001").click()
    expect(counter.locator(".counter-gone")).to_contain_text("B001")
    counter.get_by_role("button", name="Est finalement là B001").click()
    expect(counter.locator(".counter-table tbody tr")).to_have_count(2)


def test_a_visitor_is_sent_to_the_special_desk(counter: Any, hall: dict[str, Any]) -> None:
    arrive(hall["site"], reason=hall["passport"])
    counter.goto(DESK)
    counter.get_by_role("button", name="Guichet 1").click()
    counter.locator("#visitor-call").click()
    counter.locator("#visitor-serve").click()
    counter.locator("#visitor summary").click()
    counter.get_by_label("Envoyer vers").select_option(label="Urbanisme")
    counter.get_by_label("Un mot pour votre collègue").fill("Plan joint")
    assert_accessible(counter)
    counter.get_by_role("button", name="Envoyer", exact=True).click()
    expect(counter.locator("#messages")).to_contain_text("B001 attend : Urbanisme")
    counter.goto(QUEUE)
    expect(counter.locator(".counter-table")).to_contain_text("Plan joint")


def test_the_display_follows_the_calls(page: Any, hall: dict[str, Any]) -> None:
    arrive(hall["site"], reason=hall["passport"])
    page.clock.install()
    page.goto(hall["display"])
    expect(page.locator(".display__empty")).to_be_visible()
    visit_call_next(desk=hall["desk"], agent=make_agent(("counter", make_town())), now=timezone.now())
    page.clock.run_for(4_500)
    expect(page.locator(".display__call.is-new .display__number")).to_have_text("B001")


def test_every_page_is_accessible_and_fits(counter: Any, hall: dict[str, Any]) -> None:
    for number in range(7):
        arrive(hall["site"], reason=hall["passport"], name=f"Visiteuse {number}", priority=(5, 1, 2)[number % 3])
    for number in range(3):
        other = make_agent(("counter", make_town()))
        desk = make_desk(hall["site"], f"Guichet {number + 5}")
        visit = visit_call_next(desk=desk, agent=other, now=timezone.now())
        assert visit is not None
        if number:
            visit_serve(visit_id=visit.pk, agent=other, now=timezone.now())
    counter.goto(DESK)
    counter.get_by_role("button", name="Guichet 1").click()
    for path in (DESK, QUEUE, hall["kiosk"], f"{hall['kiosk']}?langue=en", hall["display"], "/"):
        counter.goto(path)
        assert_good_at_every_width(counter)
    counter.set_viewport_size({"width": 390, "height": 900})
    counter.goto(hall["kiosk"])
    counter.get_by_role("button", name="Autre motif").click()
    expect(counter.locator(".kiosk__number")).to_be_visible()
    assert_accessible(counter)
    counter.goto(QUEUE)
    counter.locator("#queue-call").click()
    for action in ("#visitor-serve", None):
        assert_accessible(counter)
        assert_fits(counter)
        if action:
            counter.locator(action).click()
            expect(counter.locator(action)).to_have_count(0)
