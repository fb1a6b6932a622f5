"""What figures of frames share: groups of rows with labels, names of axes, and a panel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from neurochannel.errors import OptionError
from neurochannel.model.problems import listed
from neurochannel.plot.labels import label_width
from neurochannel.plot.layout.palette import INK
from neurochannel.plot.layout.text_widths import FONT_SIZE, POINTS
from neurochannel.plot.panels import TOP, make_panels
from neurochannel.plot.quantities import QUANTITIES, Quantity
from neurochannel.study.frames import (
    WORDS,
    as_text,
    checked,
    group_rows,
    numbers_of,
    status_of,
    values_of,
)
from neurochannel.study.result_frames import axes_of
from neurochannel.study.statistics import IntervalName, summary

if TYPE_CHECKING:
    from pandas import DataFrame

By = str | Sequence[str] | None
DRAWN = "drawn"
"""Name of the column that holds the outcome in the unit of the figure."""
MOST_GROUPS = 24


class RowGroup(NamedTuple):
    """The rows of one group, and what they are called."""

    label: str
    frame: DataFrame


def quantity_of(name: str) -> Quantity:
    """Return how an outcome is drawn: its axis label, and whether it is logarithmic."""
    if name in QUANTITIES and name != "seconds":
        return QUANTITIES[name]
    return Quantity(name.replace("_", " "), (("", name),), log=False)


def is_share(name: str) -> bool:
    """Tell whether an outcome is a share of examples, which is written in percent."""
    return name in QUANTITIES and name.endswith(("_accuracy", "_error"))


def with_error(frame: DataFrame, outcome: str) -> DataFrame:
    """Return the frame with an error, 1 - accuracy, if it is asked for and not among the columns.

    Raises
    ------
    OptionError
        If the accuracy is not of numbers.
    """
    accuracy = outcome.replace("_error", "_accuracy")
    known = frame.columns
    if outcome in known or not is_share(outcome) or accuracy not in known:
        return frame
    return frame.assign(**{outcome: 1.0 - numbers_of(frame, accuracy)})


def with_drawn(frame: DataFrame, outcome: str) -> DataFrame:
    """Return the frame with the outcome as it is drawn: accuracies and errors in percent.

    Raises
    ------
    OptionError
        If there is no such column of numbers, it holds none, or this is no frame.
    """
    frame = with_error(checked(frame), outcome)
    share = is_share(outcome)
    values = numbers_of(frame, outcome) * (100.0 if share else 1.0)
    done = status_of(frame) == "done"
    if not np.isfinite(values[done]).any():
        raise OptionError(
            f"{outcome} must have been measured to be drawn, got no value in {len(frame)} rows; "
            "choose another outcome, or look at the column 'reason'"
        )
    return frame.assign(**{DRAWN: values})


def group_names(frame: DataFrame, by: By, against: Sequence[str]) -> list[str]:
    """Return the columns that tell groups apart; if none are named, all other axes that vary.

    Raises
    ------
    OptionError
        If a group would mix points that differ in another axis.
    """
    axes = [name for name in axes_of(frame) if name not in against]
    if by is None:
        return [name for name in axes if len(values_of(frame, name)) > 1]
    names = [by] if isinstance(by, str) else list(by)
    known = [*names, *against]
    n_groups = len(group_rows(frame, known)[1])
    for name in axes:
        if name in names:
            continue
        if len(group_rows(frame, [*known, name])[1]) > n_groups:
            raise OptionError(
                f"points that are drawn as one must not differ in '{name}', got "
                f"{len(values_of(frame, name))} values; add it to by, or choose the rows of one"
            )
    return names


def means_of(
    frame: DataFrame, outcome: str, along: str, interval: IntervalName, level: float
) -> DataFrame:
    """Return the summary of what is drawn; intervals of shares end at 0 and 100 %."""
    found = summary(frame, DRAWN, along, interval=interval, level=level)
    if not is_share(outcome):
        return found
    lowest, highest = found["mean"].clip(upper=0.0), found["mean"].clip(lower=100.0)
    return found.assign(low=found["low"].clip(lower=lowest), high=found["high"].clip(upper=highest))


def groups_of(frame: DataFrame, names: Sequence[str]) -> list[RowGroup]:
    """Return the groups of rows that agree in some columns, each with a label.

    Raises
    ------
    OptionError
        If they are more than can be told apart.
    """
    group, first = group_rows(frame, names)
    if len(first) > MOST_GROUPS:
        raise OptionError(
            f"a figure must have at most {MOST_GROUPS} lines, got {len(first)}, one for each "
            f"setting of {listed(names)}; choose the rows of some of them"
        )
    parts = [frame[group == number] for number in range(len(first))]
    named = {name for name in names if any(map(_needs_name, values_of(frame, name)))}
    return [
        RowGroup(", ".join(_label(part, name, name in named) for name in names), part)
        for part in parts
    ]


def axis_words(name: str) -> str:
    """Return what an axis is called in a figure: the last word of a path."""
    return name.rpartition(".")[2].replace("_", " ") or name


def make_panel(
    height: float, right: float, *, below: float = 0.0, above: float = 0.0
) -> tuple[Figure, Axes]:
    """Return a figure of one panel with more inches below or above than it has by itself."""
    figure, (axes,) = make_panels(1, height, right)
    left, bottom, width, tall = axes.get_position().bounds
    total = height + below + above
    figure.set_figheight(total)
    axes.set_position((left, (bottom * height + below) / total, width, tall * height / total))
    return figure, axes


def note_of(frame: DataFrame) -> str:
    """Return how many points of a frame have nothing to be drawn and why; empty if all have."""
    points = frame
    if "epoch" in frame.columns:
        # In a frame of curves each point has many rows.
        keys = [name for name in (*axes_of(frame), "seed", "point") if name in frame.columns]
        points = frame.iloc[group_rows(frame, keys)[1]]
    status = status_of(points)
    words = [
        f"{np.count_nonzero(status == word)} {word}"
        for word in ("diverged", "failed")
        if np.any(status == word)
    ]
    return f"not drawn: {listed(words)} of {len(points)} points" if words else ""


def write_note(axes: Axes, note: str) -> None:
    """Write a note above the panel, in small type, further left where it would leave the figure."""
    width, height = size_of(axes)
    box, size = axes.get_position(), FONT_SIZE - 1.5
    room = (1 - box.x0) / box.width * width - 0.05
    left = min(0.0, room - text_width([note]) * size / FONT_SIZE) / width
    top = 1 + 0.5 * TOP / height
    axes.text(left, top, note, transform=axes.transAxes, va="bottom", size=size, color=INK)


def size_of(axes: Axes) -> tuple[float, float]:
    """Return width and height of a panel, inches."""
    figure = axes.get_figure(root=True)
    assert figure is not None
    width, height = axes.get_position().size * figure.get_size_inches()
    return float(width), float(height)


def text_width(labels: Sequence[str]) -> float:
    """Return the inches that the longest of some labels needs."""
    return label_width(labels) - label_width([""])


def is_number(value: Any) -> bool:
    """Tell whether a value, or what a label says, is a number."""
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return True


def note_height(note: str) -> float:
    """Return the inches that a note needs above a panel."""
    return 1.2 * FONT_SIZE / POINTS if note else 0.0


def _label(frame: DataFrame, name: str, named: bool) -> str:
    """Return the value of a column, after the column's name where numbers or truth values are."""
    (value,) = values_of(frame, name)
    words = f"{value:g}" if isinstance(value, float) else as_text(value)
    return f"{axis_words(name)} {words}" if named else words


def _needs_name(value: Any) -> bool:
    """Tell whether a value says little without the name of its column."""
    return is_number(value) or value in WORDS.values()
