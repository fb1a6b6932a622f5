"""Learning curves of the points of a study: means over seeds with intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from neurochannel.plot.curves import dress
from neurochannel.plot.labels import End, label_width, write_labels
from neurochannel.plot.layout.text_widths import FONT_SIZE, POINTS
from neurochannel.plot.row_groups import (
    By,
    group_names,
    groups_of,
    make_panel,
    means_of,
    note_height,
    note_of,
    quantity_of,
    with_drawn,
    write_note,
)
from neurochannel.plot.style import line_style, styled
from neurochannel.study.statistics import IntervalName

if TYPE_CHECKING:
    from pandas import DataFrame


def study_curves(
    frame: DataFrame,
    quantity: str = "test_accuracy",
    *,
    by: By = None,
    interval: IntervalName = "t",
    level: float = 0.95,
) -> Figure:
    """Draw what was measured over epochs: means over seeds, and their intervals as bands.

    Parameters
    ----------
    frame
        One row for each point and epoch, as `neurochannel.curves` makes it.
    quantity
        A column of numbers; ``test_error`` is made from ``test_accuracy``.
    by
        Columns that tell lines apart; all axes that vary if left out.
    interval, level
        As in `neurochannel.study.statistics.estimate`.

    Raises
    ------
    OptionError
        If a column is missing or holds nothing to draw, or points of different settings would be
        drawn as one.
    """
    drawn = with_drawn(frame, quantity)
    groups = groups_of(drawn, group_names(drawn, by, ["epoch"]))
    note = note_of(drawn)
    shown = [group.label for group in groups if group.label]
    with styled():
        right = label_width(shown) if shown else 0.1
        height = max(2.4, 1.2 * FONT_SIZE / POINTS * len(shown) + 0.6)
        figure, axes = make_panel(height, right, above=note_height(note))
        ends = []
        for number, group in enumerate(groups):
            look = line_style(number)
            means = means_of(group.frame, quantity, "epoch", interval, level)
            means = means[means["n"] > 0].sort_values("epoch", kind="stable")
            if means.empty:
                continue
            epochs, mean, low, high = means[["epoch", "mean", "low", "high"]].to_numpy().T
            bounded = np.isfinite(low)
            band = {"color": look["color"], "alpha": 0.15, "linewidth": 0}
            axes.fill_between(epochs, low, high, where=bounded, **band)
            lone: dict[str, Any] = {"marker": "o", "markersize": 3} if len(epochs) == 1 else {}
            axes.plot(epochs, mean, **look, **lone)
            if group.label:
                ends.append(End(float(epochs[-1]), float(mean[-1]), group.label, look))
        dress(axes, quantity_of(quantity))
        _keep_to_means(axes)
        write_labels(axes, ends)
        write_note(axes, note)
    return figure


BEYOND = 2.0
"""How far a logarithmic axis reaches beyond the means, as a factor."""


def _keep_to_means(axes: Axes) -> None:
    """Let a logarithmic axis show the lines; bands may leave it.

    The interval of two seeds reaches far, also to 0 and below, where such an axis has no place.
    """
    if axes.get_yscale() != "log":
        return
    drawn = np.concatenate([np.asarray(line.get_ydata(), float) for line in axes.get_lines()])
    drawn = drawn[np.isfinite(drawn) & (drawn > 0)]
    if len(drawn):
        low, high = axes.get_ylim()
        least, most = drawn.min() / BEYOND, drawn.max() * BEYOND
        axes.set_ylim(max(low, least) if low > 0 else least, min(high, most))
