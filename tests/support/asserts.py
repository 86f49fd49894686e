"""Assertions that read like the sentence they check."""

from pathlib import Path
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from django.http import HttpResponse


def assert_status(response: HttpResponse, status: int) -> HttpResponse:
    assert response.status_code == status, f"{response.status_code} instead of {status}: {response.content[:500]!r}"
    return response


WCAG = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}
COLOURS = {"type": "rule", "values": ["color-contrast"]}
WIDTHS = (1440, 834, 390)
AXE_RUN = Path(__file__).with_name("axe.js").read_text()
_seen: set[str] = set()  # the looks of text whose contrast was found good: see axe.js


def assert_accessible(page: Any, rules: dict[str, Any] = WCAG) -> None:
    """No violation of WCAG 2.1 A or AA found by axe on the page as it stands."""
    # preload copies style sheets into inline ones, which the CSP refuses; no rule of these tags uses it
    asked = {"runOnly": rules, "preload": False, "iframes": False, "resultTypes": ["violations"]}
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found = page.evaluate(AXE_RUN, {"options": asked, "seen": sorted(_seen)})
    violations = [f"{each['id']}: {each['help']} — {each['targets']}" for each in found["violations"]]
    assert not violations, f"{page.url}\n" + "\n".join(violations)
    _seen.update(found["seen"])


def assert_fits(page: Any) -> None:
    """Nothing overflows: the page does not scroll sideways."""
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (page.url, page.viewport_size)


def assert_good_at_every_width(page: Any) -> None:
    """The page as it stands fits a desk, a tablet and a telephone, accessible on the first and the last; of the dark
    theme only the colours differ."""
    page.emulate_media(color_scheme="light", reduced_motion="reduce")  # no colour is on its way to another
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert_fits(page)
        if width != 834:
            assert_accessible(page)
    page.emulate_media(color_scheme="dark")
    assert_accessible(page, COLOURS)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": WIDTHS[0], "height": 900})
