"""Figures of the page: curves over time or over anything else, in the style of the package."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from neurochannel.plot.panels import make_panels
from neurochannel.plot.style import line_style, styled

HEIGHT, LEGEND, TITLE = 2.6, 1.45, 0.28
Curve = tuple[np.ndarray, np.ndarray]


def curves(
    lines: Mapping[str, Sequence[Curve]],
    across: str,
    up: str,
    *,
    log: bool = False,
    legend: float = LEGEND,
    **limits: Any,
) -> Figure:
    """Draw lines in groups of one look, with a legend to the right if there are several."""
    with styled():
        figure, (axes,) = make_panels(1, HEIGHT, legend)
        draw_groups(axes, lines)
        axes.set(xlabel=across, ylabel=up, **limits)
        if log:
            axes.set_yscale("log")
            axes.yaxis.set_major_locator(LogLocator(numticks=6))
            axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
            axes.yaxis.set_minor_locator(NullLocator())
        if len(lines) > 1:
            axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), borderaxespad=0.2)
    return figure


def panels(
    parts: Mapping[str, Mapping[str, Sequence[Curve]]], across: str, up: str, **limits: Any
) -> Figure:
    """Draw two or more panels next to each other, each with a title."""
    with styled():
        figure, found = make_panels(len(parts), HEIGHT, 0.1, TITLE)
        for axes, (title, lines) in zip(found, parts.items(), strict=True):
            draw_groups(axes, lines)
            axes.set(xlabel=across, ylabel=up, title=title, **limits)
    return figure


def draw_groups(axes: Axes, lines: Mapping[str, Sequence[Curve]]) -> None:
    """Draw each group of lines in its own look; only the first has a label."""
    for number, (label, group) in enumerate(lines.items(), start=1):
        for first, (x, y) in enumerate(group):
            axes.plot(x, y, **line_style(number), label="" if first else label)


def held(times: np.ndarray, values: np.ndarray, until: float) -> Curve:
    """Return a curve that stays at its last value until a time: a flow ends where it rests."""
    return np.append(times, until), np.append(values, values[-1])
