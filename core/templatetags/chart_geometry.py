"""The arithmetic of charts: numbers in, coordinates and words out. No template is touched here."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils import formats

Number = int | float | None
Series = Mapping[str, Any]

# Inner box of the charts with axes, in SVG units: room left for the values, below for the labels.
LEFT, TOP, BOTTOM, RIGHT = 48, 12, 28, 12
_ids = itertools.count(1)


def n(value: float) -> str:
    """A coordinate: at most one decimal, a point whatever the language."""
    return f"{value:.1f}".removesuffix(".0")


def shown(value: Number, unit: str = "") -> str:
    """A value as read by people: in the reader's language, with its unit; a dash when there is none."""
    if value is None:
        return "—"
    text = formats.number_format(round(value, 1) if value % 1 else int(value), use_l10n=True, force_grouping=True)
    return f"{text}\u202f{unit}" if unit else text


def nice_ceiling(value: float) -> float:
    """The top of an axis of four steps: a round number not below value; at least 4, so that the steps are whole."""
    for small in (4, 8, 12):
        if value <= small:
            return small
    power = 10 ** math.floor(math.log10(value))
    return next(step * power / 10 for step in (12, 16, 20, 24, 32, 40, 60, 80, 100) if step * power / 10 >= value)


def label_every(count: int, room: int) -> int:
    """Show one label in how many, so that at most `room` of them are drawn."""
    return max(1, math.ceil(count / room))


def chart_frame(width: int, height: int, top_value: float, unit: str, ceiling: float | None = None) -> dict[str, Any]:
    """Size, inner box and horizontal grid of a chart with a vertical axis from zero to a round number."""
    top = ceiling or nice_ceiling(top_value)
    inner_height = height - TOP - BOTTOM
    grid = [{"y": n(TOP + inner_height * (1 - part / 4)), "text": shown(top * part / 4, unit)} for part in range(5)]
    return {
        "width": width,
        "height": height,
        "left": LEFT,
        "right": width - RIGHT,
        "base": n(height - BOTTOM),
        "label_y": height - 8,
        "grid": grid,
        "top": top,
        "inner_width": width - LEFT - RIGHT,
        "inner_height": inner_height,
    }


def y_of(frame: Mapping[str, Any], value: float) -> float:
    """The height of a value on a chart, in SVG units from the top; values above the axis stay at its top."""
    return TOP + frame["inner_height"] * (1 - min(value, frame["top"]) / frame["top"])


def tones_of(series: Sequence[Series]) -> list[str]:
    """The class suffix of each series: its own tone, or the next of the six colours."""
    return [str(one.get("tone") or index % 6 + 1) for index, one in enumerate(series)]


def heading(title: str, description: str, note: str, wide: bool = False, level: int = 2) -> dict[str, Any]:
    """What _head.html shows, with an id of its own for the labels of the figure."""
    return {
        "id": f"chart-{next(_ids)}",
        "title": title,
        "description": description,
        "note": note,
        "wide": wide,
        "level": level,
    }


def table_rows(labels: Sequence[str], series: Sequence[Series], unit: str) -> list[dict[str, Any]]:
    return [
        {"label": label, "cells": [shown(one["values"][index], unit) for one in series]}
        for index, label in enumerate(labels)
    ]


def line_points(frame: Mapping[str, Any], values: Sequence[Number]) -> list[list[tuple[float, float]]]:
    """The runs of consecutive known points of a line; a None cuts the line instead of drawing a false zero."""
    step = frame["inner_width"] / max(len(values) - 1, 1)
    runs: list[list[tuple[float, float]]] = [[]]
    for index, value in enumerate(values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append((LEFT + index * step, y_of(frame, value)))
    return [run for run in runs if run]


Point = tuple[float, float]


def free_place(frame: Mapping[str, Any], runs: Sequence[Sequence[Point]], y: float, words: str) -> dict[str, str]:
    """Where ``words`` stand beside the horizontal line at ``y`` without touching a curve: above it or below, as far to
    the left as can be. Above, at the left, when there is no such place."""
    width, up, down = 9 * len(words), 12, 3  # SVG units, for the largest text of the charts
    for left in range(LEFT + 6, int(LEFT + frame["inner_width"]) - width, 12):
        for baseline in (y - 6, y + 16):
            box = (left, baseline - up, left + width, baseline + down)
            if box[3] < TOP + frame["inner_height"] and not any(crosses(run, box) for run in runs):
                return {"x": n(left), "y": n(baseline)}
    return {"x": n(LEFT + 6), "y": n(y - 6)}


def crosses(run: Sequence[Point], box: tuple[float, float, float, float]) -> bool:
    """Whether a curve passes through a box (left, top, right, bottom); its last point is drawn as a dot."""
    left, top, right, bottom = box
    if any(left - 4 <= x <= right + 4 and top - 4 <= y <= bottom + 4 for x, y in run):
        return True
    for (x1, y1), (x2, y2) in itertools.pairwise(run):
        if x2 > left and x1 < right:
            ends = [y1 + (y2 - y1) * (x - x1) / (x2 - x1) for x in (max(x1, left), min(x2, right))]
            if min(ends) <= bottom and max(ends) >= top:
                return True
    return False


def anchor_of(index: int, count: int) -> str:
    return "start" if index == 0 else "end" if index == count - 1 else "middle"
