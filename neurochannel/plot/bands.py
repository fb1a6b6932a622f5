"""Learning curves of the points of a study: means over seeds with intervals."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from neurochannel.plot.curves import dress
from neurochannel.plot.labels import End, label_width, write_labels
from neurochannel.plot.layout.text_widths import FONT_SIZE, POINTS
from neurochannel.plot.row_groups import (
    DRAWN,
    By,
    group_names,
    groups_of,
    make_panel,
    note_height,
    note_of,
    quantity_of,
    with_drawn,
    write_note,
)
from neurochannel.plot.style import line_style, styled
from neurochannel.study.statistics import IntervalName
from neurochannel.study.table import Table


def study_curves(
    table: Table,
    quantity: str = "test_accuracy",
    *,
    by: By = None,
    interval: IntervalName = "bootstrap",
    level: float = 0.95,
) -> Figure:
    """Draw what was measured over epochs: means over seeds, and their intervals as bands.

    Parameters
    ----------
    table
        One row for each point and epoch, as `neurochannel.study.results.curves` makes it.
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
    drawn = with_drawn(table, quantity)
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
            means = group.table.summary(DRAWN, "epoch", interval=interval, level=level)
            means = means.where(means["n"] > 0).sort("epoch")
            if not means:
                continue
            epochs, mean = means["epoch"], means["mean"]
            bounded = np.isfinite(means["low"])
            band = {"color": look["color"], "alpha": 0.15, "linewidth": 0}
            axes.fill_between(epochs, means["low"], means["high"], where=bounded, **band)
            lone: dict[str, Any] = {"marker": "o", "markersize": 3} if len(epochs) == 1 else {}
            axes.plot(epochs, mean, **look, **lone)
            if group.label:
                ends.append(End(float(epochs[-1]), float(mean[-1]), group.label, look))
        dress(axes, quantity_of(quantity))
        write_labels(axes, ends)
        write_note(axes, note)
    return figure
