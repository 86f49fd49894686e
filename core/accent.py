"""A town's own accent colour: the five accent tokens of static/css/tokens.css, for both themes, always readable."""

from __future__ import annotations

import re

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET

DEFAULT = "#0f5c6e"
WHITE, BLACK, NIGHT = (255, 255, 255), (0, 0, 0), (17, 26, 45)  # NIGHT: --paper of the dark theme
TEXT = 4.5  # WCAG 1.4.3

RGB = tuple[int, int, int]


def parse(colour: str) -> RGB:
    """#rrggbb → (r, g, b), 0 to 255. Raises ValueError on anything else."""
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", colour):
        raise ValueError(f"not a colour of the form #rrggbb: {colour!r}")
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def luminance(colour: RGB) -> float:
    """Relative luminance, 0 to 1 (WCAG 2.1)."""
    parts = [value / 255 for value in colour]
    red, green, blue = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: RGB, other: RGB) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2.1)."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def mix(one: RGB, other: RGB, share: float) -> RGB:
    """`one` with `share` (0 to 1) of `other` in it."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _until(colour: RGB, towards: RGB, against: RGB, ratio: float) -> RGB:
    """`colour` moved towards another one by the least that reaches `ratio` against a background."""
    return next(found for step in range(21) if contrast(found := mix(colour, towards, step / 20), against) >= ratio)


def accent_tokens(accent: str) -> tuple[dict[str, str], dict[str, str]]:
    """The accent tokens of the light and of the dark theme. Raises ValueError on a malformed colour.

    Text in the accent reads at 4.5:1 or better on paper and on its own soft background, whatever colour is given.
    """
    given = parse(accent)
    soft = mix(given, WHITE, 0.89)
    light = _until(given, BLACK, soft, TEXT + 0.5)
    night_soft = mix(given, NIGHT, 0.72)
    dark = _until(given, WHITE, night_soft, TEXT + 1)
    return (
        _named(light, mix(light, BLACK, 0.25), soft, mix(given, WHITE, 0.62), WHITE),
        _named(dark, mix(dark, WHITE, 0.35), night_soft, mix(given, NIGHT, 0.4), mix(given, BLACK, 0.85)),
    )


def _named(accent: RGB, strong: RGB, soft: RGB, line: RGB, on: RGB) -> dict[str, str]:
    values = {"accent": accent, "accent-strong": strong, "accent-soft": soft, "accent-line": line, "on-accent": on}
    return {f"--{name}": "#{:02x}{:02x}{:02x}".format(*value) for name, value in values.items()}


def accent_css(accent: str) -> str:
    """The style sheet that dresses the interface in a town's colour. Raises ValueError on a malformed colour."""
    light, dark = ("".join(f"{name}:{value};" for name, value in tokens.items()) for tokens in accent_tokens(accent))
    return (
        f":root{{{light}}}\n"
        f'@media (prefers-color-scheme:dark){{:root:not([data-theme="light"]){{{dark}}}}}\n'
        f':root[data-theme="dark"]{{{dark}}}\n'
    )


@require_GET
@cache_control(public=True, immutable=True, max_age=31_536_000)
def accent_stylesheet(request: HttpRequest, colour: str) -> HttpResponse:
    """The style sheet of one colour, named by its six digits in the address, so that it can be cached for ever."""
    try:
        css = accent_css(f"#{colour}")
    except ValueError as error:
        raise Http404 from error
    return HttpResponse(css, content_type="text/css; charset=utf-8")
