"""Charts as SVG written by templates: `{% load charts %}`. Geometry goes in attributes, appearance in charts.css.

Each tag takes plain lists and renders a figure with its title, its description, a legend and the same numbers in a
table under it. Values are numbers or None (no data). A series is {"label": str, "values": list, "tone"?: str}; tone is
1 to 6, ok, soon, late, paused, legal or muted. Numbers in attributes are formatted here, never by templates, because
localised templates write "12,5".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import template

from core.templatetags.chart_geometry import (
    LEFT,
    Number,
    Series,
    anchor_of,
    chart_frame,
    free_place,
    heading,
    label_every,
    line_points,
    n,
    shown,
    table_rows,
    tones_of,
    total_of,
    y_of,
)

register = template.Library()


@register.inclusion_tag("components/charts/line.html")
def line_chart(
    title: str,
    labels: Sequence[str],
    series: Sequence[Series],
    description: str = "",
    note: str = "",
    unit: str = "",
    target: float | None = None,
    target_label: str = "",
    ceiling: float | None = None,
    label_header: str = "",
    wide: bool = False,
    level: int = 2,
) -> dict[str, Any]:
    """Values over time. target: a dotted line with its label; ceiling: the top of the axis (100 for percentages)."""
    known = [value for one in series for value in one["values"] if value is not None]
    frame = chart_frame(960 if wide else 480, 260 if wide else 240, max([*known, target or 0, 1]), unit, ceiling)
    every = label_every(len(labels), 10 if wide else 6)
    step = frame["inner_width"] / max(len(labels) - 1, 1)
    lines, drawn = [], []
    for index, (one, tone) in enumerate(zip(series, tones_of(series), strict=True)):
        runs = line_points(frame, one["values"])
        paths = ["M" + " L".join(f"{n(x)} {n(y)}" for x, y in run) for run in runs]
        drawn += runs
        area = ""
        if len(series) == 1 and len(runs) == 1 and len(runs[0]) > 1:
            area = f"{paths[0]} L{n(runs[0][-1][0])} {frame['base']} L{n(runs[0][0][0])} {frame['base']}Z"
        last = runs[-1][-1] if runs else None
        lines.append(
            {
                "label": one["label"],
                "tone": tone,
                "dash": index + 1,
                "paths": paths,
                "area": area,
                "last": last and {"x": n(last[0]), "y": n(last[1])},
            }
        )
    return {
        **heading(title, description, note, wide, level),
        "frame": frame,
        "lines": lines,
        "legend": lines if len(series) > 1 else [],
        "ticks": [
            {"x": n(LEFT + index * step), "text": label, "anchor": anchor_of(index, len(labels))}
            for index, label in enumerate(labels)
            if index % every == 0
        ],
        "target": None
        if target is None
        else {
            "y": n(y_of(frame, target)),
            "label": target_label,
            "place": free_place(frame, drawn, y_of(frame, target), target_label),
        },
        "headers": [one["label"] for one in series],
        "label_header": label_header,
        "rows": table_rows(labels, series, unit),
    }


@register.inclusion_tag("components/charts/columns.html")
def column_chart(
    title: str,
    labels: Sequence[str],
    series: Sequence[Series],
    description: str = "",
    note: str = "",
    unit: str = "",
    label_header: str = "",
    wide: bool = False,
    level: int = 2,
) -> dict[str, Any]:
    """Columns over time; several series are stacked, the first at the bottom."""
    totals = [sum(one["values"][index] or 0 for one in series) for index in range(len(labels))]
    frame = chart_frame(960 if wide else 480, 260 if wide else 240, max([*totals, 1]), unit)
    slot = frame["inner_width"] / max(len(labels), 1)
    bar_width = min(slot * 0.68, 44)
    every = label_every(len(labels), 12 if wide else 7)
    tones = tones_of(series)
    columns = []
    for index, label in enumerate(labels):
        floor = 0.0
        bars = []
        for one, tone in zip(series, tones, strict=True):
            value = one["values"][index] or 0
            if value:
                y = y_of(frame, floor + value)
                bars.append({"tone": tone, "y": n(y), "height": n(y_of(frame, floor) - y)})
            floor += value
        centre = LEFT + slot * (index + 0.5)
        columns.append(
            {
                "x": n(centre - bar_width / 2),
                "centre": n(centre),
                "bars": bars,
                "text": label if index % every == 0 else "",
                "tip": f"{label} : "
                + ", ".join(f"{one['label']} {shown(one['values'][index], unit)}" for one in series),
            }
        )
    return {
        **heading(title, description, note, wide, level),
        "frame": frame,
        "columns": columns,
        "bar_width": n(bar_width),
        "legend": [{"label": one["label"], "tone": tone} for one, tone in zip(series, tones, strict=True)]
        if len(series) > 1
        else [],
        "headers": [one["label"] for one in series],
        "label_header": label_header,
        "rows": table_rows(labels, series, unit),
    }


@register.inclusion_tag("components/charts/bars.html")
def bar_chart(
    title: str,
    rows: Sequence[Mapping[str, Any]],
    description: str = "",
    note: str = "",
    unit: str = "",
    ceiling: float | None = None,
    goal: float | None = None,
    label_header: str = "",
    value_header: str = "",
    level: int = 2,
) -> dict[str, Any]:
    """Horizontal bars, one a category, its name and value above it.

    rows: {"label", "value" or "parts": [{"label", "value", "tone"}], "url"?, "tone"?}. With parts the bar is stacked
    and the value shown is their sum. goal: a mark on every bar, in the same unit.
    """
    stacked = any("parts" in row for row in rows)
    values = [total_of(row) for row in rows]
    top = ceiling or max([value for value in values if value is not None] + [goal or 0, 1])
    width, height = 480, 46
    bars = []
    for index, (row, value) in enumerate(zip(rows, values, strict=True)):
        parts = row.get("parts") or [{"value": value, "tone": row.get("tone") or "1", "label": ""}]
        x = 0.0
        drawn = []
        for part in parts:
            length = width * min(part["value"] or 0, top) / top
            if length:
                drawn.append({"x": n(x), "width": n(length), "tone": part.get("tone") or "1"})
            x += length
        cells = [shown(part["value"], unit) for part in parts] if stacked else []
        bars.append(
            {
                "label": row["label"],
                "url": row.get("url", ""),
                "text": shown(value, unit),
                "text_y": index * height + 16,
                "y": index * height + 24,
                "parts": drawn,
                "cells": [*cells, shown(value, unit)],
            }
        )
    part_labels = rows[0].get("parts", []) if rows else []
    return {
        **heading(title, description, note, level=level),
        "is_bars": True,
        "rows": bars,
        "width": width,
        "height": max(len(rows) * height - 6, 1),
        "goal_x": None if goal is None else n(width * min(goal, top) / top),
        "legend": [{"label": part["label"], "tone": part.get("tone") or "1"} for part in part_labels]
        if stacked
        else [],
        "headers": [part["label"] for part in part_labels] if stacked else [],
        "label_header": label_header,
        "value_header": value_header,
    }


@register.inclusion_tag("components/charts/heat.html")
def heat_map(
    title: str,
    row_labels: Sequence[str],
    column_labels: Sequence[str],
    values: Sequence[Sequence[Number]],
    description: str = "",
    note: str = "",
    unit: str = "",
    label_header: str = "",
    level: int = 2,
) -> dict[str, Any]:
    """Counts by two scales, such as weekday × hour: five shades from nothing to the greatest; the table says each."""
    greatest = max([value or 0 for row in values for value in row] + [1])
    left, top, cell_height = 84, 4, 26
    width = 480
    cell_width = (width - left) / max(len(column_labels), 1)
    rows = []
    for index, (label, line) in enumerate(zip(row_labels, values, strict=True)):
        cells = [
            {
                "x": n(left + column * cell_width + 1),
                "level": 0 if not value else min(4, 1 + int(4 * (value - 1e-9) / greatest)),
                "tip": f"{label}, {column_labels[column]} : {shown(value, unit)}",
            }
            for column, value in enumerate(line)
        ]
        rows.append(
            {"label": label, "y": top + index * cell_height, "text_y": top + index * cell_height + 17, "cells": cells}
        )
    every = label_every(len(column_labels), 7)
    return {
        **heading(title, description, note, level=level),
        "heat_rows": rows,
        "width": width,
        "height": top + len(row_labels) * cell_height + 22,
        "label_y": top + len(row_labels) * cell_height + 16,
        "cell_width": n(cell_width - 2),
        "cell_height": cell_height - 2,
        "ticks": [
            {"x": n(left + (column + 0.5) * cell_width), "text": label}
            for column, label in enumerate(column_labels)
            if column % every == 0
        ],
        "greatest": shown(greatest, unit),
        "headers": column_labels,
        "label_header": label_header,
        "rows": [
            {"label": label, "cells": [shown(value, unit) for value in line]}
            for label, line in zip(row_labels, values, strict=True)
        ],
    }


@register.inclusion_tag("components/charts/meter.html")
def meter(share: float, tone: str = "1", goal: float | None = None) -> dict[str, Any]:
    """A bare bar of a share (0 to 1) beside a number that is written out: decorative. goal: 0 to 1, a mark."""
    return {
        "width": n(100 * min(max(share, 0), 1)),
        "tone": tone,
        "goal_x": None if goal is None else n(100 * min(max(goal, 0), 1) - 0.5),
    }
