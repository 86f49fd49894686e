"""Charts: geometry a browser can read in any language, and the same numbers in a table."""

import re
from typing import Any
from xml.etree import ElementTree

import pytest
from django.template import Context, Template
from django.utils import translation

from core.templatetags.chart_geometry import (
    chart_frame,
    crosses,
    free_place,
    line_points,
    n,
    nice_ceiling,
    shown,
    y_of,
)

SERIES = [{"label": "Received", "values": [8, 12.5, None, 40]}, {"label": "Closed", "values": [5, 10, 20, 44]}]
LABELS = ["a", "b", "c", "d"]


def render(source: str, **context: Any) -> str:
    with translation.override("fr"):
        return Template("{% load charts %}" + source).render(Context(context))


LINE = "{% line_chart 'T' labels series description='D' target=30 target_label='goal' %}"


def test_a_chart_has_a_title_a_description_and_its_table() -> None:
    html = render(LINE, labels=LABELS, series=SERIES)
    svg = ElementTree.fromstring(re.search(r'<svg class="chart__svg".*?</svg>', html, re.DOTALL)[0])  # type: ignore[index]
    assert svg.findtext("title") == "T"
    assert svg.findtext("desc") == "D"
    assert svg.get("aria-labelledby") == f"{svg.find('title').get('id')} {svg.find('desc').get('id')}"  # type: ignore[union-attr]
    assert "<table" in html
    assert " style=" not in html
    for node in svg.iter():
        for name in ("x", "y", "x1", "x2", "y1", "y2", "width", "height", "cx", "cy", "r"):
            if name in node.attrib:
                float(node.attrib[name])  # "12,5" would raise: French must not reach the geometry


def test_the_table_says_the_numbers_in_french() -> None:
    html = render(LINE, labels=LABELS, series=SERIES)
    assert "12,5" in html
    assert '<td class="num">—</td>' in html


def test_a_missing_value_cuts_the_line() -> None:
    html = render("{% line_chart 'T' labels series %}", labels=LABELS, series=SERIES[:1])
    assert html.count('class="line dash-1" d="') == 2


def test_a_chart_of_nothing_is_still_a_chart() -> None:
    assert "<svg" in render(LINE, labels=[], series=[])


@pytest.mark.parametrize(
    ("value", "top"), [(0, 4), (3, 4), (5, 8), (9, 12), (12, 12), (13, 16), (99, 100), (122, 160), (1001, 1200)]
)
def test_the_top_of_an_axis_is_round_and_not_below_the_value(value: float, top: float) -> None:
    assert nice_ceiling(value) == top


def test_numbers_for_machines_and_for_people() -> None:
    assert (n(12.0), n(12.34), n(0)) == ("12", "12.3", "0")
    with translation.override("fr"):
        assert (shown(None), shown(12.5, "%"), shown(3)) == ("—", "12,5\u202f%", "3")


@pytest.mark.parametrize(
    ("values", "above"),
    [([50, 50, 50, 50], True), ([86, 100, 83, 80, 50, 85, 93, 44, 39, 100], True), ([100, 100, 100, 100], False)],
    ids=["a curve far below", "a curve that goes above the goal", "a curve above it"],
)
def test_the_word_beside_the_goal_stands_where_no_curve_passes(values: list[float], above: bool) -> None:
    frame = chart_frame(480, 240, 100, "%", 100)
    runs = line_points(frame, values)
    place = free_place(frame, runs, y_of(frame, 95), "objectif")
    assert (float(place["y"]) < y_of(frame, 95)) == above
    box = (float(place["x"]), float(place["y"]) - 12, float(place["x"]) + 72, float(place["y"]) + 3)
    assert not crosses(runs[0], box)
    assert crosses([(0, 100), (480, 100)], (50, 90, 120, 105))
