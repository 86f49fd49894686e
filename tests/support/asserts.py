"""Assertions that read like the sentence they check."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from django.http import HttpResponse


def assert_status(response: HttpResponse, status: int) -> HttpResponse:
    assert response.status_code == status, f"{response.status_code} instead of {status}: {response.content[:500]!r}"
    return response


def assert_accessible(page: Any) -> None:
    """No violation of WCAG 2.1 A or AA found by axe on the page as it stands."""
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
    # preload copies style sheets into inline ones, which the CSP refuses; no rule of these tags uses it
    asked = {"runOnly": {"type": "tag", "values": tags}, "preload": False, "resultTypes": ["violations"]}
    found = Axe().run(page, options=asked)
    violations = [
        f"{violation['id']}: {violation['help']} — {[node['target'] for node in violation['nodes']][:4]}"
        for violation in found.response["violations"]
    ]
    assert not violations, "\n".join(violations)
