"""The palette of static/css/tokens.css: both themes complete, and readable."""

import re

import pytest
from django.conf import settings

from core.accent import contrast, parse

CSS = (settings.BASE_DIR / "static/css/tokens.css").read_text()


def block(opening: str) -> dict[str, str]:
    """The custom properties declared in the rule that starts with `opening`."""
    body = CSS.split(opening, 1)[1].split("}", 1)[0]
    return dict(re.findall(r"(--[\w-]+):\s*([^;]+);", body))


LIGHT = block(":root {")
DARK_SYSTEM = block(':root:not([data-theme="light"]) {')
DARK_CHOSEN = block(':root[data-theme="dark"] {')
THEMES = {"light": LIGHT, "dark": LIGHT | DARK_SYSTEM}
STATES = ["ok", "soon", "late", "paused", "legal", "note"]
MARKS = ["ok-mark", "soon-mark", "late-mark", "paused", "legal", *(f"series-{n}" for n in range(1, 7))]


def ratio(theme: str, one: str, other: str) -> float:
    return contrast(parse(THEMES[theme][f"--{one}"]), parse(THEMES[theme][f"--{other}"]))


def test_the_dark_theme_is_the_same_by_system_and_by_choice() -> None:
    assert DARK_SYSTEM == DARK_CHOSEN


def test_the_dark_theme_gives_every_colour_of_the_light_one() -> None:
    colours = {name for name, value in LIGHT.items() if value.startswith("#")}
    assert colours <= set(DARK_SYSTEM)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("text", ["ink", "ink-2", "ink-3", "accent", "accent-strong"])
@pytest.mark.parametrize("background", ["paper", "canvas", "mist"])
def test_text_contrast(theme: str, text: str, background: str) -> None:
    assert ratio(theme, text, background) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("state", STATES)
def test_state_words_contrast(theme: str, state: str) -> None:
    assert ratio(theme, state, f"{state}-soft") >= 4.5
    assert ratio(theme, state, "paper") >= 4.5
    assert ratio(theme, "ink", f"{state}-soft") >= 4.5


@pytest.mark.parametrize("theme", THEMES)
def test_filled_controls_contrast(theme: str) -> None:
    assert ratio(theme, "on-accent", "accent") >= 4.5
    assert ratio(theme, "ink-2", "accent-soft") >= 4.5
    assert ratio(theme, "ink-2", "mist-2") >= 4.5
    assert ratio(theme, "paper", "legal") >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("mark", [*MARKS, "line-strong"])
def test_chart_marks_and_control_borders_contrast(theme: str, mark: str) -> None:
    assert ratio(theme, mark, "paper") >= 3
