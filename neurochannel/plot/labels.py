"""Labels next to the ends of curves, moved apart so that none hides another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextPath

from neurochannel.plot.layout.palette import INK
from neurochannel.plot.layout.text_widths import FONT_SIZE, POINTS

LEADER = 16.0
"""Points between the axes and the labels."""


class End(NamedTuple):
    """The last point of a curve in data units, its label and its look."""

    x: float
    y: float
    label: str
    look: dict[str, Any]


def spread(wanted: np.ndarray, gap: float, low: float, high: float) -> np.ndarray:
    """Return positions at least `gap` apart and as near as can be to the wanted ones.

    Least squares under the constraints, by pooling neighbors that are too close. What fits
    between `low` and `high` stays between them; what does not is centered there.
    """
    order = np.argsort(wanted, kind="stable")
    steps = gap * np.arange(len(wanted))
    pools: list[tuple[float, int]] = []
    for value in wanted[order] - steps:
        mean, count = float(value), 1
        while pools and pools[-1][0] >= mean:
            other, n = pools.pop()
            mean, count = (mean * count + other * n) / (count + n), count + n
        pools.append((mean, count))
    placed = np.concatenate([np.full(n, mean) for mean, n in pools])
    room = high - low - (steps[-1] if len(steps) else 0.0)
    limited = (
        np.clip(placed, low, low + room) if room >= 0 else np.full(len(placed), low + room / 2)
    )
    out = np.empty(len(wanted))
    out[order] = limited + steps
    return out


def label_width(labels: Sequence[str]) -> float:
    """Return the inches that a column of such labels needs, leaders included."""
    font = FontProperties(family="DejaVu Sans")
    widths = [
        TextPath((0, 0), label, size=FONT_SIZE, prop=font).get_extents().width
        for label in labels
        if label.strip()
    ]
    # Pixels that are rounded to whole ones make text a little wider on a screen.
    return (LEADER + 6.0 + 1.05 * max(widths, default=0.0)) / POINTS


def write_labels(axes: Axes, ends: Sequence[End]) -> None:
    """Write labels to the right of the axes, each tied to its curve by a line of the same look."""
    if not ends or axes.figure is None:
        return
    box = axes.get_window_extent()
    per_point = axes.figure.dpi / POINTS
    to_axes = axes.transData + axes.transAxes.inverted()
    axes.autoscale_view()
    tips = np.array([to_axes.transform((end.x, end.y)) for end in ends])
    height, width = box.height / per_point, box.width / per_point
    half = FONT_SIZE / 2
    places = spread(np.clip(tips[:, 1], 0, 1) * height, 1.2 * FONT_SIZE, half, height - half)
    for end, tip, place in zip(ends, tips, places / height, strict=True):
        margin = 1 + np.array([3.0, LEADER - 5.0, LEADER]) / width
        look = {**end.look, "linewidth": 0.8, "clip_on": False}
        axes.plot(margin, [tip[1], place, place], transform=axes.transAxes, **look)
        axes.text(
            margin[2] + 3.0 / width,
            place,
            end.label,
            transform=axes.transAxes,
            va="center",
            color=INK,
        )
