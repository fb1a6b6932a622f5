"""Histograms of messages: how often the learning channel says what."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from neurochannel.errors import OptionError
from neurochannel.plot.angles import choose
from neurochannel.plot.layout.looks import CHANNEL
from neurochannel.plot.layout.text_widths import (
    FONT_SIZE,
    SMALL,
    elided,
    line_height,
    text_width,
    widest,
)
from neurochannel.plot.panels import COLUMN
from neurochannel.plot.runs import Group, Runs, gather, observations_of
from neurochannel.plot.style import styled

LEFT, BETWEEN, PANEL, FOOT = 0.46, 0.12, 0.75, 0.42
HEAD = 3 * line_height(SMALL) + 0.06
MOST_PANELS = 60
FEW_LEVELS = 15


class Histogram(NamedTuple):
    """Fractions of messages by level at an epoch, mean over seeds, and their entropy in bits."""

    epoch: int
    fractions: np.ndarray
    entropy: float


class Row(NamedTuple):
    """The histograms of one bundle of one learner, side by side."""

    title: str
    labels: tuple[str, ...]
    histograms: list[Histogram]


def messages(
    runs: Runs,
    names: str | Sequence[str] | None = None,
    *,
    epochs: int | Sequence[int] | None = None,
    labels: Iterable[str] | None = None,
    width: float = COLUMN,
) -> Figure:
    """Draw how often each level of a message is used, a row for each bundle.

    The title of each histogram is the entropy of its fractions p in bits, -sum of p log2 p: what
    a message really carries.

    Parameters
    ----------
    runs
        As for `learning_curves`; of seeds in a list the mean is drawn.
    names
        Channel bundles; None for all that were observed.
    epochs
        When; None for the first and the last that were observed.
    labels
        One for each run.
    width
        Of the figure, inches.

    Returns
    -------
    Figure
        Save it with `neurochannel.plot.save`.

    Raises
    ------
    OptionError
        If messages were not observed, or not at these epochs.
    CheckpointError
        If a checkpoint cannot be read.
    """
    wanted = [epochs] if isinstance(epochs, int) else None if epochs is None else list(epochs)
    if wanted == []:
        raise OptionError("epochs must name at least one, got none; leave them out for two of them")
    groups = gather(runs, labels)
    chosen = choose(groups, "messages", names)
    rows = [
        _row(group, name, wanted, several=len(groups) > 1)
        for name in chosen
        for group in groups
        if f"messages: {name}" in group.observations
    ]
    n_panels = sum(len(row.histograms) for row in rows)
    if n_panels > MOST_PANELS:
        raise OptionError(
            f"messages must fill at most {MOST_PANELS} panels, got {n_panels}; "
            "name fewer bundles or epochs"
        )
    with styled():
        return _drawn(rows, width)


def _row(group: Group, name: str, epochs: list[int] | None, *, several: bool) -> Row:
    series = [observations_of(history).get(f"messages: {name}") for history in group.histories]
    whole = [one for one in series if one is not None]
    if len(whole) < len(series) or any(one.labels != whole[0].labels for one in whole):
        raise OptionError(
            f"messages of '{name}' must have been observed with the same levels in all seeds of "
            f"'{group.label}', got others; draw them one by one"
        )
    common = sorted(set.intersection(*({int(e) for e in one.epochs} for one in whole)))
    chosen = list(dict.fromkeys([common[0], common[-1]])) if epochs is None and common else epochs
    for epoch in chosen or [0]:
        if epoch not in common:
            there = ", ".join(map(str, common)) or "none"
            raise OptionError(
                f"epochs must be among those at which messages of '{name}' were observed, got "
                f"{epoch}; there are {there}"
            )
    histograms = []
    for epoch in chosen or []:
        parts = [one.values[np.searchsorted(one.epochs, epoch)] for one in whole]
        used = [part[part > 0] for part in parts]
        # 0.0 in front, because the entropy of a single level would be -0.
        entropies = [0.0 - float(part @ np.log2(part)) for part in used]
        histograms.append(Histogram(epoch, np.mean(parts, axis=0), float(np.mean(entropies))))
    labels = whole[0].labels or tuple(map(str, range(whole[0].values.shape[1])))
    title = f"{name}, {group.label}" if several else name
    return _trimmed(Row(title, labels, histograms))


def _trimmed(row: Row) -> Row:
    """Leave out levels beyond the outermost that are used, where there are many."""
    if len(row.labels) <= FEW_LEVELS:
        return row
    used = np.flatnonzero(np.any([h.fractions > 0 for h in row.histograms], axis=0))
    low, high = (used[0], used[-1] + 1) if len(used) else (0, len(row.labels))
    cut = [h._replace(fractions=h.fractions[low:high]) for h in row.histograms]
    return Row(row.title, row.labels[low:high], cut)


def _drawn(rows: list[Row], width: float) -> Figure:
    feet = [_foot(row, _panel_width(row, width)) for row in rows]
    height = sum(HEAD + PANEL + foot for foot in feet)
    figure, bottom = Figure(figsize=(width, height)), height
    for row, foot in zip(rows, feet, strict=True):
        bottom -= HEAD + PANEL + foot
        floor = bottom + foot
        panel = _panel_width(row, width)
        top = max(float(h.fractions.max(initial=0.0)) for h in row.histograms) or 1.0
        figure.text(
            LEFT / width,
            (floor + PANEL + HEAD - 0.02) / height,
            elided(row.title, width - LEFT - 0.1),
            va="top",
            fontsize=FONT_SIZE,
        )
        for column, histogram in enumerate(row.histograms):
            left = LEFT + column * (panel + BETWEEN)
            box = (left / width, floor / height, panel / width, PANEL / height)
            axes = figure.add_axes(box)
            _show(axes, histogram, row.labels, top, room=panel)
            if column:
                axes.tick_params(labelleft=False)
            else:
                axes.set_ylabel("fraction")
    return figure


def _panel_width(row: Row, width: float) -> float:
    n = len(row.histograms)
    return (width - LEFT - 0.1 - BETWEEN * (n - 1)) / n


def _is_turned(labels: tuple[str, ...], room: float) -> bool:
    """Tell whether names of levels stand upright.

    Levels may be powers, so that some names alone would look like those of an even axis: where
    there are few, all of them are written if they fit.
    """
    fits = line_height(SMALL) * (len(labels) + 0.2) <= room
    return _step(labels, room) > 1 and len(labels) <= FEW_LEVELS and fits


def _foot(row: Row, room: float) -> float:
    """Return the room below a row of panels."""
    more = widest(row.labels, SMALL) - line_height(SMALL) if _is_turned(row.labels, room) else 0.0
    return FOOT + max(0.0, more)


def _show(
    axes: Axes, histogram: Histogram, labels: tuple[str, ...], top: float, *, room: float
) -> None:
    places = np.arange(len(labels))
    axes.bar(places, histogram.fractions, width=0.8, color=CHANNEL, linewidth=0)
    axes.set_xlim(-0.6, len(labels) - 0.4)
    axes.set_ylim(0, 1.05 * top)
    axes.grid(visible=False, axis="x")
    when, carried = f"epoch {histogram.epoch}", f"{histogram.entropy:.2f} bits"
    fits = text_width(f"{when}: {carried}", SMALL) <= room
    title = f"{when}: {carried}" if fits else f"{when}\n{carried}"
    axes.set_title(title, pad=2, fontsize=SMALL, linespacing=1.0)
    shown, turned = _ticks(labels, room), _is_turned(labels, room)
    if turned:
        shown = list(range(len(labels)))
    names = [labels[place] for place in shown]
    axes.set_xticks(shown, names, rotation=90 if turned else 0)
    axes.tick_params(length=2, pad=1)
    axes.set_xlabel("message", labelpad=1)


def _step(labels: tuple[str, ...], room: float) -> int:
    """Return how many levels one name needs room for."""
    least = widest(labels, SMALL) + 0.06
    return max(1, math.ceil(least * (len(labels) + 0.2) / room))


def _ticks(labels: tuple[str, ...], room: float) -> list[int]:
    """Return which levels to name: at even steps from the one that is 0, so that names fit."""
    middle, step = labels.index("0") if "0" in labels else len(labels) // 2, _step(labels, room)
    pitch = room / (len(labels) + 0.2)
    inside = [
        abs(place - (len(labels) - 1) / 2) * pitch + text_width(labels[place], SMALL) / 2
        for place in range(len(labels))
    ]
    # What reaches beyond its panel would meet the first name of the next one.
    far = (room + BETWEEN) / 2 - 0.03
    return [place for place in range(middle % step, len(labels), step) if inside[place] < far]
