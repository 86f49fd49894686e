"""What the suite asks of axe on every page: contrast is measured once for each look, and never forgotten."""

from typing import Any

import pytest

from tests.support import asserts

pytestmark = pytest.mark.browser
PAGE = '<html lang="fr"><title>Essai</title><main class="box"><h1>Titre</h1><p class="line">Texte</p></main></html>'
PALE = PAGE.replace("<title>", "<style>.line { color: #bbb; background: #fff }</style><title>")


def test_a_pale_text_is_found_each_time_and_good_ones_are_not_measured_twice(
    browser: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asserts, "_seen", seen := set[str]())
    page = browser.new_page()
    page.set_content(PAGE)
    asserts.assert_accessible(page)
    assert len(seen) == 2
    for rules in (asserts.WCAG, asserts.COLOURS):
        page.set_content(PALE)
        with pytest.raises(AssertionError, match="color-contrast"):
            asserts.assert_accessible(page, rules)
    # the same words under another ground, size or class are another look
    for changed in ("main { background: #ddd }", "p { font-size: 30px }", "p { color: #eee; position: fixed; top: 0 }"):
        page.set_content(PAGE.replace("<title>", f"<style>{changed}</style><title>"))
        if "#eee" in changed:
            with pytest.raises(AssertionError, match="color-contrast"):
                asserts.assert_accessible(page)
        else:
            asserts.assert_accessible(page)
    before = set(seen)
    page.set_content(PAGE.replace("</main>", '<p class="line">Autre texte</p></main>'))
    asserts.assert_accessible(page)
    assert seen == before
    page.set_content(PAGE.replace("</main>", "<button></button></main>"))
    with pytest.raises(AssertionError, match="button-name"):
        asserts.assert_accessible(page)
    page.close()
