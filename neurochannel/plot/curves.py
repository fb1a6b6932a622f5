"""Learning curves: what a history holds, over epochs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

from neurochannel.errors import OptionError
from neurochannel.plot.labels import End, label_width, write_labels
from neurochannel.plot.layout.palette import INK
from neurochannel.plot.layout.text_widths import FONT_SIZE, POINTS
from neurochannel.plot.panels import make_panels
from neurochannel.plot.quantities import Quantity, find_quantity
from neurochannel.plot.runs import Group, Runs, gather
from neurochannel.plot.style import line_style, styled

SECOND: dict[str, Any] = {"linestyle": (0, (1, 1.2)), "linewidth": 0.9}
"""The look of the training split where a panel shows both."""


def learning_curves(
    runs: Runs,
    quantity: str | Sequence[str] = "test_accuracy",
    labels: Iterable[str] | None = None,
) -> Figure:
    """Draw how runs learned, one panel for each quantity.

    Parameters
    ----------
    runs
        One run or several: simulations, histories, paths of checkpoints. A list instead of a run
        holds the same learner with several seeds: the mean is drawn over the range.
    quantity
        One or several of test_loss, test_accuracy, test_error, the same for train, and loss,
        accuracy, error for both splits in one panel, or seconds. An error is 1 - accuracy.
    labels
        One for each run; names of networks or stems of paths if left out.

    Returns
    -------
    Figure
        Save it with `neurochannel.plot.save`.

    Raises
    ------
    OptionError
        If there is nothing to draw, or a quantity is unknown or was not measured.
    CheckpointError
        If a checkpoint cannot be read.
    """
    names = [quantity] if isinstance(quantity, str) else list(quantity)
    if not names:
        raise OptionError("quantity must name at least one, got none; try 'test_accuracy'")
    quantities = [find_quantity(name) for name in names]
    groups = gather(runs, labels)
    shown = [group.label for group in groups] if len(groups) > 1 else []
    with styled():
        right = label_width(shown) if shown else 0.1
        height = max(2.4, 1.2 * FONT_SIZE / POINTS * len(shown) + 0.6)
        figure, panels = make_panels(len(names), height, right)
        for axes, each in zip(panels, quantities, strict=True):
            draw_curves(axes, groups, each, labeled=bool(shown) and axes is panels[-1])
    return figure


def draw_curves(axes: Axes, groups: Sequence[Group], quantity: Quantity, *, labeled: bool) -> None:
    """Draw one quantity of all groups, with labels to the right of the axes if wanted.

    Raises
    ------
    OptionError
        If no run has measured it.
    """
    ends = []
    for number, group in enumerate(groups):
        look = line_style(number)
        for part, (_, field) in enumerate(quantity.series):
            epochs, values = group.curve(field)
            if len(epochs) == 0:
                continue
            own = {**look, **(SECOND if part else {})}
            mean = draw_seeds(axes, epochs, values, own, band=part == 0)
            if part == 0:
                ends.append(End(epochs[-1], mean[-1], group.label, look))
    if not axes.lines:
        fields = " and ".join(field for _, field in quantity.series)
        raise OptionError(
            f"{fields} must have been measured to be drawn, got none; train with "
            "test data, or choose a quantity of the training data"
        )
    dress(axes, quantity)
    if labeled:
        write_labels(axes, ends)
    if len(quantity.series) > 1:
        _explain_splits(axes, quantity)


def draw_seeds(
    axes: Axes, epochs: np.ndarray, values: np.ndarray, look: dict[str, Any], *, band: bool = True
) -> np.ndarray:
    """Draw the mean of several runs over their range and return it; one epoch is a point.

    Parameters
    ----------
    epochs, values
        (n,) and (runs, n).
    """
    mean: np.ndarray = values.mean(axis=0)
    if len(values) > 1 and band:
        low, high = values.min(axis=0), values.max(axis=0)
        axes.fill_between(epochs, low, high, color=look["color"], alpha=0.12, linewidth=0)
    lone = {"marker": "o", "markersize": 3} if len(epochs) == 1 else {}
    axes.plot(epochs, mean, **{**look, **lone})
    return mean


def set_epochs(axes: Axes) -> None:
    """Let the axis of epochs hold whole numbers, from the first epoch drawn to the last."""
    axes.set_xlabel("epoch")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))
    first, last = axes.dataLim.intervalx
    axes.set_xlim(first - 0.5 * (first == last), last + 0.5 * (first == last))


def dress(axes: Axes, quantity: Quantity) -> None:
    """Name the axes, and scale the upright one as suits the quantity."""
    set_epochs(axes)
    axes.set_ylabel(quantity.label)
    low, high = axes.dataLim.intervaly
    positive = low > 0 or axes.dataLim.minposy < high
    if quantity.log and positive and high > 0:
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(LogLocator(10, (1, 2, 5)))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axes.yaxis.set_minor_locator(NullLocator())


def _explain_splits(axes: Axes, quantity: Quantity) -> None:
    keys = [Line2D([], [], color=INK, **look) for look in ({}, SECOND)]
    names = [split for split, _ in quantity.series]
    axes.legend(keys, names, loc="best", handlelength=1.6, borderaxespad=0.2)
