"""Figures of the page: errors over epochs on both sets, and accuracies at the end."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullLocator
from pandas import DataFrame

from neurochannel.plot.curves import draw_seeds, set_epochs
from neurochannel.plot.labels import End, label_width, write_labels
from neurochannel.plot.panels import TOP, make_panels
from neurochannel.plot.style import line_style, styled
from neurochannel.study.frames import values_of
from scripts.paper.experiments import Curves, Ends
from scripts.paper.verdicts import chosen

HEIGHT = 2.6
SMALLEST = 0.01
"""Errors in percent below this are drawn on a linear scale, so that 0 has a place."""
LARGEST = 100.0
TICKS = (0.0, 0.01, 0.1, 1.0, 10.0, 100.0)
STEPS = ((200, (1,)), (5, (1, 2, 5)), (0, (1, 1.5, 2, 3, 4, 5, 6, 8)))
"""Ticks within a power of ten where errors span more than this factor."""
WORDS = {"unlimited": "∞"}
SPLITS = {"train": "training error (%)", "test": "test error (%)"}


def draw(figure: Curves | Ends, outcomes: DataFrame, curves: DataFrame) -> Figure:
    """Draw a figure of an experiment from the frames of its study."""
    if isinstance(figure, Curves):
        return draw_errors(figure, curves)
    return draw_ends(figure, outcomes)


def draw_errors(spec: Curves, frame: DataFrame) -> Figure:
    """Draw training and test error over epochs: means over seeds, and their range as a band."""
    done = chosen(frame[frame["status"] == "done"], spec.where)
    labels = [str(value) for value in spec.values]
    with styled():
        figure, panels = make_panels(2, HEIGHT, label_width(labels), TOP)
        for axes, (split, words) in zip(panels, SPLITS.items(), strict=True):
            ends = []
            for number, value in enumerate(spec.values):
                rows = chosen(done, {spec.by: value})
                if rows.empty:
                    continue
                epochs, errors = errors_of(rows, f"{split}_accuracy")
                look = line_style(number)
                mean = draw_seeds(axes, epochs, errors, look)
                ends.append(End(float(epochs[-1]), float(mean[-1]), str(value), look))
            _dress(axes, words)
            set_epochs(axes)
            if axes is panels[-1]:
                write_labels(axes, ends)
    return figure


def draw_ends(spec: Ends, frame: DataFrame) -> Figure:
    """Draw training and test error at the end against an axis: means over seeds, their range."""
    done = chosen(frame[frame["status"] == "done"], spec.where)
    places, labels = values_of(frame, spec.against), values_of(frame, spec.by)
    with styled():
        figure, panels = make_panels(2, HEIGHT, label_width(list(map(str, labels))), TOP)
        for axes, (split, words) in zip(panels, SPLITS.items(), strict=True):
            ends = []
            for number, label in enumerate(labels):
                rows, look = chosen(done, {spec.by: label}), line_style(number)
                table = [100 - 100 * _values(rows, spec.against, x, split) for x in places]
                at = [x for x, values in enumerate(table) if len(values)]
                if not at:
                    continue
                mean = np.array([table[x].mean() for x in at])
                reach = [mean - [table[x].min() for x in at], [table[x].max() for x in at] - mean]
                axes.errorbar(at, mean, reach, **look, marker="o", ms=3.2, mew=0, elinewidth=0.8)
                ends.append(End(at[-1], float(mean[-1]), str(label), look))
            _dress(axes, words)
            ticks = [WORDS.get(x, str(x).replace("_", "\n")) for x in places]
            axes.set_xticks(range(len(places)), ticks)
            axes.set_xlim(-0.3, len(places) - 0.7)
            # Two lines of ticks leave no room for more, and the caption names the axis as well.
            axes.set_xlabel("" if any("\n" in tick for tick in ticks) else spec.against)
            if axes is panels[-1]:
                write_labels(axes, ends)
    return figure


def _values(rows: DataFrame, axis: str, value: Any, split: str) -> np.ndarray:
    return chosen(rows, {axis: value})[f"{split}_accuracy"].to_numpy(np.float64)


def errors_of(rows: DataFrame, column: str) -> tuple[np.ndarray, np.ndarray]:
    """Return epochs that all seeds were scored after, (n,), and errors in percent, (seeds, n)."""
    table = rows.pivot_table(index="seed", columns="epoch", values=column, dropna=False)
    table = table.dropna(axis="columns")
    return table.columns.to_numpy(), 100 - 100 * table.to_numpy(np.float64)


def _dress(axes: Axes, words: str) -> None:
    low, high = axes.dataLim.intervaly
    floor = low > 2 * SMALLEST
    options: dict[str, Any] = {} if floor else {"linthresh": SMALLEST, "linscale": 0.4}
    axes.set_yscale("log" if floor else "symlog", **options)
    axes.set_ylim(0.8 * low if floor else 0.0, min(LARGEST, 1.25 * high))
    if floor:
        within = next(ticks for factor, ticks in STEPS if high / low > factor)
        axes.yaxis.set_major_locator(LogLocator(10, within))
    else:
        axes.yaxis.set_major_locator(FixedLocator(TICKS))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set_ylabel(words)
