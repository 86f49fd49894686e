"""Whatever colour a town chooses, words in it stay readable in both themes."""

import pytest
from django.http import Http404
from django.test import Client, RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from core.accent import accent_css, accent_stylesheet, accent_tokens, contrast, parse

PAPER = {"light": "#ffffff", "dark": "#111a2d"}


@given(st.integers(0, 0xFFFFFF))
def test_any_accent_is_readable(number: int) -> None:
    for theme, tokens in zip(("light", "dark"), accent_tokens(f"#{number:06x}"), strict=True):
        for background in (PAPER[theme], tokens["--accent-soft"]):
            for text in ("--accent", "--accent-strong"):
                assert contrast(parse(tokens[text]), parse(background)) >= 4.5
        assert contrast(parse(tokens["--on-accent"]), parse(tokens["--accent"])) >= 4.5


@pytest.mark.parametrize("colour", ["", "red", "#fff", "#12345g", "#1234567", "#000000;}*{x:y"])
def test_only_six_hexadecimal_digits_are_a_colour(colour: str) -> None:
    with pytest.raises(ValueError, match="#rrggbb"):
        accent_css(colour)


def test_the_style_sheet_is_served_and_cached(client: Client) -> None:
    response = client.get("/compte/couleur/8b1e3f.css")
    assert response.status_code == 200
    assert response["Content-Type"].startswith("text/css")
    assert "immutable" in response["Cache-Control"]
    assert "--accent:#8b1e3f" in response.content.decode()


def test_a_malformed_colour_is_not_found(rf: RequestFactory) -> None:
    with pytest.raises(Http404):
        accent_stylesheet(rf.get("/"), "8b1e3g")
