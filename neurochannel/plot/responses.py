"""Responses of devices: what they show after each pulse."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from neurochannel.errors import OptionError
from neurochannel.model.problems import short
from neurochannel.model.synapses import Synapse
from neurochannel.plot.layout.palette import COLORS, INK
from neurochannel.plot.panels import make_panels
from neurochannel.plot.style import styled

SINGLE = 5
"""Devices of which each has a line of its own."""


def response(
    synapse: Synapse | str | dict[str, Any],
    pulses: int | None = None,
    devices: int = 1000,
    chip_seed: int = 0,
    *,
    noise: bool = True,
    width: float = 3.5,
) -> Figure:
    """Draw how devices respond to pulses up and then down: mean, spread and some single devices.

    Parameters
    ----------
    synapse
        A `Synapse`, the name of a preset, or a table.
    pulses
        How many go up, and then down; enough to cross the range if left out.
    devices, chip_seed, noise
        As in `Synapse.response`.
    width
        Of the figure in inches.

    Returns
    -------
    Figure
        The band is one standard deviation among devices; the point of symmetry, where a step up is
        as large as one down, is a dashed line. Save it with `neurochannel.plot.save`.

    Raises
    ------
    NetworkError
        If it is no synapse.
    OptionError
        If it has no step, or a number is out of range.
    """
    chosen = synapse if isinstance(synapse, Synapse) else Synapse.model_validate(synapse)
    n = _across(chosen) if pulses is None else pulses
    if isinstance(n, bool) or not isinstance(n, int | np.integer) or n < 1:
        raise OptionError(f"pulses must be a whole number of at least 1, got {short(n)}")
    shown = chosen.response(n, n, devices, chip_seed, noise=noise)
    with styled():
        figure, (axes,) = make_panels(1, 2.4, 0.2)
        figure.set_figwidth(width)
        _draw(axes, chosen, shown, n)
    return figure


def _across(synapse: Synapse) -> int:
    """Return the pulses that cross the range of a device whose steps do not shrink."""
    if synapse.step is None:
        return 1
    low, high = synapse.bounds or (-100 * synapse.step, 100 * synapse.step)
    return max(1, round((high - low) / synapse.step))


def _draw(axes: Axes, synapse: Synapse, shown: np.ndarray, n: int) -> None:
    at = np.arange(len(shown))
    mean, spread = shown.mean(axis=1), shown.std(axis=1)
    axes.fill_between(at, mean - spread, mean + spread, color=COLORS[1], alpha=0.25, linewidth=0)
    few = shown[:, : min(SINGLE, shown.shape[1])]
    axes.plot(at, few, color=INK, linewidth=0.35, alpha=0.45)
    axes.plot(at, mean, color=COLORS[1], linewidth=1.8)
    axes.axvline(n, color=INK, linewidth=0.5, linestyle=(0, (1, 2)))
    point = synapse.symmetry_point
    if point is not None:
        axes.axhline(point, color=COLORS[2], linewidth=0.9, linestyle=(0, (4, 2)))
        axes.annotate(
            f"symmetry point {point:.3g}",
            (0.02, point),
            xycoords=("axes fraction", "data"),
            xytext=(0, -2),
            textcoords="offset points",
            ha="left",
            va="top",
            color=COLORS[2],
        )
    axes.set_xlim(0, len(shown) - 1)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=5))
    axes.set_xlabel(f"pulse ({n:,} up, then {n:,} down)")
    axes.set_ylabel(f"weight, {synapse.label}")
