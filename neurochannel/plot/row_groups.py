"""What figures of tables share: groups of rows with labels, names of axes, and a panel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

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
from neurochannel.study.columns import as_text, group_rows, kind_of
from neurochannel.study.results import axes_of
from neurochannel.study.statistics import numbers_of, status_of
from neurochannel.study.table import Table

By = str | Sequence[str] | None
DRAWN = "drawn"
"""Name of the column that holds the outcome in the unit of the figure."""
MOST_GROUPS = 24


class Rows(NamedTuple):
    """The rows of one group, and what they are called."""

    label: str
    table: Table


def quantity_of(name: str) -> Quantity:
    """Return how an outcome is drawn: its axis label, and whether it is logarithmic."""
    if name in QUANTITIES and name != "seconds":
        return QUANTITIES[name]
    return Quantity(name.replace("_", " "), (("", name),), log=False)


def is_share(name: str) -> bool:
    """Tell whether an outcome is a share of examples, which is written in percent."""
    return name in QUANTITIES and name.endswith(("_accuracy", "_error"))


def with_error(table: Table, outcome: str) -> Table:
    """Return the table with an error, 1 - accuracy, if it is asked for and not among the columns.

    Raises
    ------
    OptionError
        If the accuracy is not of numbers.
    """
    accuracy = outcome.replace("_error", "_accuracy")
    if outcome in table or not is_share(outcome) or accuracy not in table:
        return table
    return table.with_columns({outcome: 1.0 - numbers_of(table, accuracy)})


def with_drawn(table: Table, outcome: str) -> Table:
    """Return the table with the outcome as it is drawn: accuracies and errors in percent.

    Raises
    ------
    OptionError
        If there is no such column of numbers, or it holds none.
    """
    table = with_error(table, outcome)
    share = is_share(outcome)
    values = numbers_of(table, outcome) * (100.0 if share else 1.0)
    done = status_of(table) == "done"
    if not np.isfinite(values[done]).any():
        raise OptionError(
            f"{outcome} must have been measured to be drawn, got no value in {len(table)} rows; "
            "choose another outcome, or look at the column 'reason'"
        )
    return table.with_columns({DRAWN: values})


def group_names(table: Table, by: By, against: Sequence[str]) -> list[str]:
    """Return the columns that tell groups apart; if none are named, all other axes that vary.

    Raises
    ------
    OptionError
        If a group would mix points that differ in another axis.
    """
    axes = [name for name in axes_of(table) if name not in against]
    if by is None:
        return [name for name in axes if len(table.unique(name)) > 1]
    names = [by] if isinstance(by, str) else list(by)
    known = [table[name] for name in (*names, *against)]
    n_groups = len(group_rows(known, len(table))[1])
    for name in axes:
        if name in names:
            continue
        if len(group_rows([*known, table[name]], len(table))[1]) > n_groups:
            raise OptionError(
                f"points that are drawn as one must not differ in '{name}', got "
                f"{len(table.unique(name))} values; add it to by, or choose one "
                "of them with where"
            )
    return names


def groups_of(table: Table, names: Sequence[str]) -> list[Rows]:
    """Return the groups of rows that agree in some columns, each with a label.

    Raises
    ------
    OptionError
        If they are more than can be told apart.
    """
    group, first = group_rows([table[name] for name in names], len(table))
    if len(first) > MOST_GROUPS:
        raise OptionError(
            f"a figure must have at most {MOST_GROUPS} lines, got {len(first)}, one for each "
            f"setting of {listed(names)}; choose some of them with where"
        )
    parts = [table.where(group == number) for number in range(len(first))]
    return [Rows(", ".join(_label(part, name) for name in names), part) for part in parts]


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


def note_of(table: Table) -> str:
    """Return how many points of a table have nothing to be drawn and why; empty if all have."""
    points = table
    if "epoch" in table:
        # In a table of curves each point has many rows.
        keys = [table[name] for name in (*axes_of(table), "seed", "point") if name in table]
        first = group_rows(keys, len(table))[1]
        points = table.where(np.isin(np.arange(len(table)), first))
    status = status_of(points)
    words = [
        f"{np.count_nonzero(status == word)} {word}"
        for word in ("diverged", "failed")
        if np.any(status == word)
    ]
    return f"not drawn: {listed(words)} of {len(points)} points" if words else ""


def write_note(axes: Axes, note: str) -> None:
    """Write a note above the panel, in small type."""
    top = 1 + 0.5 * TOP / size_of(axes)[1]
    axes.text(0, top, note, transform=axes.transAxes, va="bottom", size=FONT_SIZE - 1.5, color=INK)


def size_of(axes: Axes) -> tuple[float, float]:
    """Return width and height of a panel, inches."""
    figure = axes.get_figure(root=True)
    assert figure is not None
    width, height = axes.get_position().size * figure.get_size_inches()
    return float(width), float(height)


def text_width(labels: Sequence[str]) -> float:
    """Return the inches that the longest of some labels needs."""
    return label_width(labels) - label_width([""])


def note_height(note: str) -> float:
    """Return the inches that a note needs above a panel."""
    return 1.2 * FONT_SIZE / POINTS if note else 0.0


def _label(table: Table, name: str) -> str:
    (value,) = table.unique(name)
    if kind_of(table[name]) == "text":
        return str(value)
    words = as_text(value) if not isinstance(value, float) else f"{value:g}"
    return f"{axis_words(name)} {words}"
