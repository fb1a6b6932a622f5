"""An outcome of a study over two of its axes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from neurochannel.errors import OptionError
from neurochannel.plot.layout.palette import FAINT, INK
from neurochannel.plot.layout.text_widths import FONT_SIZE, POINTS
from neurochannel.plot.panels import BOTTOM, COLUMN, TOP
from neurochannel.plot.row_groups import (
    DRAWN,
    axis_words,
    group_names,
    is_number,
    note_height,
    note_of,
    quantity_of,
    size_of,
    text_width,
    with_drawn,
    write_note,
)
from neurochannel.plot.style import styled
from neurochannel.study.frames import as_text, is_numeric, values_of
from neurochannel.study.statistics import summary

if TYPE_CHECKING:
    from pandas import DataFrame

COLORS = "cividis"
"""Read alike with and without color vision: Nuñez, Anderton & Renslow (2018)."""
ROW = 0.3
"""Height of a row of cells, inches."""
WRITTEN, MOST_WRITTEN = 0.32, 120
"""Width of a cell that holds its mean, inches, and how many cells may be so wide."""
BAR = 0.12
BESIDE = 0.62
"""Inches from the cells to the right edge: the bar of colors and its numbers."""


def heat_map(frame: DataFrame, outcome: str = "test_accuracy", *, x: str, y: str) -> Figure:
    """Draw the mean of an outcome for each pair of values of two axes.

    Means are written into the cells where they fit; a cell without any outcome is gray.

    Parameters
    ----------
    frame
        One row for each point, as `neurochannel.outcomes` makes it.
    outcome
        A column of numbers; ``test_error`` is made from ``test_accuracy``.
    x, y
        Columns along and up the figure; other axes must not vary.

    Raises
    ------
    OptionError
        If a column is missing or holds nothing to draw, or points that differ in another axis would
        share a cell.
    """
    if x == y:
        raise OptionError(f"x and y must be two columns, got '{x}' for both")
    drawn = with_drawn(frame, outcome)
    group_names(drawn, (), [x, y])
    across, up = _values(drawn, x), _values(drawn, y)
    cells = np.full((len(up), len(across)), np.nan)
    for row in summary(drawn, DRAWN, [x, y]).to_dict("records"):
        if row[x] in across and row[y] in up:
            cells[up.index(row[y]), across.index(row[x])] = row["mean"]
    note = note_of(drawn)
    with styled():
        figure, axes, bar = _layout(across, up, note_height(note))
        _draw(axes, bar, cells, quantity_of(outcome).label)
        axes.set_xlabel(axis_words(x))
        axes.set_ylabel(axis_words(y))
        _ticks(axes, across, up)
        write_note(axes, note)
    return figure


def _values(frame: DataFrame, name: str) -> list[Any]:
    values = values_of(frame, name)
    if is_numeric(frame, name):
        values = sorted(value for value in values if not np.isnan(value))
    return values


def _words(values: list[Any]) -> list[str]:
    return [f"{v:g}" if isinstance(v, float) else as_text(v) or "none" for v in values]


def _layout(across: list[Any], up: list[Any], above: float) -> tuple[Figure, Axes, Axes]:
    left = 0.34 + text_width(_words(up))
    n_cells = len(across) * len(up)
    slot = WRITTEN if n_cells <= MOST_WRITTEN and WRITTEN * len(across) <= COLUMN else 0.12
    wide = max(COLUMN - left - BESIDE - 0.2, slot * len(across))
    below = BOTTOM + (0.9 * text_width(_words(across)) if _is_turned(across, wide) else 0.0)
    tall = max(0.9, ROW * len(up) if len(up) <= 20 else 0.12 * len(up))
    total, height = left + wide + BESIDE + 0.2, below + tall + TOP + above
    figure = Figure(figsize=(total, height))
    box = (left / total, below / height, wide / total, tall / height)
    axes = figure.add_axes(box)
    bar = figure.add_axes(
        ((left + wide + 0.12) / total, below / height, BAR / total, tall / height)
    )
    return figure, axes, bar


def _is_turned(across: list[Any], wide: float) -> bool:
    words = _words(across)
    return not all(map(is_number, words)) and text_width(words) + 0.05 > wide / len(across)


def _draw(axes: Axes, bar: Axes, cells: np.ndarray, label: str) -> None:
    colors = matplotlib.colormaps[COLORS].with_extremes(bad=FAINT)
    low, high = float(np.nanmin(cells)), float(np.nanmax(cells))
    scale = Normalize(low, high if high > low else low + 1e-9 + abs(low) * 1e-6)
    axes.grid(visible=False)
    mesh = axes.pcolormesh(np.ma.masked_invalid(cells), cmap=colors, norm=scale)
    mesh.set_edgecolor("white")
    mesh.set_linewidth(0.5 if cells.size <= 400 else 0.0)
    root = axes.get_figure(root=True)
    assert root is not None
    shown = root.colorbar(mesh, cax=bar)
    shown.outline.set_visible(False)
    shown.set_label(label)
    if high > low:
        bar.yaxis.set_major_locator(MaxNLocator(5))
    else:
        bar.set_yticks([low], [f"{low:.3g}"])
    _annotate(axes, cells, scale)


def _annotate(axes: Axes, cells: np.ndarray, scale: Normalize) -> None:
    """Write means into the cells if all fit, with as many digits as tell them apart."""
    finite = cells[np.isfinite(cells)]
    span = float(np.ptp(finite)) if len(finite) > 1 else 0.0
    digits = 0 if span >= 30 else 1 if span >= 0.5 or span == 0 else 2 if span >= 0.05 else 3
    words = [f"{value:.{digits}f}" for value in finite]
    wide, tall = np.divide(size_of(axes), cells.shape[::-1])
    size = FONT_SIZE - 1
    if text_width(words) * size / FONT_SIZE + 0.04 > wide or size / POINTS > tall:
        return
    for (row, column), value in np.ndenumerate(cells):
        if np.isfinite(value):
            color = INK if scale(value) > 0.5 else "white"
            where = (column + 0.5, row + 0.5)
            axes.text(
                *where, f"{value:.{digits}f}", ha="center", va="center", size=size, color=color
            )


def _ticks(axes: Axes, across: list[Any], up: list[Any]) -> None:
    wide, words = size_of(axes)[0], _words(across)
    turned = _is_turned(across, wide)
    # Digits stay upright: only as many are written as stand side by side.
    every = 1 if turned else math.ceil((text_width(words) + 0.05) * len(across) / wide)
    at = np.arange(0, len(across), every)
    axes.set_xticks(at + 0.5, [words[i] for i in at], rotation=90 if turned else 0)
    axes.set_yticks(np.arange(len(up)) + 0.5, _words(up))
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
