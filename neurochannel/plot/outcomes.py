"""An outcome of a study against one of its axes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from neurochannel.errors import OptionError
from neurochannel.model.problems import listed, short
from neurochannel.plot.labels import End, label_width, write_labels
from neurochannel.plot.layout.palette import COLORS, INK
from neurochannel.plot.layout.text_widths import FONT_SIZE, POINTS
from neurochannel.plot.panels import COLUMN, LEFT
from neurochannel.plot.row_groups import (
    DRAWN,
    By,
    RowGroup,
    axis_words,
    group_names,
    groups_of,
    is_number,
    make_panel,
    means_of,
    note_height,
    note_of,
    quantity_of,
    size_of,
    text_width,
    with_drawn,
    write_note,
)
from neurochannel.plot.style import line_style, styled
from neurochannel.study.frames import (
    as_text,
    is_numeric,
    matches,
    numbers_of,
    status_of,
    values_of,
)
from neurochannel.study.statistics import IntervalName

if TYPE_CHECKING:
    from pandas import DataFrame

Scale = Literal["linear", "log", "category"]
SCALES = ("linear", "log", "category")
MARKERS = "os^Dv<>P"
SHIFT = 3.5
"""Points between two groups at the same place, so that neither hides the other."""
BASELINE = "top only"
"""The category of the learner without a channel, drawn as a line that others are held against."""
TILT = 35.0
"""Degrees by which names of categories are turned where they do not fit side by side."""


class AxisPlaces(NamedTuple):
    """Where the values of an axis lie.

    Parameters
    ----------
    scale
        Of the axis.
    values
        In order.
    at
        Where each is, in the unit in which their distances are seen: logarithms, or numbers of
        categories.
    labels
        What is written there.
    """

    scale: Scale
    values: list[Any]
    at: np.ndarray
    labels: list[str]


def outcome(
    frame: DataFrame,
    outcome: str = "test_accuracy",
    *,
    against: str,
    by: By = None,
    scale: Scale | None = None,
    interval: IntervalName = "t",
    level: float = 0.95,
) -> Figure:
    """Draw an outcome against an axis: means with intervals, and each seed as a faint dot.

    Parameters
    ----------
    frame
        One row for each point, as `neurochannel.outcomes` makes it.
    outcome
        A column of numbers; ``test_error`` is made from ``test_accuracy``.
    against
        The column along the figure: numbers, joined by lines, or categories.
    by
        Columns that tell lines apart; all other axes that vary if left out.
    scale
        "linear", "log" or "category"; if left out, whichever spreads numbers more evenly, and
        categories for anything else. Of categories in one group, "top only" is drawn as a line
        across the figure at its mean.
    interval, level
        As in `neurochannel.study.statistics.estimate`.

    Returns
    -------
    Figure
        Save it with `neurochannel.plot.save`.

    Raises
    ------
    OptionError
        If a column is missing or holds nothing to draw, or points of different settings would be
        drawn as one.
    """
    drawn = with_drawn(frame, outcome)
    groups = groups_of(drawn, group_names(drawn, by, [against]))
    groups, baseline = _split_baseline(groups, against)
    places = _places(drawn, against, scale, skip=baseline is not None)
    quantity, note = quantity_of(outcome), note_of(drawn)
    shown = [group.label for group in groups if group.label]
    shown += [BASELINE] if baseline is not None else []
    with styled():
        right = label_width(shown) if shown else 0.1
        height = max(2.4, 1.2 * FONT_SIZE / POINTS * len(shown) + 0.6)
        tilt = _tilt(places)
        below = 0.9 * text_width(places.labels) * math.sin(math.radians(tilt))
        figure, axes = make_panel(height, right, below=below, above=note_height(note))
        _dress(axes, places, tilt)
        ends = []
        for number, group in enumerate(groups):
            step = _step(axes, places, len(groups))
            at = _shifted(axes, places, step * (number - (len(groups) - 1) / 2))
            means = means_of(group.frame, outcome, against, interval, level)
            end = _draw(axes, group, means, dict(zip(places.values, at, strict=True)), number)
            ends += [end] if end and group.label else []
        if baseline is not None:
            look: dict[str, Any] = {"color": INK, "linestyle": (0, (4, 2)), "linewidth": 0.8}
            axes.axhline(baseline, zorder=1.5, **look)
            ends.append(End(float(axes.get_xlim()[1]), baseline, BASELINE, look))
        axes.set_xlabel(axis_words(against))
        axes.set_ylabel(quantity.label)
        write_labels(axes, ends)
        write_note(axes, note)
    return figure


def _split_baseline(groups: list[RowGroup], against: str) -> tuple[list[RowGroup], float | None]:
    """Take the baseline out of the categories of a lone group; return its mean, None without it."""
    (group, *others) = groups
    if others or is_numeric(group.frame, against):
        return groups, None
    here = matches(group.frame, against, BASELINE)
    done = here & (status_of(group.frame) == "done")
    values = numbers_of(group.frame, DRAWN)[done]
    values = values[np.isfinite(values)]
    if here.all() or not len(values):
        return groups, None
    return [RowGroup(group.label, group.frame[~here].reset_index(drop=True))], float(values.mean())


def _places(
    frame: DataFrame, against: str, scale: Scale | None, *, skip: bool = False
) -> AxisPlaces:
    if scale is not None and scale not in SCALES:
        raise OptionError(f"scale must be {listed(SCALES, 'or')}, got {short(scale)}")
    values = [one for one in values_of(frame, against) if not (skip and one == BASELINE)]
    numeric = is_numeric(frame, against)
    if not numeric and scale not in (None, "category"):
        raise OptionError(
            f"scale must be 'category' where '{against}' is not numbers, got '{scale}'"
        )
    if numeric:
        values = sorted(value for value in values if not np.isnan(value))
    positive = numeric and all(value > 0 for value in values)
    if scale == "log" and not positive:
        raise OptionError(f"scale must not be 'log' where '{against}' has values of 0 or below")
    if not numeric or scale == "category" or not values:
        words = [as_text(value) or "none" for value in values]
        return AxisPlaces("category", values, np.arange(float(len(values))), words)
    if scale is None:
        scale = (
            "log" if positive and _unevenness(np.log(values)) < _unevenness(values) else "linear"
        )
    at = np.log10(values) if scale == "log" else np.array(values, np.float64)
    return AxisPlaces(scale, values, at, [f"{value:g}" for value in values])


def _unevenness(values: Any) -> float:
    """Return how far gaps are from being equal; 0 for up to two of them."""
    gaps = np.diff(values)
    return float(gaps.std() / gaps.mean()) if len(gaps) > 1 else 0.0


def _tilt(places: AxisPlaces) -> float:
    """Return by how many degrees labels are turned: not at all, a little or upright."""
    slot = (COLUMN - 0.8) / max(1, len(places.labels))
    if places.scale != "category" or text_width(places.labels) + 0.08 < slot:
        return 0.0
    if sum(map(is_number, places.labels)) >= len(places.labels) - 1:
        # Digits stay upright; _readable leaves some of them out.
        return 0.0
    # A turned name reaches to the left, and must not leave the figure there.
    room = LEFT + slot * (np.arange(len(places.labels)) + 0.5)
    reach = [text_width([label]) * math.cos(math.radians(TILT)) for label in places.labels]
    return TILT if slot > 0.21 and np.all(reach < room) else 90.0


def _step(axes: Axes, places: AxisPlaces, n_groups: int) -> float:
    """Return the points between groups, so that a place stays apart from the next one."""
    if n_groups == 1 or len(places.at) < 2:
        return SHIFT
    share = 0.7 if places.scale == "category" else 0.35
    low, high = np.log10(axes.get_xlim()) if places.scale == "log" else axes.get_xlim()
    gap = float(np.diff(places.at).min()) / (high - low) * _width(axes)
    return min(SHIFT, share * gap / (n_groups - 1))


def _dress(axes: Axes, places: AxisPlaces, tilt: float) -> None:
    """Set scale, limits and ticks along the figure before anything is drawn."""
    span = np.ptp(places.at) if len(places.at) > 1 else 1.0
    margin = 0.5 if places.scale == "category" else 0.07 * span
    low, high = places.at.min() - margin, places.at.max() + margin
    if places.scale == "log":
        axes.set_xscale("log")
        axes.set_xlim(10**low, 10**high)
    else:
        axes.set_xlim(low, high)
    kept = np.arange(len(places.at)) if tilt else _readable(axes, places, high - low)
    ticks = places.at[kept] if places.scale != "log" else 10 ** places.at[kept]
    turned: dict[str, Any] = {"rotation": tilt, "ha": "right", "rotation_mode": "anchor"}
    if tilt == 90:
        turned["va"] = "center"
    axes.set_xticks(ticks, [places.labels[i] for i in kept], **(turned if tilt else {}))
    axes.xaxis.set_minor_locator(NullLocator())
    if places.scale == "category":
        axes.grid(visible=False, axis="x")


def _readable(axes: Axes, places: AxisPlaces, span: float) -> np.ndarray:
    """Return the values whose labels can stand side by side without touching."""
    per_unit = _width(axes) / span
    halves = [0.5 * POINTS * text_width([label]) + 2 for label in places.labels]
    kept: list[int] = []
    # A word says more than one number of many.
    for i in sorted(range(len(places.at)), key=lambda i: is_number(places.labels[i])):
        if all(abs(places.at[i] - places.at[j]) * per_unit >= halves[i] + halves[j] for j in kept):
            kept.append(i)
    return np.array(sorted(kept))


def _width(axes: Axes) -> float:
    """Return the width of the panel in points."""
    return size_of(axes)[0] * POINTS


def _shifted(axes: Axes, places: AxisPlaces, points: float) -> np.ndarray:
    low, high = axes.get_xlim()
    span = np.log10(high / low) if places.scale == "log" else high - low
    at = places.at + points * span / _width(axes)
    return np.asarray(10**at if places.scale == "log" else at)


def _draw(
    axes: Axes, group: RowGroup, means: DataFrame, at: dict[Any, float], number: int
) -> End | None:
    """Draw one group and return its end; None if it has no mean at all."""
    look, against = line_style(number), means.columns[0]
    joined = group.frame[status_of(group.frame) == "done"]
    pairs = zip(joined[against].tolist(), joined[DRAWN].tolist(), strict=True)
    dots = [(at[x], y) for x, y in pairs if x in at]
    if dots:
        axes.plot(*zip(*dots, strict=True), ".", color=look["color"], ms=4, alpha=0.35, mew=0)
    rows = [row for row in means.to_dict("records") if row["n"] > 0 and row[against] in at]
    rows.sort(key=lambda row: at[row[against]])
    if not rows:
        return None
    x = [at[row[against]] for row in rows]
    y = np.array([row["mean"] for row in rows])
    reach = [y - [row["low"] for row in rows], [row["high"] for row in rows] - y]
    axes.errorbar(x, y, np.nan_to_num(reach), fmt="none", ecolor=look["color"], elinewidth=1.1)
    numeric = is_numeric(means, against)
    marker = MARKERS[number // len(COLORS) % len(MARKERS)] if number >= len(COLORS) else "o"
    marked = {"marker": marker, "ms": 3.6, "mew": 0}
    axes.plot(x, y, **{**look, **({} if numeric else {"linestyle": ""}), **marked})
    return End(x[-1], float(y[-1]), group.label, look)
