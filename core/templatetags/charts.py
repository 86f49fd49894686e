"""Charts as SVG written by templates: `{% load charts %}`. Geometry goes in attributes, appearance in charts.css.

A chart takes plain lists and renders a figure with its title, its description, a legend and the same numbers in a
table under it. Values are numbers or None (no data). A series is {"label": str, "values": list, "tone"?: str}; tone is
1 to 6, ok, soon, late, paused, legal or muted. Numbers in attributes are formatted here, never by templates, because
localised templates write "12,5".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import template

from core.templatetags.chart_geometry import (
    LEFT,
    Series,
    anchor_of,
    chart_frame,
    free_place,
    heading,
    label_every,
    line_points,
    n,
    table_rows,
    tones_of,
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
