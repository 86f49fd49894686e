"""The frames in a real browser: accessible in both themes at every width, their behaviours work under the CSP."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.support.asserts import assert_good_at_every_width

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PAGES = {"plain": "/compte/connexion/", "portal": "/accessibilite/", "not found": "/nowhere/"}


@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES)
def test_a_frame_is_accessible_and_fits(page: Any, path: str) -> None:
    page.goto(path)
    assert_good_at_every_width(page)
    violations = Axe().run(page).response["violations"]  # every rule, the good practices too
    assert violations == [], [(found["id"], found["nodes"][0]["html"]) for found in violations]


def test_the_theme_chosen_is_kept_on_the_next_page(page: Any) -> None:
    page.emulate_media(color_scheme="light")
    page.goto(PAGES["portal"])
    switch = page.locator("[data-theme-switch]").first
    label = page.locator("[data-theme-label]").first
    assert label.text_content() == "Thème sombre"
    switch.click()
    assert label.text_content() == "Thème clair", "the button says what it gives"
    page.goto(PAGES["plain"])
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(11, 17, 32)"


def test_a_double_click_sends_a_form_once(page: Any) -> None:
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.goto(PAGES["plain"])
    page.fill("[name=username]", "nobody@example.org")
    page.fill("[name=password]", "wrong")
    page.locator("main form[method=post] button[type=submit], main .form button").first.dblclick()
    page.wait_for_selector(".error-summary")
    assert len(sent) == 1


def test_a_refused_form_brings_the_focus_to_its_errors(page: Any) -> None:
    page.goto(PAGES["plain"])
    page.locator("main .form button").first.click()
    page.wait_for_selector(".error-summary")
    assert page.evaluate("document.activeElement.className") == "error-summary"


def test_the_language_changes_and_comes_back(page: Any) -> None:
    page.goto(PAGES["portal"])
    assert page.get_attribute("html", "lang") == "fr"
    page.click("button[name=language][value=en]")
    page.wait_for_selector("html[lang=en]")
    page.click("button[name=language][value=fr]")
    page.wait_for_selector("html[lang=fr]")


def test_the_portal_works_without_scripts(browser: Any, live_server: Any) -> None:
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    page.goto(PAGES["portal"])
    assert page.locator(".portal-head a").first.is_visible()
    assert not page.locator("[data-theme-switch]").first.is_visible()
    context.close()
